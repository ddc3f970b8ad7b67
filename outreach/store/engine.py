"""The engine: how a connection is opened and how a transaction begins, on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.pool import ConnectionPoolEntry

from outreach import scope
from outreach.errors import Invalid, Refused
from outreach.wholeness import refuse_damaged

BUSY_SECONDS = 30
DURABLE = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
"""What SQLite must keep to, asked back at every connection: `synchronous` 2 is FULL."""


def engine_at(url: str) -> Engine:
    """An engine for the database at `url`, with the folder of its file made.

    Raises: `Refused` for a damaged file, or without the driver; `Invalid` for another kind of address.
    """
    parsed = make_url(url)
    if parsed.drivername in ("sqlite", "sqlite+pysqlite"):
        if parsed.database and parsed.database != ":memory:":
            path = Path(parsed.database.removeprefix("file:"))  # as an address with options names it
            _make_folder(path.parent)
            refuse_damaged(path)
        engine = create_engine(parsed, json_serializer=_json, connect_args={"timeout": BUSY_SECONDS})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if parsed.drivername in ("postgresql", "postgresql+psycopg"):
        if find_spec("psycopg") is None:
            raise Refused("PostgreSQL needs a driver: pip install 'outreach[postgres]'.", code="no-driver")
        parsed = parsed.set(drivername="postgresql+psycopg")
        # As many as work at once, and the one used last first: a connection's first statements are dear.
        engine = create_engine(
            parsed, json_serializer=_json, pool_pre_ping=True, pool_size=20, pool_use_lifo=True
        )
        event.listen(engine, "connect", _prepare_postgres)
        event.listen(engine, "begin", scope.begin_postgres)
        return engine
    raise Invalid(
        f"OUTREACH_DATABASE is a {parsed.drivername} address; the database is sqlite:///… or postgresql://…",
        code="database-address",
    )


def reading_options(engine: Engine) -> dict[str, Any]:
    """What makes a transaction one consistent snapshot in which nothing can be written."""
    if engine.dialect.name == "postgresql":
        return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    return {"outreach_reading": True}


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Invalid(
            f"{folder} cannot be the data folder: {error.strerror}. Choose another.", code="data-folder"
        ) from None


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _prepare_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    # The driver's own BEGIN is deferred: a read before the write then fails with "database is locked"
    # at once under load. We begin by ourselves (`_begin_sqlite`).
    connection.isolation_level = None
    cursor = connection.cursor()
    for name, wanted in DURABLE.items():
        cursor.execute(f"PRAGMA {name} = {wanted}")
        held = cursor.execute(f"PRAGMA {name}").fetchone()[0]
        if held != wanted and _on_disk(cursor):
            raise Refused(
                f"SQLite's {name} is {held} here, not {wanted}: power cuts could lose what was acknowledged. "
                "Put the data folder on a local disk.",
                code="not-durable",
            )
    cursor.close()


def _on_disk(cursor: DBAPICursor) -> bool:
    return bool(cursor.execute("PRAGMA database_list").fetchone()[2])


def _prepare_postgres(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    # Whatever the server's own setting: what is acknowledged is on its disk.
    cursor = connection.cursor()
    cursor.execute("SET synchronous_commit = on")
    cursor.close()
    connection.commit()


def _begin_sqlite(connection: Connection) -> None:
    reading = bool(connection.get_execution_options().get("outreach_reading"))
    connection.exec_driver_sql(f"PRAGMA query_only = {'ON' if reading else 'OFF'}")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
