"""How far each crewed duty may stretch without any rule of work being broken."""

from __future__ import annotations

from collections.abc import Sequence

from solver.problem import HOUR, Problem
from solver.roster.duty import Duty, same_van


def envelope(
    problem: Problem, duties: Sequence[Duty], crews: Sequence[tuple[int, ...]]
) -> list[tuple[int, int, int]]:
    """For each crewed duty: how early it may begin, how late end, and how long be, so that every rule of work
    holds whatever each of the others does within its own envelope. One duty after another takes the room."""
    spans = [(d.depart, d.back, d.length) for d in duties]
    spare = _spare_hours(problem, duties, crews)
    for n in sorted(range(len(duties)), key=lambda n: (duties[n].day, duties[n].depart)):
        duty, crew = duties[n], crews[n]
        begin, end = _room(problem, duties, crews, spans, n)
        week = min((spare[m, problem.week_of(duty.day)] for m in crew), default=7 * 24 * HOUR)
        day = min((_spare_day(problem, duties, crews, m, n) for m in crew), default=7 * 24 * HOUR)
        longest = duty.length + max(0, min(week, day))
        spans[n] = (min(begin, duty.depart), max(end, duty.back), longest)
    return spans


def _room(
    problem: Problem,
    duties: Sequence[Duty],
    crews: Sequence[tuple[int, ...]],
    spans: Sequence[tuple[int, int, int]],
    n: int,
) -> tuple[int, int]:
    """Between which seconds of its day the shifts and rests of its crew and its van's other duties leave a
    duty."""
    duty, edges = duties[n], [(0, 7 * 24 * HOUR)]
    for m in crews[n]:
        person = problem.staff[m]
        shift = duty.shift_of(person)
        edges += [(shift.starts, shift.ends)] if shift else []
        mine = [other for other, crew in enumerate(crews) if other != n and m in crew]
        edges += [_beside(duties, spans, n, other, person.min_rest_seconds) for other in mine]
    same = [other for other, d in enumerate(duties) if other != n and same_van(duty, d)]
    edges += [_beside(duties, spans, n, other, 0) for other in same]
    return max(begin for begin, _ in edges), min(end for _, end in edges)


def _beside(
    duties: Sequence[Duty], spans: Sequence[tuple[int, int, int]], n: int, other: int, rest: int
) -> tuple[int, int]:
    """What another duty leaves with so much rest between: all before it, or all after it."""
    away = (duties[other].day - duties[n].day) * 24 * HOUR
    if away + duties[other].depart >= duties[n].back:
        return 0, away + spans[other][0] - rest
    return away + spans[other][1] + rest, 7 * 24 * HOUR


def _spare_hours(
    problem: Problem, duties: Sequence[Duty], crews: Sequence[tuple[int, ...]]
) -> dict[tuple[int, int], int]:
    """Seconds by which each of a member's duties of a week may grow, shared evenly."""
    work: dict[tuple[int, int], list[int]] = {}
    for duty, crew in zip(duties, crews, strict=True):
        for m in crew:
            work.setdefault((m, problem.week_of(duty.day)), []).append(duty.length)
    return {key: (problem.staff[key[0]].max_week_seconds - sum(s)) // len(s) for key, s in work.items()}


def _spare_day(
    problem: Problem, duties: Sequence[Duty], crews: Sequence[tuple[int, ...]], m: int, n: int
) -> int:
    """Seconds by which each duty of the member's day may grow, shared evenly."""
    mine = [d.length for d, crew in zip(duties, crews, strict=True) if m in crew and d.day == duties[n].day]
    return (problem.staff[m].max_day_seconds - sum(mine)) // len(mine)
