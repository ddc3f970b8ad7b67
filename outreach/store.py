"""The database: one engine, one way to write and one way to read. The same code on SQLite and PostgreSQL."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
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
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DatabaseError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator, TypeEngine

from outreach import migrations
from outreach.errors import Invalid, Missing, OutreachError, Refused

BUSY_SECONDS = 30

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
    """Who runs the vans: one installation, one city. Every other row belongs to a programme."""

    __tablename__ = "programmes"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(Text)
    city: Mapped[str] = mapped_column(Text)
    timezone: Mapped[str] = mapped_column(String(64))


class Owned:
    """Mix-in: a row of a programme, found by its number."""

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"), index=True)


class Store:
    """The one door to the database. `transaction()` is the only place where anything is committed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
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
    def transaction(self) -> Iterator[Session]:
        """A session that writes: all of it is committed at the end, or none of it."""
        with Session(self._engine, expire_on_commit=False) as session:
            yield session
            session.commit()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session on one consistent snapshot; the database refuses writes in it."""
        with Session(self._readers, expire_on_commit=False, autoflush=False) as session:
            yield session

    def programme(self, session: Session) -> Programme:
        """The programme of this installation. Raises: `Missing` before one was created."""
        return programme(session)

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()


def programme(session: Session) -> Programme:
    """The programme of this installation. Raises: `Missing` before one was created."""
    found = session.scalars(select(Programme).order_by(Programme.id).limit(1)).first()
    if found is None:
        raise Missing(
            "There is no city in this data folder yet. Run `outreach city create` or `outreach demo` first.",
            code="no-programme",
        )
    return found


def open_store(url: str) -> Store:
    """Open the database at `url` and bring its tables up to date.

    Raises: `Refused` for a database newer than this version, `Invalid` for an address that cannot be used.
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
    return Store(engine)


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.drivername in ("sqlite", "sqlite+pysqlite"):
        if parsed.database and parsed.database != ":memory:":
            _make_folder(Path(parsed.database).parent)
        engine = create_engine(parsed, json_serializer=_json, connect_args={"timeout": BUSY_SECONDS})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if parsed.drivername in ("postgresql", "postgresql+psycopg"):
        if find_spec("psycopg") is None:
            raise Refused("PostgreSQL needs a driver: pip install 'outreach[postgres]'.", code="no-driver")
        parsed = parsed.set(drivername="postgresql+psycopg")
        return create_engine(parsed, json_serializer=_json, pool_pre_ping=True, pool_size=10)
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
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


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
