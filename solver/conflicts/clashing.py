"""Which promises clash with what: week by week, one smallest conflict after another."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from solver.conflicts import people, promises, vans
from solver.conflicts.week import Week
from solver.plan import Conflict
from solver.problem import Anchor, Problem

MOST_CONFLICTS = 8


def conflicts(problem: Problem, wanted: Sequence[Anchor] | None = None) -> tuple[Conflict, ...]:
    """Why these promises (all, if none are named) cannot be kept together: one conflict after another, each a
    smallest one, found without the promises of those before it. Empty when they can."""
    left = list(problem.anchors if wanted is None else wanted)
    found: list[Conflict] = []
    for number in sorted({problem.week_of(a.day) for a in left}):
        anchors = [a for a in left if problem.week_of(a.day) == number]
        while anchors and len(found) < MOST_CONFLICTS:
            week = asked(problem, anchors)
            core = week.inputs.smallest()
            if not core:
                break
            found.append(Conflict(tuple(core)))
            clashing = {week.promised[one] for one in core if one in week.promised}
            anchors = [a for n, a in enumerate(anchors) if n not in clashing]
            if not clashing:
                break
    return tuple(found)


def asked(problem: Problem, anchors: Sequence[Anchor]) -> Week:
    """The promises of a week with every rule that could stand against them."""
    week = Week(problem, anchors)
    for i in range(len(anchors)):
        promises.kept(week, i)
        promises.window(week, i)
        promises.host(week, i)
    for slot in week.slots:
        vans.shift(week, slot)
        people.staffed(week, slot)
    for i, j in combinations(range(len(anchors)), 2):
        promises.crowd(week, i, j)
    for m in range(len(problem.staff)):
        people.rest(week, m)
        people.hours(week, m)
    return week
