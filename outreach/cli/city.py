"""`outreach city`, `outreach areas`: the ground a programme works on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

import typer
from sqlalchemy import select

from outreach import audit
from outreach.cli.options import ACTOR, DataDir, DryRun, installation, out
from outreach.errors import Conflict, Invalid
from outreach.place import areas as rooms
from outreach.place import roads, sites
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
    return (
        f"{file.name}: {report.rows} rows; {report.added} {would}added, {report.changed} {would}changed, "
        f"{report.skipped} stored already."
    )


def found(store: Store, name: str, city_name: str, timezone: str) -> Programme:
    """The installation's programme, made on first use.

    Raises:
        Conflict: the data folder already holds another city.
    """
    with store.transaction() as session:
        there = session.scalars(select(Programme).limit(1)).first()
        _refuse_another(there, city_name)
        if there is None:
            there = Programme(slug="programme", name=name, city=city_name, timezone=timezone)
            session.add(there)
            session.flush()
            body: dict[str, object] = {"name": name, "city": city_name, "timezone": timezone}
            audit.record(session, there.id, ACTOR, "programme.founded", there.slug, body)
        return there


def refuse_another(store: Store, city_name: str) -> None:
    """One folder holds one city. Raises: `Conflict` when it holds another than this."""
    with store.reading() as session:
        _refuse_another(session.scalars(select(Programme).limit(1)).first(), city_name)


def _refuse_another(there: Programme | None, city_name: str) -> None:
    if there is not None and there.city != city_name:
        raise Conflict(
            f"This data folder already holds the city {there.city!r}. One folder holds one city: "
            "choose another with --data-dir."
        )


@city.command("create")
def create(
    name: Annotated[str, typer.Argument(help="The city's name.")],
    graphml: Annotated[
        Path | None, typer.Option(help="Road network saved by osmnx (.graphml or .graphml.gz).")
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
        refuse_another(store, name)  # before anything of the city that is there is replaced
        report = cities.create(
            settings.city,
            name,
            timezone=zone,
            graphml=graphml,
            pbf=pbf,
            osm=osm,
            place=place,
            buffer_metres=buffer,
            synthetic=synthetic,
        )
        found(store, name, name, zone)
        strays = _strays(settings, store)
    out.print(f"{name}: {report.nodes:,} junctions, {report.edges:,} road pieces in {settings.city}")
    for note in (*report.notes, *strays):
        out.print(f"  {note}")
    if timezone is None:
        out.print(
            f"  Time zone {zone} assumed. Give --timezone where that is wrong: it decides when risk is high."
        )
    out.print("Next: outreach templates DIR, fill them in, then outreach sites|staff|vans import FILE.csv")


def _strays(settings: Settings, store: Store) -> list[str]:
    """The sites already stored that the new roads do not reach, or only from afar."""
    with store.reading() as session:
        known = {f"{s.code} {s.name}": (s.lon, s.lat) for s in sites.listed(session, programme(session).id)}
    return roads.Network.open(settings.city).strays(known)


@areas.command("import")
def import_areas(
    file: Annotated[Path, typer.Argument(help="GeoJSON with one named polygon for each neighbourhood.")],
    dry_run: DryRun = False,
    data_dir: DataDir = None,
) -> None:
    """Read neighbourhood areas from a GeoJSON file."""
    with installation(data_dir) as (_, store), store.transaction() as session:
        report = rooms.import_geojson(session, programme(session).id, file, dry_run=dry_run)
    out.print(told(file, report, dry_run))
