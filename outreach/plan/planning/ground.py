"""What a plan is made from, loaded once: sites, vans and staff with the hours they have on each date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from outreach.place import sites
from outreach.place.sites import Site
from outreach.plan import absences, anchors, staff, vans
from outreach.plan.absences import Absence
from outreach.plan.anchors import Anchor
from outreach.plan.planning.before import Worked, worked
from outreach.plan.staff import Member, StaffShift
from outreach.plan.vans import Van, VanShift
from outreach.policies import Policy

Hours = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Ground:
    """Rows of the programme for the dates of a plan, with absences and holidays at hand."""

    dates: tuple[date, ...]
    policy: Policy
    sites: Sequence[Site]
    vans: Sequence[Van]
    staff: Sequence[Member]
    anchors: Sequence[Anchor]
    away: Sequence[Absence]
    worked: Mapping[int, Worked]

    def holiday(self, day: date) -> str | None:
        """The holiday on which the programme rests, if `day` is one."""
        return None if self.policy.serve_on_holidays else self.policy.holiday(day)

    def van_hours(self, van: Van, day: date) -> Hours:
        """When the van may be out on `day`, minutes after midnight."""
        return self._hours("van", van.id, van.shifts, day)

    def staff_hours(self, member: Member, day: date) -> Hours:
        """When the person can work on `day`, minutes after midnight."""
        return self._hours("staff", member.id, member.shifts, day)

    def promises(self, day: date) -> list[Anchor]:
        """The promises that fall on `day`."""
        return [anchor for anchor in self.anchors if anchors.promised_on(anchor, day)]

    def _hours(
        self, kind: str, subject_id: int, shifts: Sequence[VanShift] | Sequence[StaffShift], day: date
    ) -> Hours:
        away = any(a.kind == kind and a.subject_id == subject_id and a.covers(day) for a in self.away)
        if away or self.holiday(day):
            return ()
        return tuple((shift.starts, shift.ends) for shift in shifts if shift.weekday == day.weekday())


def load(session: Session, programme_id: int, from_date: date, days: int, policy: Policy) -> Ground:
    """Everything a plan for these dates is made from."""
    dates = tuple(from_date + timedelta(step) for step in range(days))
    return Ground(
        dates=dates,
        policy=policy,
        sites=sites.listed(session, programme_id),
        vans=vans.listed(session, programme_id),
        staff=staff.listed(session, programme_id),
        anchors=anchors.listed(session, programme_id),
        away=absences.listed(session, programme_id, dates[0], dates[-1]),
        worked=worked(session, programme_id, dates[0]),
    )
