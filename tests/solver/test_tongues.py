"""What a host requires is spoken aboard; what it wishes, where colleagues can bring it by changing places."""

from __future__ import annotations

from dataclasses import replace

import pytest

from solver.check import check
from solver.limits import Until
from solver.plan import Plan
from solver.problem import Problem
from solver.solve import solve
from solver.tongues import missing
from tests.solver.towns import member, town

SPANISH = frozenset({"es"})


def asking(problem: Problem, **languages: frozenset[str]) -> Problem:
    return replace(problem, sites=tuple(replace(s, **languages) for s in problem.sites))  # type: ignore[arg-type]


def with_a_speaker(problem: Problem, role: str = "harm_reduction") -> Problem:
    return replace(problem, staff=(*problem.staff, member("ines", problem.days, role, languages=SPANISH)))


def test_a_required_language_is_spoken_at_every_stop():
    problem = asking(with_a_speaker(town(4, 2, 1)), required_languages=SPANISH)
    plan = solve(problem, Until(work=300)).plan
    assert plan.van_days
    assert check(problem, plan).accepted
    assert all(not missing(problem, d) for d in plan.van_days)


def test_without_a_speaker_only_hosts_that_do_not_ask_are_visited():
    plain = town(4, 1, 1)
    problem = replace(plain, sites=(*plain.sites[:3], replace(plain.sites[3], required_languages=SPANISH)))
    plan = solve(problem, Until(work=300)).plan
    assert plan.van_days
    assert 3 not in {s.site for d in plan.van_days for s in d.stops}
    assert check(problem, plan).accepted


def test_the_judge_refuses_a_crew_that_does_not_speak():
    problem = town(4, 1, 1)
    plan = solve(problem, Until(work=300)).plan
    broken = check(asking(problem, required_languages=SPANISH), plan).broken
    assert {fault.rule for fault in broken} == {"language"}
    assert "speaks es" in broken[0].sentence


def test_a_wish_is_met_by_a_colleague_and_its_price_is_in_the_score():
    problem = asking(town(4, 1, 1), languages=SPANISH)
    alone = solve(problem, Until(work=300))
    hours = sum(s.dwell for d in alone.plan.van_days for s in d.stops) / 3600
    assert alone.score["language"] == pytest.approx(-problem.weights.language * hours)
    helped = solve(with_a_speaker(problem), Until(work=300))
    assert helped.score["language"] == 0
    assert check(with_a_speaker(problem), helped.plan).accepted
    assert helped.value <= helped.bound + 1e-9


def test_a_wish_puts_nobody_more_aboard():
    problem = asking(with_a_speaker(town(4, 1, 1), "case_manager"), languages=SPANISH)
    plan: Plan = solve(problem, Until(work=300)).plan
    assert [len(d.crew) for d in plan.van_days] == [2]
