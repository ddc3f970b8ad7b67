"""Visits: what the events about a stop add up to. Worked out anew from all of them, so that neither the order
in which they arrive nor sending them twice makes a difference.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach.field import events
from outreach.field.events import Event
from outreach.field.forms import forms
from outreach.field.stops import Stop
from outreach.field.taps import Tap
from outreach.plan.stock import StockEntry
from outreach.risk import presence
from outreach.store import Base, Owned

OUTCOMES = ("served", "open", "skipped", "noted", "voided")
LONGEST_STAY = timedelta(hours=18)
FURTHEST_FROM_PLAN = timedelta(hours=12)


class Visit(Owned, Base):
    """What became of one planned stop. `arrived_at` and `left_at` are the tablet's words; `starts` and
    `ends` what is believed of them (`stay`).

    `outcome`: `served` (came and left), `open` (came), `skipped`, `noted` (something was counted, nobody
    said that the van came), `voided` (everything was taken back).
    """

    __tablename__ = "visits"
    __table_args__ = (
        UniqueConstraint("programme_id", "stop_uid"),
        CheckConstraint(f"outcome IN {OUTCOMES}", name="outcome"),
        CheckConstraint("(starts IS NULL) = (ends IS NULL) AND ends > starts", name="stay"),
    )

    stop_uid: Mapped[str] = mapped_column(String(64))
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), index=True)
    van_id: Mapped[int] = mapped_column(ForeignKey("vans.id"))
    date: Mapped[date] = mapped_column(index=True)
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
        CheckConstraint("quantity > 0", name="quantity"),
    )

    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"), index=True)
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
    counts: Mapping[str, int]


def told(taps: Iterable[Tap]) -> Story:
    """The story of a stop, from the taps that were not struck, in whatever order.

    The first arrival and the last departure count; who came did not skip.
    """
    ordered = sorted(taps, key=lambda tap: (tap.occurred_at, tap.kind, tap.reason or ""))
    arrived = [tap.occurred_at for tap in ordered if tap.kind == "stop.arrived"]
    left = [tap.occurred_at for tap in ordered if tap.kind == "stop.left"]
    skips = [tap.reason for tap in ordered if tap.kind == "stop.skipped"]
    counts: Counter[str] = Counter()
    for tap in ordered:
        counts.update(dict(tap.amounts))
    if arrived:
        return Story(arrived[0], left[-1] if left else None, "served" if left else "open", None, counts)
    if skips:
        return Story(None, left[-1] if left else None, "skipped", skips[-1], counts)
    outcome = "noted" if left or counts else "voided"
    return Story(None, left[-1] if left else None, outcome, None, counts)


def stay(story: Story, stop: Stop) -> tuple[datetime, datetime] | None:
    """From when to when the van is believed to have been there; None if nobody says it came.

    A tablet's clock half a day off the plan, or a stay longer than 18 hours, is not believed: then the
    planned times stand. Without a departure the planned end does, if it is later than the arrival.
    """
    if story.arrived_at is None:
        return None
    ends = story.left_at or stop.ends
    fits = timedelta(0) < ends - story.arrived_at <= LONGEST_STAY
    if fits and abs(story.arrived_at - stop.starts) <= FURTHEST_FROM_PLAN:
        return story.arrived_at, ends
    return stop.starts, stop.ends


def add_up(session: Session, programme_id: int, stops: Collection[Stop], now: datetime) -> list[Visit]:
    """Bring the visits of these stops, their tallies, the vans' stock and the presence up to date."""
    by_uid = {stop.uid: stop for stop in stops}
    rows = events.about(session, programme_id, by_uid)
    struck = events.struck(session, programme_id, [row.uid for row in rows])
    known = {visit.stop_uid: visit for visit in of_stops(session, programme_id, by_uid)}
    lines: dict[str, list[tuple[Event, Tap]]] = defaultdict(list)
    for row in rows:
        lines[row.subject or ""].append((row, row.tap))
    changed = []
    for uid in sorted(lines):
        visit = known.get(uid) or Visit(programme_id=programme_id, stop_uid=uid)
        live = [tap for row, tap in lines[uid] if row.uid not in struck and tap.kind != "schedule.seen"]
        _describe(visit, told(live), by_uid[uid])
        session.add(visit)
        changed.append(visit)
    session.flush()
    tallies = _tallies(session, programme_id, changed)
    for visit in changed:
        _count(session, visit, lines[visit.stop_uid], struck, tallies, now)
        _stand(session, visit, lines[visit.stop_uid], struck)
    session.flush()
    return changed


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
    asked = select(Tally.visit_id, Tally.counter, Tally.quantity).where(
        Tally.programme_id == programme_id, Tally.voided.is_(False)
    )
    ids = sorted(totals)
    for first in range(0, len(ids), 500):
        for visit_id, counter, quantity in session.execute(
            asked.where(Tally.visit_id.in_(ids[first : first + 500]))
        ):
            totals[visit_id][counter] += quantity
    return totals


def _describe(visit: Visit, story: Story, stop: Stop) -> None:
    visit.site_id, visit.van_id, visit.date = stop.site_id, stop.van_id, stop.date
    visit.arrived_at, visit.left_at = story.arrived_at, story.left_at
    visit.starts, visit.ends = stay(story, stop) or (None, None)
    visit.outcome, visit.reason = story.outcome, story.reason


def _tallies(
    session: Session, programme_id: int, changed: Sequence[Visit]
) -> dict[tuple[int, str, str], Tally]:
    """What was counted at these visits so far, by visit, event and counter."""
    asked = select(Tally).where(
        Tally.programme_id == programme_id, Tally.visit_id.in_([visit.id for visit in changed])
    )
    return {(tally.visit_id, tally.event_uid, tally.counter): tally for tally in session.scalars(asked)}


def _count(
    session: Session,
    visit: Visit,
    lines: Sequence[tuple[Event, Tap]],
    struck: set[str],
    known: Mapping[tuple[int, str, str], Tally],
    now: datetime,
) -> None:
    """Tallies and stock follow the events; what was struck is booked back, never rubbed out."""
    for row, tap in lines:
        voided = row.uid in struck
        for counter, quantity in tap.amounts:
            tally = known.get((visit.id, row.uid, counter))
            if tally is None:
                session.add(_tally(visit, row.uid, counter, quantity, voided))
                if not voided:
                    _move(session, visit, counter, quantity, row.uid, now)
            elif voided and not tally.voided:
                tally.voided = True
                _move(session, visit, counter, -quantity, f"{row.uid}/back", now)


def _tally(visit: Visit, event_uid: str, counter: str, quantity: int, voided: bool) -> Tally:
    return Tally(
        programme_id=visit.programme_id,
        visit_id=visit.id,
        event_uid=event_uid,
        counter=counter,
        quantity=quantity,
        voided=voided,
    )


def _move(session: Session, visit: Visit, counter: str, quantity: int, event_id: str, now: datetime) -> None:
    """One line in the van's ledger. Asking whether it is there already is left to the tally beside it."""
    known = forms().countable[counter]
    if known.supply is not None:
        session.add(
            StockEntry(
                programme_id=visit.programme_id,
                van_id=visit.van_id,
                supply=known.supply,
                delta=known.per_unit * quantity,
                reason=counter if quantity > 0 else f"{counter} taken back",
                event_id=event_id,
                at=now,
            )
        )


def _stand(session: Session, visit: Visit, lines: Sequence[tuple[Event, Tap]], struck: set[str]) -> None:
    """Tell risk where the van stood, for how long, and how many people it met."""
    if visit.starts is None or visit.ends is None:
        session.execute(
            delete(presence.Presence).where(
                presence.Presence.programme_id == visit.programme_id, presence.Presence.visit_id == visit.id
            )
        )
        return
    contacts = sum(dict(tap.amounts).get("contacts", 0) for row, tap in lines if row.uid not in struck)
    presence.record(
        session,
        visit.programme_id,
        site_id=visit.site_id,
        day=visit.date,
        starts=visit.starts,
        ends=visit.ends,
        contacts=contacts,
        visit_id=visit.id,
    )
