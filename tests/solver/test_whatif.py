"""What would help is true if it is applied: the change is made, the plan passes the judge, the gain is the
judge's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from solver.check import check
from solver.limits import Until
from solver.problem import Problem
from solver.solve import solve
from solver.whatif import offers
from tests.solver.towns import clinic, town

SOLVED = Until(work=300)


def without_a_second_prescriber() -> Problem:
    base = clinic(2)
    only_first = replace(base.staff[2], shifts=base.staff[2].shifts[:1])
    valued = replace(base.services[1], hourly_value=0.05)
    return replace(base, services=(base.services[0], valued), staff=(*base.staff[:2], only_first))


def one_van() -> Problem:
    return town(6, 2, 1, 3)


def two_vans() -> Problem:
    return town(6, 2, 2, 4)


PROBLEMS = [one_van, two_vans, without_a_second_prescriber]


@pytest.mark.parametrize("make", PROBLEMS)
def test_every_offer_is_worth_what_it_says(make: Callable[[], Problem]):
    problem = make()
    plan = solve(problem, SOLVED).plan
    value = check(problem, plan).value
    found = offers(problem, plan)
    assert found
    for one in found:
        verdict = check(one.remedy.apply(problem), one.plan)
        assert verdict.accepted, one.sentence
        assert verdict.value - value == pytest.approx(one.gain, abs=1e-9)
        assert not check(problem, one.plan).accepted


@pytest.mark.parametrize("make", PROBLEMS)
def test_the_engine_asked_anew_gains_at_least_as_much(make: Callable[[], Problem]):
    problem = make()
    result = solve(problem, SOLVED)
    for one in offers(problem, result.plan):
        again = solve(one.remedy.apply(problem), Until(work=600))
        assert again.value >= result.value + one.gain - 1e-6


def test_a_prescriber_is_asked_for_where_one_is_lacking():
    problem = without_a_second_prescriber()
    found = offers(problem, solve(problem, SOLVED).plan)
    asked = next(one for one in found if one.facts.get("role") == "prescriber")
    assert asked.facts["day"] == 1
    assert "One more person in the role of prescriber aboard" in asked.sentence


def test_an_empty_plan_has_no_offers():
    problem = replace(town(3, 1, 1), staff=())
    assert offers(problem, solve(problem, SOLVED).plan) == ()
