"""Trouble at noon: what has begun stays, what was told stays where it can, every change is said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from solver.check import check
from solver.limits import Until
from solver.plan import Plan
from solver.problem import HOUR, Problem
from solver.replan import replan
from solver.solve import solve
from tests.solver.towns import clinic, member, town

NOON = 12 * HOUR


@pytest.fixture(scope="module")
def week() -> tuple[Problem, Plan]:
    problem = town(6, 3, 2)
    spare = (member("spare driver", 3, "driver"), member("spare worker", 3, "harm_reduction"))
    problem = replace(problem, staff=(*problem.staff, *spare))
    return problem, solve(problem, Until(work=600)).plan


def test_nothing_changes_when_nothing_happened(week: tuple[Problem, Plan]):
    problem, plan = week
    repair = replan(problem, plan, 1, NOON)
    assert repair.plan == plan
    assert repair.kept == 1
    assert not repair.changes


def test_a_sick_driver_is_replaced_and_nobody_is_told_anything(week: tuple[Problem, Plan]):
    problem, plan = week
    sick = plan.van_days[-1].crew[0]
    staff = list(problem.staff)
    staff[sick] = replace(staff[sick], shifts=tuple(s for s in staff[sick].shifts if s.day < 2))
    now = replace(problem, staff=tuple(staff))
    repair = replan(now, plan, 1, NOON)
    assert not repair.changes
    assert check(now, repair.plan).accepted


def test_a_closed_site_is_dropped_or_moved_and_said(week: tuple[Problem, Plan]):
    problem, plan = week
    late = next(d for d in plan.van_days if d.day == 2).stops[0]
    sites = list(problem.sites)
    sites[late.site] = replace(sites[late.site], windows=sites[late.site].windows[:2])
    now = replace(problem, sites=tuple(sites))
    repair = replan(now, plan, 1, NOON)
    assert [c.site for c in repair.changes] == [late.site]
    assert repair.changes[0].kind == "dropped"
    assert check(now, repair.plan).accepted


def test_what_a_lost_van_had_begun_stays_and_the_rest_is_handed_over_or_said(week: tuple[Problem, Plan]):
    problem, plan = week
    lost = next(d for d in plan.van_days if d.day == 1)
    vans = list(problem.vans)
    vans[lost.van] = replace(vans[lost.van], shifts=tuple(s for s in vans[lost.van].shifts if s.day == 0))
    now = replace(problem, vans=tuple(vans))
    repair = replan(now, plan, 1, NOON)
    begun = [s for s in lost.stops if s.arrive <= NOON]
    kept = [s for d in repair.plan.van_days if d.day == 1 and d.van == lost.van for s in d.stops]
    assert kept == begun
    assert [d for d in repair.plan.van_days if d.day == 0] == [d for d in plan.van_days if d.day == 0]
    assert repair.changes
    assert all(c.sentence.endswith(".") for c in repair.changes)


def test_a_refill_session_that_cannot_be_kept_is_named():
    problem = clinic(2)
    plan = solve(problem, Until(work=300)).plan
    now = replace(problem, staff=(*problem.staff[:2], replace(problem.staff[2], shifts=())))
    repair = replan(now, plan, 0, 0)
    assert {fault.rule for fault in repair.unmended} == {"refills"}
    assert len(repair.plan.van_days) == len(plan.van_days)
