"""The doctor: looks an installation over and has a sentence for each trouble, with what to do about it."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from outreach import audit
from outreach.errors import OutreachError
from outreach.keeping import sealed
from outreach.plan.runs import Run
from outreach.policies import Policy
from outreach.settings import Settings
from outreach.store import Programme, Store, open_store

Level = Literal["good", "warning", "bad"]
LEAST_FREE_BYTES = 1 << 30
LARGEST_WAL_BYTES = 256 << 20
LONGEST_WAIT = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: `what` in a sentence, and what to do when it is not good."""

    level: Level
    topic: str
    what: str
    remedy: str = ""


def examine(settings: Settings, now: datetime) -> list[Finding]:
    """Everything there is to say about this installation; nothing is changed."""
    found = [*python(), *policy(settings), *data_folder(settings), *disk(settings), *city(settings)]
    try:
        store = open_store(settings.database_url, keys=settings.keys)
    except OutreachError as error:
        return [
            *found,
            Finding("bad", "database", error.message, "Restore a backup: `outreach restore FILE`."),
        ]
    try:
        return [*found, *_examined(settings, store, now)]
    finally:
        store.close()


def _examined(settings: Settings, store: Store, now: datetime) -> list[Finding]:
    found = [*durability(store.engine), *wholeness(store.engine), *wal(store.engine), *apart(store.engine)]
    with store.reading() as session:
        return [
            *found,
            *programme(session),
            *audit_chain(session),
            *clock(session, now),
            *waiting(session, now),
            *keys(session, settings),
        ]


def python() -> Iterator[Finding]:
    """A Python that we test on."""
    here = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info >= (3, 11)
    yield Finding(
        "good" if good else "bad", "python", f"Python {here}.", "" if good else "Use 3.11 or newer."
    )


def policy(settings: Settings) -> Iterator[Finding]:
    """The jurisdiction's rules can be read."""
    try:
        pack = Policy.load(settings.policy)
    except OutreachError as error:
        yield Finding("bad", "policy", error.message, "Set OUTREACH_POLICY to a pack there is.")
    else:
        yield Finding("good", "policy", f"Rules of {pack.name}.")


def data_folder(settings: Settings) -> Iterator[Finding]:
    """It is there, we may write in it, and nobody else may read it."""
    folder = settings.data_dir
    if not folder.is_dir():
        yield Finding("bad", "folder", f"There is no data folder {folder}.", "Run `outreach city create`.")
    elif not os.access(folder, os.W_OK):
        yield Finding("bad", "folder", f"{folder} cannot be written.", "Give its owner the right to write.")
    else:
        yield from _readable_by_others([folder, *_database_files(settings)])


def _readable_by_others(paths: list[Path]) -> Iterator[Finding]:
    open_ones = [path for path in paths if path.exists() and path.stat().st_mode & stat.S_IROTH]
    if open_ones:
        names = ", ".join(path.name or str(path) for path in open_ones)
        yield Finding(
            "warning", "folder", f"Everybody on this machine can read {names}.", "chmod -R o-rwx it."
        )
    else:
        yield Finding("good", "folder", f"{paths[0]} is ours alone.")


def disk(settings: Settings) -> Iterator[Finding]:
    """There is room to write."""
    folder = next(
        (path for path in (settings.data_dir, *settings.data_dir.parents) if path.exists()), Path("/")
    )
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        yield Finding("bad", "disk", f"Only {free >> 20} MB are free.", "Make room, or tablets cannot sync.")
    else:
        yield Finding("good", "disk", f"{free >> 30} GB are free.")


def city(settings: Settings) -> Iterator[Finding]:
    """The road network was made."""
    if (settings.city / "drive.npz").exists():
        yield Finding("good", "city", "The road network is there.")
    else:
        yield Finding(
            "warning", "city", "There is no road network; travel is guessed.", "Run `outreach city create`."
        )


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


def keys(session: Session, settings: Settings) -> Iterator[Finding]:
    """The key file is there where something was sealed, and it is its owner's alone."""
    shut = sealed.shut(session)
    if shut and not settings.keys.exists():
        yield Finding(
            "bad", "keys",
            f"{settings.keys} is gone; it sealed {sealed.count(session)} texts: {', '.join(shut)}.",
            "Put its copy back. Without one, take second factors off (`outreach accounts factor-off LOGIN`); "
            "the other words stay sealed.",
        )  # fmt: skip
    elif shut:
        yield Finding(
            "bad", "keys", f"{settings.keys} does not open what is sealed here: {', '.join(shut)}.",
            "It is another installation's, or took a lost one's place. Put the right copy back.",
        )  # fmt: skip
    elif settings.keys.exists() and settings.keys.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield Finding("bad", "keys", f"Others can read {settings.keys.name}.", "chmod 600 it.")
    else:
        yield Finding("good", "keys", "The key file is in order. Keep a copy of it apart from the backups.")


def programme(session: Session) -> Iterator[Finding]:
    """There is a programme, and its time zone is one."""
    found = session.scalars(select(Programme)).first()
    if found is None:
        yield Finding("warning", "programme", "There is no city yet.", "Run `outreach city create`.")
        return
    try:
        ZoneInfo(found.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        yield Finding(
            "bad", "programme", f"“{found.timezone}” is no time zone.", "Install tzdata, or mend it."
        )
    else:
        yield Finding("good", "programme", f"{found.name}, {found.city} ({found.timezone}).")


def audit_chain(session: Session) -> Iterator[Finding]:
    """Nobody has touched the record of changes."""
    verdict = audit.verify(session)
    if verdict.whole:
        yield Finding("good", "audit", f"{verdict.count} entries, unbroken; head …{verdict.head[-12:]}")
    else:
        yield Finding(
            "bad", "audit", f"The audit chain breaks at entry {verdict.broken_at}.",
            "Find out who had access, and restore the last whole backup.",
        )  # fmt: skip


def clock(session: Session, now: datetime) -> Iterator[Finding]:
    """This machine's clock is not behind what it has already seen."""
    latest = session.scalar(select(func.max(audit.Entry.at)))
    if latest is not None and latest > now + timedelta(minutes=5):
        yield Finding(
            "bad", "clock", f"It is {now:%Y-%m-%d %H:%M} UTC, but the audit knows {latest:%Y-%m-%d %H:%M}.",
            "Set the clock (NTP); until then the order of records is not to be trusted.",
        )  # fmt: skip
    else:
        yield Finding("good", "clock", f"It is {now:%Y-%m-%d %H:%M} UTC.")


def waiting(session: Session, now: datetime) -> Iterator[Finding]:
    """Nobody waits for a plan that no worker makes."""
    asked = select(func.count()).where(Run.state == "queued", Run.created_at < now - LONGEST_WAIT)
    stuck = session.scalar(asked) or 0
    if stuck:
        yield Finding("warning", "runs", f"{stuck} runs wait for a worker.", "Is `outreach serve` running?")
    else:
        yield Finding("good", "runs", "No run waits in vain.")


def _database_files(settings: Settings) -> list[Path]:
    if not settings.database_url.startswith("sqlite:///"):
        return []
    return [Path(settings.database_url.removeprefix("sqlite:///"))]
