"""The stops a tablet may log: those of any version that was ever published, as the newest of them has it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from outreach.local_time import moment
from outreach.plan.schedules import PlannedStop, ShiftPlan, Version, in_force
from outreach.store import Programme


@dataclass(frozen=True, slots=True)
class Stop:
    """A published stop: which van stands where, and from when to when it serves people."""

    uid: str
    site_id: int
    van_id: int
    date: date
    starts: datetime
    ends: datetime
    state: str

    @property
    def hours(self) -> float:
        """How long it serves people."""
        return (self.ends - self.starts).total_seconds() / 3600


def published(session: Session, programme_id: int, uids: Collection[str]) -> dict[str, Stop]:
    """Those of `uids` that stand in a published version, by uid."""
    asked = _asked(programme_id).where(PlannedStop.uid.in_(sorted(uids)))
    return {row.uid: _stop(row) for row in session.execute(asked)}


def between(session: Session, programme_id: int, from_date: date, until_date: date) -> list[Stop]:
    """Every stop of these days (both included) in the version that covered its day last, in order of time.

    A day covered by a later version is that version's alone: a stop it dropped was not planned any more,
    even if the public was told of it until the morning. One cancelled without a new version is still here.
    """
    by_day = in_force(session, programme_id, from_date, until_date)
    asked = _asked(programme_id).where(PlannedStop.date.between(from_date, until_date))
    asked = asked.where(PlannedStop.version_id.in_(sorted(set(by_day.values()))))
    rows = [row for row in session.execute(asked) if row.version_id == by_day[row.date]]
    return sorted((_stop(row) for row in rows), key=lambda stop: (stop.starts, stop.uid))


_Line = Row[int, str, int, int, date, int, int, str, str]


def _asked(programme_id: int) -> Select[int, str, int, int, date, int, int, str, str]:
    # + 0 keeps SQLite from starting at the programme's versions: it would look into each of them.
    ours = Version.programme_id + 0 == programme_id
    return (
        select(
            PlannedStop.version_id,
            PlannedStop.uid,
            PlannedStop.site_id,
            ShiftPlan.van_id,
            PlannedStop.date,
            PlannedStop.starts,
            PlannedStop.ends,
            PlannedStop.state,
            Programme.timezone,
        )
        .join(ShiftPlan, ShiftPlan.id == PlannedStop.shift_id)
        .join(Version, Version.id == PlannedStop.version_id)
        .join(Programme, Programme.id == Version.programme_id)
        .where(ours, Version.state != "draft")
        .order_by(Version.number)
    )


def _stop(row: _Line) -> Stop:
    zone = ZoneInfo(row.timezone)
    return Stop(
        uid=row.uid,
        site_id=row.site_id,
        van_id=row.van_id,
        date=row.date,
        starts=moment(row.date, row.starts, zone),
        ends=moment(row.date, row.ends, zone),
        state=row.state,
    )
