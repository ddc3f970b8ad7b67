"""Retention: every class of records for as long as the jurisdiction's pack says, and no longer.

A dry run says what would go. Events that were counted, the audit, the stock and the register of
disclosures stay: they hold no person, or are the proof of what was done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from outreach import audit, participants
from outreach.accounts import Account
from outreach.devices import Enrolment
from outreach.errors import Invalid
from outreach.field.events import Event
from outreach.participants import Participant
from outreach.plan.absences import Absence
from outreach.plan.due import Due as PeopleDue
from outreach.policies import Policy
from outreach.risk.incidents import Incident
from outreach.sessions import LoginSession


@dataclass(frozen=True, slots=True)
class Due:
    """A class of records, how many days it is kept, and how many of it are past their time."""

    name: str
    days: int
    count: int


@dataclass(frozen=True, slots=True)
class _Run:
    session: Session
    programme_id: int
    before: datetime
    actor: str
    now: datetime
    dry: bool


def retain(
    session: Session, programme_id: int, policy: Policy, *, actor: str, now: datetime, dry_run: bool
) -> list[Due]:
    """Let go of what is past its time, class by class; with `dry_run` only say what that would be.

    Raises: `Invalid` for a class in the pack that there is not.
    """
    unknown = sorted(policy.retention_days.keys() - CLASSES.keys())
    if unknown:
        raise Invalid(
            f"The pack keeps {', '.join(unknown)}, which there is not. Known: {', '.join(CLASSES)}."
        )
    found = []
    for name, let_go in CLASSES.items():
        if days := policy.retention_days.get(name):
            run = _Run(session, programme_id, now - timedelta(days), actor, now, dry_run)
            found.append(Due(name, days, let_go(run)))
    if not dry_run:
        facts: dict[str, object] = {due.name: due.count for due in found if due.count}
        audit.record(session, programme_id, actor, "retention.applied", policy.slug, facts, now=now)
    return found


def _sessions(run: _Run) -> int:
    return _rows(run, LoginSession, LoginSession.expires_at < run.before)


def _enrolments(run: _Run) -> int:
    return _rows(run, Enrolment, Enrolment.made_at < run.before)


def _absences(run: _Run) -> int:
    return _rows(run, Absence, Absence.until_date < run.before.date())


def _people_due(run: _Run) -> int:
    return _rows(run, PeopleDue, PeopleDue.until_date < run.before.date())


def _incidents(run: _Run) -> int:
    return _rows(run, Incident, Incident.occurred_at < run.before)


def _held_events(run: _Run) -> int:
    """The words of what could not be counted; that it came, when and why it was held, stays."""
    ours = (Event.programme_id == run.programme_id, Event.state == "held", Event.body != "{}")
    old = (*ours, Event.received_at < run.before)
    count = _count(run, select(func.count()).select_from(Event).where(*old))
    if count and not run.dry:
        run.session.execute(update(Event).where(*old).values(body="{}"))
    return count


def _participants(run: _Run) -> int:
    """Who has not come for so long is erased: their key is destroyed, the row stays for the count."""
    asked = select(Participant).where(
        Participant.programme_id == run.programme_id,
        Participant.last_seen < run.before.date(),
        Participant.erased_at.is_(None),
    )
    gone = list(run.session.scalars(asked))
    for person in () if run.dry else gone:
        participants.erase(run.session, person, actor=run.actor, now=run.now)
    return len(gone)


def _closed_accounts(run: _Run) -> int:
    """The name of somebody who left long ago; the log-in stays, because the audit speaks of it."""
    last = select(func.max(LoginSession.created_at)).where(LoginSession.account_id == Account.id)
    old = (
        Account.programme_id == run.programme_id,
        Account.active.is_(False),
        Account.name != Account.login,
        func.coalesce(last.scalar_subquery(), run.before - timedelta(1)) < run.before,
        ~_closed_since(run),
    )
    count = _count(run, select(func.count()).select_from(Account).where(*old))
    if count and not run.dry:
        run.session.execute(
            update(Account).where(*old).values(name=Account.login, password_hash="!", factor=None)
        )
    return count


def _closed_since(run: _Run):  # type: ignore[no-untyped-def]  # noqa: ANN202 — a clause
    closed = select(audit.Entry.id).where(
        audit.Entry.programme_id == run.programme_id,
        audit.Entry.act == "account.closed",
        audit.Entry.subject == Account.login,
        audit.Entry.at >= run.before,
    )
    return closed.exists()


def _rows(run: _Run, kind: type, old: object) -> int:
    ours = (kind.programme_id == run.programme_id, old)  # type: ignore[attr-defined]
    count = _count(run, select(func.count()).select_from(kind).where(*ours))  # type: ignore[arg-type]
    if count and not run.dry:
        run.session.execute(delete(kind).where(*ours))  # type: ignore[arg-type]
    return count


def _count(run: _Run, asked) -> int:  # type: ignore[no-untyped-def]  # noqa: ANN001
    return run.session.scalar(asked) or 0


CLASSES: dict[str, Callable[[_Run], int]] = {
    "sessions": _sessions,
    "enrolments": _enrolments,
    "held_events": _held_events,
    "absences": _absences,
    "people_due": _people_due,
    "participants": _participants,
    "incidents": _incidents,
    "closed_accounts": _closed_accounts,
}
"""Every class there is, by the name that `data/policies/*.toml` gives its days to."""
