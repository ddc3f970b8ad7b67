"""Small team-orienteering problems, and their best plan by trying everything."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np

from solver.problem import Problem, Shift, Site, Van, Weights, Window

DAY_ENDS = 240


def streets(sites: int = 5, vans: int = 1, seed: int = 0) -> Problem:
    """Sites around a base in the middle, with prizes of 5 to 50 and windows of any length."""
    rng = np.random.default_rng(seed)
    spots = np.vstack([rng.uniform(0, 100, (sites, 2)), [[50, 50]]])
    travel = np.ceil(np.sqrt(((spots[:, None] - spots[None]) ** 2).sum(axis=2))).astype(np.int32)
    opens = rng.integers(0, 150, sites)
    closes = opens + 10 + rng.integers(10, 120, sites)
    prizes = 5 * rng.integers(1, 11, sites)
    places = tuple(
        Site(f"site {n}", windows=(Window(0, int(a), int(b)),), dwell_options=(10,), profit=float(prize))
        for n, (a, b, prize) in enumerate(zip(opens, closes, prizes, strict=True))
    )
    return Problem(
        sites=places,
        vans=tuple(Van(f"van {n}", sites, (Shift(0, 0, DAY_ENDS),)) for n in range(vans)),
        days=1,
        travel=travel[None],
        travel_band=np.zeros((1, 24), np.int8),
        start_step=1,
        weights=Weights(travel_hour=0.0),
    )


def best_by_trying(problem: Problem) -> float:
    """The profit of the best plan: every set of sites a van can serve, and every choice of such sets."""
    served = {
        frozenset(order)
        for size in range(1, len(problem.sites) + 1)
        for order in permutations(range(len(problem.sites)), size)
        if in_time(problem, order)
    }
    worth = {route: sum(problem.sites[s].profit for s in route) for route in served}
    best = max(worth.values(), default=0.0)
    for count in range(2, len(problem.vans) + 1):
        for routes in combinations(served, count):
            if len(frozenset().union(*routes)) == sum(map(len, routes)):
                best = max(best, sum(worth[route] for route in routes))
    return best


def in_time(problem: Problem, order: tuple[int, ...]) -> bool:
    """Whether a van can serve the sites in this order, each in its window, and be back."""
    now, at = 0, len(problem.sites)
    for site in order:
        window = problem.sites[site].windows[0]
        now = max(now + int(problem.travel[0, at, site]), window.opens) + 10
        if now > window.closes:
            return False
        at = site
    return now + int(problem.travel[0, at, len(problem.sites)]) <= DAY_ENDS
