"""Rules of a van's day: its shift, its drives and its meal break."""

from __future__ import annotations

from collections.abc import Iterator

from solver.check.broken import Broken, clock
from solver.check.outings import overlaps
from solver.plan import Plan, VanDay
from solver.problem import Problem
from solver.score import travel_seconds


def shift(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """A van works inside one of its shifts, and drives each shift at most once."""
    used: set[tuple[int, int]] = set()
    for d in plan.van_days:
        fits = [
            (d.van, n)
            for n, s in enumerate(problem.vans[d.van].shifts)
            if s.day == d.day and s.starts <= d.depart and d.back <= s.ends
        ]
        free = [shift for shift in fits if shift not in used]
        used.update(free[:1])
        name = problem.vans[d.van].name
        if not fits:
            yield Broken(
                "shift", f"{name} has no shift from {clock(d.depart)} to {clock(d.back)}", d.van, d.day
            )
        elif not free:
            yield Broken("shift", f"{name} drives one shift twice", d.van, d.day)


def van_twice(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """A van is out once at a time."""
    by_van: dict[int, list[VanDay]] = {}
    for d in plan.van_days:
        by_van.setdefault(d.van, []).append(d)
    for van, days in sorted(by_van.items()):
        for _, b in overlaps(days):
            name = problem.vans[van].name
            yield Broken("van_twice", f"{name} leaves at {clock(b.depart)} before it is back", van, b.day)


def empty(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """A van-day has a stop; a van with nothing to do has no van-day."""
    for d in plan.van_days:
        if not d.stops:
            yield Broken("empty", f"{problem.vans[d.van].name} goes out with no stop", d.van, d.day)


def travel(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """A van arrives no sooner than the drive (and a meal break taken on the way) allows."""
    for d in plan.van_days:
        legs = [d.depart, *(s.leave for s in d.stops)], [*(s.arrive for s in d.stops), d.back]
        base = problem.vans[d.van].base
        places = [base, *(s.site for s in d.stops), base]
        for n, (leave, arrive) in enumerate(zip(*legs, strict=True)):
            drive = travel_seconds(problem, d.day, leave, places[n], places[n + 1])
            pause = _pause_between(problem, d, leave, arrive)
            if leave + drive + pause > arrive:
                late = f"the {drive} s drive from {clock(leave)} cannot end by {clock(arrive)}"
                yield Broken("travel", late, d.van, d.day, d.stops[min(n, len(d.stops) - 1)].site)


def meal_break(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """Work longer than allowed without food holds a break between stops, begun in time."""
    rule = problem.meal_break
    for d in plan.van_days if rule else ():
        assert rule is not None
        begin, name = d.break_start, problem.vans[d.van].name
        if begin is None:
            if d.back - d.depart > rule.after_seconds:
                late = f"{name} works {clock(d.back - d.depart)} h without a meal break"
                yield Broken("meal_break", late, d.van, d.day)
        elif begin - d.depart > rule.after_seconds:
            yield Broken("meal_break", f"the break of {name} at {clock(begin)} comes too late", d.van, d.day)
        elif any(s.arrive < begin + rule.seconds and begin < s.leave for s in d.stops):
            yield Broken("meal_break", f"the break of {name} at {clock(begin)} is in a stop", d.van, d.day)
        elif not d.depart <= begin <= d.back - rule.seconds:
            yield Broken("meal_break", f"the break of {name} is outside its day", d.van, d.day)


def _pause_between(problem: Problem, d: VanDay, leave: int, arrive: int) -> int:
    if problem.meal_break is None or d.break_start is None:
        return 0
    return problem.meal_break.seconds if leave <= d.break_start < arrive else 0
