"""The bench: who could still come aboard a van-day, beside everything else they do in the plan.

A first look only, so that few crews go before the judge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice

from solver.crews import may_fill, missing_for
from solver.plan import Plan, VanDay
from solver.problem import DAY, Problem

Swap = tuple[VanDay | None, VanDay]
May = Callable[[VanDay], bool]
MOST_CREWS = 60


class Bench:
    """Everybody's duties in a plan."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.problem = problem
        self.duties: dict[int, list[VanDay]] = {}
        for d in plan.van_days:
            for m in d.crew:
                self.duties.setdefault(m, []).append(d)

    def crews(
        self, d: VanDay, old: VanDay | None, may_change: May, may_lose: May
    ) -> Iterator[tuple[Swap, ...]]:
        """Ways to man `d`, which takes the place of `old`, fewest new faces first: with those of its crew who
        can come, with one or two more, or with somebody whose other van-day another takes over
        or, if it `may_lose`, does with fewer services."""
        return islice(self._crews(d, old, may_change, may_lose), MOST_CREWS)

    def able(self, m: int, d: VanDay, *beside: VanDay | None) -> bool:
        """Whether the member is on shift, rested and within hours for `d`, leaving out the duties
        `beside`."""
        person = self.problem.staff[m]
        if not any(s.day == d.day and s.starts <= d.depart and d.back <= s.ends for s in person.shifts):
            return False
        others = [e for e in self.duties.get(m, ()) if not any(e is b for b in beside)]
        if any(_gap(e, d) < person.min_rest_seconds for e in others):
            return False
        week = self.problem.week_of(d.day)
        mine = d.back - d.depart
        by_day = mine + sum(e.back - e.depart for e in others if e.day == d.day)
        by_week = mine + sum(e.back - e.depart for e in others if self.problem.week_of(e.day) == week)
        return by_day <= person.max_day_seconds and by_week <= person.max_week_seconds

    def lacking(self, d: VanDay, crew: tuple[int, ...]) -> set[int]:
        """Services of the van-day that this crew cannot offer."""
        offered = {n for s in d.stops for n in s.services} if self.problem.services else set()
        return {n for n in offered if missing_for(self.problem, crew, d.day, n)}

    def _crews(
        self, d: VanDay, old: VanDay | None, may_change: May, may_lose: May
    ) -> Iterator[tuple[Swap, ...]]:
        stay = tuple(m for m in d.crew if self.able(m, d, old))
        lacking = self.lacking(d, stay)
        if not lacking:
            yield ((old, replace(d, crew=stay)),)
            return
        helpers = [m for m in self._with_a_role(d, lacking) if m not in stay]
        free = [m for m in helpers if self.able(m, d, old)]
        for m in free:
            if not self.lacking(d, (*stay, m)):
                yield ((old, replace(d, crew=(*stay, m))),)
        for n, a in enumerate(free):
            for b in free[n + 1 :]:
                if not self.lacking(d, (*stay, a, b)):
                    yield ((old, replace(d, crew=(*stay, a, b))),)
        for m in helpers:
            if m not in free and not self.lacking(d, (*stay, m)):
                yield from self._freed(d, old, stay, m, may_change, may_lose)

    def _freed(
        self,
        d: VanDay,
        old: VanDay | None,
        stay: tuple[int, ...],
        m: int,
        may_change: May,
        may_lose: May,
    ) -> Iterator[tuple[Swap, ...]]:
        """`m` comes aboard `d`, and somebody else takes the one van-day that keeps `m` from it."""
        for e in self.duties.get(m, ()):
            if e is old or not may_change(e) or not self.able(m, d, old, e):
                continue
            rest = tuple(other for other in e.crew if other != m)
            lacking = self.lacking(e, rest)
            for n in self._with_a_role(e, lacking):
                taken = n in e.crew or n in stay or not self.able(n, e)
                if not taken and not self.lacking(e, (*rest, n)):
                    yield (old, replace(d, crew=(*stay, m))), (e, replace(e, crew=(*rest, n)))
            if may_lose(e) and 0 not in lacking:
                less = tuple(replace(s, services=s.services - lacking) for s in e.stops)
                yield (old, replace(d, crew=(*stay, m))), (e, replace(e, crew=rest, stops=less))

    def _with_a_role(self, d: VanDay, services: set[int]) -> list[int]:
        p = self.problem
        return [
            m
            for m in range(len(p.staff))
            if any(may_fill(p, m, role, d.day, n) for n in services for role, _ in p.services[n].crew)
        ]


def _gap(a: VanDay, b: VanDay) -> int:
    """Seconds free between two van-days, negative while they overlap."""
    first, then = (a, b) if (a.day, a.depart) <= (b.day, b.depart) else (b, a)
    return (then.day - first.day) * DAY + then.depart - first.back
