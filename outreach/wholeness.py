"""Whether a SQLite file is whole, looked at before it is served. What else may be wrong, the doctor says."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from outreach.errors import Refused

_MAGIC = b"SQLite format 3\0"
_HEADER = 100
_REMEDY = (
    "Nothing was changed. Keep a copy of the data folder as it is, then restore the last backup: `outreach "
    "restore FILE` into an empty folder. Tablets send again what they still hold."
)


def refuse_damaged(path: Path) -> None:
    """Compare the file's length with what its header says; where it was not closed properly (a write-ahead
    log is there), look at all of it.

    Raises: `Refused` for a file that is cut short or whose pages contradict each other.
    """
    if not path.is_file():
        return
    if _log(path).is_file() and _log(path).stat().st_size > 0:
        _look_over(path)
    elif path.stat().st_size < _told_size(path):
        raise Refused(
            f"{path.name} is cut short: {path.stat().st_size:,} of {_told_size(path):,} bytes are there. "
            f"{_REMEDY}",
            code="database-damaged",
        )


def _log(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _told_size(path: Path) -> int:
    """Bytes, by the file's own header; 0 for a file that is no database."""
    with path.open("rb") as file:
        header = file.read(_HEADER)
    if len(header) < _HEADER or not header.startswith(_MAGIC):
        return 0
    page = int.from_bytes(header[16:18])
    return (65_536 if page == 1 else page) * int.from_bytes(header[28:32])


def _look_over(path: Path) -> None:
    try:
        with closing(sqlite3.connect(path)) as connection:
            told = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            return  # a disk that refuses is told by whoever opens it next
        told = str(error)
    if told != "ok":
        raise Refused(f"{path.name} is damaged ({told}). {_REMEDY}", code="database-damaged")
