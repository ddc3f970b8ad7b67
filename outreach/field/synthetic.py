"""SYNTHETIC past weeks for the demonstration, published and logged through the same doors as real ones."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from outreach.errors import Conflict
from outreach.field import events, stops, sync
from outreach.field.invented_taps import taps
from outreach.field.invented_week import Fleet, fleet, van_days
from outreach.field.stops import Stop
from outreach.local_time import moment, zone_of
from outreach.plan import schedules, stock
from outreach.plan.schedules import Version
from outreach.plan.versions import keep
from outreach.policies import Policy

WEEKS = 6
NOTE = "SYNTHETIC: an invented past week for the demonstration"
LOADED = {"naloxone_kits": 150, "syringes": 2500}
DEVICE = "demo-tablet"
ACTOR = "demo"


@dataclass(frozen=True, slots=True)
class History:
    """How much was invented: whole past weeks, and `days` of this one up to yesterday."""

    weeks: int
    days: int
    stops: int
    events: int


def history(
    session: Session,
    programme_id: int,
    account_id: int,
    today: date,
    policy: Policy,
    *,
    weeks: int = WEEKS,
    seed: int = 1,
) -> History:
    """Invent `weeks` past weeks and the days of this week up to yesterday. The same seed gives the same past.

    `account_id` is the crew's account, in whose name the tablets send.

    Raises:
        Conflict: something was logged already; a real past is never mixed with an invented one.
    """
    if events.last_sequence(session, programme_id):
        raise Conflict("Visits were logged already; an invented past cannot be added.", code="has-history")
    zone = zone_of(session, programme_id)
    made = fleet(session, programme_id, moment(today, 0, zone))
    luck = random.Random(seed)
    told = [_week(session, made, account_id, days, zone, luck, policy) for days in _spans(today, weeks)]
    counted = (sum(count for count, _ in told), sum(count for _, count in told))
    return History(weeks, today.weekday(), *counted)


def _spans(today: date, weeks: int) -> list[list[date]]:
    """The days of each past week, Monday to Sunday, and of this week up to yesterday."""
    this_monday = today - timedelta(today.weekday())
    mondays = [this_monday - timedelta(7 * back) for back in range(weeks, -1, -1)]
    spans = [[monday + timedelta(step) for step in range(7)] for monday in mondays]
    return [kept for span in spans if (kept := [day for day in span if day < today])]


def _week(
    session: Session,
    made: Fleet,
    account_id: int,
    days: Sequence[date],
    zone: ZoneInfo,
    luck: random.Random,
    policy: Policy,
) -> tuple[int, int]:
    """Publish one week on the Friday before it, load the vans, and log it day by day."""
    published = moment(days[0] - timedelta(3), 15 * 60, zone)
    version = _publish(session, made, days, published, luck, policy)
    _load(session, made, moment(days[0], 7 * 60, zone))
    offered = {stop.uid: stop.services for stop in version.stops}
    planned = stops.published(session, made.programme_id, list(offered))
    sent = 0
    for day in days:
        today = sorted(
            (stop for stop in planned.values() if stop.date == day), key=lambda s: (s.starts, s.uid)
        )
        evening = moment(day, 24 * 60 - 1, zone)
        sent += _log(session, made, account_id, today, offered, evening, luck)
    return len(planned), sent


def _publish(
    session: Session,
    made: Fleet,
    days: Sequence[date],
    when: datetime,
    luck: random.Random,
    policy: Policy,
) -> Version:
    version = Version(
        programme_id=made.programme_id,
        from_date=days[0],
        until_date=days[-1],
        state="draft",
        score={},
        created_at=when,
        shifts=van_days(made, days, luck, policy),
    )
    keep(session, version)
    return schedules.publish(session, made.programme_id, version, ACTOR, when, NOTE, policy=policy)


def _load(session: Session, made: Fleet, when: datetime) -> None:
    for van in made.vans:
        for supply, quantity in LOADED.items():
            stock.move(session, made.programme_id, van.id, supply, quantity, "loaded at the depot", when)


def _log(
    session: Session,
    made: Fleet,
    account_id: int,
    today: Sequence[Stop],
    offered: Mapping[str, Sequence[str]],
    when: datetime,
    luck: random.Random,
) -> int:
    """Each van's tablet sends its day in the evening."""
    usual = sum(made.weight.values()) / max(len(made.weight), 1)
    sent = 0
    for van_id in sorted({stop.van_id for stop in today}):
        batch: list[object] = []
        for stop in today:
            if stop.van_id == van_id:
                busy = min(2.5, max(0.3, (made.weight[stop.site_id] / usual) ** 0.5))
                batch.extend(taps(stop, offered[stop.uid], busy, luck))
        for first in range(0, len(batch), sync.MOST_EVENTS):
            part = batch[first : first + sync.MOST_EVENTS]
            sync.receive(session, made.programme_id, account_id, f"{DEVICE}-{van_id}", part, when)
        sent += len(batch)
    return sent
