"""The public notice: where the vans will be, what changed, and where to go instead. For everybody to read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from outreach.field.shown import Alternative, alternative_of
from outreach.place.sites import Site
from outreach.plan.schedules import PlannedStop, in_force

NOTICE_DAYS = 14


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A stop as the public sees it: no van, no crew, nobody's name. Minutes after local midnight."""

    site: str
    area: str | None
    date: date
    starts: int
    ends: int
    services: list[str]
    state: str
    reason: str | None
    alternative: Alternative | None


def notice(session: Session, programme_id: int, today: date, days: int = NOTICE_DAYS) -> list[NoticeRow]:
    """The stops of the coming `days` in order of time; cancelled ones stay, so that nobody waits in vain."""
    until = today + timedelta(days - 1)
    by_day = in_force(session, programme_id, today, until)
    asked = (
        select(PlannedStop)
        .where(PlannedStop.version_id.in_(sorted(set(by_day.values()))))
        .where(PlannedStop.date.between(today, until))
        .options(selectinload(PlannedStop.site).selectinload(Site.area))
        .order_by(PlannedStop.date, PlannedStop.starts, PlannedStop.uid)
    )
    return [_row(stop) for stop in session.scalars(asked) if stop.version_id == by_day[stop.date]]


def _row(stop: PlannedStop) -> NoticeRow:
    return NoticeRow(
        site=stop.site.name,
        area=stop.site.area.name if stop.site.area is not None else None,
        date=stop.date,
        starts=stop.starts,
        ends=stop.ends,
        services=stop.services,
        state=stop.state,
        reason=stop.reason or None,
        alternative=alternative_of(stop.alternative),
    )
