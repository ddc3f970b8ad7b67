"""Trouble at noon: what has begun stays, what was told stays where it can, every change is said."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest

from solver.check import check
from solver.limits import Until
from solver.plan import Plan, Stop, VanDay
from solver.problem import HOUR, Member, Problem, Shift
from solver.replan import Repair, replan
from solver.solve import solve
from tests.solver.towns import clinic, member, town

NOON = 12 * HOUR


@pytest.fixture(scope="module")
def week() -> tuple[Problem, Plan]:
    problem = town(6, 3, 2)
    spare = (member("spare driver", 3, "driver"), member("spare worker", 3, "harm_reduction"))
    problem = replace(problem, staff=(*problem.staff, *spare))
    return problem, solve(problem, Until(work=600)).plan


def without(member: Member, *days: int) -> Member:
    return replace(member, shifts=tuple(s for s in member.shifts if s.day not in days))


def standing(plan: Plan, day: int, van: int) -> VanDay:
    return next(d for d in plan.van_days if (d.day, d.van) == (day, van))


def test_nothing_changes_when_nothing_happened(week: tuple[Problem, Plan]):
    problem, plan = week
    repair = replan(problem, plan, 1, NOON)
    assert repair.plan == plan
    assert repair.kept == 1
    assert repair.proven
    assert not repair.changes


def test_a_sick_driver_is_replaced_and_nobody_is_told_anything(week: tuple[Problem, Plan]):
    problem, plan = week
    sick = plan.van_days[-1].crew[0]
    staff = list(problem.staff)
    staff[sick] = without(staff[sick], 2)
    now = replace(problem, staff=tuple(staff))
    repair = replan(now, plan, 1, NOON)
    assert not repair.changes
    assert check(now, repair.plan).accepted


def test_a_closed_site_is_dropped_or_moved_and_said(week: tuple[Problem, Plan]):
    problem, plan = week
    late = next(d for d in plan.van_days if d.day == 2).stops[0]
    sites = list(problem.sites)
    sites[late.site] = replace(sites[late.site], windows=sites[late.site].windows[:2])
    now = replace(problem, sites=tuple(sites), dates=("Mon 23 Nov", "Tue 24 Nov", "Wed 25 Nov"))
    repair = replan(now, plan, 1, NOON)
    assert [c.site for c in repair.changes] == [late.site]
    assert repair.changes[0].kind == "dropped"
    assert "Wed 25 Nov" in repair.changes[0].sentence
    assert repair.proven
    assert check(now, repair.plan).accepted


def lost_van(problem: Problem, plan: Plan) -> tuple[Problem, VanDay]:
    lost = next(d for d in plan.van_days if d.day == 1)
    vans = list(problem.vans)
    vans[lost.van] = replace(vans[lost.van], shifts=tuple(s for s in vans[lost.van].shifts if s.day == 0))
    return replace(problem, vans=tuple(vans)), lost


def test_what_a_lost_van_had_begun_stays_and_the_rest_is_handed_over_or_said(week: tuple[Problem, Plan]):
    problem, plan = week
    now, lost = lost_van(problem, plan)
    repair = replan(now, plan, 1, NOON)
    begun = [s for s in lost.stops if s.arrive <= NOON]
    kept = [s for d in repair.plan.van_days if d.day == 1 and d.van == lost.van for s in d.stops]
    assert kept == begun
    assert [d for d in repair.plan.van_days if d.day == 0] == [d for d in plan.van_days if d.day == 0]
    assert repair.changes
    assert all(c.sentence.endswith(".") for c in repair.changes)


def test_a_van_that_was_to_stay_at_its_base_takes_over_a_whole_day():
    problem = town(4, 1, 2)
    planned = Plan(solve(replace(problem, vans=problem.vans[:1]), Until(work=300)).plan.van_days)
    lost = replace(problem, vans=(replace(problem.vans[0], shifts=()), problem.vans[1]))
    repair = replan(lost, planned, 0, 0)
    assert not repair.changes
    assert [d.van for d in repair.plan.van_days] == [1]
    assert check(lost, repair.plan).accepted


def test_a_van_held_up_does_what_it_still_can():
    problem = town(6, 1, 1)
    plan = solve(problem, Until(work=300)).plan
    now = plan.van_days[0].stops[0].start
    held = plan.van_days[0].stops[0].leave + 2 * HOUR
    repair = replan(problem, plan, 0, now, late={0: held})
    assert repair.plan.van_days[0].stops[0] == plan.van_days[0].stops[0]
    assert all(s.arrive >= held for s in repair.plan.van_days[0].stops[1:])
    assert repair.changes
    assert not repair.unmended


def test_ten_minutes_late_is_no_change_to_anybody():
    problem = replace(
        town(6, 1, 1), staff=(member("d", 1, "driver", ends=20), member("w", 1, "harm_reduction", ends=20))
    )
    plan = solve(problem, Until(work=300)).plan
    shift = replace(problem.vans[0].shifts[0], ends=17 * HOUR)
    now = replace(problem, vans=(replace(problem.vans[0], shifts=(shift,)),))
    first = plan.van_days[0].stops[0]
    repair = replan(now, plan, 0, first.start, late={0: first.leave + 600})
    assert not repair.changes
    assert check(now, repair.plan).accepted


def test_a_refill_session_that_cannot_be_kept_is_named():
    problem = clinic(2)
    plan = solve(problem, Until(work=300)).plan
    now = replace(problem, staff=(*problem.staff[:2], replace(problem.staff[2], shifts=())))
    repair = replan(now, plan, 0, 0)
    assert {fault.rule for fault in repair.unmended} == {"refills"}
    assert len(repair.plan.van_days) == len(plan.van_days)


def test_the_prescriber_leaves_a_stop_nobody_promised_for_the_refills():
    """Two prescribers, one sick: the other's van gives up medication so that the promised session is kept."""
    base = clinic(1)
    crew = (member("driver 2", 1, "driver"), member("worker 2", 1, "harm_reduction"))
    van = replace(base.vans[0], name="van 1")
    both = replace(
        base, vans=(base.vans[0], van), staff=(*base.staff, *crew, member("second", 1, "prescriber"))
    )
    alone = solve(base, Until(work=300)).plan.van_days[0]
    free = next(n for n in range(4) if all(s.site != n for s in alone.stops))
    stop = Stop(free, 11 * HOUR, 11 * HOUR + 600, HOUR, 12 * HOUR + 1200, frozenset({0, 1}))
    away = abs(4 - free) * 600
    other = VanDay(1, 0, stop.arrive - away, stop.leave + away, (stop,), (3, 4, 5))
    plan = Plan((alone, other))
    assert check(both, plan).accepted
    sick = replace(both, staff=(*both.staff[:2], without(both.staff[2], 0), *both.staff[3:]))
    repair = replan(sick, plan, 0, 0)
    assert not repair.unmended
    assert {c.kind for c in repair.changes} == {"reduced"}
    assert check(sick, repair.plan).accepted


def test_a_spike_is_worth_a_change_only_within_the_budget(week: tuple[Problem, Plan]):
    problem, plan = week
    visited = {s.site for d in plan.van_days if d.day >= 1 for s in d.stops}
    quiet = next(n for n in range(6) if n not in visited or n == 5)
    risk = problem.risk.copy()
    risk[2 * quiet, 1:, :] *= 50
    spike = replace(problem, risk=risk)
    assert replan(spike, plan, 1, 8 * HOUR).plan == plan
    spent = replan(spike, plan, 1, 8 * HOUR, budget=1)
    assert spent.spent <= 1
    assert len(spent.changes) == spent.spent
    assert spent.value >= check(replace(spike, published=plan), plan).value
    assert check(spike, spent.plan).accepted


def brute(problem: Problem, plan: Plan, day: int, now: int) -> int:
    """The fewest stops to leave out, tried one set after another: every van takes any of the rest."""
    open_stops = [(d, s) for d in plan.van_days if d.day == day for s in d.stops if s.arrive > now]
    for lost in range(len(open_stops) + 1):
        for out in combinations(open_stops, lost):
            gone = {id(s) for _, s in out}
            cut = Plan(tuple(
                replace(d, stops=tuple(s for s in d.stops if id(s) not in gone)) for d in plan.van_days
            ))  # fmt: skip
            trial = Plan(tuple(d for d in cut.van_days if d.stops))
            if not replan(problem, trial, day, now).changes:
                return lost
    return len(open_stops)


@pytest.mark.parametrize("seed", range(4))
def test_no_smaller_set_of_changes_would_do(seed: int):
    problem = town(5, 2, 2, seed)
    plan = solve(problem, Until(work=300)).plan
    now, _ = lost_van(problem, plan)
    repair = replan(now, plan, 1, 10 * HOUR)
    assert repair.fewest <= brute(now, plan, 1, 10 * HOUR) <= len(repair.changes)
    assert repair.proven


def test_a_repair_answers_in_a_tenth_of_a_second(week: tuple[Problem, Plan]):
    import time

    problem, plan = week
    now, _ = lost_van(problem, plan)
    began = time.process_time()
    replan(now, plan, 1, NOON)
    assert time.process_time() - began < 0.25


def test_a_member_who_comes_at_noon_is_no_help_for_the_morning():
    problem = town(4, 1, 1)
    plan = solve(problem, Until(work=300)).plan
    late = replace(member("late driver", 1, "driver"), shifts=(Shift(0, 12 * HOUR, 18 * HOUR),))
    now = replace(problem, staff=(without(problem.staff[0], 0), problem.staff[1], late))
    repair: Repair = replan(now, plan, 0, 0)
    assert check(now, repair.plan).accepted
    assert all(d.depart >= 12 * HOUR for d in repair.plan.van_days)
    assert repair.changes
