"""A look at the database: is it durable, whole, and does it keep programmes apart?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError

from outreach.keeping.doctor.finding import Finding

LARGEST_WAL_BYTES = 256 << 20


def durability(engine: Engine) -> Iterator[Finding]:
    """What is acknowledged is on the disk: SQLite with `synchronous` FULL and WAL, PostgreSQL with fsync."""
    wanted = {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"}
    if engine.dialect.name == "postgresql":
        wanted = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
    ask = "PRAGMA {}" if engine.dialect.name == "sqlite" else "SHOW {}"
    with engine.connect() as connection:
        held = {name: str(connection.exec_driver_sql(ask.format(name)).scalar()) for name in wanted}
    for name in wanted:
        if held[name] != wanted[name]:
            yield Finding(
                "bad", "durability", f"{name} is {held[name]}, not {wanted[name]}: power cuts lose records.",
                "Set it in the database's configuration.",
            )  # fmt: skip
    if held == wanted:
        yield Finding(
            "good", "durability", f"{', '.join(f'{name} {value}' for name, value in held.items())}."
        )


def wholeness(engine: Engine) -> Iterator[Finding]:
    """SQLite's own look at its file."""
    if engine.dialect.name != "sqlite":
        return
    try:
        with engine.connect() as connection:
            told = str(connection.execute(text("PRAGMA quick_check(3)")).scalar())
    except DatabaseError as error:
        told = str(error.orig)
    if told == "ok":
        yield Finding("good", "database", "The database file is whole.")
    else:
        yield Finding("bad", "database", f"The database file is damaged: {told}.", "Restore the last backup.")


def wal(engine: Engine) -> Iterator[Finding]:
    """A write-ahead log that grows without end means that somebody reads without end."""
    database = engine.url.database
    path = Path(f"{database}-wal")
    if engine.dialect.name != "sqlite" or not path.exists():
        return
    size = path.stat().st_size
    if size > LARGEST_WAL_BYTES:
        yield Finding(
            "warning", "wal", f"The write-ahead log has {size >> 20} MB.", "Restart `outreach serve`."
        )
    else:
        yield Finding("good", "wal", f"The write-ahead log has {size >> 10} KB.")


def apart(engine: Engine) -> Iterator[Finding]:
    """The database keeps programmes apart: its user is none whom no policy binds."""
    if engine.dialect.name != "postgresql":
        return
    asked = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    with engine.connect() as connection:
        unbound = connection.scalar(text(asked))
    if unbound:
        yield Finding(
            "warning", "programmes", "The database user is a superuser: row-level security does not bind it.",
            "Make an ordinary user the owner of the database, and connect as that.",
        )  # fmt: skip
    else:
        yield Finding("good", "programmes", "Row-level security binds the database user.")
