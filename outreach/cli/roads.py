"""`outreach roads`, `outreach route`: how long driving takes, teaching it, and a van's day on the road."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from outreach.cli.options import DataDir, DryRun, day, installation, now, out, write_text
from outreach.field import way_sheet
from outreach.field.bundle import van_day
from outreach.field.shown import VanDay
from outreach.field.ways import StepSeen
from outreach.place import calibrating, facts
from outreach.place.roads import Network
from outreach.store import programme
from outreach.tabular import clock

roads = typer.Typer(help="Drive times.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Hang this room's commands into the command line."""
    app.add_typer(roads, name="roads")
    app.command("route")(route)


@roads.command("calibrate")
def calibrate(
    legs: Annotated[
        Path,
        typer.Option(help="CSV: departed (local time), from_lon, from_lat, to_lon, to_lat, seconds."),
    ],
    dry_run: DryRun = False,
    data_dir: DataDir = None,
) -> None:
    """Fit the city's traffic factors to legs its vans have driven, where that does better."""
    with installation(data_dir) as (settings, _):
        report = calibrating.calibrate(settings.city, legs, dry_run=dry_run)
    out.print(
        f"{report.legs} legs, {report.left_out} left out as unbelievable or off the roads. "
        f"Mean error {report.before:.1%} before, {report.after:.1%} after (on legs not used for the fit)."
    )
    for note in report.notes:
        out.print(f"  {note}")


@roads.command("walker")
def walker(
    name: Annotated[str, typer.Argument(help="usual, or slow: 0.9 m/s, and no farther than 840 m.")],
    data_dir: DataDir = None,
) -> None:
    """Choose whom plans and reports count on to walk to a van."""
    with installation(data_dir) as (settings, _):
        facts.count_on(settings.city, name)
    out.print(f"Plans and reports now count on people who walk like the {name} walker.")


def route(
    on: Annotated[str, typer.Argument(metavar="DATE", help="The day, YYYY-MM-DD.")],
    van: Annotated[str, typer.Argument(help="The van's code or name.")],
    svg: Annotated[
        Path | None, typer.Option(help="Write the day's map and directions here, to print.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Tell how a van drives through a published day, turn by turn."""
    with installation(data_dir) as (settings, store), store.reading() as session:
        network = Network.open(settings.city)
        seen, legs = van_day(session, programme(session).id, day(on, "DATE"), van, network, now())
        if svg is not None:
            write_text(svg, way_sheet.drawn(seen, legs, network))
            out.print(f"{seen.van.name} on {seen.date}: {len(legs)} drives drawn in {svg}")
            return
    for heading, steps in (*_stops(seen), (f"Base, back {clock(seen.back)}", seen.way_home)):
        out.print(heading, markup=False)
        for step in steps:
            out.print(f"  {way_sheet.told(step)}", markup=False)


def _stops(seen: VanDay) -> list[tuple[str, tuple[StepSeen, ...]]]:
    return [
        (f"{stop.letter} {stop.site.name}, {clock(stop.starts)}-{clock(stop.ends)}", stop.way)
        for stop in seen.stops
        if stop.state != "cancelled"
    ]
