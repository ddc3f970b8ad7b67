"""`outreach backup`, `restore`, `doctor`: keeping an installation well."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from outreach import keeping
from outreach.cli.options import DataDir, installation, now, out
from outreach.errors import Conflict, Invalid
from outreach.keeping import sealed
from outreach.settings import Settings
from outreach.store import Store, open_store, programme

MARKS = {"good": "✓", "warning": "!", "bad": "✗"}


def register(app: typer.Typer) -> None:
    """Hang this room's commands into the command line."""
    app.command("backup")(backup)
    app.command("restore")(restore)
    app.command("doctor")(doctor)


def backup(
    file: Annotated[Path, typer.Argument(help="The archive to write; never overwritten.")],
    data_dir: DataDir = None,
) -> None:
    """Write the database and the city to one archive, with counts, hashes and the audit chain's head."""
    with installation(data_dir) as (settings, store):
        _refuse_unknown(settings, store)
        manifest = keeping.backup(store, settings.at(None, None).city, file, now())
    out.print(f"{file}: {manifest.rows:,} rows. Keep the audit's head elsewhere, for `audit verify --head`:")
    out.print(f"audit head {manifest.audit_head}")


def restore(
    file: Annotated[Path, typer.Argument(help="An archive that `outreach backup` wrote.")],
    data_dir: DataDir = None,
) -> None:
    """Fill an empty data folder from an archive and prove that nothing is missing."""
    if Settings.load(data_dir).programme is not None:
        raise Invalid(
            "A restore brings back every programme of the archive. Leave out --programme, or unset "
            "OUTREACH_PROGRAMME."
        )
    with installation(data_dir) as (settings, store):
        manifest = keeping.restore(store, settings.city, file)
        with store.reading() as session:
            shut = sealed.shut(session)
    out.print(f"{manifest.rows:,} rows are back; counts, hashes and the audit chain agree with the archive.")
    if shut:
        out.print(
            f"Sealed until the key file that belongs to this backup is at {settings.keys}: {', '.join(shut)}."
        )


def doctor(data_dir: DataDir = None) -> None:
    """Look at settings, disk, clock, database, audit and queue; a sentence for each trouble."""
    settings = Settings.load(data_dir)
    findings = keeping.examine(settings, now())
    for finding in findings:
        out.print(f"{MARKS[finding.level]} {finding.topic:<12} {finding.what} {finding.remedy}".rstrip())
    if any(finding.level == "bad" for finding in findings):
        raise Conflict("Something needs mending before this installation can be relied on.")
    store = open_store(settings.database_url, settings.programme)
    try:
        _refuse_unknown(settings, store)
    finally:
        store.close()


def _refuse_unknown(settings: Settings, store: Store) -> None:
    """These commands keep the whole installation; a programme that somebody named must be in it all the same.

    Raises: `Missing` when it is not.
    """
    if settings.programme is not None:
        with store.reading() as session:
            programme(session)
