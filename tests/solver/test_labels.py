"""Partial routes from both ends of the day, joined, find the best route that trying every order finds."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from solver.certificate import PricedCut, RoutePrices
from solver.cuts import Cut
from solver.limits import Meter, Until
from solver.ngroute import NgBound
from solver.ngroute.pricing import VisitPrices
from solver.orienteer import Orienteer
from solver.proof.routes import best_route
from tests.solver.orienteering import in_time, streets


@pytest.mark.parametrize("turn", [0, 60, 120, 180, 240])
@pytest.mark.parametrize("seed", range(12))
def test_wherever_the_halves_meet_the_best_route_is_found(seed: int, turn: int):
    problem = streets(6, 1, seed)
    meter = Meter(Until())
    bound = NgBound(Orienteer(problem, meter))
    rng = np.random.default_rng(seed)
    visits, tolls = rng.uniform(0, 1.1, 6) * bound.streets.profit, np.array([6.0])
    cut = Cut(frozenset({0, 1, 2}), frozenset(range(6)))
    bound.pricing.turn = turn
    found = bound.pricing.best(VisitPrices(visits, tolls), [cut], 1e-6, meter, exact=True)
    gain = bound.streets.profit - visits
    orders = (o for n in range(1, 7) for o in permutations(range(6), n) if in_time(problem, o))
    best = max(float(gain[list(order)].sum()) - 6.0 * cut.owed(order) for order in orders)
    assert found is not None
    assert found[0] == pytest.approx(max(best, 1e-6))
    everybody = (frozenset(range(6)),) * 6
    prices = RoutePrices(tuple(visits.tolist()), (PricedCut(cut.sites, cut.memory, 6.0),), everybody, turn)
    assert best_route(problem, prices) == pytest.approx(max(best, 0.0))
