"""The tests' own fresh databases are as empty as their template, and nobody gets one that was bent."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from outreach import audit
from outreach.store import Base, open_store
from tests.databases import Databases, connected
from tests.town import build

BENT = (
    "ALTER TABLE audit_entries DISABLE TRIGGER ALL",
    "ALTER TABLE sites DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE sites ADD COLUMN more integer",
    "ALTER TABLE sites DROP CONSTRAINT ck_sites_status",
    "UPDATE alembic_version SET version_num = '9999'",
    "DROP TABLE alembic_version",
    "CREATE TABLE strangers (id integer)",
)


def test_one_that_comes_back_is_empty_and_counts_from_one(databases: Databases, tmp_path: Path):
    with databases.fresh() as first:
        store = open_store(first, keys=tmp_path / "keys.db")
        build(store, tmp_path / "city")
        with store.transaction() as session:
            audit.record(session, 1, "dora", "site.added", "site/1", {})
    with databases.fresh() as second:
        assert second == first, "it was given out again"
        store = open_store(second, keys=tmp_path / "keys.db")
        with store.reading() as session:
            left = [
                table.name
                for table in Base.metadata.sorted_tables
                if session.execute(text(f'SELECT 1 FROM "{table.name}" LIMIT 1')).first()
            ]
        assert left == []
        assert build(store, tmp_path / "city").programme_id == 1
        store.close()


@pytest.mark.parametrize("bend", BENT)
def test_one_that_was_bent_is_given_to_nobody(databases: Databases, bend: str):
    with databases.fresh() as first, connected(first) as connection:
        connection.execute(text(bend))
    with databases.fresh() as second:
        assert second != first
