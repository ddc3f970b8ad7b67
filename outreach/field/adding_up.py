"""Adding up: what newly stored taps do to the visits of their stops, to tallies, stock, presence and who is
due back, in the transaction that stores them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from outreach.field import events
from outreach.field.bulk import add_rows, among
from outreach.field.forms import forms
from outreach.field.stops import Stop
from outreach.field.taps import Tap
from outreach.field.visits import Story, Tally, Visit, counted, of_stops, stay, told
from outreach.plan import due
from outreach.plan.due import Due
from outreach.plan.stock import StockEntry
from outreach.risk import presence
from outreach.risk.presence import Stay


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
    turns = events.turns(session, programme_id, found)
    counts = counted(session, programme_id, list(found.values()))
    for stop in stops:
        visit = found[stop.uid]
        _describe(visit, told(turns.get(stop.uid, ()), counts[visit.id]), stop)
    session.flush()
    _stand(session, programme_id, found.values(), counts)


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
