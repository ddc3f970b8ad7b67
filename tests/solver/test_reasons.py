"""Every reason is true if it is applied: the change named is made, and the judge and the engine are asked
again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from solver.check import check
from solver.limits import Until
from solver.marginal import without, worth_of_stops
from solver.plan import Plan
from solver.polish import polished
from solver.problem import HOUR, Anchor, Problem, Shift, Window
from solver.reasons import Explained, explain, sentence, why_not
from solver.solve import solve
from tests.solver.towns import clinic, town

DATES = ("Mon 23 Nov", "Tue 24 Nov")
SOLVED = Until(work=300)


def with_site(problem: Problem, n: int, **change: object) -> Problem:
    sites = list(problem.sites)
    sites[n] = replace(sites[n], **change)  # type: ignore[arg-type]
    return replace(problem, sites=tuple(sites), dates=DATES[: problem.days])


def blocked(code: str) -> Problem:
    """A town of five sites in which the rule `code` keeps every van away from the last."""
    plain = town(5, 2, 1)
    if code == "closed":
        return with_site(plain, 4, windows=())
    if code == "host":
        return with_site(plain, 4, services=frozenset())
    if code == "window":
        return with_site(plain, 4, windows=(Window(1, 10 * HOUR, 11 * HOUR),))
    if code == "no_van":
        return with_site(plain, 4, windows=(Window(1, 17 * HOUR, 20 * HOUR),))
    if code == "too_far":
        far = plain.travel.copy()
        far[:, 4, :] = far[:, :, 4] = 4 * HOUR
        return replace(with_site(plain, 4), travel=far)
    day_off = tuple(replace(m, shifts=tuple(s for s in m.shifts if s.day == 0)) for m in plain.staff[:1])
    only = with_site(plain, 4, windows=(Window(1, 8 * HOUR, 20 * HOUR),))
    return replace(only, staff=(*day_off, *plain.staff[1:]))


CODES = ("closed", "host", "window", "no_van", "too_far", "no_crew")


def about(explained: tuple[Explained, ...], site: int) -> Explained:
    return next(one for one in explained if one.reason.site == site)


def applied(problem: Problem, plan: Plan, one: Explained) -> tuple[Problem, Plan]:
    assert one.placing is not None
    return (one.remedy.apply(problem) if one.remedy else problem), one.placing.applied(plan)


@pytest.mark.parametrize("code", CODES)
def test_the_rule_that_blocks_a_site_is_named_and_the_change_that_lifts_it_does(code: str):
    problem = blocked(code)
    plan = solve(problem, SOLVED).plan
    one = about(explain(problem, plan), 4)
    assert one.reason.code == code
    assert one.remedy is not None
    then, changed = applied(problem, plan, one)
    assert check(then, changed).accepted
    assert not check(problem, changed).accepted or code == "no_crew"
    assert check(then, changed).value - check(problem, plan).value == pytest.approx(
        float(one.reason.facts["gain"]), abs=1e-6
    )


@pytest.mark.parametrize("code", CODES)
def test_the_engine_asked_again_with_the_change_serves_the_site_at_least_as_well(code: str):
    problem = blocked(code)
    plan = solve(problem, SOLVED).plan
    one = about(explain(problem, plan), 4)
    assert one.placing is not None
    then, _ = applied(problem, plan, one)
    forced = one.placing.stop
    promise = Anchor(
        4, one.placing.van_day.day, forced.start, forced.dwell, 4 * HOUR, frozenset({0}), refills_due=1
    )
    again = solve(replace(then, anchors=(promise,)), Until(work=600))
    assert any(s.site == 4 for d in again.plan.van_days for s in d.stops)
    without_promise = again.value - again.score["promise"]
    assert without_promise >= check(problem, plan).value + float(one.reason.facts["gain"]) - 1e-6


def test_the_window_asked_for_is_the_smallest_that_does():
    problem = blocked("closed")
    plan = solve(problem, SOLVED).plan
    one = about(explain(problem, plan), 4)
    assert one.remedy is not None
    _, changed = applied(problem, plan, one)
    for less in (
        replace(one.remedy, starts=one.remedy.starts + 300),
        replace(one.remedy, ends=one.remedy.ends - 300),
    ):
        assert not check(less.apply(problem), changed).accepted


@pytest.mark.parametrize("seed", range(6))
def test_what_a_site_would_displace_and_cost_is_what_the_judge_says(seed: int):
    problem = town(9, 2, 2, seed)
    plan = solve(problem, SOLVED).plan
    value = check(problem, plan).value
    explained = explain(problem, plan)
    assert explained
    for one in explained:
        if one.placing is None:
            continue
        verdict = check(problem, one.placing.applied(plan))
        assert verdict.accepted
        assert verdict.value - value == pytest.approx(float(one.reason.facts["gain"]), abs=1e-6)
        if one.placing.out:
            before = [s for d in plan.van_days for s in d.stops]
            after = {(s.site, s.start) for d in one.placing.applied(plan).van_days for s in d.stops}
            assert [s.site for s in before if (s.site, s.start) not in after][:1] or one.placing.out[
                0
            ] in before


@pytest.mark.parametrize("seed", range(6))
def test_nobody_finds_a_better_place_by_hand_in_a_finished_plan(seed: int):
    problem = town(9, 2, 2, seed)
    plan = solve(problem, SOLVED).plan
    assert polished(problem, plan) == plan
    assert all(float(one.facts.get("gain", 0.0)) <= 1e-6 for one in why_not(problem, plan))


@pytest.mark.parametrize("seed", range(3))
def test_a_stop_is_worth_what_the_plan_loses_without_it(seed: int):
    problem = town(6, 2, 2, seed)
    plan = solve(problem, SOLVED).plan
    value = check(problem, plan).value
    worths = iter(worth_of_stops(problem, plan))
    for at, d in enumerate(plan.van_days):
        for n in range(len(d.stops)):
            assert value - check(problem, without(problem, plan, at, n)).value == pytest.approx(next(worths))


def test_no_stop_on_which_refills_depend_is_offered_as_the_price():
    problem = clinic(1)
    morning = replace(problem.vans[0], shifts=(Shift(0, 9 * HOUR, 13 * HOUR),))
    problem = replace(problem, vans=(morning,))
    plan = solve(problem, SOLVED).plan
    assert [stop.site for d in plan.van_days for stop in d.stops] == [1]
    assert [(one.reason.code, one.placing) for one in explain(problem, plan)] == [("no_room", None)] * 3


def test_a_sentence_has_the_date_and_no_underscore():
    problem = blocked("no_crew")
    reasons = why_not(problem, solve(problem, SOLVED).plan)
    told = next(one for one in reasons if one.site == 4)
    assert "Tue 24 Nov" in told.sentence
    assert "day 2" not in told.sentence
    assert all("_" not in one.sentence for one in reasons)
    assert told.sentence == sentence(told.code, told.facts)


def test_a_plan_without_any_van_day_still_has_a_reason_for_every_site():
    problem = replace(town(3, 1, 1), staff=())
    plan = Plan()
    reasons = why_not(problem, plan)
    assert [one.code for one in reasons] == ["no_crew"] * 3
    assert all(one.sentence for one in reasons)


def test_a_van_that_stays_at_its_base_could_serve_it():
    problem = with_site(town(3, 1, 2), 2, vans=frozenset({1}))
    one_out = solve(replace(problem, vans=problem.vans[:1]), SOLVED).plan
    [left] = explain(problem, one_out)
    assert left.reason.code == "could_add"
    assert left.placing is not None
    assert left.placing.at < 0
    assert check(problem, left.placing.applied(one_out)).accepted


def test_a_longer_shift_is_asked_of_van_and_crew_alike():
    problem = blocked("too_far")
    one = about(explain(problem, solve(problem, SOLVED).plan), 4)
    assert one.remedy is not None
    longer = one.remedy.apply(problem)
    assert any(s == Shift(one.remedy.day, one.remedy.starts, one.remedy.ends) for s in longer.vans[0].shifts)
