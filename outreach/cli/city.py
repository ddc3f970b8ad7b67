"""`outreach city`, `outreach areas`: the ground a programme works on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

import typer
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach import audit
from outreach.cli.options import ACTOR, DataDir, DryRun, installation, out
from outreach.errors import Conflict, Invalid
from outreach.place import areas as rooms
from outreach.place import roads, sites
from outreach.place.ground import Bounds
from outreach.settings import Settings
from outreach.store import Programme, Store, programme
from outreach.tabular import ImportReport

DEMO_CITY = "Boston (synthetic demo)"
ASSUMED_TIMEZONE = "America/New_York"

city = typer.Typer(help="Create the city: its road network and map.", no_args_is_help=True)
areas = typer.Typer(help="Neighbourhood areas.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Hang this room's commands into the command line."""
    app.add_typer(city, name="city")
    app.add_typer(areas, name="areas")


def timezone_named(name: str) -> str:
    """The time zone's name, if there is such a one.

    Raises:
        Invalid: there is none; says how names look.
    """
    if name not in available_timezones():
        raise Invalid(f"{name!r} is no time zone. Use a name like America/New_York or Europe/Lisbon.")
    return ZoneInfo(name).key


def told(file: Path, report: ImportReport, dry_run: bool) -> str:
    """What an import did, or would do, as a sentence."""
    would = "would be " if dry_run else ""
    counted = (
        f"{file.name}: {report.rows} rows; {report.added} {would}added, {report.changed} {would}changed, "
        f"{report.skipped} stored already."
    )
    if not report.absent:
        return counted
    stay = "would stay" if dry_run else "stayed"
    return f"{counted}\n  The file has no {', '.join(report.absent)}: what is stored of that {stay} as it is."


def found(
    store: Store, settings: Settings, city_name: str, timezone: str, *, demo: bool = False
) -> Programme:
    """The programme of this city, made on first use: the installation's own, or the one chosen by name.

    Raises:
        Conflict: the data folder already holds another city.
        Invalid: the name chosen cannot be one.
    """
    with store.transaction() as session:
        there = _there(session, settings)
        _refuse_another(there, city_name)
        if there is None:
            slug = _slug(settings.programme or "programme")
            facts = {"slug": slug, "name": city_name, "city": city_name, "timezone": timezone}
            there = Programme(**facts, folder=settings.folder, demo=demo)
            session.add(there)
            session.flush()
            body: dict[str, object] = {"name": city_name, "city": city_name, "timezone": timezone}
            audit.record(session, there.id, ACTOR, "programme.founded", there.slug, body)
        return there


def settled(store: Store, settings: Settings, city_name: str) -> Settings:
    """The settings of the programme that gets this city: a further one has its city in a folder of its own.

    Raises: `Conflict` when the programme has another city than this.
    """
    with store.reading() as session:
        there = _there(session, settings)
        _refuse_another(there, city_name)
        first = session.scalar(select(func.count()).select_from(Programme)) == 0
    if there is not None or first or settings.programme is None:
        return settings
    return settings.at(f"cities/{_slug(settings.programme)}", None)


def _there(session: Session, settings: Settings) -> Programme | None:
    """The programme a command speaks of, None when it is still to be made."""
    asked = select(Programme).order_by(Programme.id)
    if settings.programme is not None:
        asked = asked.where(Programme.slug == settings.programme)
    return session.scalars(asked.limit(1)).first()


def _slug(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,39}", text):
        raise Invalid(f"{text!r} cannot name a programme. Use small letters, digits and -, like boston-east.")
    return text


def _refuse_another(there: Programme | None, city_name: str) -> None:
    if there is not None and there.city != city_name:
        raise Conflict(
            f"This data folder already holds the city {there.city!r}. One programme has one city: choose "
            "another folder with --data-dir, or found a further programme: outreach --programme NAME city …"
        )


@city.command("create")
def create(
    name: Annotated[str, typer.Argument(help="The city's name.")],
    graphml: Annotated[
        Path | None, typer.Option(help="Road network saved by osmnx (.graphml or .graphml.gz).")
    ] = None,
    walk_graphml: Annotated[
        Path | None, typer.Option(help="With --graphml: the footpaths, saved by osmnx from a walk network.")
    ] = None,
    pbf: Annotated[Path | None, typer.Option(help="OpenStreetMap extract (.osm.pbf).")] = None,
    osm: Annotated[
        Path | None, typer.Option(help="OpenStreetMap file (.osm, .xml or an Overpass answer in .json).")
    ] = None,
    place: Annotated[str | None, typer.Option(help="Fetch this place from OpenStreetMap, on line.")] = None,
    buffer: Annotated[
        float, typer.Option(min=0, max=20_000, help="With --place: metres to add all round.")
    ] = 0,
    synthetic: Annotated[bool, typer.Option(help="The invented street network of the demo.")] = False,
    timezone: Annotated[
        str | None, typer.Option(help=f"Local time zone (assumed {ASSUMED_TIMEZONE}).")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Read or make a road network, and found the installation on it."""
    from outreach.place import cities  # loads the graph libraries: seconds that only this command should pay

    chosen = [option for option in (graphml, pbf, osm, place, synthetic or None) if option is not None]
    if len(chosen) != 1:
        raise Invalid(
            "Say where the roads come from, one of --graphml FILE, --pbf FILE, --osm FILE, --place NAME, "
            "--synthetic."
        )
    zone = timezone_named(timezone or ASSUMED_TIMEZONE)
    with installation(data_dir) as (settings, store):
        settings = settled(store, settings, name)  # before anything of the city that is there is replaced
        report = cities.create(
            settings.city,
            name,
            timezone=zone,
            graphml=graphml,
            walk_graphml=walk_graphml,
            pbf=pbf,
            osm=osm,
            place=place,
            buffer_metres=buffer,
            synthetic=synthetic,
        )
        found(store, settings, name, zone)
        astray = strays(settings, store)
    out.print(
        f"{name}: {report.nodes:,} junctions and {report.edges:,} road pieces for vans, "
        f"{report.walk_nodes:,} places and {report.walk_edges:,} pieces of path on foot, in {settings.city}"
    )
    for note in (*report.notes, *astray):
        out.print(f"  {note}", markup=False)
    if timezone is None:
        out.print(
            f"  Time zone {zone} assumed. Give --timezone where that is wrong: it decides when risk is high."
        )
    out.print("Next: outreach templates DIR, fill them in, then outreach sites|staff|vans import FILE.csv")


def strays(settings: Settings, store: Store) -> list[str]:
    """A sentence for each stored site that the city's roads do not reach, or only from afar."""
    with store.reading() as session:
        known = {f"{s.code} {s.name}": (s.lon, s.lat) for s in sites.listed(session, programme(session).id)}
    return roads.Network.open(settings.city).strays(known)


def city_bounds(settings: Settings) -> Bounds | None:
    """West, south, east and north of the installation's city; None before it has a road network."""
    bounds = roads.Network.open(settings.city).city.get("bounds")
    if not isinstance(bounds, list):
        return None
    west, south, east, north = map(float, bounds)
    return west, south, east, north


@areas.command("import")
def import_areas(
    file: Annotated[Path, typer.Argument(help="GeoJSON with one named polygon for each neighbourhood.")],
    dry_run: DryRun = False,
    data_dir: DataDir = None,
) -> None:
    """Read neighbourhood areas from a GeoJSON file."""
    with installation(data_dir) as (settings, store), store.transaction() as session:
        ours = programme(session).id
        report = rooms.import_geojson(session, ours, file, dry_run=dry_run)
        known, bounds = rooms.listed(session, ours), city_bounds(settings)
    out.print(told(file, report, dry_run))
    if bounds is not None and (far := rooms.strays(known, bounds)):
        west, south, east, north = bounds
        out.print(
            f"  Warning: {len(far)} of {len(known)} areas lie outside the city's streets (longitude "
            f"{west:.2f} to {east:.2f}, latitude {south:.2f} to {north:.2f}), {far[0]} among them. Is it the "
            "right file?",
            markup=False,
        )
