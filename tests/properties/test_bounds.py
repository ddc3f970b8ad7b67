"""Whatever the problem: no plan is worth more than the bound, and one more van takes nothing away."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from solver.check import check, confirm
from solver.limits import Until
from solver.problem import HOUR, Problem, Shift, Van
from solver.solve import solve
from tests.solver.orienteering import best_by_trying, streets
from tests.solver.test_solve import every_plan
from tests.solver.towns import member, town

FEW = settings(max_examples=8, deadline=None, derandomize=True)


@given(sites=st.integers(1, 6), vans=st.integers(1, 3), seed=st.integers(0, 10_000))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_a_route_bound_is_no_less_than_the_best_plan_of_all(sites: int, vans: int, seed: int):
    problem = streets(sites, vans, seed)
    best = best_by_trying(problem)
    result = solve(problem, Until(work=200))
    assert result.value - 1e-9 <= best <= result.bound + 1e-9
    assert result.certificate is not None
    assert best <= confirm(problem, result.certificate, result.bound) + 1e-9


@given(seed=st.integers(0, 10_000), hours=st.integers(3, 8))
@FEW
def test_a_programmes_bound_is_no_less_than_the_best_plan_of_all(seed: int, hours: int):
    plain = town(2, 1, 1, seed)
    van = replace(plain.vans[0], shifts=(Shift(0, 8 * HOUR, (8 + hours) * HOUR),))
    problem = replace(plain, start_step=1800, vans=(van,))
    best = max(v.value for v in (check(problem, plan) for plan in every_plan(problem)) if v.accepted)
    result = solve(problem, Until(work=150))
    assert result.value - 1e-9 <= best <= result.bound + 1e-9
    assert result.certificate is not None
    assert best <= confirm(problem, result.certificate, result.bound) + 1e-9


@given(sites=st.integers(2, 6), vans=st.integers(1, 2), seed=st.integers(0, 10_000))
@settings(max_examples=15, deadline=None, derandomize=True)
def test_one_more_van_lowers_no_route_bound_and_the_plan_stays_good(sites: int, vans: int, seed: int):
    _one_more_takes_nothing(streets(sites, vans, seed), streets(sites, vans + 1, seed))


@given(sites=st.integers(1, 4), days=st.integers(1, 2), seed=st.integers(0, 10_000))
@FEW
def test_one_more_van_and_crew_lower_no_programmes_bound(sites: int, days: int, seed: int):
    small = town(sites, days, 1, seed)
    crew = (member("driver x", days, "driver"), member("worker x", days, "harm_reduction"))
    spare = Van("spare", sites, small.vans[0].shifts)
    _one_more_takes_nothing(small, replace(small, vans=(*small.vans, spare), staff=(*small.staff, *crew)))


def _one_more_takes_nothing(small: Problem, large: Problem) -> None:
    """At the same prices the bound is no lower, what is proven of more vans covers the plans of fewer, and
    those plans stand."""
    less, more = solve(small, Until(work=150)), solve(large, Until(work=150))
    assert less.certificate is not None
    assert more.certificate is not None
    same = confirm(large, less.certificate, 1e9)
    assert same >= confirm(small, less.certificate, less.bound) - 1e-9
    assert more.bound >= less.value - 1e-9
    warm = check(large, less.plan)
    assert warm.accepted
    assert warm.value >= less.value - 1e-9
