"""Troubles: what happened on the day of a published schedule, and the problem as it holds since. Kept with
the version that met them, so that the judge and every later edit know of the lost van, too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Literal, TypeVar

from pydantic import TypeAdapter

from outreach.errors import Invalid
from outreach.plan.planning.roster import Roster
from solver.check import Broken, faults
from solver.plan import Plan, Stop, VanDay
from solver.problem import Problem, Shift, Site
from solver.score import keeps

MINUTE = 60
Kind = Literal["van_lost", "van_late", "member_sick", "site_closed", "spike"]
Held = tuple[Problem, Plan]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with the van, person, site or alert `subject_id` `on` a date from minute `begins` on (a
    late van can roll from then). All that had begun by minute `known` of the date `known_on` is behind us."""

    kind: Kind
    subject_id: int
    on: date
    begins: int
    known_on: date
    known: int

    def document(self) -> dict[str, object]:
        """As it is kept with a version."""
        days = {"on": self.on.isoformat(), "known_on": self.known_on.isoformat()}
        return asdict(self) | days

    @classmethod
    def of(cls, document: Mapping[str, object]) -> Trouble:
        """From what `document` gave."""
        return TypeAdapter(cls).validate_python(document)


@dataclass(frozen=True, slots=True)
class Moment:
    """A second of a day of the problem; every stop at which a van had arrived by then is behind us."""

    day: int
    second: int

    def passed(self, d: VanDay, stop: Stop) -> bool:
        """Whether the van of a van-day had arrived at a stop."""
        return (d.day, stop.arrive) <= (self.day, self.second)

    def over(self, d: VanDay) -> bool:
        """Whether a van-day has no stop ahead."""
        return all(self.passed(d, stop) for stop in d.stops)


def moment(troubles: Sequence[Trouble], roster: Roster) -> Moment:
    """When the last of the troubles was known."""
    day, known = max((one.known_on, one.known) for one in troubles)
    return Moment((day - roster.from_date).days, known * MINUTE)


def faced(problem: Problem, plan: Plan, roster: Roster, troubles: Sequence[Trouble]) -> Held:
    """The problem as it holds after the troubles, and the plan in which what is behind us needs nobody any
    more.

    Raises: `Invalid` for a van, person or site that the schedule's run did not know.
    """
    known = moment(troubles, roster)
    problem, plan = _behind(problem, plan, known)
    for one in troubles:
        problem = _EFFECTS[one.kind](problem, plan, roster, one, known)
    return problem, plan


def late(plan: Plan, roster: Roster, troubles: Sequence[Trouble]) -> dict[int, int]:
    """By van that is on the road and held up, the second from which it can roll."""
    known = moment(troubles, roster)
    return {
        van: one.begins * MINUTE
        for one in troubles
        if one.kind == "van_late" and (van := _position(roster.vans, one)) in _on_the_road(plan, known)
    }


def excused(problem: Problem, plan: Plan, known: Moment) -> Callable[[Broken], bool]:
    """Whether a fault is one of what was behind us when the trouble came: a broken-down van that was on its
    way breaks its shift, and no plan can undo that. A van-day that goes on is excused nothing."""
    going = {(d.van, d.day) for d in plan.van_days if not known.over(d)}
    past = Plan(tuple(d for d in plan.van_days if known.over(d)))
    found = {_key(b) for b in faults(problem, past) if b.rule != "refills" and (b.van, b.day) not in going}
    return lambda fault: _key(fault) in found


def _key(fault: Broken) -> tuple[str, int | None, int | None, int | None]:
    return fault.rule, fault.van, fault.day, fault.site


def _behind(problem: Problem, plan: Plan, known: Moment) -> Held:
    """Stops and promises behind us ask for the base service alone: who fell ill at noon was there in the
    morning."""
    done = [(d.day, s) for d in plan.van_days for s in d.stops if known.passed(d, s)]
    anchors = (
        replace(a, services=a.services & {0}) if any(a.day == day and keeps(a, s) for day, s in done) else a
        for a in problem.anchors
    )
    van_days = (
        replace(d, stops=tuple(_plain(s) if known.passed(d, s) else s for s in d.stops))
        for d in plan.van_days
    )
    return replace(problem, anchors=tuple(anchors)), Plan(tuple(van_days))


def _plain(stop: Stop) -> Stop:
    return replace(stop, services=stop.services & {0})


def _van_lost(problem: Problem, plan: Plan, roster: Roster, one: Trouble, known: Moment) -> Problem:
    lost = _position(roster.vans, one)
    van = problem.vans[lost]
    shifts = tuple(_until(van.shifts, _day(roster, one), one.begins * MINUTE))
    return replace(problem, vans=_with(problem.vans, lost, replace(van, shifts=shifts)))


def _van_late(problem: Problem, plan: Plan, roster: Roster, one: Trouble, known: Moment) -> Problem:
    """One that has not left has a shorter shift; until when one on the road is held up, `late` says."""
    held = _position(roster.vans, one)
    if held in _on_the_road(plan, known):
        return problem
    van = problem.vans[held]
    shifts = tuple(_from(van.shifts, _day(roster, one), one.begins * MINUTE))
    return replace(problem, vans=_with(problem.vans, held, replace(van, shifts=shifts)))


def _member_sick(problem: Problem, plan: Plan, roster: Roster, one: Trouble, known: Moment) -> Problem:
    sick = _position(roster.staff, one)
    member = problem.staff[sick]
    shifts = tuple(_until(member.shifts, _day(roster, one), one.begins * MINUTE))
    return replace(problem, staff=_with(problem.staff, sick, replace(member, shifts=shifts)))


def _site_closed(problem: Problem, plan: Plan, roster: Roster, one: Trouble, known: Moment) -> Problem:
    """A stay that has begun there may end as planned; whoever wants it shorter shortens it."""
    shut, day = _position(roster.sites, one), _day(roster, one)
    stays = [(d, s) for d in plan.van_days for s in d.stops if (d.day, s.site) == (day, shut)]
    begun = [s.leave for d, s in stays if known.passed(d, s)]
    closes = max([one.begins * MINUTE, *begun])
    site = _closed_from(problem.sites[shut], day, closes)
    return replace(problem, sites=_with(problem.sites, shut, site))


def _spike(problem: Problem, plan: Plan, roster: Roster, one: Trouble, known: Moment) -> Problem:
    """A spike changes what a stop is worth, and no rule."""
    return problem


_EFFECTS: Mapping[Kind, Callable[[Problem, Plan, Roster, Trouble, Moment], Problem]] = {
    "van_lost": _van_lost,
    "van_late": _van_late,
    "member_sick": _member_sick,
    "site_closed": _site_closed,
    "spike": _spike,
}


def _position(ids: tuple[int, ...], one: Trouble) -> int:
    if one.subject_id not in ids:
        what = {"member_sick": "person", "site_closed": "site"}.get(one.kind, "van")
        raise Invalid(f"The schedule of that day was made without this {what}.", code="not-in-schedule")
    return ids.index(one.subject_id)


def _day(roster: Roster, one: Trouble) -> int:
    return (one.on - roster.from_date).days


def _on_the_road(plan: Plan, known: Moment) -> set[int]:
    return {d.van for d in plan.van_days if d.day == known.day and known.passed(d, d.stops[0])}


def _until(shifts: Sequence[Shift], day: int, ends: int) -> Iterator[Shift]:
    for shift in shifts:
        if shift.day != day:
            yield shift
        elif shift.starts < ends:
            yield replace(shift, ends=min(shift.ends, ends))


def _from(shifts: Sequence[Shift], day: int, starts: int) -> Iterator[Shift]:
    for shift in shifts:
        if shift.day != day:
            yield shift
        elif starts < shift.ends:
            yield replace(shift, starts=max(shift.starts, starts))


def _closed_from(site: Site, day: int, closes: int) -> Site:
    windows = (
        replace(w, closes=min(w.closes, closes)) if w.day == day else w
        for w in site.windows
        if w.day != day or w.opens < closes
    )
    return replace(site, windows=tuple(windows))


def _with(values: tuple[T, ...], position: int, value: T) -> tuple[T, ...]:
    return (*values[:position], value, *values[position + 1 :])
