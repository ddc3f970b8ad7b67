"""Marks: what the schedule and the open draft are by now, in a word that a change can be made on.

Two people may have the same plan before them. Who changes it says on which mark, and is refused where
somebody else was first. The same plan has the same mark.
"""

from __future__ import annotations

import hashlib

from sqlalchemy.orm import Session

from outreach.errors import Conflict
from outreach.plan.versions import Version, last_number, open_draft
from outreach.store import canonical, one_at_a_time

SHIFT = ("van_id", "depart", "back", "break_start", "staff")
STOP = ("uid", "arrive", "starts", "ends", "leave", "services", "state", "reason", "bridge", "contact")


def mark(session: Session, programme_id: int, draft: Version | None) -> str:
    """The latest version's number and, with a draft open, which one and what is in it."""
    number = last_number(session, programme_id)
    return f"{number}-{draft.id}-{_digest(draft)}" if draft else f"{number}"


def refuse_changed(session: Session, programme_id: int, made_on: str) -> None:
    """Let nobody else change the schedule until this transaction ends. Raises: `Conflict` when the schedule
    or its draft is not what the change was made on any more."""
    one_at_a_time(session, "schedules")
    present = mark(session, programme_id, open_draft(session, programme_id))
    if present != made_on:
        raise Conflict(
            f"{_what_came(made_on, present)} meanwhile. Look at the plan again, then repeat what you did.",
            code="changed-meanwhile",
        )


def _what_came(made_on: str, present: str) -> str:
    number = present.partition("-")[0]
    if made_on.partition("-")[0] != number:
        return f"Version {number} was published"
    return "Somebody changed the plan" if "-" in present else "The draft was thrown away"


def _digest(draft: Version) -> str:
    days = [
        [
            shift.date.isoformat(),
            [getattr(shift, name) for name in SHIFT],
            [[getattr(stop, name) for name in STOP] for stop in sorted(shift.stops, key=lambda one: one.uid)],
        ]
        for shift in sorted(draft.shifts, key=lambda one: (one.date, one.van_id, one.depart))
    ]
    return hashlib.sha256(canonical(days).encode()).hexdigest()[:16]
