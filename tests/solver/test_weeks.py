"""Weeks are priced and crewed apart, and what they share still holds."""

from __future__ import annotations

from itertools import pairwise

import pytest

import solver.roster.parts as parts
from benchmarks.plans import generate
from solver.check import check
from solver.limits import Until
from solver.plan import Plan
from solver.problem import Problem
from solver.roster import Duty, assign
from solver.solve import solve
from solver.turns import LEAD
from tests.solver.bounds import begun

HOUR = 3600


@pytest.fixture(scope="module")
def fortnight() -> Problem:
    return generate(1, 12, 14, 3)


def test_a_bound_lowered_week_by_week_is_what_its_prices_prove_for_the_whole(fortnight: Problem) -> None:
    bound = begun(fortnight)
    for _ in range(LEAD + 24):
        bound.improve(1)
        assert bound.proven == pytest.approx(bound.pool.kept(bound.prices) + bound._of_groups(bound.best))
    assert len(bound.weeks) == 2
    assert bound.turns.begun
    assert bound.price(bound.prices) == pytest.approx(bound.value, rel=1e-6)


def test_prices_that_weeks_share_are_in_both_wide_parts_and_in_neither_alone(fortnight: Problem) -> None:
    weeks = begun(fortnight).weeks
    both = weeks.wide[0].entries & weeks.wide[1].entries
    assert both.any()
    assert not (both & (weeks.own[0].entries | weeks.own[1].entries)).any()
    assert (weeks.wide[0].entries | weeks.wide[1].entries).all()


def test_a_second_week_begins_with_the_prices_of_the_first(fortnight: Problem) -> None:
    bound = begun(fortnight)
    bound.improve(LEAD)
    before = bound.value
    bound.improve(1)
    assert bound.turns.begun
    assert bound.value < before


def test_people_rest_between_weeks_that_are_crewed_apart(
    fortnight: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "MOST_TOGETHER", 0)
    late, early = (15 * HOUR, 23 * HOUR), (7 * HOUR, 15 * HOUR)
    duties = [
        Duty(day, *hours, frozenset({0}), slot=(0, 2 * day + n))
        for day in range(14)
        for n, hours in enumerate((early, late))
    ]
    crews, proven = assign(fortnight, duties)
    assert not proven
    assert any(crew for crew in crews[12:14])
    assert any(crew for crew in crews[14:16])
    for (a, one), (b, two) in pairwise(
        (duty, crew) for duty, crew in zip(duties, crews, strict=True) if crew is not None
    ):
        for m in set(one) & set(two):
            away = (b.day - a.day) * 24 * HOUR + b.depart - a.back
            assert away >= fortnight.staff[m].min_rest_seconds


def test_a_plan_crewed_week_by_week_passes_the_judge(
    fortnight: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "MOST_TOGETHER", 0)
    result = solve(fortnight, Until(work=600))
    assert result.plan != Plan()
    assert check(fortnight, result.plan).accepted
    assert result.bound >= result.value
