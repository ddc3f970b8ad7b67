"""Timetables: a van-day from its stops in order. Out of the base as late, on as soon as can be, the meal
break in the first gap where it fits. What comes of it still goes before the judge.
"""

from __future__ import annotations

from collections.abc import Sequence

from solver.plan import Stop, VanDay
from solver.problem import Problem
from solver.score import travel_seconds


def lay(
    problem: Problem,
    van: int,
    day: int,
    stops: Sequence[Stop],
    crew: tuple[int, ...] = (),
    *,
    slack: int = 0,
    free_from: int = 0,
    begun: VanDay | None = None,
) -> VanDay | None:
    """The van-day that serves these stops in this order, each at its own start, or up to `slack` seconds
    later; None where the drive or the meal break forbids it. Wheels do not roll before `free_from`; what
    has `begun` stays as it is, and the stops follow it.
    """
    gaps = _gaps(problem, stops, begun)
    ways: list[Way | None] = []
    for early in (0, slack) if slack else (0,):
        ways = [_lay(problem, van, day, stops, (early, slack), free_from, begun, gap) for gap in gaps]
        if any(way is not None for way in ways):
            break
    wished = sum(stop.start for stop in stops)
    done = [way for way in ways if way is not None]
    if not done:
        return None
    depart, back, laid, pause = min(done, key=lambda way: (sum(s.start for s in way[2]) - wished, way[1]))
    return VanDay(van, day, depart, back, laid, crew, pause)


def departure(problem: Problem, day: int, base: int, first: Stop) -> int:
    """The latest second at which wheels may roll to be at the first stop in time."""
    leave = first.arrive - travel_seconds(problem, day, first.arrive, base, first.site)
    for _ in range(3):
        drive = travel_seconds(problem, day, leave, base, first.site)
        if leave + drive <= first.arrive:
            break
        leave = first.arrive - drive
    return leave


Way = tuple[int, int, tuple[Stop, ...], int | None]


def _gaps(problem: Problem, stops: Sequence[Stop], begun: VanDay | None) -> Sequence[int | None]:
    """After which stop the meal break may come: after none, or after one that is not behind us."""
    if problem.meal_break is None:
        return (None,)
    done = len(begun.stops) if begun else 0
    if begun and begun.break_start is not None:
        return (None,)
    return (None, *range(max(0, done - 1), done + len(stops)))


def _lay(
    problem: Problem,
    van: int,
    day: int,
    wishes: Sequence[Stop],
    slack: tuple[int, int],
    free_from: int,
    begun: VanDay | None,
    gap: int | None,
) -> Way | None:
    base, laid = problem.vans[van].base, list(begun.stops if begun else ())
    pause = begun.break_start if begun else None
    for wish in wishes:
        earliest = _arrival(problem, day, base, laid, wish.site, free_from, gap, pause)
        stop = _at(problem, wish, earliest, slack[0])
        if stop.start > wish.start + slack[1]:
            return None
        laid.append(stop)
    depart = begun.depart if begun else departure(problem, day, base, laid[0])
    pause = pause if gap is None else laid[gap].leave
    back = _arrival(problem, day, base, laid, base, free_from, gap, pause)
    return (depart, back, tuple(laid), pause) if _fed(problem, depart, back, pause) else None


def _arrival(
    problem: Problem,
    day: int,
    base: int,
    laid: Sequence[Stop],
    to: int,
    free_from: int,
    gap: int | None,
    pause: int | None,
) -> int:
    place, leave = (laid[-1].site, laid[-1].leave) if laid else (base, free_from)
    roll = max(leave, free_from)
    here = gap == len(laid) - 1 if gap is not None else pause is not None and pause >= leave
    rest = problem.meal_break.seconds if problem.meal_break and laid and here else 0
    return roll + travel_seconds(problem, day, roll, place, to) + rest


def _at(problem: Problem, wish: Stop, earliest: int, early: int) -> Stop:
    """The wish as soon as it can be, on the clock, with set-up and pack-down."""
    site, step = problem.sites[wish.site], problem.start_step
    start = max(wish.start - early // step * step, -(-(earliest + site.setup_seconds) // step) * step)
    end = start + wish.dwell + site.packdown_seconds
    return Stop(wish.site, start - site.setup_seconds, start, wish.dwell, end, wish.services)


def _fed(problem: Problem, depart: int, back: int, pause: int | None) -> bool:
    rule = problem.meal_break
    if rule is None:
        return True
    return back - depart <= rule.after_seconds if pause is None else pause - depart <= rule.after_seconds
