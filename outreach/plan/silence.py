"""Silence: whether a planning process answers, read from the runs alone. It holds for every process, also for
one on another machine and for one that nobody watches."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.plan.runs import LEASE, OPEN, Run

LONGEST = 3 * LEASE
"""A living process renews its lease four times in one and takes up what waits within a second."""


def unanswered(session: Session, now: datetime) -> str:
    """A sentence when a run has wanted a planning process for longer than `LONGEST` and none gave a sign of
    life meanwhile; empty otherwise, and while no run is open. Ask it over every programme: the processes
    work for all of them."""
    wanted = session.scalar(select(func.min(Run.created_at)).where(Run.state.in_(OPEN)))
    if wanted is None:
        return ""
    silent = now - max([wanted, *_signs(session)])
    if silent <= LONGEST:
        return ""
    return (
        f"The planning process has not answered for {_told(silent)}. On a new installation it may still be "
        "compiling; if this stays, the server must be started again."
    )


def _signs(session: Session) -> list[datetime]:
    """When a planning process last ended a run, and when one last renewed a lease."""
    ended = select(func.max(Run.finished_at)).where(Run.state.in_(("done", "failed")))
    renewed = select(func.max(Run.lease_until)).where(Run.state == "running")
    last, until = session.scalar(ended), session.scalar(renewed)
    return [sign for sign in (last, until and until - LEASE) if sign is not None]


def _told(silent: timedelta) -> str:
    minutes = int(silent.total_seconds() // 60)
    if minutes < 120:
        return "a minute" if minutes == 1 else f"{minutes} minutes"
    return f"{minutes // 60} hours"
