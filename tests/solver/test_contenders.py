"""Trying every route that a better plan could drive: none is forgotten, and the best choice is found."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from solver.certificate import RoutePrices
from solver.check import CertificateError, confirm
from solver.contenders import best_packing
from solver.limits import Meter, Until
from solver.ngroute import NgBound
from solver.ngroute.pricing import VisitPrices
from solver.orienteer import Orienteer
from solver.problem import Problem
from tests.solver.orienteering import best_by_trying, streets


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("vans", [1, 2, 3, 4])
def test_the_best_choice_of_sets_is_the_one_that_trying_all_finds(vans: int, seed: int):
    rng = np.random.default_rng(seed)
    sets = rng.integers(1, 1 << 10, (14, 2)) & rng.integers(0, 1 << 10, (14, 2))
    worth = np.sort(rng.normal(3.0, 2.0, 14))[::-1].copy()
    profit = rng.integers(1, 30, 14).astype(float)
    need, beat = 2.0 * vans, 10.0
    best = beat
    for count in range(1, vans + 1):
        for chosen in combinations(range(14), count):
            apart = all(not (sets[a] & sets[b]).any() for a, b in combinations(chosen, 2))
            if apart and worth[list(chosen)].sum() >= need:
                best = max(best, profit[list(chosen)].sum())
    done, _, found, pick = best_packing(sets, worth, profit, vans, need, beat, 10**9)
    assert done
    assert found >= best
    if found > beat:
        chosen = pick[pick >= 0]
        assert profit[chosen].sum() == found
        assert all(not (sets[a] & sets[b]).any() for a, b in combinations(chosen, 2))


@pytest.mark.parametrize("seed", range(12))
def test_settling_finds_the_best_plan_at_any_prices(seed: int):
    problem = streets(6, 1 + seed % 3, seed)
    search = Orienteer(problem, Meter(Until(work=10**6)))
    bound = NgBound(search)
    rng = np.random.default_rng(seed)
    prices = VisitPrices(rng.uniform(0.0, 1.2, 6) * search.profit, np.zeros(0))
    bound.least = prices.kept + len(problem.vans) * float(search.profit.sum())
    assert bound._most(0.0, prices, search.meter) == best_by_trying(problem)
    assert search.value == best_by_trying(problem)


@pytest.mark.parametrize("seed", range(6))
def test_a_settled_certificate_proves_the_best_value_and_nothing_less(seed: int):
    problem = streets(6, 1 + seed % 3, seed)
    best = best_by_trying(problem)
    prices = RoutePrices(_some_prices(problem, seed), (), (frozenset(range(6)),) * 6, 120, settled=True)
    assert confirm(problem, prices, best) == best
    with pytest.raises(CertificateError, match="prices prove only"):
        confirm(problem, prices, best - 5.0)


def _some_prices(problem: Problem, seed: int) -> tuple[float, ...]:
    rng = np.random.default_rng(seed)
    return tuple(
        float(share * s.profit) for share, s in zip(rng.uniform(0, 1, 6), problem.sites, strict=True)
    )
