"""Alembic's entry: runs on the connection that `migrations.upgrade` hands over, inside its transaction."""

from __future__ import annotations

from alembic import context

from outreach.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
