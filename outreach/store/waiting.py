"""What others wait for until a transaction ends. PostgreSQL is told; SQLite has a single writer anyhow."""

from __future__ import annotations

import zlib
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session


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
