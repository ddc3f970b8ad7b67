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


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What other tablets recorded at one stop, as far as the office has it and it still counts: when they
    came and left, why they did not, and `tallies` by counter."""

    arrived_at: datetime | None = None
    left_at: datetime | None = None
    skipped: str | None = None
    tallies: Mapping[str, int] = field(default_factory=dict)


def recorded(session: Session, programme_id: int, uids: Collection[str], device: str) -> dict[str, Elsewhere]:
    """What tablets other than `device` recorded at these stops, by uid; stops they recorded nothing at are
    absent."""
    tallies = _tallies(session, programme_id, uids, device)
    turns = events.turns(session, programme_id, uids, but=device)
    return {
        uid: _elsewhere(turns.get(uid, []), tallies.get(uid, {})) for uid in turns.keys() | tallies.keys()
    }


def _elsewhere(turns: Collection[Tap], tallies: Mapping[str, int]) -> Elsewhere:
    story = told(turns, tallies)
    skipped = story.reason if story.outcome == "skipped" else None
    return Elsewhere(story.arrived_at, story.left_at, skipped, tallies)


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
