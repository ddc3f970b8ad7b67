"""`outreach sites suggest`, `outreach sites reach`: where to ask for a host, who can walk to the sites."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict, fields
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from outreach import local_time
from outreach.cli.options import DataDir, installation, now, out, write_text
from outreach.errors import Conflict
from outreach.place import sites
from outreach.place.roads import Network
from outreach.risk import suggestions, surface
from outreach.risk.forecast import Forecast
from outreach.risk.nearness import MINUTES, Near, near, weekly
from outreach.risk.suggestions import QUESTION, Suggestion
from outreach.store import programme

FORECAST_DAYS = 28
TOLD = 5


def register(group: typer.Typer) -> None:
    """Hang these commands into `outreach sites`."""
    group.command("suggest")(suggest)
    group.command("reach")(reach)


def suggest(
    file: Annotated[Path, typer.Argument(help="Write the scorecards to this CSV.")],
    count: Annotated[int, typer.Option(help="How many areas, 1 to 50.")] = 10,
    services: Annotated[
        Path | None,
        typer.Option(help="CSV with name, lon, lat of pharmacies, clinics and the like: farther is better."),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Name areas to ask participants and hosts about. Nothing is stored and no site comes of it."""
    if file.exists():
        raise Conflict(f"{file} is already there. Scorecards never overwrite: choose another name.")
    with installation(data_dir) as (settings, store), store.reading() as session:
        ours = programme(session).id
        forecast = _forecast(session, ours)
        network = Network.open(settings.city)
        known = suggestions.services(services) if services is not None else []
        found = suggestions.suggest(session, ours, network, forecast, known, count=count)
    write_text(file, _as_csv(found))
    shown = found[:TOLD]
    first = f", the first {len(shown)}" if len(shown) < len(found) else ""
    areas = "1 area" if len(found) == 1 else f"{len(found)} areas"
    out.print(f"{areas} written to {file}{first}:", markup=False)
    for one in shown:
        near_by = f", {one.nearest_site_metres:,} m from {one.nearest_site}" if one.nearest_site else ""
        out.print(
            f"{one.rank}. {one.area or one.cell}, score {one.score:.2f}: {one.not_reached_yet:.2f} expected "
            f"overdoses a week within a walk that no active site reaches{near_by}",
            markup=False,
        )
    out.print(QUESTION, markup=False)


def reach(
    walker: Annotated[str, typer.Option(help="usual or slow.")] = "usual",
    data_dir: DataDir = None,
) -> None:
    """Tell how much of the risk lies within 10 and 15 minutes on foot of the active sites."""
    with installation(data_dir) as (settings, store), store.reading() as session:
        ours = programme(session).id
        forecast = _forecast(session, ours)
        known = [site for site in sites.listed(session, ours) if sites.may_be_planned(site)]
        network = Network.open(settings.city)
        spots = [(site.lon, site.lat) for site in known]
        ten, fifteen = (
            near(network, spots, forecast.cells, weekly(forecast), minutes, walker) for minutes in MINUTES
        )
    out.print(f"Expected overdoses a week within 10 and 15 minutes on foot ({walker} walker):")
    for number in sorted(range(len(known)), key=lambda n: -fifteen.by_place[n]):
        out.print(
            f"  {ten.by_place[number]:6.2f} {fifteen.by_place[number]:6.2f}  {known[number].name}",
            markup=False,
        )
    out.print(f"  {_together(ten)}; {_together(fifteen)}, of {fifteen.total:.2f} in the city.")


def _together(near: Near) -> str:
    return f"{near.together:.2f} ({near.share:.0%}) within {near.minutes:.0f} minutes of any site"


def _forecast(session: Session, programme_id: int) -> Forecast:
    first = local_time.today(session, programme_id, now())
    return surface.forecast(session, programme_id, [first + timedelta(n) for n in range(FORECAST_DAYS)])


def _as_csv(found: list[Suggestion]) -> str:
    sheet = io.StringIO()
    writer = csv.DictWriter(sheet, [part.name for part in fields(Suggestion)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(
        {key: "" if value is None else value for key, value in asdict(one).items()} for one in found
    )
    return sheet.getvalue().rstrip("\n")
