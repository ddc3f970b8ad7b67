"""Trying: what a hand edit would do, before anybody makes it: times, broken rules, the change in value.
Nothing is stored, and it takes milliseconds, so that every drag can be answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from outreach.errors import Invalid, Missing
from outreach.plan.planning.roster import Roster
from outreach.plan.schedules.judging import as_decided, frozen, judged, plan_of
from outreach.plan.versions import PlannedStop, Version, open_draft, with_stop
from solver.check import Broken
from solver.plan import Plan, Stop, VanDay
from solver.problem import Problem
from solver.timetable import departure, lay

MINUTE = 60


@dataclass(frozen=True, slots=True)
class Edit:
    """A stop dropped, or served on the day `date` from `starts` on, for `minutes`, by the van `van_id`; None
    leaves it as it is."""

    uid: str
    starts: int | None = None
    minutes: int | None = None
    van_id: int | None = None
    drop: bool = False
    date: date | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """The rules the edited schedule breaks (none: it may be published), its value and by how much it
    changed, and when each touched van would leave and be back (van, day, minutes, minutes)."""

    broken: tuple[Broken, ...]
    value: float
    change: float
    times: tuple[tuple[int, str, int, int], ...]


def tried_on_schedule(session: Session, programme_id: int, edits: Sequence[Edit]) -> Tried:
    """The edits on the open draft, or on what is published. Raises: as `tried`."""
    if not edits:
        raise Invalid("Name at least one stop to change.", code="no-edit")
    draft = open_draft(session, programme_id)
    standing = None if draft is not None else with_stop(session, programme_id, edits[0].uid)
    version = draft or (standing[0] if standing else None)
    if version is None:
        raise _unknown()
    return tried(session, version, edits)


def tried(session: Session, version: Version, edits: Sequence[Edit]) -> Tried:
    """The edits on a version, one after another.

    Raises: `Missing` for a stop or van that the version or its run does not have, `Conflict` for a version
    that no run made.
    """
    problem, roster = frozen(session, version)
    decided, plan = as_decided(problem, roster, version), plan_of(version, roster)
    decided = _shortened(decided, roster, version, edits)
    changed, touched = applied(decided, roster, version, plan, edits)
    verdict, before = (judged(decided, roster, version, one) for one in (changed, plan))
    times = tuple(
        (roster.vans[d.van], roster.day(d.day).isoformat(), d.depart // MINUTE, -(-d.back // MINUTE))
        for d in changed.van_days
        if (d.van, d.day) in touched
    )
    return Tried(verdict.broken, verdict.value, verdict.value - before.value, times)


def applied(
    problem: Problem, roster: Roster, version: Version, plan: Plan, edits: Sequence[Edit]
) -> tuple[Plan, set[tuple[int, int]]]:
    """The plan after the edits, and the (van, day) whose times may differ. Raises: as `tried`."""
    touched: set[tuple[int, int]] = set()
    for edit in edits:
        plan, vans = _applied(problem, roster, version, plan, edit)
        touched |= vans
    return plan, touched


def _shortened(problem: Problem, roster: Roster, version: Version, edits: Sequence[Edit]) -> Problem:
    """A stay that somebody cuts short by hand may have any length, as once it is in the draft."""
    sites = list(problem.sites)
    for edit in edits:
        stop = _stop(version, edit.uid)
        if edit.minutes is not None and edit.minutes < stop.ends - stop.starts:
            at = roster.sites.index(stop.site_id)
            lengths = {*sites[at].dwell_options, edit.minutes * MINUTE}
            sites[at] = replace(sites[at], dwell_options=tuple(sorted(lengths)))
    return replace(problem, sites=tuple(sites))


def _applied(
    problem: Problem, roster: Roster, version: Version, plan: Plan, edit: Edit
) -> tuple[Plan, set[tuple[int, int]]]:
    stop = _stop(version, edit.uid)
    day, site = (stop.date - roster.from_date).days, roster.sites.index(stop.site_id)
    home = _serving(plan, day, site, stop.starts * MINUTE)
    if home is None:
        raise _unknown()
    at, n = home
    old = plan.van_days[at]
    left = (*old.stops[:n], *old.stops[n + 1 :])
    if edit.drop:
        return _with(plan, {at: _laid(problem, old, left)}), {(old.van, day)}
    moved = _moved(problem, old.stops[n], edit)
    van = old.van if edit.van_id is None else _van(roster, edit.van_id)
    then = day if edit.date is None else _day(roster, version, edit.date)
    if (van, then) == (old.van, day):
        return _with(plan, {at: _laid(problem, old, (*left, moved))}), {(old.van, day)}
    others = (k for k, d in enumerate(plan.van_days) if (d.van, d.day) == (van, then))
    to = min(others, key=lambda k: abs(plan.van_days[k].depart - moved.start), default=-1)
    target = plan.van_days[to] if to >= 0 else VanDay(van, then, 0, 0, (), old.crew)
    new = {at: _laid(problem, old, left), to: _laid(problem, target, (*target.stops, moved))}
    return _with(plan, new), {(old.van, day), (van, then)}


def _stop(version: Version, uid: str) -> PlannedStop:
    for stop in version.stops:
        if stop.uid == uid and stop.state != "cancelled":
            return stop
    raise _unknown()


def _serving(plan: Plan, day: int, site: int, start: int) -> tuple[int, int] | None:
    """Where a stop is now: earlier edits of the same request may have moved it."""
    there = [
        (abs(s.start - start), at, n)
        for at, d in enumerate(plan.van_days)
        for n, s in enumerate(d.stops)
        if (d.day, s.site) == (day, site)
    ]
    return min(there)[1:] if there else None


def _van(roster: Roster, van_id: int) -> int:
    if van_id not in roster.vans:
        raise Missing("This plan has no such van.", code="no-van")
    return roster.vans.index(van_id)


def _day(roster: Roster, version: Version, day: date) -> int:
    if not version.from_date <= day <= version.until_date:
        raise Invalid(
            f"This version covers {version.from_date} to {version.until_date}; a stop stays within it.",
            code="other-version",
        )
    return (day - roster.from_date).days


def _moved(problem: Problem, stop: Stop, edit: Edit) -> Stop:
    start = stop.start if edit.starts is None else edit.starts * MINUTE
    dwell = stop.dwell if edit.minutes is None else edit.minutes * MINUTE
    place = problem.sites[stop.site]
    leave = start + dwell + place.packdown_seconds
    return replace(stop, arrive=start - place.setup_seconds, start=start, dwell=dwell, leave=leave)


def _laid(problem: Problem, d: VanDay, stops: Sequence[Stop]) -> VanDay | None:
    """The van-day with these stops at their times; where the drive or the break does not allow them, as
    near as can be, so that the judge says why."""
    if not stops:
        return None
    ordered = tuple(sorted(stops, key=lambda s: s.start))
    fitting = lay(problem, d.van, d.day, ordered, d.crew)
    if fitting is not None:
        return fitting
    base = problem.vans[d.van].base
    depart = departure(problem, d.day, base, ordered[0])
    return replace(d, stops=ordered, depart=depart, back=max(d.back, ordered[-1].leave))


def _with(plan: Plan, changed: dict[int, VanDay | None]) -> Plan:
    days = [changed.get(at, d) for at, d in enumerate(plan.van_days)] + [changed.get(-1)]
    return Plan(tuple(sorted((d for d in days if d is not None), key=lambda d: (d.day, d.van, d.depart))))


def _unknown() -> Missing:
    return Missing("The schedule has no such stop; it may have been replanned. Reload it.", code="no-stop")
