"""Told: what people were told already, in the optimizer's positions. Every stop of it that moves has its
price."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy.orm import Session

from outreach.plan.versions import PlannedStop, ShiftPlan, in_force, standing
from solver.plan import Plan, Stop, VanDay

MINUTE = 60


def published(
    session: Session, programme_id: int, dates: Sequence[date], sites: Sequence[int], vans: Sequence[int]
) -> Plan | None:
    """The stops people work by on these dates, at sites and with vans that can still be planned; None where
    nothing was published."""
    by_day = in_force(session, programme_id, dates[0], dates[-1])
    if not by_day:
        return None
    shifts = [shift for shift in standing(session, programme_id, by_day) if shift.van_id in vans]
    van_days = [day for shift in shifts for day in _van_day(shift, dates, sites, vans)]
    return Plan(tuple(sorted(van_days, key=lambda d: (d.day, d.van, d.depart))))


def _van_day(
    shift: ShiftPlan, dates: Sequence[date], sites: Sequence[int], vans: Sequence[int]
) -> Iterator[VanDay]:
    stops = tuple(_stop(s, sites) for s in shift.stops if s.state != "cancelled" and s.site_id in sites)
    if stops:
        day, van = dates.index(shift.date), vans.index(shift.van_id)
        yield VanDay(van, day, shift.depart * MINUTE, shift.back * MINUTE, stops)


def _stop(stop: PlannedStop, sites: Sequence[int]) -> Stop:
    return Stop(
        site=sites.index(stop.site_id),
        arrive=stop.arrive * MINUTE,
        start=stop.starts * MINUTE,
        dwell=(stop.ends - stop.starts) * MINUTE,
        leave=stop.leave * MINUTE,
    )
