"""Visits: what the events about a stop add up to. Worked out anew from all of them, so that neither the order
in which they arrive nor sending them twice makes a difference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
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
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach.field import events
from outreach.field.bulk import add_rows, among
from outreach.field.forms import forms
from outreach.field.stops import Stop
from outreach.field.taps import Tap
from outreach.plan import due
from outreach.plan.due import Due
from outreach.plan.stock import StockEntry
from outreach.risk import presence
from outreach.risk.presence import Stay
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


def add_up(
    session: Session, programme_id: int, stops: Collection[Stop], fresh: Mapping[str, Tap], now: datetime
) -> None:
    """Bring the visits of `stops`, their tallies, the vans' stock, the presence and who is due back up to
    date.

    `fresh` are the taps stored just now, by event id, all about `stops` or taking back what is.
    """
    found = _opened(session, programme_id, stops)
    # What came in just now has no tally yet, and gets one that is voided from the start.
    older = [tap.replaces for tap in fresh.values() if tap.replaces and tap.replaces not in fresh]
    _take_back(session, programme_id, older, now)
    struck = events.struck(session, programme_id, fresh)
    _count(session, found, fresh, struck, now)
    _ask_back(session, found, fresh, struck)
    turns: dict[str, list[Tap]] = {}
    for uid, tap in events.turns(session, programme_id, found):
        turns.setdefault(uid, []).append(tap)
    counts = counted(session, programme_id, list(found.values()))
    for stop in stops:
        visit = found[stop.uid]
        _describe(visit, told(turns.get(stop.uid, ()), counts[visit.id]), stop)
    session.flush()
    _stand(session, programme_id, found.values(), counts)


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


def _opened(session: Session, programme_id: int, stops: Collection[Stop]) -> dict[str, Visit]:
    """The visit of each stop, begun where there is none yet."""
    known = {visit.stop_uid: visit for visit in of_stops(session, programme_id, [stop.uid for stop in stops])}
    for stop in stops:
        if stop.uid not in known:
            visit = Visit(programme_id=programme_id, stop_uid=stop.uid)
            _describe(visit, told([], {}), stop)
            session.add(visit)
            known[stop.uid] = visit
    session.flush()
    return known


def _describe(visit: Visit, story: Story, stop: Stop) -> None:
    visit.site_id, visit.van_id, visit.date = stop.site_id, stop.van_id, stop.date
    visit.arrived_at, visit.left_at = story.arrived_at, story.left_at
    visit.starts, visit.ends = stay(story, stop) or (None, None)
    visit.outcome, visit.reason = story.outcome, story.reason


def _count(
    session: Session, found: Mapping[str, Visit], fresh: Mapping[str, Tap], struck: set[str], now: datetime
) -> None:
    """A tally for each amount, and what it does to the van's stock unless it was taken back already."""
    tallies: list[dict[str, object]] = []
    moves: list[dict[str, object]] = []
    for uid, tap in fresh.items():
        for counter, quantity in tap.amounts:
            visit = found[tap.subject or ""]
            tallies.append(_tally(visit, uid, counter, quantity, uid in struck))
            supply = forms().countable[counter].supply
            if supply is not None and uid not in struck:
                delta = forms().countable[counter].per_unit * quantity
                moves.append(_move(visit.programme_id, visit.van_id, supply, delta, counter, uid, now))
    add_rows(session, Tally, tallies)
    add_rows(session, StockEntry, moves)


def _ask_back(
    session: Session, found: Mapping[str, Visit], fresh: Mapping[str, Tap], struck: set[str]
) -> None:
    """Who is due back at the stop's site, counted from the day the stop was planned for."""
    rows: list[dict[str, object]] = []
    for uid, tap in fresh.items():
        if tap.back is not None and uid not in struck:
            visit = found[tap.subject or ""]
            rows.append(
                {
                    "programme_id": visit.programme_id,
                    "site_id": visit.site_id,
                    "service": tap.back.service,
                    "from_date": visit.date + timedelta(tap.back.from_days),
                    "until_date": visit.date + timedelta(tap.back.until_days),
                    "people": tap.back.people,
                    "event_uid": uid,
                }
            )
    add_rows(session, Due, rows)


def _take_back(session: Session, programme_id: int, uids: Collection[str], now: datetime) -> None:
    """Tallies of these events count no more, and the ledger gets the opposite of what they moved."""
    asked = select(Tally.event_uid).where(
        Tally.programme_id == programme_id, among(session, Tally.event_uid, uids), Tally.voided.is_(False)
    )
    voided = sorted(set(session.scalars(asked))) if uids else []
    if not voided:
        return
    due.forget_events(session, programme_id, voided)
    session.execute(
        update(Tally)
        .where(Tally.programme_id == programme_id, among(session, Tally.event_uid, voided))
        .values(voided=True)
        .execution_options(synchronize_session=False)
    )
    moved = select(StockEntry).where(among(session, StockEntry.event_id, voided))
    back = [
        _move(programme_id, e.van_id, e.supply, -e.delta, f"{e.reason} taken back", f"{e.event_id}/back", now)
        for e in session.scalars(moved)
    ]
    add_rows(session, StockEntry, back)


def _tally(visit: Visit, uid: str, counter: str, quantity: int, voided: bool) -> dict[str, object]:
    return {
        "programme_id": visit.programme_id,
        "visit_id": visit.id,
        "event_uid": uid,
        "counter": counter,
        "quantity": quantity,
        "voided": voided,
    }


def _move(
    programme_id: int, van_id: int, supply: str, delta: int, reason: str, event_id: str, now: datetime
) -> dict[str, object]:
    """One line of a van's ledger."""
    return {
        "programme_id": programme_id,
        "van_id": van_id,
        "supply": supply,
        "delta": delta,
        "reason": reason,
        "event_id": event_id,
        "at": now,
    }


def _stand(
    session: Session, programme_id: int, found: Collection[Visit], counts: Mapping[int, Counter[str]]
) -> None:
    """Tell risk where the vans stood, for how long, and how many people they met."""
    stays = [
        Stay(
            visit.id,
            visit.site_id,
            visit.date,
            visit.starts,
            visit.ends,
            contacts=counts[visit.id]["contacts"],
            could_not_provide=counts[visit.id]["could_not_provide"],
        )
        for visit in found
        if visit.starts is not None and visit.ends is not None
    ]
    presence.record(session, programme_id, stays, gone=[visit.id for visit in found if visit.starts is None])
