"""Fresh databases on a PostgreSQL server, each as empty as its template.

Making one costs a hundred times as much as emptying one. So one that comes back with its shape unchanged
(tables, triggers, policies, owners) is emptied and given out again; any other is dropped.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from sqlalchemy import Connection, NullPool, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

NUMBERS = count()
SUPERUSER = text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
END_OTHERS = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
SHAPE = text("""
WITH ours AS (SELECT * FROM pg_class WHERE relnamespace = 'public'::regnamespace), traits(trait) AS (
  SELECT concat_ws(' ', relname, relkind, relowner, relacl::text, relrowsecurity, relforcerowsecurity)
    FROM ours
  UNION ALL SELECT concat_ws(' ', attrelid, attname, atttypid, attnotnull, atthasdef)
    FROM pg_attribute WHERE attrelid IN (SELECT oid FROM ours)
  UNION ALL SELECT concat_ws(' ', tgrelid, tgname, tgenabled) FROM pg_trigger
  UNION ALL SELECT concat_ws(' ', polrelid, polname, pg_get_expr(polqual, polrelid)) FROM pg_policy
  UNION ALL SELECT concat_ws(' ', conrelid, conname, pg_get_constraintdef(oid)) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
  UNION ALL SELECT concat_ws(' ', proname, proowner, prosrc) FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace
  UNION ALL SELECT concat_ws(' ', datdba, datacl::text) FROM pg_database WHERE datname = current_database()
  UNION ALL SELECT version_num FROM alembic_version
) SELECT md5(string_agg(trait, '|' ORDER BY trait)) FROM traits
""")
EMPTY = text("""
DO $$ DECLARE ours regclass; BEGIN
  SET LOCAL session_replication_role = replica; -- some tables guard their rows
  FOR ours IN SELECT format('%I', tablename) FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> 'alembic_version'
  LOOP EXECUTE format('DELETE FROM %s', ours); END LOOP;
  FOR ours IN SELECT format('%I', sequencename) FROM pg_sequences WHERE schemaname = 'public'
  LOOP PERFORM setval(ours, 1, false); END LOOP;
END $$
""")


class Databases:
    """Databases made from one `template` on a server; dropped when `close`d."""

    def __init__(self, server: str, template: str) -> None:
        self._server, self._template = server, template
        self._free: list[str] = []
        with connected(server) as connection:
            self._may_empty = bool(connection.scalar(SUPERUSER))  # row-level security hides rows from others
        self._shape = _shape(server_at(server, template))

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """The address of an empty one, for the length of a `with`."""
        url = self._free.pop() if self._free else make(self._server, self._template)
        try:
            yield url
        finally:
            if self._may_empty and self._emptied(url):
                self._free.append(url)
            else:
                drop(self._server, url)

    def close(self) -> None:
        """Drop all of them."""
        for url in self._free:
            drop(self._server, url)

    def _emptied(self, url: str) -> bool:
        try:
            if _shape(url) != self._shape:
                return False
        except DBAPIError:
            return False  # not even the tables that are asked are there
        with connected(url) as connection:
            connection.execute(EMPTY)
        return True


@contextmanager
def database(server: str, template: str = "template1") -> Iterator[str]:
    """A database of its own on the server, dropped at the end."""
    url = make(server, template)
    try:
        yield url
    finally:
        drop(server, url)


def make(server: str, template: str) -> str:
    """A new database; its address."""
    name = f"outreach_test_{os.getpid()}_{next(NUMBERS)}"
    with connected(server) as connection:
        connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy'))
    return server_at(server, name)


def drop(server: str, url: str) -> None:
    """Away with it, whoever still uses it."""
    with connected(server) as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{make_url(url).database}" WITH (FORCE)'))


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    """A connection of its own that commits each statement."""
    engine = create_engine(
        make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT", poolclass=NullPool
    )
    with engine.connect() as connection:
        yield connection


def server_at(server: str, name: str) -> str:
    """The address of another database on the same server."""
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _shape(url: str) -> str:
    with connected(url) as connection:
        connection.execute(END_OTHERS)
        return str(connection.scalar(SHAPE))
