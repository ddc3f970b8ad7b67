"""The archive: a ZIP with every row as a line of JSON, the city's files, and a manifest to prove them.

Rows are written in our own terms, not the database's: a backup of SQLite restores into PostgreSQL and back.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from sqlalchemy import Date, LargeBinary, Table
from sqlalchemy.orm import Session

from outreach.errors import Invalid
from outreach.store import Moment
from outreach.tables import metadata

MANIFEST = "manifest.json"
FORMAT = 1
ROWS_AT_ONCE = 2000
CITIES = "cities"
"""The folder beside the first city's that holds those of further programmes."""
LEFT_OUT = (
    "login_sessions",
    "enrolments",
)  # whoever was signed in signs in again: no open door travels in a backup
_WHOLE = 1 << 256


class TableSum(BaseModel):
    """How many rows, and a sum of their hashes that does not depend on their order."""

    rows: int
    digest: str


class Manifest(BaseModel):
    """What an archive holds. `audit_head` is how far the audit had come at that moment, for
    `outreach audit verify --head`."""

    format: int
    version: str
    revision: str
    created_at: datetime
    database: str
    audit_count: int
    audit_head: str
    tables: dict[str, TableSum]
    files: dict[str, str]

    @property
    def rows(self) -> int:
        """All rows together."""
        return sum(table.rows for table in self.tables.values())


class Sum:
    """Adds up lines to a `TableSum`."""

    def __init__(self) -> None:
        self.rows, self._total = 0, 0

    def add(self, line: bytes) -> None:
        """Count one more line."""
        self.rows += 1
        self._total = (self._total + int.from_bytes(hashlib.sha256(line).digest())) % _WHOLE

    def told(self) -> TableSum:
        """The sum so far."""
        return TableSum(rows=self.rows, digest=f"{self._total:064x}")


def tables() -> list[Table]:
    """What is backed up, those that others point to first."""
    return [table for table in metadata.sorted_tables if table.name not in LEFT_OUT]


def lines(session: Session, table: Table) -> Iterator[bytes]:
    """Every row of a table as a line of JSON, in the order of its key."""
    asked = table.select().order_by(*table.primary_key.columns).execution_options(yield_per=ROWS_AT_ONCE)
    for row in session.execute(asked):
        yield _ENCODER.encode(dict(row._mapping)).encode() + b"\n"


def rows(table: Table, told: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """The rows of lines that `lines` gave. Raises: `Invalid` for lines of another table."""
    names = {column.name for column in table.columns}
    read = _readers(table)
    for line in told:
        row = json.loads(line)
        if not isinstance(row, dict) or row.keys() != names:
            raise Invalid(f"The archive's {table.name} does not fit this version.", code="bad-archive")
        for name, made in read.items():
            if row[name] is not None:
                row[name] = made(row[name])
        yield row


def read_manifest(path: Path) -> Manifest:
    """What an archive says it holds. Raises: `Invalid` for a file that is no archive of ours."""
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = Manifest.model_validate_json(archive.read(MANIFEST))
    except FileNotFoundError:
        raise Invalid(f"There is no file {path}.", code="no-file") from None
    except (OSError, KeyError, zipfile.BadZipFile, ValidationError) as error:
        raise Invalid(
            f"{path.name} is no backup of Outreach, or it is damaged: {error}", code="bad-archive"
        ) from None
    if manifest.format != FORMAT:
        raise Invalid(f"{path.name} was written by another version of Outreach.", code="bad-archive")
    return manifest


def file_digest(content: bytes) -> str:
    """The hash of a file as the manifest keeps it."""
    return hashlib.sha256(content).hexdigest()


def _readers(table: Table) -> dict[str, Callable[[str], Any]]:
    """For the columns that JSON has no word for: how to read them."""
    found = {column.name: _reader(column.type) for column in table.columns}
    return {name: made for name, made in found.items() if made is not None}


def _reader(kind: object) -> Callable[[str], Any] | None:
    if isinstance(kind, Moment):
        return datetime.fromisoformat
    if isinstance(kind, LargeBinary):
        return base64.b64decode
    return date.fromisoformat if isinstance(kind, Date) else None


def _told(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value)} cannot be backed up")


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_told)
