"""Local time: a programme's zone, the day it is there, and the moment of a time on its clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.store import Programme


def zone_of(session: Session, programme_id: int) -> ZoneInfo:
    """The programme's time zone."""
    return ZoneInfo(session.scalars(select(Programme.timezone).where(Programme.id == programme_id)).one())


def today(session: Session, programme_id: int, now: datetime) -> date:
    """The day it is where the programme works."""
    return now.astimezone(zone_of(session, programme_id)).date()


def moment(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """The moment of a wall-clock time, `minutes` after midnight of `day` (1,440 and more: the next day)."""
    days, rest = divmod(minutes, 24 * 60)
    wall = datetime.combine(day + timedelta(days), time(rest // 60, rest % 60), zone)
    return wall.astimezone(UTC)
