"""The database: one engine, one way to write and one way to read. The same code on SQLite and PostgreSQL."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    Connection,
    DateTime,
    Dialect,
    Engine,
    ForeignKey,
    MetaData,
    String,
    Text,
    create_engine,
    event,
    func,
    make_url,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import ArgumentError, DatabaseError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator, TypeEngine

from outreach import migrations, scope
from outreach.errors import Invalid, Missing, OutreachError, Refused
from outreach.keys import KeyRing
from outreach.wholeness import refuse_damaged

BUSY_SECONDS = 30
DURABLE = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
"""What SQLite must keep to, asked back at every connection: `synchronous` 2 is FULL."""

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Moment(TypeDecorator[datetime]):
    """A point in time, UTC inside and out. SQLite drops the zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise Invalid(f"{value} has no time zone; give a moment with one.", code="naive-moment")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Document(TypeDecorator[Any]):
    """JSON of strings, whole numbers, finite numbers, lists and maps; JSONB on PostgreSQL.

    What PostgreSQL cannot hold (NUL, lone surrogates, NaN) is refused on SQLite too.
    """

    impl = JSON(none_as_null=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(
            JSONB(none_as_null=True) if dialect.name == "postgresql" else JSON(none_as_null=True)
        )

    def process_bind_param(self, value: object, dialect: Dialect) -> object:
        if value is not None:
            canonical(value)
        return value


def canonical(value: object) -> str:
    """The value as canonical JSON. Raises: `Invalid` for what one of the databases could not hold."""
    try:
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        text.encode()
    except (TypeError, ValueError) as error:
        raise Invalid(f"This cannot be stored: {error}.", code="not-canonical") from None
    if "\\u0000" in text:
        raise Invalid("This cannot be stored: it contains a NUL character.", code="not-canonical")
    return text


class Base(DeclarativeBase):
    """Every mapped class. Relationships are `lazy="raise"`: load what you need."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: Moment,
        dict[str, object]: Document,
        list[str]: Document,
        list[int]: Document,
    }


class Programme(Base):
    """Who runs the vans, in one city. Every other row belongs to a programme and is seen by no other.

    `folder` names the city's folder beside the installation's own (None: that one), `policy` the rules of
    another jurisdiction than the installation's. A `demo` has passwords that everybody knows.
    """

    __tablename__ = "programmes"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(Text)
    city: Mapped[str] = mapped_column(Text)
    timezone: Mapped[str] = mapped_column(String(64))
    folder: Mapped[str | None] = mapped_column(String(80))
    policy: Mapped[str | None] = mapped_column(String(80))
    demo: Mapped[bool] = mapped_column(default=False)


class Owned:
    """Mix-in: a row of a programme, found by its number."""

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"), index=True)


class Store:
    """The one door to the database. `transaction()` is the only place where anything is committed.

    A session opened for a programme sees and writes no other's rows: see `scope`. `chosen` is the programme
    somebody named at the command line, for `programme()`; `keys` is the ring that sealed words open with.
    """

    def __init__(self, engine: Engine, chosen: str | None = None, keys: KeyRing | None = None) -> None:
        self._engine, self._info = engine, {"chosen": chosen, "keys": keys}
        self._readers = engine.execution_options(**_reading_options(engine))

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

    def programme(self, session: Session) -> Programme:
        """As `programme` below."""
        return programme(session)

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()


def programme(session: Session) -> Programme:
    """The programme the session is for, or the one chosen by name, or the only one there is.

    Raises: `Missing` before one was created or when none has this name, `Invalid` when there are several and
    nobody said which.
    """
    ours, chosen = session.info.get("programme_id"), session.info.get("chosen")
    if ours is not None:
        return session.get_one(Programme, ours)
    known = {each.slug: each for each in session.scalars(select(Programme).order_by(Programme.id))}
    if chosen is not None and chosen in known:
        return known[chosen]
    if chosen is not None and known:
        raise Missing(f"There is no programme {chosen}. Known are: {', '.join(known)}.", code="no-programme")
    if len(known) > 1:
        raise Invalid(
            f"There are several programmes here: {', '.join(known)}. Say which with --programme.",
            code="which-programme",
        )
    if not known:
        raise Missing(
            "There is no city in this data folder yet. Run `outreach city create` or `outreach demo` first.",
            code="no-programme",
        )
    return next(iter(known.values()))


def open_store(url: str, programme: str | None = None, keys: Path | None = None) -> Store:
    """Open the database at `url` and bring its tables up to date. `programme` is the one somebody chose,
    `keys` the file with the installation's keys.

    Raises: `Refused` for a database that is damaged or newer than this version, `Invalid` for an address that
    cannot be used.
    """
    try:
        engine = _engine(url)
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


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.drivername in ("sqlite", "sqlite+pysqlite"):
        if parsed.database and parsed.database != ":memory:":
            _make_folder(Path(parsed.database).parent)
            refuse_damaged(Path(parsed.database))
        engine = create_engine(parsed, json_serializer=_json, connect_args={"timeout": BUSY_SECONDS})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if parsed.drivername in ("postgresql", "postgresql+psycopg"):
        if find_spec("psycopg") is None:
            raise Refused("PostgreSQL needs a driver: pip install 'outreach[postgres]'.", code="no-driver")
        parsed = parsed.set(drivername="postgresql+psycopg")
        engine = create_engine(parsed, json_serializer=_json, pool_pre_ping=True, pool_size=10)
        event.listen(engine, "connect", _prepare_postgres)
        event.listen(engine, "begin", scope.begin_postgres)
        return engine
    raise Invalid(
        f"OUTREACH_DATABASE is a {parsed.drivername} address; the database is sqlite:///… or postgresql://…",
        code="database-address",
    )


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


def _reading_options(engine: Engine) -> dict[str, Any]:
    if engine.dialect.name == "postgresql":
        return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    return {"outreach_reading": True}


def one_at_a_time(session: Session, what: str) -> None:
    """Let nobody else be past this line with the same `what` until this transaction ends.

    SQLite has a single writer anyhow; PostgreSQL takes an advisory lock.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(zlib.crc32(what.encode()))))


def let_go_when_silent(session: Session, limit: timedelta) -> None:
    """Whoever falls silent in this transaction for so long loses it, and with it the locks that others wait
    for. PostgreSQL sees to that; on SQLite they end with the process."""
    if session.get_bind().dialect.name == "postgresql":
        milliseconds = str(round(limit.total_seconds() * 1000))
        session.execute(select(func.set_config("idle_in_transaction_session_timeout", milliseconds, True)))
