"""A SQLite file that is not whole is refused in words before it is served."""

from __future__ import annotations

from pathlib import Path

import pytest

from outreach.errors import Refused
from outreach.store import open_store


@pytest.fixture
def file(sqlite_url: str) -> Path:
    """A database that was closed properly."""
    open_store(sqlite_url).close()
    return Path(sqlite_url.removeprefix("sqlite:///"))


def test_a_file_cut_short_is_refused_and_the_way_back_is_told(file: Path, sqlite_url: str):
    with file.open("r+b") as opened:
        opened.truncate(file.stat().st_size - 4096)
    with pytest.raises(Refused, match=r"cut short.*outreach restore"):
        open_store(sqlite_url)


def test_a_file_not_closed_properly_is_looked_over(file: Path, sqlite_url: str):
    store = open_store(sqlite_url)
    with store.engine.begin() as connection:  # leaves a write-ahead log while the store is open
        connection.exec_driver_sql("CREATE TABLE scratch (x)")
    raw = bytearray(file.read_bytes())
    raw[30 * 4096 : 60 * 4096] = b"\xa5" * (30 * 4096)
    file.write_bytes(raw)
    with pytest.raises(Refused, match="is damaged"):
        open_store(sqlite_url)
    store.close()


def test_a_whole_file_with_a_log_beside_it_opens(sqlite_url: str):
    first = open_store(sqlite_url)
    with first.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE scratch (x)")
    open_store(sqlite_url).close()
    first.close()
