"""Restore: an archive into an empty installation, all of it or nothing, and proven equal before it stands."""

from __future__ import annotations

import shutil
import zipfile
import zlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path, PurePosixPath

from sqlalchemy import Table, func, insert, select, text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import Session

from outreach import audit, migrations
from outreach.errors import Conflict, Invalid, Refused
from outreach.field import events
from outreach.keeping import archive
from outreach.keeping.archive import ROWS_AT_ONCE, Manifest, Sum, TableSum
from outreach.store import Programme, Store


def restore(store: Store, city: Path, source: Path) -> Manifest:
    """Fill an empty installation from an archive. Counts, hashes and the audit chain of what was stored are
    compared with the manifest before anything is kept. Tablets learn by a new epoch to send again.

    Raises: `Conflict` when the installation is not empty, `Refused` for an archive of a newer Outreach,
    `Invalid` for one that is damaged.
    """
    manifest = archive.read_manifest(source)
    if manifest.revision != migrations.HEAD:
        raise Refused(
            f"This backup is at revision {manifest.revision}, this Outreach at {migrations.HEAD}. Install "
            f"the version that wrote it ({manifest.version}), restore there, and upgrade.",
            code="other-revision",
        )
    _refuse_occupied(store, city)
    beside = city.with_name(f".{city.name}.restoring")
    try:
        with zipfile.ZipFile(source) as packed, store.transaction() as session:
            _refuse_rows(session)
            _fill(session, packed, manifest)
            _compare(session, manifest)
            _unpack(packed, manifest, beside)
            _new_epoch(session)
            _put_in_place(beside, city)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, IntegrityError, StatementError) as error:
        raise Invalid(
            f"{source.name} is damaged; nothing was restored: {error}", code="bad-archive"
        ) from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return manifest


def _refuse_occupied(store: Store, city: Path) -> None:
    occupied = [f for f in (city, city.with_name(archive.CITIES)) if f.exists() and any(f.iterdir())]
    if occupied:
        raise Conflict(
            f"{occupied[0]} holds a city already; a restore never overwrites. Choose an empty data folder.",
            code="not-empty",
        )
    with store.reading() as session:
        _refuse_rows(session)


def _refuse_rows(session: Session) -> None:
    if session.scalar(select(func.count()).select_from(Programme)):
        raise Conflict(
            "The database holds a programme already; a restore never overwrites. Choose an empty data folder "
            "or database.",
            code="not-empty",
        )


def _fill(session: Session, packed: zipfile.ZipFile, manifest: Manifest) -> None:
    for table in archive.tables():
        if table.name not in manifest.tables:
            raise Invalid(f"The archive lacks the table {table.name}.", code="bad-archive")
        with packed.open(f"tables/{table.name}.jsonl") as told:
            _insert(session, table, archive.rows(table, told))


def _insert(session: Session, table: Table, rows: Iterator[dict[str, object]]) -> None:
    while chunk := list(islice(rows, ROWS_AT_ONCE)):
        session.execute(insert(table), chunk)
    if session.get_bind().dialect.name == "postgresql" and table.autoincrement_column is not None:
        # Rows came with their numbers; the counter that gives out the next one has to catch up.
        key = table.autoincrement_column.name
        session.execute(
            text(
                f"SELECT setval(pg_get_serial_sequence('{table.name}', '{key}'), "
                f"GREATEST((SELECT COALESCE(MAX({key}), 0) FROM {table.name}), 1))"
            )
        )


def _compare(session: Session, manifest: Manifest) -> None:
    """What the database now holds, read back, is what the manifest says."""
    for table in archive.tables():
        if _sum(session, table) != manifest.tables[table.name]:
            raise Invalid(
                f"The archive's {table.name} is not what its manifest says; nothing was restored. "
                "Use another backup.",
                code="bad-archive",
            )
    verdict = audit.verify(session)
    if (verdict.count, verdict.head, verdict.broken_at) != (manifest.audit_count, manifest.audit_head, None):
        raise Invalid("The archive's audit chain is broken; nothing was restored.", code="bad-archive")


def _sum(session: Session, table: Table) -> TableSum:
    added = Sum()
    for line in archive.lines(session, table):
        added.add(line)
    return added.told()


def _unpack(packed: zipfile.ZipFile, manifest: Manifest, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, digest in manifest.files.items():
        parts = PurePosixPath(name).parts
        content = packed.read(f"city/{name}") if f"city/{name}" in packed.NameToInfo else b""
        if ".." in parts or name.startswith("/") or archive.file_digest(content) != digest:
            raise Invalid(f"The archive's city/{name} is damaged; nothing was restored.", code="bad-archive")
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def _new_epoch(session: Session) -> None:
    """Tablets may hold records newer than the backup: they are asked to send everything again."""
    for programme_id in session.scalars(select(Programme.id)):
        events.open_epoch(session, programme_id, again=True)


def _put_in_place(beside: Path, city: Path) -> None:
    if city.exists():
        city.rmdir()
    beside.replace(city)
    if (city / archive.CITIES).exists():
        (city / archive.CITIES).replace(city.with_name(archive.CITIES))
