"""Crews for all duties: by the week and by parts of the fleet where one model of all would be slow."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ortools.sat.python import cp_model

from solver.problem import Problem
from solver.roster.duty import Duty, clash, driven_once
from solver.roster.filling import filled
from solver.roster.model import CrewModel

MOST_CHOICES = 8_000
"""Duties times members of one model: a model of thousands of either would not be done in time."""
MOST_TOGETHER = 2_500
"""Duties times members of several weeks in one model."""
LEAST_VANS, LEAST_EFFORT = 4, 0.3


def assign(
    problem: Problem, duties: Sequence[Duty], *, effort: float = 2.0
) -> tuple[list[tuple[int, ...] | None], bool]:
    """A crew for each duty, or None where it goes without, so that the worth of the crewed is greatest.

    Every rule of work holds: roles, head count, certificates, shifts, rest, hours of day and week. The flag
    says whether the choice is proven best. Sessions with refills due are priceless.
    """
    if not problem.services:
        out = driven_once(duties)
        return [() if n in out else None for n in range(len(duties))], False
    crews: list[tuple[int, ...] | None] = [None] * len(duties)
    weeks, proven = _in_weeks(problem, duties), True
    for week in weeks:
        before = [(d, crew) for d, crew in zip(duties, crews, strict=True) if crew is not None]
        mine = [n for n in week if not any(clash(duties[n], d) for d, _ in before)]
        blocks = _blocks(problem, [duties[n] for n in mine])
        enough = effort / len(weeks) if len(blocks) == 1 else max(LEAST_EFFORT, effort / len(weeks))
        for block, members in blocks:
            asked = [duties[mine[n]] for n in block]
            found, best = _assigned(problem, asked, members, enough, before)
            proven = proven and best and len(weeks) == len(blocks) == 1
            for n, crew in zip(block, found, strict=True):
                crews[mine[n]] = crew
    return (crews, True) if proven else (filled(problem, duties, crews), False)


def _in_weeks(problem: Problem, duties: Sequence[Duty]) -> list[list[int]]:
    """Duties week by week, where one model of them all would be slow; people's hours are by the week
    anyhow."""
    if len(duties) * len(problem.staff) <= MOST_TOGETHER:
        return [list(range(len(duties)))]
    weeks: dict[int, list[int]] = {}
    for n, duty in enumerate(duties):
        weeks.setdefault(problem.week_of(duty.day), []).append(n)
    return [weeks[week] for week in sorted(weeks)]


def _blocks(problem: Problem, duties: Sequence[Duty]) -> list[tuple[list[int], list[int]]]:
    """Duties and members in equal parts, small enough for one model each: vans in turn, and members of
    the same roles in turn. A fleet that fits one model is one part."""
    staff = range(len(problem.staff))
    vans = [duty.slot[0] if duty.slot else n for n, duty in enumerate(duties)]
    wanted = math.ceil(math.sqrt(len(duties) * len(staff) / MOST_CHOICES))
    parts = min(wanted, len(set(vans)) // LEAST_VANS)
    if parts <= 1:
        return [(list(range(len(duties))), list(staff))]
    alike = sorted(staff, key=lambda m: (sorted(r for r, _ in problem.staff[m].roles), m))
    return [([n for n, van in enumerate(vans) if van % parts == k], alike[k::parts]) for k in range(parts)]


def _assigned(
    problem: Problem,
    duties: Sequence[Duty],
    members: Sequence[int],
    effort: float,
    before: Sequence[tuple[Duty, tuple[int, ...]]] = (),
) -> tuple[list[tuple[int, ...] | None], bool]:
    model = CrewModel(problem, duties, members, before)
    for presolve in (True, False):
        status, crews = model.solve(effort, presolve)
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return crews, status == cp_model.OPTIMAL
    return [None for _ in duties], False
