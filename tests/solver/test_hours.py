"""The hours in which a crew exists: none is lost to a longer span whose people may work less."""

from __future__ import annotations

from dataclasses import replace

from solver.check import check
from solver.hours import duty_windows
from solver.limits import Until
from solver.problem import HOUR, Problem
from solver.solve import solve
from tests.solver.towns import BASE, member, town


def short_and_long() -> Problem:
    """People who are there all day for four hours' work, and people who are there in the morning for six."""
    there = [member(f"all day {role}", 1, role, ends=18, max_day_seconds=4 * HOUR) for role in BASE]
    early = [member(f"morning {role}", 1, role, ends=14, max_day_seconds=10 * HOUR) for role in BASE]
    return replace(town(4, 1, 1, 0), staff=(*there, *early))


def test_a_shorter_span_in_which_duties_may_be_longer_is_kept():
    windows = duty_windows(short_and_long(), 0, 8 * HOUR, 16 * HOUR, frozenset({0}))
    assert windows == [(8 * HOUR, 16 * HOUR, 4 * HOUR), (8 * HOUR, 14 * HOUR, 6 * HOUR)]


def test_the_plan_uses_the_longer_duty_and_the_bound_allows_for_it():
    problem = short_and_long()
    result = solve(problem, Until(work=600))
    (day,) = result.plan.van_days
    assert day.back - day.depart > 4 * HOUR
    assert check(problem, result.plan).accepted
    assert result.bound >= result.value - 1e-9
