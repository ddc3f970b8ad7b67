"""The judge refuses each kind of broken plan by the name of its rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from solver.check import check
from solver.limits import Until
from solver.plan import Plan, Stop, VanDay
from solver.problem import HOUR, Member, Problem, Shift, Window
from solver.solve import solve
from tests.solver.towns import clinic, town

CLINIC = clinic()


@pytest.fixture(scope="module")
def good() -> Plan:
    return solve(CLINIC, Until(work=400)).plan


def mutated(plan: Plan, change: Callable[[VanDay], VanDay], at: int = 0) -> Plan:
    days = list(plan.van_days)
    days[at] = change(days[at])
    return Plan(tuple(days))


def with_stop(n: int, **change: object) -> Callable[[VanDay], VanDay]:
    def apply(d: VanDay) -> VanDay:
        stops = list(d.stops)
        stops[n] = replace(stops[n], **change)  # type: ignore[arg-type]
        return replace(d, stops=tuple(stops))

    return apply


def rules(problem: Problem, plan: Plan) -> set[str]:
    return {fault.rule for fault in check(problem, plan).broken}


def test_the_plan_of_the_engine_is_accepted_and_keeps_the_session_with_refills(good: Plan):
    verdict = check(CLINIC, good)
    assert verdict.accepted
    assert verdict.score["promise"] == CLINIC.weights.promise


def late_start(d: VanDay) -> VanDay:
    stop = d.stops[0]
    moved = replace(stop, arrive=stop.arrive + 60, start=stop.start + 60, leave=stop.leave + 60)
    return replace(d, stops=(moved, *d.stops[1:]))


MUTATIONS: list[tuple[str, Callable[[VanDay], VanDay]]] = [
    ("shift", lambda d: replace(d, back=17 * HOUR)),
    ("empty", lambda d: replace(d, stops=())),
    ("travel", lambda d: replace(d, depart=d.stops[0].arrive)),
    ("travel", lambda d: replace(d, back=d.stops[-1].leave)),
    ("setup", lambda d: with_stop(0, arrive=d.stops[0].start)(d)),
    ("packdown", lambda d: with_stop(0, leave=d.stops[0].end)(d)),
    ("dwell", lambda d: with_stop(0, dwell=d.stops[0].dwell - 600)(d)),
    ("on_the_clock", late_start),
    ("meal_break", lambda d: replace(d, break_start=None)),
    ("meal_break", lambda d: replace(d, break_start=d.stops[0].start)),
    ("site_twice", lambda d: replace(d, stops=(*d.stops, d.stops[-1]))),
    ("host", with_stop(0, services=frozenset({0, 1, 2}))),
    ("base_service", with_stop(0, services=frozenset())),
    ("staffed", lambda d: replace(d, crew=d.crew[:1])),
    ("two_vans", lambda d: replace(d, crew=(*d.crew, d.crew[0]))),
    ("window", lambda d: with_stop(0, arrive=7 * HOUR)(d)),
]


@pytest.mark.parametrize(
    ("rule", "change"), MUTATIONS, ids=[f"{n}-{r}" for n, (r, _) in enumerate(MUTATIONS)]
)
def test_a_mutated_plan_is_refused_by_the_rule_it_breaks(
    good: Plan, rule: str, change: Callable[[VanDay], VanDay]
):
    problem = CLINIC
    if rule == "host":
        problem = replace(CLINIC, services=(*CLINIC.services, replace(CLINIC.services[0], name="wound care")))
    assert rule in rules(problem, mutated(good, change))


def test_a_session_with_refills_due_cannot_be_dropped(good: Plan):
    assert "refills" in rules(CLINIC, Plan(good.van_days[1:]))


def test_a_session_with_refills_due_needs_its_prescriber(good: Plan):
    at = next(n for n, d in enumerate(good.van_days) if d.day == 0)
    without = mutated(good, lambda d: replace(d, crew=d.crew[:2]), at)
    assert "staffed" in rules(CLINIC, without)


def test_a_prescriber_may_serve_from_afar_but_a_driver_may_not(good: Plan):
    def remote(name: str) -> Problem:
        staff = tuple(replace(m, remote=m.name == name) for m in CLINIC.staff)
        return replace(CLINIC, staff=staff)

    assert "staffed" not in rules(remote("prescriber"), good)
    assert "staffed" in rules(remote("driver 0"), good)


def test_a_van_cannot_be_out_twice_at_once(good: Plan):
    twice = Plan((good.van_days[0], *good.van_days))
    assert {"shift", "van_twice", "two_vans"} <= rules(CLINIC, twice)


def a_night_and_its_morning(vans: int = 1) -> tuple[Problem, Plan]:
    """One site; out from 24:20 to 27:40 of the first day and from 01:20 to 04:40 of the second: at once."""
    plain = town(1, 2, vans)
    day = (Shift(0, 0, 30 * HOUR), Shift(1, 0, 30 * HOUR))
    night = replace(
        plain,
        sites=(replace(plain.sites[0], windows=tuple(Window(d, 0, 30 * HOUR) for d in (0, 1))),),
        vans=tuple(replace(v, shifts=day) for v in plain.vans),
        staff=tuple(replace(m, shifts=day, min_rest_seconds=0) for m in plain.staff),
    )
    outs = []
    for number, depart in enumerate((24 * HOUR + 1200, HOUR + 1200)):
        start = depart + 2400
        stop = Stop(0, start - 600, start, 2 * HOUR, start + 2 * HOUR + 600, frozenset({0}))
        crew = (0, 1) if vans == 1 else (2 * number, 2 * number + 1)
        outs.append(VanDay(number % vans, number, depart, depart + 12000, (stop,), crew))
    return night, Plan(tuple(outs))


def test_a_van_and_its_crew_are_out_once_across_midnight_too():
    assert {"van_twice", "two_vans", "rest"} <= rules(*a_night_and_its_morning())


def test_two_vans_do_not_stand_at_a_site_at_once_across_midnight():
    problem, plan = a_night_and_its_morning(vans=2)
    assert rules(problem, plan) == {"crowd"}


def test_more_vans_than_fit_do_not_stand_at_a_site_at_once():
    problem = town(4, 1, 2)
    plan = solve(problem, Until(work=300)).plan
    copied = Plan((plan.van_days[0], replace(plan.van_days[0], van=1, crew=plan.van_days[1].crew)))
    assert {"crowd", "spacing"} <= rules(problem, copied)


def test_stays_nearer_than_the_spacing_are_refused():
    problem = town(4, 2, 1)
    days = solve(problem, Until(work=300)).plan.van_days
    again = Plan((days[0], replace(days[0], day=1)))
    spaced = replace(problem, sites=tuple(replace(s, spacing_days=2) for s in problem.sites))
    assert "spacing" not in rules(problem, again)
    assert "spacing" in rules(spaced, again)


def with_members(problem: Problem, **change: object) -> Problem:
    staff: tuple[Member, ...] = tuple(replace(m, **change) for m in problem.staff)  # type: ignore[arg-type]
    return replace(problem, staff=staff)


def test_hours_rest_shifts_and_certificates_bind(good: Plan):
    assert "day_hours" in rules(with_members(CLINIC, max_day_seconds=HOUR), good)
    assert "week_hours" in rules(with_members(CLINIC, max_week_seconds=HOUR), good)
    assert "rest" in rules(with_members(CLINIC, min_rest_seconds=23 * HOUR), good)
    assert "on_shift" in rules(with_members(CLINIC, shifts=()), good)
    lapsed = replace(CLINIC, staff=tuple(replace(m, roles=()) for m in CLINIC.staff))
    assert "staffed" in rules(lapsed, good)


def test_a_van_that_a_site_does_not_allow_is_refused(good: Plan):
    sites = tuple(replace(s, vans=frozenset()) for s in CLINIC.sites)
    assert "van_fits" in rules(replace(CLINIC, sites=sites), good)


def test_nonsense_is_refused_before_any_rule_is_asked():
    stop = Stop(99, 0, 0, 3600, 3600)
    assert rules(town(), Plan((VanDay(7, 0, 0, 1, (stop,)),))) == {"unknown"}


def test_exposure_follows_the_definition_in_the_manual():
    problem = replace(town(1, 1, 1), risk=np.full((2, 1, 6), 0.5))
    stop = Stop(0, 35400, 36000, 7200, 43800, frozenset({0}))
    plan = Plan((VanDay(0, 0, 34200, 45000, (stop,), (0, 1)),))
    z = 2 * np.array([1.0, np.exp(-1)]) * (0.5 / 3.0)
    assert check(problem, plan).score["reach"] == pytest.approx(float((3.0 * (1 - np.exp(-1.2 * z))).sum()))


def test_a_hand_edit_is_judged_in_milliseconds():
    import time

    problem = town(20, 14, 2)
    plan = solve(problem, Until(work=200)).plan
    began = time.process_time()
    check(problem, plan)
    assert time.process_time() - began < 0.1
