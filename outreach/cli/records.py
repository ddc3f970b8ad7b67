"""`outreach incidents|sites|staff|vans|anchors|due import` and `outreach templates`: people's own files."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from outreach.cli import providers, suggesting
from outreach.cli.anchors import design
from outreach.cli.city import city_bounds, strays, timezone_named, told
from outreach.cli.due import list_due
from outreach.cli.options import DataDir, DryRun, columns_named, installation, now, out
from outreach.errors import Conflict
from outreach.place import sites
from outreach.plan import anchors, due, staff, vans
from outreach.risk import incidents, surface
from outreach.settings import packaged
from outreach.store import programme
from outreach.tabular import ImportReport

Importer = Callable[..., ImportReport]
IMPORTS: dict[str, tuple[Importer, str]] = {
    "sites": (sites.import_csv, "Candidate sites."),
    "staff": (staff.import_csv, "Staff with roles, shifts and certificates."),
    "vans": (vans.import_csv, "Vans with bases and shifts."),
    "anchors": (anchors.import_csv, "Promised weekly sessions."),
    "due": (due.import_csv, "People due back at a site: how many, for what, from when to when."),
}

CsvFile = Annotated[
    Path, typer.Argument(help="A CSV file; `outreach templates DIR` writes one with example rows.")
]


def register(app: typer.Typer) -> None:
    """Hang this room's commands into the command line."""
    for noun, (importer, purpose) in IMPORTS.items():
        group = typer.Typer(help=purpose, no_args_is_help=True)
        group.command("import")(_import_command(importer))
        if noun == "anchors":
            group.command("design")(design)
        if noun == "due":
            group.command("list")(list_due)
        if noun == "sites":
            suggesting.register(group)
        app.add_typer(group, name=noun)
    events = typer.Typer(help="Overdose incidents and other signs of risk.", no_args_is_help=True)
    events.command("import")(import_incidents)
    events.command("forget")(forget_incidents)
    app.add_typer(events, name="incidents")
    app.add_typer(providers.group, name="providers")
    app.command("templates")(templates)


def _import_command(importer: Importer) -> Callable[..., None]:
    def import_rows(file: CsvFile, dry_run: DryRun = False, data_dir: DataDir = None) -> None:
        """Read a CSV file: all of it, or, when a row is wrong, none of it and every mistake named."""
        with installation(data_dir) as (settings, store):
            placed = importer is sites.import_csv
            ground = {"bounds": city_bounds(settings)} if placed else {}
            with store.transaction() as session:
                report = importer(session, programme(session).id, file, dry_run=dry_run, **ground)
            astray = strays(settings, store) if placed and not dry_run else []
        out.print(told(file, report, dry_run))
        for sentence in astray:
            out.print(f"  {sentence}", markup=False)

    return import_rows


def import_incidents(
    file: Annotated[Path, typer.Argument(help="CSV (also .csv.gz) with one row an incident.")],
    timezone: Annotated[
        str, typer.Option(help="The zone of the file's clock, for example America/New_York or UTC.")
    ],
    column: Annotated[
        list[str] | None,
        typer.Option(help="time=…, lat=…, lon=…, id=… where the file has other names; repeated."),
    ] = None,
    feed: Annotated[str, typer.Option(help="The source's name.")] = "incidents",
    kind: Annotated[str, typer.Option(help="ems, deaths, 311, hospital, reversals or other.")] = "ems",
    dry_run: DryRun = False,
    data_dir: DataDir = None,
) -> None:
    """Read incidents, drop and count duplicates, and fit the risk surface anew."""
    zone = timezone_named(timezone)
    columns = {name: name for name in ("time", "lat", "lon")} | columns_named(column or [])
    with installation(data_dir) as (settings, store), store.transaction() as session:
        report = incidents.import_csv(
            session,
            programme(session).id,
            file,
            feed=feed,
            kind=kind,
            timezone=zone,
            columns=columns,
            city_bounds=city_bounds(settings),
            now=now(),
            dry_run=dry_run,
        )
        if not dry_run:
            surface.fit(session, programme(session).id, now())
    print_report(report)


def forget_incidents(
    feed: Annotated[str, typer.Argument(help="The source's name, as given to --feed.")],
    data_dir: DataDir = None,
) -> None:
    """Take back everything imported under a feed, so that a corrected file can be imported anew."""
    with installation(data_dir) as (_, store), store.transaction() as session:
        gone = incidents.forget(session, programme(session).id, feed)
    out.print(
        f"{gone:,} incidents of {feed} are forgotten. Import the corrected file; the surface is fitted then."
    )


def print_report(report: incidents.ImportReport) -> None:
    """Say what an import of incidents did, or would do."""
    would = "would be " if report.dry_run else ""
    out.print(
        f"{report.feed}: {report.rows:,} rows from {report.first} to {report.last}; "
        f"{report.added:,} {would}added, "
        f"{report.duplicates:,} duplicates dropped, {report.skipped:,} left out."
    )
    for note in (*report.notes, *map(str, report.problems)):
        out.print(f"  {note}")


def templates(
    folder: Annotated[Path, typer.Argument(help="Where to write them; made if missing.")],
) -> None:
    """Write a template for every CSV, each with example rows. Existing files are never overwritten."""
    folder.mkdir(parents=True, exist_ok=True)
    for template in sorted(packaged("templates").glob("*.csv")):
        target = folder / template.name
        if target.exists():
            raise Conflict(f"{target} is already there. Choose an empty folder, or move the file away.")
        shutil.copyfile(template, target)
        out.print(f"  {target}")
