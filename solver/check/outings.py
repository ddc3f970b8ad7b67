"""A plan as the rules walk it: stop by stop, member by member, and all van-days on one clock."""

from __future__ import annotations

from collections.abc import Iterator

from solver.plan import Plan, Stop, VanDay
from solver.problem import DAY


def stops(plan: Plan) -> Iterator[tuple[VanDay, Stop]]:
    """Every stop with its van-day."""
    for van_day in plan.van_days:
        for stop in van_day.stops:
            yield van_day, stop


def aboard(plan: Plan) -> Iterator[tuple[VanDay, int]]:
    """Everybody of every crew with the van-day."""
    for van_day in plan.van_days:
        for member in van_day.crew:
            yield van_day, member


def duties(plan: Plan) -> Iterator[tuple[int, list[VanDay]]]:
    """Every member who has any, with their van-days in order."""
    found: dict[int, list[VanDay]] = {}
    for van_day in plan.van_days:
        for member in dict.fromkeys(van_day.crew):
            found.setdefault(member, []).append(van_day)
    for member, days in sorted(found.items()):
        yield member, sorted(days, key=lambda d: on_one_clock(d, d.depart))


def overlaps(days: list[VanDay]) -> Iterator[tuple[VanDay, VanDay]]:
    """Each van-day that begins before an earlier one is back, with the one of those that is back last."""
    ordered = sorted(days, key=lambda d: on_one_clock(d, d.depart))
    for n, b in enumerate(ordered[1:], 1):
        last = max(ordered[:n], key=lambda d: on_one_clock(d, d.back))
        if on_one_clock(b, b.depart) < on_one_clock(last, last.back):
            yield last, b


def on_one_clock(d: VanDay, seconds: int) -> int:
    """A second of a van-day counted from the plan's first midnight, so that nights meet the next morning."""
    return d.day * DAY + seconds
