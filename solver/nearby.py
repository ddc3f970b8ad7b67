"""Nearby: the part of a plan that some van-days can clash with. Rules hold within a van-day, or between two
that share a van, a site or a member of the crew; so a change is judged by looking at these alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from solver.check import BETWEEN, WITHIN, Broken, broken
from solver.plan import Plan, VanDay
from solver.problem import Problem


def nearby(plan: Plan, touched: Sequence[VanDay]) -> Plan:
    """The van-days that share a van, a site or a member of the crew with those touched, themselves
    included."""
    vans = {d.van for d in touched}
    sites = {s.site for d in touched for s in d.stops}
    crew = {m for d in touched for m in d.crew}
    return Plan(tuple(
        d for d in plan.van_days
        if d.van in vans or not crew.isdisjoint(d.crew) or any(s.site in sites for s in d.stops)
    ))  # fmt: skip


def clashes(problem: Problem, plan: Plan, touched: Sequence[VanDay]) -> Iterator[Broken]:
    """What the touched van-days break in a plan they are part of, sessions with refills aside: by themselves,
    then together with those nearby. `any` of it is known at the first."""
    yield from broken(problem, Plan(tuple(touched)), WITHIN)
    yield from broken(problem, nearby(plan, touched), BETWEEN)
