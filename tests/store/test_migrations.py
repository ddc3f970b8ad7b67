from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Connection, inspect

from outreach import migrations
from outreach.migrations import compose
from outreach.store import Store, open_store
from outreach.tables import metadata


def test_the_migration_makes_just_the_tables_we_map(store: Store):
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_migration_makes_every_named_check(store: Store):
    with store.engine.connect() as connection:
        made = _checks(connection)
    mapped = {
        (table.name, str(check.name))
        for table in metadata.tables.values()
        for check in table.constraints
        if isinstance(check, CheckConstraint)
    }
    assert made == mapped


def test_the_written_migration_is_what_the_mapping_composes():
    written = Path(compose.FIRST).read_text()
    assert written == compose.source(), "Run `python -m outreach.migrations.compose` and look at the change."


def test_head_is_the_newest_revision():
    scripts = ScriptDirectory.from_config(migrations.configuration())
    assert scripts.get_current_head() == migrations.HEAD


def test_processes_that_start_together_migrate_once(tmp_path: Path):
    url = f"sqlite:///{tmp_path / 'fresh.db'}"
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(lambda _: open_store(url), range(4)))
    with stores[0].engine.connect() as connection:
        assert migrations.revision(connection) == migrations.HEAD
    for store in stores:
        store.close()


def _checks(connection: Connection) -> set[tuple[str, str]]:
    found = inspect(connection)
    return {
        (table, str(check["name"]))
        for table in found.get_table_names()
        if table != "alembic_version"
        for check in found.get_check_constraints(table)
    }
