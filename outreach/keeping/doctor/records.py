"""A look at the records: the programme, the audit, the clock, runs nobody makes, and what is sealed."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach import audit
from outreach.keeping import sealed
from outreach.keeping.doctor.finding import Finding
from outreach.plan import silence
from outreach.settings import Settings
from outreach.store import Programme


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
    """Nobody waits for a plan that no planning process makes."""
    told = silence.unanswered(session, now)
    if told:
        yield Finding("warning", "runs", told, "Is `outreach serve` running? Its log says what went wrong.")
    else:
        yield Finding("good", "runs", "No run waits in vain.")


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
