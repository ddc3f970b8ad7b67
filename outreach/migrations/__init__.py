"""How a database gets its tables: Alembic, carried inside the package so that an installed wheel has it."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, inspect, text

from outreach.errors import Refused

HEAD = "0001"
_LOCK = 0x6F757472


def upgrade(engine: Engine) -> None:
    """Bring the tables to `HEAD` in one transaction. Two processes starting together are safe.

    Raises: `Refused` when the database was written by a newer version.
    """
    with engine.connect() as connection:
        if revision(connection) == HEAD:
            return
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        _refuse_newer(revision(connection))
        config = configuration()
        config.attributes["connection"] = connection
        command.upgrade(config, HEAD)


def revision(connection: Connection) -> str | None:
    """The revision the database is at, None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def configuration() -> Config:
    """Alembic's settings, without any file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config


def _refuse_newer(found: str | None) -> None:
    if found is not None and found > HEAD:
        raise Refused(
            f"This database is at revision {found}, written by a newer Outreach; this one knows {HEAD}. "
            "Install the newer version.",
            code="database-newer",
        )
