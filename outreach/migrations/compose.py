"""Composes the first migration from the mapped classes: `python -m outreach.migrations.compose`.

Until the first release there is one migration, always whole. After it this room goes, and every change of
a table gets a migration of its own.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.autogenerate.api import AutogenContext
from alembic.migration import MigrationContext
from alembic.operations.ops import UpgradeOps
from sqlalchemy import create_engine

from outreach.store import Document, Moment
from outreach.tables import metadata

FIRST = Path(__file__).parent / "versions" / "0001_first_tables.py"
APPEND_ONLY = ("audit_entries", "stock_entries")

HEADER = '''"""Every table of the first release. Composed by `python -m outreach.migrations.compose`."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from outreach import scope

# ruff: noqa: E501

revision = "0001"
down_revision = None

APPEND_ONLY = {tables!r}
OWNED = {owned}


def upgrade() -> None:
    make_tables()
    for table in APPEND_ONLY:
        refuse_change(table)
    if op.get_bind().dialect.name == "postgresql":
        for statement in scope.policies(OWNED):
            op.execute(statement)


def refuse_change(table: str) -> None:
    """Rows of this table are added, never changed nor deleted."""
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {{table}}_no_{{act.lower()}} BEFORE {{act}} ON {{table}} "
                f"BEGIN SELECT RAISE(ABORT, '{{table}} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {{table}}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{{table}} is append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {{table}}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {{table}} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {{table}}_append_only()"
    )


def make_tables() -> None:
'''


def source() -> str:
    """The text of the first migration, as the mapped classes ask for it now."""
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"target_metadata": metadata})
        upgrade = produce_migrations(context, metadata).upgrade_ops
    assert isinstance(upgrade, UpgradeOps)
    body = render_python_code(upgrade, render_item=_render)
    return (
        HEADER.format(tables=APPEND_ONLY, owned=json.dumps(owned(), indent=4)) + "    " + body.strip() + "\n"
    )


def owned() -> dict[str, str]:
    """Every table whose rows belong to a programme, and the column that says to which."""
    tables = {table.name: "programme_id" for table in metadata.sorted_tables if "programme_id" in table.c}
    return {"programmes": "id"} | tables


def _render(kind: str, item: Any, _: AutogenContext) -> str | Literal[False]:  # noqa: ANN401 - Alembic's hook
    if kind == "type" and isinstance(item, Moment):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Document):
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    return False


if __name__ == "__main__":
    FIRST.write_text(source())
