"""Meanwhile: what was entered since the run that made a plan. The judge looks at the rows as the run found
them; crews go out by the rows as they are now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from sqlalchemy.orm import Session

from outreach.place import sites
from outreach.place.sites import Site
from outreach.plan import absences, staff, vans
from outreach.plan.planning.prechecks import told
from outreach.plan.planning.roster import Roster
from outreach.plan.schedules.judging import frozen, plan_of
from outreach.plan.staff import Member
from outreach.plan.vans import Van
from outreach.plan.versions import PlannedStop, ShiftPlan, Version
from outreach.tabular import clock
from solver.check import staffed
from solver.problem import Member as Planned
from solver.problem import Problem


def broken_meanwhile(session: Session, version: Version) -> list[str]:
    """Sentences about people and vans that are away, sites that are closed, and certificates that ran out,
    on the van-days that still have a stop."""
    standing = [shift for shift in version.shifts if _kept(shift)]
    crews = {m.id: m for m in staff.listed(session, version.programme_id, everybody=True)}
    fleet = {van.id: van for van in vans.listed(session, version.programme_id, every=True)}
    places = {site.id: site for site in sites.listed(session, version.programme_id)}
    away = absences.listed(session, version.programme_id, version.from_date, version.until_date)
    off = {(a.kind, a.subject_id, shift.date) for shift in standing for a in away if a.covers(shift.date)}
    found: list[str] = []
    for shift in standing:
        van = fleet[shift.van_id]
        found += _van_gone(van, shift, off)
        for member in shift.staff:
            found += _member_gone(crews[member], van, shift, off)
        for stop in _kept(shift):
            found += _site_shut(places[stop.site_id], van, stop)
    found += _uncertified(session, version, standing, crews, fleet)
    return found


def _kept(shift: ShiftPlan) -> list[PlannedStop]:
    return [stop for stop in shift.stops if stop.state != "cancelled"]


def _van_gone(van: Van, shift: ShiftPlan, off: set[tuple[str, int, date]]) -> Iterator[str]:
    if not van.active:
        yield f"{van.name} is out of service, yet it is planned on {told(shift.date)}"
    elif ("van", van.id, shift.date) in off:
        yield f"{van.name} is away on {told(shift.date)}, yet stops are planned with it"


def _member_gone(
    member: Member, van: Van, shift: ShiftPlan, off: set[tuple[str, int, date]]
) -> Iterator[str]:
    if not member.active:
        yield f"{member.name} left, yet {van.name} is planned with them on {told(shift.date)}"
    elif ("staff", member.id, shift.date) in off:
        yield f"{member.name} is away on {told(shift.date)}, yet {van.name} is planned with them"


def _site_shut(site: Site, van: Van, stop: PlannedStop) -> Iterator[str]:
    there = f"{van.name} is planned there from {clock(stop.arrive)} to {clock(stop.leave)}"
    windows = sites.windows_on(site, stop.date)
    if not sites.may_be_planned(site):
        yield f"{site.name} is {site.status}, yet {there} on {told(stop.date)}"
    elif not windows:
        yield f"{site.name} is closed to vans on {told(stop.date)} (hours, permit or closure), yet {there}"
    elif not any(opens <= stop.arrive and stop.leave <= closes for opens, closes in windows):
        hours = ", ".join(f"{clock(opens)}-{clock(closes)}" for opens, closes in windows)
        yield f"{site.name} is open to vans {hours} on {told(stop.date)}, yet {there}"


def _uncertified(
    session: Session,
    version: Version,
    standing: list[ShiftPlan],
    crews: dict[int, Member],
    fleet: dict[int, Van],
) -> Iterator[str]:
    """A role somebody had when the plan was made and lost since, where the crew does not do without it."""
    problem, roster = frozen(session, version)
    short = {
        (fault.van, fault.day)
        for fault in staffed(_held_now(problem, roster, crews), plan_of(version, roster))
    }
    for shift in standing:
        day = (shift.date - roster.from_date).days
        if (roster.vans.index(shift.van_id), day) not in short:
            continue
        for member in shift.staff:
            for role, days in problem.staff[roster.staff.index(member)].roles:
                if day in days and not staff.holds(crews[member], role, shift.date):
                    van, work = fleet[shift.van_id].name, role.replace("_", " ")
                    lost = f"{crews[member].name} may not work as {work} on {told(shift.date)}"
                    yield f"{lost} (certificate or role), yet {van} is planned with them"


def _held_now(problem: Problem, roster: Roster, crews: dict[int, Member]) -> Problem:
    """The problem with the certificates as they are today."""

    def now(planned: Planned, member: Member) -> Planned:
        held = (
            (role, frozenset(day for day in days if staff.holds(member, role, roster.day(day))))
            for role, days in planned.roles
        )
        return replace(planned, roles=tuple(held))

    crew = (now(planned, crews[member]) for planned, member in zip(problem.staff, roster.staff, strict=True))
    return replace(problem, staff=tuple(crew))
