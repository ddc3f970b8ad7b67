"""What the office has of a day, for tablets to compare with what they have sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from outreach.field import events, visits


@dataclass(frozen=True, slots=True)
class StopSummary:
    """What the server has of one stop."""

    uid: str
    arrived_at: datetime | None
    left_at: datetime | None
    outcome: str
    tallies: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Summary:
    """What the server has of a day; `held` events of any day wait for a coordinator."""

    date: date
    stops: tuple[StopSummary, ...]
    held: int
    epoch: str


def summary(session: Session, programme_id: int, day: date) -> Summary:
    """What the server has of every stop of a day that anything was logged at."""
    found = visits.between(session, programme_id, day, day)
    counts = visits.counted(session, programme_id, found)
    return Summary(
        date=day,
        stops=tuple(
            StopSummary(v.stop_uid, v.arrived_at, v.left_at, v.outcome, dict(counts[v.id])) for v in found
        ),
        held=events.count_held(session, programme_id),
        epoch=events.epoch(session, programme_id),
    )
