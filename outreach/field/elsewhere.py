"""What other tablets recorded at a day's stops: so that a second tablet of a van, or one that replaces a
broken one in mid-shift, does not begin at nothing.

Told are totals, never events: a tablet shows them beside what it holds itself and adds neither to the other.
What a tablet sent itself is left out by the name it goes by, so that nothing can stand in both.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from outreach.field import events
from outreach.field.bulk import among
from outreach.field.events import STORED, Event
from outreach.field.taps import Tap
from outreach.field.visits import Tally, Visit, told
from outreach.plan.due import Due


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What other tablets recorded at one stop, as far as the office has it and it still counts: when they
    came and left, why they did not, `tallies` by counter, and how many people they asked to come back."""

    arrived_at: datetime | None = None
    left_at: datetime | None = None
    skipped: str | None = None
    tallies: Mapping[str, int] = field(default_factory=dict)
    asked_back: int = 0


def recorded(session: Session, programme_id: int, uids: Collection[str], device: str) -> dict[str, Elsewhere]:
    """What tablets other than `device` recorded at these stops, by uid; stops they recorded nothing at are
    absent."""
    tallies = _tallies(session, programme_id, uids, device)
    back = _asked_back(session, programme_id, uids, device)
    turns: dict[str, list[Tap]] = {}
    for uid, tap in events.turns(session, programme_id, uids, but=device):
        turns.setdefault(uid, []).append(tap)
    return {
        uid: _elsewhere(turns.get(uid, []), tallies.get(uid, {}), back.get(uid, 0))
        for uid in {*turns, *tallies, *back}
    }


def _elsewhere(turns: Collection[Tap], tallies: Mapping[str, int], asked_back: int) -> Elsewhere:
    story = told(turns, tallies)
    skipped = story.reason if story.outcome == "skipped" else None
    return Elsewhere(story.arrived_at, story.left_at, skipped, tallies, asked_back)


def _tallies(
    session: Session, programme_id: int, uids: Collection[str], device: str
) -> dict[str, dict[str, int]]:
    asked = (
        select(Visit.stop_uid, Tally.counter, func.sum(Tally.quantity))
        .join(Tally, and_(Tally.programme_id == Visit.programme_id, Tally.visit_id == Visit.id))
        .join(Event, and_(Event.programme_id == Visit.programme_id, Event.uid == Tally.event_uid, STORED))
        .where(Visit.programme_id == programme_id, among(session, Visit.stop_uid, uids))
        .where(Tally.voided.is_(False), Event.device != device)
        .group_by(Visit.stop_uid, Tally.counter)
    )
    found: dict[str, dict[str, int]] = {}
    for uid, counter, quantity in session.execute(asked):
        found.setdefault(uid, {})[counter] = int(quantity)
    return found


def _asked_back(session: Session, programme_id: int, uids: Collection[str], device: str) -> dict[str, int]:
    # By way of the visit's site: events have no index by stop.
    asked = (
        select(Visit.stop_uid, func.sum(Due.people))
        .join(Due, and_(Due.site_id == Visit.site_id, Due.until_date > Visit.date))
        .join(Event, and_(Event.programme_id == Visit.programme_id, Event.uid == Due.event_uid, STORED))
        .where(Visit.programme_id == programme_id, among(session, Visit.stop_uid, uids))
        .where(Event.subject == Visit.stop_uid, Event.device != device)
        .group_by(Visit.stop_uid)
    )
    return {uid: int(people) for uid, people in session.execute(asked)}
