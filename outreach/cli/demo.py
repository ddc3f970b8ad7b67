"""`outreach demo`: the whole walk on invented data, from incidents to a published fortnight and its pages."""

from __future__ import annotations

import json
import shlex
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from shapely.geometry import shape
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach import accounts
from outreach.cli.city import DEMO_CITY as CITY
from outreach.cli.city import city_bounds, found
from outreach.cli.options import ACTOR, DataDir, day, installation, now, out
from outreach.cli.plan import check, published, solved
from outreach.cli.serve import print_addresses, refuse_taken, run_server
from outreach.errors import Conflict
from outreach.field import synthetic as past
from outreach.place import areas, sites
from outreach.place.synthetic import demo_areas, demo_sites
from outreach.plan import anchors, schedules, staff, vans
from outreach.policies import Policy
from outreach.risk import feeds, incidents, surface
from outreach.risk import synthetic as invented
from outreach.settings import Settings, packaged
from outreach.store import Programme, Store, programme

ZONE = "America/New_York"
SEED = 1
DAYS = 14
INCIDENT_DAYS = 730
PASSWORD = "outreach-demo"
PEOPLE = (
    ("dispatch", "Demo coordinator", "dispatch"),
    ("crew", "Demo crew", "crew"),
    ("manager", "Demo manager", "manager"),
    ("admin", "Demo administrator", "admin"),
)


def register(app: typer.Typer) -> None:
    """Hang this room's commands into the command line."""
    app.command("demo")(demo)


@dataclass(frozen=True, slots=True)
class Stage:
    """What every step of the demo works with. Each step says what it did, and does nothing twice."""

    settings: Settings
    store: Store
    today: date

    def now(self) -> datetime:
        """This time of day on the day it is, or pretends to be."""
        return datetime.combine(self.today, now().astimezone(ZoneInfo(ZONE)).timetz())

    @contextmanager
    def writing(self) -> Iterator[tuple[Session, int]]:
        """A transaction and the programme's number."""
        with self.store.transaction() as session:
            yield session, programme(session).id


def demo(
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Stop before serving the pages.")] = False,
    seconds: Annotated[
        int, typer.Option(min=1, max=3600, help="About how long to search for the plan.")
    ] = 45,
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
    today: Annotated[str | None, typer.Option(help="Pretend it is this day, YYYY-MM-DD.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Build an invented Boston, plan and publish its next 14 days, and serve the pages."""
    local_day = day(today, "--today") if today else now().astimezone(ZoneInfo(ZONE)).date()
    with installation(data_dir) as (settings, store):
        _refuse_real_city(settings, store)
        stage = Stage(settings, store, local_day)
        for name, step in STEPS:
            began = time.monotonic()
            outcome = step(stage)
            out.print(f"{name:<10} {outcome}  ({time.monotonic() - began:.1f} s)")
        plan_fortnight(stage, seconds)
    _print_log_ins()
    if no_serve:
        out.print(f"\nServe it: outreach serve --data-dir {shlex.quote(str(settings.data_dir))}")
    else:
        refuse_taken("127.0.0.1", port)
        print_addresses("127.0.0.1", port)
        run_server(settings, "127.0.0.1", port)


def _refuse_real_city(settings: Settings, store: Store) -> None:
    with store.reading() as session:
        known = session.scalars(select(Programme).limit(1)).first()
    if known is not None and known.city != CITY:
        raise Conflict(
            f"{settings.data_dir} holds {known.city}, a real installation. "
            "Choose another folder for the demo with --data-dir."
        )


def make_city(stage: Stage) -> str:
    """Grow the synthetic street network, once."""
    there = (stage.settings.city / "city.toml").exists()
    if not there:
        from outreach.place import cities  # loads the graph libraries, on the first run only

        report = cities.create(stage.settings.city, CITY, synthetic=True, seed=SEED, timezone=ZONE)
    found(stage.store, stage.settings, CITY, ZONE, demo=True)
    return ALREADY if there else f"{report.nodes:,} junctions, {report.edges:,} road pieces; SYNTHETIC"


def import_areas(stage: Stage) -> str:
    """The neighbourhoods: real names and centres, invented outlines."""
    with stage.writing() as (session, ours), _text_file("areas.geojson", demo_areas()) as file:
        if areas.listed(session, ours):
            return ALREADY
        return f"{areas.import_geojson(session, ours, file).added} neighbourhoods"


def import_sites(stage: Stage) -> str:
    """The candidate sites, on invented streets."""
    with stage.writing() as (session, ours), _text_file("sites.csv", demo_sites(SEED)) as file:
        if sites.listed(session, ours):
            return ALREADY
        return f"{sites.import_csv(session, ours, file).added} candidate sites"


def import_people(stage: Stage) -> str:
    """Staff, vans, and the published pilot's pattern as promises: two areas, two long clinics a week each."""
    with stage.writing() as (session, ours):
        if vans.listed(session, ours):
            return ALREADY
        crew = staff.import_csv(session, ours, packaged("demo/staff.csv")).added
        fleet = vans.import_csv(session, ours, packaged("demo/vans.csv")).added
        kept = anchors.import_csv(session, ours, packaged("demo/anchors.csv")).added
        return f"{crew} staff, {fleet} vans, {kept} promised clinics a week"


def import_incidents(stage: Stage) -> str:
    """Two years of invented incidents, through the importer every real file goes through."""
    with stage.writing() as (session, ours):
        if feeds.listed(session, ours):
            return ALREADY
        bounds = city_bounds(stage.settings)
        assert bounds is not None, "the city was made in the first step"
        with _text_file("incidents.csv", "") as file:
            invented.write_csv(
                file,
                bounds,
                [(area.lon, area.lat) for area in areas.listed(session, ours)],
                seed=SEED,
                from_date=stage.today - timedelta(INCIDENT_DAYS),
                until_date=stage.today,
                timezone=ZONE,
                water=_water(stage.settings),
            )
            report = incidents.import_csv(
                session,
                ours,
                file,
                feed="synthetic EMS",
                timezone=ZONE,
                columns=invented.COLUMNS,
                city_bounds=bounds,
                now=now(),
            )
        return f"{report.added:,} from {report.first} to {report.last}; SYNTHETIC"


def fit_surface(stage: Stage) -> str:
    """The risk surface, from the incidents known."""
    with stage.writing() as (session, ours):
        if surface.current(session, ours) is not None:
            return ALREADY
        surface.fit(session, ours, now())
        return "fitted to the incidents"


def add_people(stage: Stage) -> str:
    """One account for each role, with a password everybody knows: this is a demonstration."""
    with stage.writing() as (session, ours):
        if accounts.listed(session, ours):
            return ALREADY
        for login, name, role in PEOPLE:
            accounts.create(session, ours, login, name, role, PASSWORD, actor=ACTOR)
        return f"{len(PEOPLE)} accounts"


def invent_past(stage: Stage) -> str:
    """Six past weeks and this one up to yesterday: versions and visits, through the doors of real ones."""
    with stage.writing() as (session, ours):
        if schedules.latest(session, ours, limit=1):
            return ALREADY
        crew = next(account for account in accounts.listed(session, ours) if account.role == "crew")
        made = past.history(session, ours, crew.id, stage.today, Policy.load(stage.settings.policy))
        so_far = f" and {made.days} day{'s' * (made.days > 1)} of this one" if made.days else ""
        return f"{made.weeks} weeks{so_far}, {made.stops} stops, {made.events:,} taps; SYNTHETIC"


ALREADY = "already there"
STEPS: tuple[tuple[str, Callable[[Stage], str]], ...] = (
    ("City", make_city),
    ("Areas", import_areas),
    ("Sites", import_sites),
    ("People", import_people),
    ("Incidents", import_incidents),
    ("Risk", fit_surface),
    ("Log-ins", add_people),
    ("Past", invent_past),
)


def plan_fortnight(stage: Stage, seconds: int) -> None:
    """Plan and publish the next 14 days, unless a plan made by the optimizer already covers today."""
    with stage.store.reading() as session:
        version = schedules.current(session, programme(session).id, stage.today)
    if version is not None and version.run_id is not None:
        out.print(f"Plan       version {version.number} already covers today")
        return
    out.print(
        f"Plan       {DAYS} days from {stage.today}, with crews, meal breaks and promises; about {seconds} s"
    )
    run = solved(stage.store, stage.settings, stage.today, DAYS, seconds=seconds)
    check(run, data_dir=stage.settings.data_dir)
    published(stage.store, stage.settings, run, "The demonstration's fortnight", at=stage.now())


def _print_log_ins() -> None:
    out.print("\nEverything here is SYNTHETIC but the names and places of Boston's neighbourhoods.")
    for login, name, _ in PEOPLE:
        out.print(f"  {name:<20} log-in {login:<9} password {PASSWORD}")


@contextmanager
def _text_file(name: str, text: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_text(text, "utf-8")
        yield path


def _water(settings: Settings) -> list[Sequence[tuple[float, float]]]:
    """The outlines of the harbour and the rivers: nothing happens on the water."""
    drawn = json.loads((settings.city / "basemap.geojson").read_text("utf-8"))["features"]
    shapes = [shape(feature["geometry"]) for feature in drawn if feature["properties"]["kind"] == "water"]
    parts = [part for found in shapes for part in getattr(found, "geoms", [found])]
    return [list(part.exterior.coords) for part in parts]
