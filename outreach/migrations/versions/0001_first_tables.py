"""Every table of the first release."""

from __future__ import annotations

from alembic import op

from outreach.tables import metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    metadata.create_all(op.get_bind())
