"""Backup: one file with everything an installation is, from one moment, while people go on working."""

from __future__ import annotations

import os
import zipfile
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from sqlalchemy.orm import Session

from outreach import audit, migrations
from outreach.errors import Conflict, OutreachError
from outreach.keeping import archive
from outreach.keeping.archive import MANIFEST, Manifest, Sum, TableSum
from outreach.store import Store


def backup(store: Store, city: Path, target: Path, now: datetime) -> Manifest:
    """Write an archive of the database and the city's files to `target`, readable by its owner only.

    Nothing is at `target` until the archive is whole. Raises: `Conflict` when something is there already
    or the audit chain is broken (a backup must not bury the last whole one), `OutreachError` for a disk
    that refuses.
    """
    if target.exists():
        raise Conflict(
            f"{target} exists already; a backup never overwrites. Choose another name.", code="exists"
        )
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with store.reading() as session:
            manifest = _write(session, store, city, draft, now)
        os.link(draft, target)
    except FileExistsError:
        raise Conflict(f"{target} appeared meanwhile. Choose another name.", code="exists") from None
    except OSError as error:
        raise OutreachError(f"{target} cannot be written: {error.strerror}.", code="disk") from None
    finally:
        draft.unlink(missing_ok=True)
    return manifest


def _write(session: Session, store: Store, city: Path, draft: Path, now: datetime) -> Manifest:
    verdict = audit.verify(session)
    if not verdict.whole:
        raise Conflict(
            f"The audit is broken at entry {verdict.broken_at}. Keep the last whole backup, find out who had "
            "access, and copy the database file by hand.",
            code="audit-broken",
        )
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with (
        os.fdopen(descriptor, "wb") as raw,
        zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed,
    ):
        manifest = Manifest(
            format=archive.FORMAT,
            version=_version(),
            revision=migrations.revision(session.connection()) or "",
            created_at=now,
            database=store.dialect,
            audit_count=verdict.count,
            audit_head=verdict.head,
            tables=_tables(session, packed),
            files=_files(city, packed),
        )
        packed.writestr(MANIFEST, manifest.model_dump_json(indent=2))
    _settle(draft)
    return manifest


def _tables(session: Session, packed: zipfile.ZipFile) -> dict[str, TableSum]:
    told: dict[str, TableSum] = {}
    for table in archive.tables():
        added = Sum()
        with packed.open(f"tables/{table.name}.jsonl", "w", force_zip64=True) as out:
            for line in archive.lines(session, table):
                added.add(line)
                out.write(line)
        told[table.name] = added.told()
    return told


def _files(city: Path, packed: zipfile.ZipFile) -> dict[str, str]:
    told: dict[str, str] = {}
    for folder, base in ((city, city), (city.with_name(archive.CITIES), city.parent)):
        for path in sorted(folder.rglob("*")) if folder.exists() else []:
            if path.is_file():
                name, content = path.relative_to(base).as_posix(), path.read_bytes()
                packed.writestr(f"city/{name}", content)
                told[name] = archive.file_digest(content)
    return told


def _settle(path: Path) -> None:
    """The bytes are on the disk, not only on their way."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _version() -> str:
    try:
        return version("outreach")
    except PackageNotFoundError:
        return "unknown"
