"""Owed: people due back, as the optimizer is asked about them.

Whoever is due for medication counts as a refill of the last promised session of their window that offers
it: no plan drops that one. Everybody else is a follow-up, which a plan is worth more for keeping.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from outreach import local_time
from outreach.plan import due, services
from outreach.plan.anchors import Anchor
from outreach.plan.due import Due
from outreach.plan.planning.ground import Ground
from outreach.plan.planning.prechecks import told
from outreach.plan.planning.roster import LeftOut
from outreach.plan.versions import in_force, standing
from outreach.risk import presence
from solver.problem import FollowUp

SessionDay = tuple[int, date]
"""A promised session: the promise's number, and the day."""


@dataclass(frozen=True, slots=True)
class Owed:
    """`refills` are people due at a promised session beside its standing number; the `follow_ups` of other
    stays; `notes` about people whom no plan can serve."""

    refills: Mapping[SessionDay, int]
    follow_ups: tuple[FollowUp, ...]
    notes: tuple[str, ...] = ()


def waiting(session: Session, programme_id: int, dates: Sequence[date], now: datetime) -> list[Due]:
    """Whoever is due on these dates and is not served before them by what is published.

    A stop on a day that is over counts only where a van is known to have come.
    """
    asked = due.listed(session, programme_id, dates[0], dates[-1])
    first = min((one.from_date for one in asked), default=dates[0])
    if first >= dates[0]:
        return asked
    today = local_time.today(session, programme_id, now)
    eve = dates[0] - timedelta(1)
    came = {(stay.site_id, stay.date) for stay in presence.between(session, programme_id, first, eve)}
    before = [
        (site, service, day)
        for site, service, day in _offered(session, programme_id, first, eve)
        if day >= today or (site, day) in came
    ]
    return [one for one in asked if not any(_meets(one, *stop) for stop in before)]


def owed(
    waiting: Sequence[Due], ground: Ground, sites: Mapping[int, int], left_out: Sequence[LeftOut]
) -> Owed:
    """What a plan owes those who wait; `sites` are the candidates' positions by id."""
    refills: Counter[SessionDay] = Counter()
    asked: Counter[tuple[int, frozenset[int], int]] = Counter()
    notes: list[str] = []
    why = {left.site_id: left.sentence for left in left_out}
    rows = {row.id: row for row in ground.sites}
    for one in waiting:
        row = rows[one.site_id]
        if one.site_id not in sites:
            notes.append(_unservable(one, row.name, why.get(one.site_id, f"{row.name} is no longer served.")))
        elif one.service not in row.services:
            notes.append(_unservable(one, row.name, f"The host of {row.name} does not allow {_said(one)}."))
        elif (carrier := last_session(one, ground)) is not None:
            refills[carrier] += one.people
        else:
            days = frozenset(n for n, day in enumerate(ground.dates) if one.covers(day))
            asked[sites[one.site_id], days, services.names().index(one.service)] += one.people
    order = sorted(asked.items(), key=lambda item: (item[0][0], sorted(item[0][1]), item[0][2]))
    follow_ups = tuple(FollowUp(site, days, service, people) for (site, days, service), people in order)
    return Owed(refills, follow_ups, tuple(notes))


def last_session(one: Due, ground: Ground) -> SessionDay | None:
    """The promised session that carries people due for medication: the last of their window, where the plan's
    dates hold it."""
    medication = next((s.medication for s in services.catalogue() if s.name == one.service), False)
    if not medication or one.until_date > ground.dates[-1]:
        return None
    promised = [
        (anchor.id, day)
        for day in ground.dates
        if one.covers(day) and not ground.holiday(day)
        for anchor in ground.promises(day)
        if _offers(anchor, one)
    ]
    return promised[-1] if promised else None


def _offers(anchor: Anchor, one: Due) -> bool:
    return anchor.site_id == one.site_id and one.service in anchor.services


def _offered(session: Session, programme_id: int, first: date, last: date) -> Iterator[tuple[int, str, date]]:
    """Site, service and day of every published stop."""
    by_day = in_force(session, programme_id, first, last)
    for shift in standing(session, programme_id, by_day):
        for stop in shift.stops:
            if stop.state != "cancelled":
                yield from ((stop.site_id, service, stop.date) for service in stop.services)


def _meets(one: Due, site_id: int, service: str, day: date) -> bool:
    return (one.site_id, one.service) == (site_id, service) and one.covers(day)


def _unservable(one: Due, site: str, why: str) -> str:
    who = "1 person is" if one.people == 1 else f"{one.people} people are"
    return f"{who} due at {site} for {_said(one)}, {told(one.from_date)} to {told(one.until_date)}: {why}"


def _said(one: Due) -> str:
    return one.service.replace("_", " ")
