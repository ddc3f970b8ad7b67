"""Health: how fresh and how complete each feed is, to be looked at before the map is trusted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach import local_time
from outreach.risk import feeds
from outreach.risk.feeds import Feed, Use
from outreach.risk.incidents import Incident

STALE_DAYS = 7


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """One feed. `empty_days` counts the days between its first and last event on which it told nothing;
    `last_moment` is when its latest event happened; `days_behind` on how many days before today nothing is
    known, beyond the feed's usual lag; `use` what of it the surface uses."""

    name: str
    kind: str
    events: int
    first_event: date | None
    last_event: date | None
    last_moment: datetime | None
    last_import: datetime | None
    lag_days: int
    clock: str
    empty_days: int
    bias: str
    weight: float
    use: Use
    days_behind: int | None

    @property
    def stale(self) -> bool:
        """Has nothing come for more than a week beyond its lag?"""
        return self.days_behind is None or self.days_behind > STALE_DAYS


def of_feeds(session: Session, programme_id: int, now: datetime) -> list[FeedHealth]:
    """Every feed of the programme by name."""
    day = Incident.local_date
    counted = session.execute(
        select(
            Incident.feed_id,
            func.count(),
            func.min(day),
            func.max(day),
            func.max(Incident.occurred_at, type_=Incident.occurred_at.type),
            func.count(day.distinct()),
        )
        .where(Incident.programme_id == programme_id)
        .group_by(Incident.feed_id)
    ).all()
    known = {feed: (events, first, last, moment, told) for feed, events, first, last, moment, told in counted}
    today = local_time.today(session, programme_id, now)
    return [_health(feed, known.get(feed.id), today) for feed in feeds.listed(session, programme_id)]


def _health(feed: Feed, known: tuple[int, date, date, datetime, int] | None, today: date) -> FeedHealth:
    events, first, last, moment, told = known or (0, None, None, None, 0)
    span = (last - first).days + 1 if first is not None and last is not None else 0
    return FeedHealth(
        name=feed.name,
        kind=feed.kind,
        events=events,
        first_event=first,
        last_event=last,
        last_moment=moment,
        last_import=feed.last_import,
        lag_days=feed.lag_days,
        clock=feed.clock,
        empty_days=span - told,
        bias=feed.bias,
        weight=feed.weight,
        use=feed.use,
        days_behind=max(0, (today - last).days - 1 - feed.lag_days) if last is not None else None,
    )
