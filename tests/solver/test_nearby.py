"""What a changed van-day breaks is found by looking at it and its neighbours alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

import numpy as np

from solver.check import faults
from solver.limits import Until
from solver.nearby import clashes
from solver.plan import Plan, VanDay
from solver.problem import HOUR, Anchor, Problem, Shift, Window
from solver.solve import solve
from tests.solver.towns import town

BETWEEN_TWO = {"shift", "van_twice", "crowd", "spacing", "two_vans", "rest", "week_hours"}


DAYS = 4
MORNINGS = tuple(Shift(d, 8 * HOUR, 13 * HOUR) for d in range(DAYS))
ALWAYS = tuple(Shift(d, 0, 24 * HOUR) for d in range(DAYS))


def busy() -> Problem:
    """Three vans that go out in the morning, with a promised session on the second day: stays are two days
    apart, and all but the first member rest eleven hours and have short weeks."""
    plain = town(sites=6, days=DAYS, vans=3, seed=2)
    windows = tuple(Window(d, 0, 24 * HOUR) for d in range(DAYS))
    return replace(
        plain,
        sites=tuple(replace(s, spacing_days=2, windows=windows) for s in plain.sites),
        vans=tuple(replace(v, shifts=MORNINGS) for v in plain.vans),
        staff=tuple(
            replace(
                m,
                min_rest_seconds=11 * HOUR * (n > 0),
                max_week_seconds=(14 if n else 40) * HOUR,
                shifts=ALWAYS,
            )
            for n, m in enumerate(plain.staff)
        ),
        travel_band=np.zeros_like(plain.travel_band),
        anchors=(Anchor(1, 1, 9 * HOUR, 2 * HOUR, 900, frozenset({0})),),
    )


def at_any_hour(problem: Problem) -> Problem:
    """The problem with vans that may go out at any hour, the first one twice a day."""
    first, *others = problem.vans
    twice = tuple(shift for shift in ALWAYS for _ in range(2))
    return replace(problem, vans=(replace(first, shifts=twice), *(replace(v, shifts=ALWAYS) for v in others)))


def changes(problem: Problem, plan: Plan, seed: int, count: int) -> Iterator[tuple[VanDay, VanDay]]:
    """Van-days of the plan, each with one that differs in its van, day, crew, stops or times."""
    draw = Random(seed)
    for _ in range(count):
        d = draw.choice(plan.van_days)
        other = draw.choice([e for e in plan.van_days if e.day == d.day or draw.random() < 0.5])
        by = draw.choice((-9, -5, -1, 1, 5, 9)) * HOUR
        stops = tuple(
            replace(s, arrive=s.arrive + by, start=s.start + by, leave=s.leave + by) for s in d.stops
        )
        yield d, draw.choice((
            replace(d, van=draw.randrange(len(problem.vans))),
            replace(d, day=draw.randrange(problem.days)),
            replace(d, crew=other.crew),
            replace(d, crew=other.crew, day=draw.randrange(problem.days)),
            replace(other, van=d.van, crew=d.crew),
            replace(d, crew=(0, *d.crew[1:])),
            replace(d, crew=(*d.crew, d.crew[0])),
            replace(d, depart=d.depart + by, back=d.back + by, stops=stops),
            replace(d, van=0, depart=d.depart + by, back=d.back + by, stops=stops),
            replace(d, van=1, depart=d.depart + by, back=d.back + by, stops=stops),
            replace(d, stops=d.stops[: draw.randrange(len(d.stops) + 1)]),
        ))  # fmt: skip


def test_neighbours_tell_of_a_change_what_the_whole_plan_tells():
    plan = solve(busy(), Until(work=200)).plan
    problem = at_any_hour(busy())
    assert not [b for b in faults(problem, plan) if b.rule != "refills"]
    seen: set[str] = set()
    for old, new in changes(problem, plan, seed=1, count=1_500):
        changed = Plan(tuple(new if d is old else d for d in plan.van_days))
        whole = {b.rule for b in faults(problem, changed) if b.rule != "refills"}
        assert any(clashes(problem, changed, [new])) == bool(whole), (old, new, whole)
        seen |= whole if len(whole) == 1 else set()
    assert seen >= BETWEEN_TWO, "each such rule must be the only one broken by some change"
