"""Visits: what the events about a stop add up to. Worked out anew from all of them (`adding_up`), so that
neither the order in which they arrive nor sending them twice makes a difference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    func,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach.field.stops import Stop
from outreach.field.taps import Tap
from outreach.store import Base, Owned

OUTCOMES = ("served", "open", "skipped", "noted", "voided")
MOST_AT_ONCE = 500
LONGEST_STAY = timedelta(hours=18)
FURTHEST_FROM_PLAN = timedelta(hours=12)
EARLIEST_WITHOUT_DEPARTURE = timedelta(hours=2)


class Visit(Owned, Base):
    """What became of one planned stop. `arrived_at` and `left_at` are the tablet's words; `starts` and
    `ends` what is believed of them (`stay`).

    `outcome`: `served` (came and left), `open` (came), `skipped`, `noted` (something was counted, nobody
    said that the van came), `voided` (everything was taken back).
    """

    __tablename__ = "visits"
    __table_args__ = (
        UniqueConstraint("programme_id", "stop_uid"),
        Index("ix_visits_date", "programme_id", "date"),
        CheckConstraint(f"outcome IN {OUTCOMES}", name="outcome"),
        CheckConstraint("(starts IS NULL) = (ends IS NULL) AND ends > starts", name="stay"),
    )

    # No index of its own: SQLite would take it for every question and walk all rows of the programme.
    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"))
    stop_uid: Mapped[str] = mapped_column(String(64))
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), index=True)
    van_id: Mapped[int] = mapped_column(ForeignKey("vans.id"))
    date: Mapped[date]
    arrived_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    starts: Mapped[datetime | None]
    ends: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str | None] = mapped_column(String(200))


class Tally(Owned, Base):
    """So many of one counter (`forms`), from one event. A voided one stays on record and counts nothing."""

    __tablename__ = "tallies"
    __table_args__ = (
        UniqueConstraint("programme_id", "event_uid", "counter"),
        Index("ix_tallies_visit_id", "programme_id", "visit_id"),
        CheckConstraint("quantity > 0", name="quantity"),
    )

    # No index of its own: SQLite would take it for every question and walk all rows of the programme.
    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"))
    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"))
    event_uid: Mapped[str] = mapped_column(String(36))
    counter: Mapped[str] = mapped_column(String(40))
    quantity: Mapped[int]
    voided: Mapped[bool]


@dataclass(frozen=True, slots=True)
class Story:
    """What the events that still count tell about one stop."""

    arrived_at: datetime | None
    left_at: datetime | None
    outcome: str
    reason: str | None


def told(turns: Iterable[Tap], counts: Mapping[str, int]) -> Story:
    """The story of a stop, from the arrivals, departures and skips that still count, in whatever order.

    The first arrival and the last departure count; who came did not skip.
    """
    ordered = sorted(turns, key=lambda tap: (tap.occurred_at, tap.reason or ""))
    arrived = [tap.occurred_at for tap in ordered if tap.kind == "stop.arrived"]
    left = [tap.occurred_at for tap in ordered if tap.kind == "stop.left"]
    skips = [tap.reason for tap in ordered if tap.kind == "stop.skipped"]
    last = left[-1] if left else None
    if arrived:
        return Story(arrived[0], last, "served" if left else "open", None)
    if skips:
        return Story(None, last, "skipped", skips[-1])
    return Story(None, last, "noted" if left or any(counts.values()) else "voided", None)


def stay(story: Story, stop: Stop) -> tuple[datetime, datetime] | None:
    """From when to when the van is believed to have been there; None if nobody says it came.

    A tablet's clock half a day off the plan, or a stay longer than 18 hours, is not believed: then the
    planned times stand. Without a departure the planned end does, if it is later than the arrival, and an
    arrival hours before the plan is not believed either: somebody tapped it in the morning.
    """
    if story.arrived_at is None:
        return None
    if story.left_at is None and stop.starts - story.arrived_at > EARLIEST_WITHOUT_DEPARTURE:
        return stop.starts, stop.ends
    ends = story.left_at or stop.ends
    fits = timedelta(0) < ends - story.arrived_at <= LONGEST_STAY
    if fits and abs(story.arrived_at - stop.starts) <= FURTHEST_FROM_PLAN:
        return story.arrived_at, ends
    return stop.starts, stop.ends


def of_stops(session: Session, programme_id: int, uids: Iterable[str]) -> list[Visit]:
    """The visits of these stops."""
    asked = select(Visit).where(Visit.programme_id == programme_id, Visit.stop_uid.in_(sorted(uids)))
    return list(session.scalars(asked.order_by(Visit.stop_uid)))


def between(session: Session, programme_id: int, from_date: date, until_date: date) -> list[Visit]:
    """Every visit from `from_date` to `until_date`, both included."""
    asked = select(Visit).where(Visit.programme_id == programme_id, Visit.date.between(from_date, until_date))
    return list(session.scalars(asked.order_by(Visit.date, Visit.stop_uid)))


def counted(session: Session, programme_id: int, visits: Sequence[Visit]) -> dict[int, Counter[str]]:
    """What was counted at each visit (by its id), voided tallies left out."""
    totals: dict[int, Counter[str]] = {visit.id: Counter() for visit in visits}
    ids = sorted(totals)
    for first in range(0, len(ids), MOST_AT_ONCE):
        asked = (
            select(Tally.visit_id, Tally.counter, func.sum(Tally.quantity))
            .where(Tally.programme_id == programme_id, Tally.voided.is_(False))
            .where(Tally.visit_id.in_(ids[first : first + MOST_AT_ONCE]))
            .group_by(Tally.visit_id, Tally.counter)
        )
        for visit_id, counter, quantity in session.execute(asked):
            totals[visit_id][counter] = int(quantity)
    return totals
