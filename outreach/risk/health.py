"""Health: how fresh and how complete each feed is, to be looked at before the map is trusted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.risk import feeds
from outreach.risk.feeds import Feed
from outreach.risk.incidents import Incident


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """One feed. `empty_days` counts the days between its first and last event on which it told nothing;
    `last_moment` is when its latest event happened."""

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


def of_feeds(session: Session, programme_id: int) -> list[FeedHealth]:
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
    return [_health(feed, known.get(feed.id)) for feed in feeds.listed(session, programme_id)]


def _health(feed: Feed, known: tuple[int, date, date, datetime, int] | None) -> FeedHealth:
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
    )
