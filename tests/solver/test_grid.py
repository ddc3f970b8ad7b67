"""A thousand sites are too many to price often: good van-days apart stand in, and the bound stays true."""

from __future__ import annotations

import pytest

import solver.bound as bounds
from benchmarks.plans import generate
from solver.grid import APART, days_apart
from solver.problem import Problem
from solver.vanday import best_days
from tests.solver.bounds import begun

COST = 0.02 / 3600


@pytest.fixture(scope="module")
def many_vans() -> Problem:
    return generate(8, 40, 2, 1)


def test_van_days_apart_share_no_site_and_none_beats_the_best(many_vans: Problem) -> None:
    bound = begun(many_vans)
    for number, kind in enumerate(bound.ground.kinds):
        prizes = bound.pricing.prizes(number, bound.prices)
        routes = days_apart(kind.lattice, prizes, COST)
        best, _ = best_days(kind.lattice, prizes, drive_cost=COST)
        stops = [i for route in routes for i, _, _ in route.stops]
        assert 1 < len(routes) <= APART
        assert len(stops) == len(set(stops))
        assert all(0 < route.prize <= best[0].prize + 1e-9 for route in routes)


def test_a_bound_begun_with_van_days_apart_is_lower_at_once_and_true(
    many_vans: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = begun(many_vans)
    plain.improve(1)
    monkeypatch.setattr(bounds, "MANY_SITES", 0)
    apart = begun(many_vans)
    apart.improve(1)
    assert apart.proven < plain.proven
    assert apart.price(apart.prices) == pytest.approx(apart.proven, rel=1e-9)
    plain.improve(20)
    assert apart.proven > plain.value - 1e-9
