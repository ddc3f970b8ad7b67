"""The one door to the database: a way to write and a way to read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import ArgumentError, DatabaseError
from sqlalchemy.orm import Session

from outreach import migrations, scope
from outreach.errors import Invalid, OutreachError
from outreach.keys import KeyRing
from outreach.store.engine import engine_at, reading_options


class Store:
    """The one door to the database. `transaction()` is the only place where anything is committed.

    A session opened for a programme sees and writes no other's rows: see `scope`. `chosen` is the programme
    somebody named at the command line, for `programme()`; `keys` is the ring that sealed words open with.
    """

    def __init__(self, engine: Engine, chosen: str | None = None, keys: KeyRing | None = None) -> None:
        self._engine, self._info = engine, {"chosen": chosen, "keys": keys}
        self._readers = engine.execution_options(**reading_options(engine))

    @property
    def url(self) -> str:
        """The address of the database, with its password: hand it to a worker, never to a log."""
        return self._engine.url.render_as_string(hide_password=False)

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._engine.dialect.name

    @property
    def engine(self) -> Engine:
        """For backup, doctor and tests; rooms never need it."""
        return self._engine

    @contextmanager
    def transaction(self, programme_id: int | None = None) -> Iterator[Session]:
        """A session that writes: all of it is committed at the end, or none of it."""
        with scope.Scoped(self._of(self._engine, programme_id), expire_on_commit=False) as session:
            session.info.update(self._info, programme_id=programme_id)
            yield session
            session.commit()

    @contextmanager
    def reading(self, programme_id: int | None = None) -> Iterator[Session]:
        """A session on one consistent snapshot; the database refuses writes in it."""
        engine = self._of(self._readers, programme_id)
        with scope.Scoped(engine, expire_on_commit=False, autoflush=False) as session:
            session.info.update(self._info, programme_id=programme_id)
            yield session

    def _of(self, engine: Engine, programme_id: int | None) -> Engine:
        return engine.execution_options(**{scope.OPTION: scope.ALL if programme_id is None else programme_id})

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()


def open_store(url: str, programme: str | None = None, keys: Path | None = None) -> Store:
    """Open the database at `url` and bring its tables up to date. `programme` is the one somebody chose,
    `keys` the file with the installation's keys.

    Raises: `Refused` for a database that is damaged or newer than this version, `Invalid` for an address that
    cannot be used.
    """
    try:
        engine = engine_at(url)
        migrations.upgrade(engine)
    except ArgumentError as error:
        raise Invalid(
            f"OUTREACH_DATABASE cannot be used as a database: {error}", code="database-address"
        ) from None
    except DatabaseError as error:
        raise OutreachError(
            f"The database cannot be opened: {error.orig}. Look at its address, rights and disk.",
            code="database-unavailable",
        ) from None
    return Store(engine, programme, KeyRing(keys) if keys is not None else None)
