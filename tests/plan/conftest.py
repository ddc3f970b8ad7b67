from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from outreach.store import open_store
from tests.planned import solved, with_risk
from tests.town import Town, build


@pytest.fixture
def risky_town(town: Town, tmp_path: Path, now: datetime) -> Town:
    """The tiny town with a risk surface, on SQLite."""
    return with_risk(town, tmp_path, now)


@pytest.fixture
def risky_town_on_both(town_on_both: Town, tmp_path: Path, now: datetime) -> Town:
    """The tiny town with a risk surface, on each database."""
    return with_risk(town_on_both, tmp_path, now)


@pytest.fixture(scope="session")
def _solved_template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Town, Path]:
    """A database in which the tiny town's week is solved, to copy from: run 1 is done."""
    folder = tmp_path_factory.mktemp("solved")
    store = open_store(f"sqlite:///{folder / 'outreach.db'}")
    now = datetime(2026, 11, 21, 17, 0, tzinfo=UTC)
    town = with_risk(build(store, folder / "city"), folder, now)
    solved(town, now)
    with store.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    return town, folder / "outreach.db"


@pytest.fixture
def solved_town(_solved_template: tuple[Town, Path], tmp_path: Path) -> Iterator[Town]:
    """The tiny town with a solved week, on SQLite."""
    town, file = _solved_template
    shutil.copy(file, tmp_path / "outreach.db")
    store = open_store(f"sqlite:///{tmp_path / 'outreach.db'}", keys=tmp_path / "keys.db")
    yield replace(town, store=store)
    store.close()
