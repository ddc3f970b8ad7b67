"""A bound rests on its prices: the judge prices them again, and no doctored certificate passes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from solver.bound import Bound
from solver.certificate import DutyPrices, PricedCut, PricedStay, PricedWork, RoutePrices
from solver.check import CertificateError, confirm
from solver.files import certificate_from_json, certificate_to_json
from solver.goods import Goods
from solver.ground import Ground
from solver.improve import Improver
from solver.limits import Meter, Until
from solver.plan import Result
from solver.problem import HOUR, Floor, FollowUp, MealBreak, Problem, ProblemError, Shift, Van
from solver.proof.duty import Duty, best_duty
from solver.proof.stays import Stays
from solver.solve import solve
from solver.vanday import best_days
from tests.solver.orienteering import best_by_trying, streets
from tests.solver.towns import clinic, town

TOWNS = {
    "day": town(2, 1, 1, 0),
    "two days": town(4, 2, 1, 1),
    "two vans": town(5, 1, 2, 2),
    "refills": clinic(2),
    "floors": replace(
        town(4, 3, 2, 3), floors=(Floor(0, 0, 3 * HOUR),), follow_ups=(FollowUp(0, frozenset({0}), 0, 2),)
    ),
    "no meal": replace(town(3, 1, 1, 4), meal_break=None),
    "two shifts": replace(
        town(3, 1, 1, 5),
        vans=(Van("van", 3, (Shift(0, 8 * HOUR, 12 * HOUR), Shift(0, 12 * HOUR, 18 * HOUR))),),
    ),
}


@pytest.fixture(scope="module")
def planned() -> dict[str, Result]:
    return {name: solve(problem, Until(work=400)) for name, problem in TOWNS.items()}


@pytest.mark.parametrize("name", TOWNS)
def test_the_judge_proves_the_bound_of_a_programmes_plan(name: str, planned: dict[str, Result]):
    result = planned[name]
    assert isinstance(result.certificate, DutyPrices)
    proven = confirm(TOWNS[name], result.certificate, result.bound)
    assert result.value - 1e-9 <= proven <= result.bound + 1e-6
    assert proven == pytest.approx(result.bound, rel=0.02)


def test_a_published_plan_and_a_promise_are_in_the_bound_too(planned: dict[str, Result]):
    problem = replace(TOWNS["refills"], published=planned["refills"].plan)
    result = solve(problem, Until(work=400))
    assert result.certificate is not None
    assert confirm(problem, result.certificate, result.bound) >= result.value - 1e-9


@pytest.mark.parametrize("seed", range(6))
def test_the_judge_proves_the_bound_of_team_orienteering(seed: int):
    problem = streets(6, 1 + seed % 3, seed)
    result = solve(problem, Until(work=300))
    assert result.certificate is not None
    proven = confirm(problem, result.certificate, result.bound)
    assert proven >= best_by_trying(problem)


def test_cuts_and_memory_are_proven_with_the_prices():
    problem = streets(6, 2, 3)
    every = frozenset(range(6))
    tight = RoutePrices((0.0,) * 6, (PricedCut(frozenset({0, 1, 2}), every, 4.0),), (every,) * 6, 120)
    loose = replace(tight, near=tuple(frozenset({n}) for n in range(6)), cuts=())
    plain = confirm(problem, replace(tight, cuts=()), 1e9)
    assert best_by_trying(problem) <= confirm(problem, tight, 1e9) <= plain + 4.0
    assert confirm(problem, loose, 1e9) >= plain


@pytest.mark.parametrize("name", TOWNS)
def test_a_bound_lowered_by_hand_is_refused(name: str, planned: dict[str, Result]):
    certificate, bound = planned[name].certificate, planned[name].bound
    assert certificate is not None
    with pytest.raises(CertificateError, match="prices prove only"):
        confirm(TOWNS[name], certificate, bound - 0.05 * abs(bound))


def test_a_price_lowered_by_hand_is_refused(planned: dict[str, Result]):
    certificate, bound = planned["two days"].certificate, planned["two days"].bound
    assert isinstance(certificate, DutyPrices)
    risk = TOWNS["two days"].risk.sum(axis=(1, 2))
    dearest = int(np.argmax(risk * certificate.tangent))
    doctored = replace(certificate, tangent=_put(certificate.tangent, dearest, 0.0))
    with pytest.raises(CertificateError, match="prices prove only"):
        confirm(TOWNS["two days"], doctored, bound)


def test_a_visits_price_lowered_by_hand_is_refused():
    problem = streets(6, 2, 1)
    result = solve(problem, Until(work=300))
    assert isinstance(result.certificate, RoutePrices)
    free = replace(result.certificate, visits=(0.0,) * 6, cuts=())
    with pytest.raises(CertificateError, match="prices prove only"):
        confirm(problem, free, result.bound)


@pytest.mark.parametrize("name", ["two days", "two shifts"])
def test_an_engine_that_forgets_a_kind_of_duty_is_found_out(name: str):
    problem = TOWNS[name]
    ground = Ground(problem)
    forgotten = ground.kinds.pop()
    goods, meter = Goods(ground), Meter(Until(work=400))
    improver, bound = Improver(ground, goods, meter), Bound(ground, goods)
    improver.first()
    bound.begin(improver.draft)
    for _ in range(4):
        bound.improve()
    certificate = bound.certificate()
    assert forgotten.day < problem.days
    assert certificate is not None
    with pytest.raises(CertificateError, match="prices prove only"):
        confirm(problem, certificate, bound.value)


def test_prices_below_nothing_or_for_another_problem_are_refused(planned: dict[str, Result]):
    certificate = planned["day"].certificate
    assert isinstance(certificate, DutyPrices)
    with pytest.raises(CertificateError, match="exposure is negative"):
        confirm(TOWNS["day"], replace(certificate, tangent=_put(certificate.tangent, 0, -1.0)), 1e9)
    with pytest.raises(CertificateError, match="prices of exposure where the problem has"):
        confirm(TOWNS["two days"], certificate, 1e9)
    with pytest.raises(CertificateError, match="more than that"):
        confirm(TOWNS["day"], RoutePrices((), (), (), 0), 1e9)
    with pytest.raises(CertificateError, match="for 6 sites"):
        confirm(streets(6), RoutePrices((), (), (), 0), 1e9)


def test_rooms_that_plans_may_exceed_prove_nothing(planned: dict[str, Result]):
    certificate = planned["two days"].certificate
    assert isinstance(certificate, DutyPrices)
    apart = PricedStay(0, frozenset({0, 1}), 0.5)
    with pytest.raises(CertificateError, match="as if no plan could"):
        confirm(TOWNS["two days"], replace(certificate, stays=(apart,)), 1e9)
    week = PricedWork(frozenset({"driver"}), 0, None, 8 * HOUR, 9 * HOUR, 0.1)
    with pytest.raises(CertificateError, match="of a week"):
        confirm(TOWNS["two days"], replace(certificate, work=(week,)), 1e9)
    two = RoutePrices(
        (0.0,) * 5, (PricedCut(frozenset({0, 1}), frozenset({0, 1}), 1.0),), (frozenset(),) * 5, 9
    )
    with pytest.raises(CertificateError, match="three sites"):
        confirm(streets(5), two, 1e9)


@pytest.mark.parametrize("meal", [None, MealBreak(4 * HOUR, 1800)])
@pytest.mark.parametrize("seed", range(3))
def test_the_plain_programme_finds_the_engines_best_van_day(seed: int, meal: MealBreak | None):
    problem = replace(town(4, 1, 1, seed), meal_break=meal)
    ground = Ground(problem)
    goods = Goods(ground)
    bound = Bound(ground, goods)
    kind = ground.kinds[0]
    routes, _ = best_days(kind.lattice, bound.pricing.prizes(0, bound.prices), drive_cost=0.02 / HOUR)
    plain = _plain_duty(problem, bound)
    assert best_duty(plain) == pytest.approx(routes[0].prize, abs=1e-9)


@pytest.mark.parametrize("name", ["refills", "two vans"])
def test_certificates_survive_their_files(name: str, planned: dict[str, Result]):
    certificate = planned[name].certificate
    assert certificate is not None
    assert certificate_from_json(certificate_to_json(certificate)) == certificate
    routes = solve(streets(), Until(work=50)).certificate
    assert routes is not None
    assert certificate_from_json(certificate_to_json(routes)) == routes
    with pytest.raises(ProblemError, match="no certificate"):
        certificate_from_json('{"kind": "Wish"}')


def _put(prices: tuple[float, ...], at: int, price: float) -> tuple[float, ...]:
    return (*prices[:at], price, *prices[at + 1 :])


def _plain_duty(problem: Problem, bound: Bound) -> Duty:
    """The first shift at the bound's first prices, which have no certificate yet."""
    flat = [tuple(part.tolist()) for part in (bound.prices.tangent, bound.prices.chord, bound.prices.theta)]
    prices = DutyPrices(*flat, (0.0,) * len(problem.sites), (), (), (), (), (), ())
    stays, shift = Stays(problem, 0), problem.vans[0].shifts[0]
    worth = stays.worth(prices, frozenset({0}), 0)
    return Duty(
        problem, 0, problem.vans[0].base, shift.starts, shift.ends, shift.ends - shift.starts, worth,
        stays.length, 0.0, lambda second: 0.0 * second,
    )  # fmt: skip


def long_day(rest: int = 11 * HOUR) -> Problem:
    """One crew that is there from seven to eleven at night, and a van with two shifts."""
    plain = town(4, 1, 1, 7)
    day = (Shift(0, 7 * HOUR, 15 * HOUR), Shift(0, 15 * HOUR, 23 * HOUR))
    whole = (Shift(0, 7 * HOUR, 23 * HOUR),)
    staff = tuple(
        replace(m, shifts=whole, max_day_seconds=16 * HOUR, min_rest_seconds=rest) for m in plain.staff
    )
    return replace(plain, vans=(Van("van", 4, day),), staff=staff)


def test_nobody_is_hoped_to_work_two_long_duties_without_their_rest():
    rested, tireless = solve(long_day(), Until(work=1500)), solve(long_day(rest=0), Until(work=1500))
    assert rested.value < 0.9 * tireless.value
    assert rested.bound < 0.97 * tireless.bound
    assert isinstance(rested.certificate, DutyPrices)
    assert any(row.longer_than > 0 for row in rested.certificate.work)
    assert confirm(long_day(), rested.certificate, rested.bound) >= rested.value - 1e-9
    with pytest.raises(CertificateError, match="prices prove only"):
        confirm(long_day(rest=0), rested.certificate, rested.bound)


def test_lengths_are_told_apart_only_where_duties_are_counted(planned: dict[str, Result]):
    certificate = planned["two days"].certificate
    assert isinstance(certificate, DutyPrices)
    hours = PricedWork(frozenset({"driver"}), 0, 0, 0, 7 * 24 * HOUR, 0.1, longer_than=HOUR)
    with pytest.raises(CertificateError, match="told apart by their length"):
        confirm(TOWNS["two days"], replace(certificate, work=(hours,)), 1e9)
