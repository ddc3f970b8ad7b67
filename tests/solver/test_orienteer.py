"""Team orienteering: against brute force, in towns where a detour may be shorter, and the same every time."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, permutations

import numpy as np
import pytest

from solver.check import check
from solver.limits import Meter, Until
from solver.orienteer import Orienteer, is_orienteering
from solver.orienteer.packing import pack
from solver.orienteer.pool import Pool
from solver.problem import Problem, Shift, Site, Van, Weights, Window
from solver.solve import solve


def a_town(sites: int, vans: int, seed: int, shortcuts: bool = False) -> Problem:
    """Sites with windows and prizes; with `shortcuts`, driving by way of a third site is often shorter."""
    dice = np.random.default_rng(seed)
    xy = dice.uniform(0, 100, (sites + 1, 2))
    travel = np.sqrt(((xy[:, None] - xy[None, :]) ** 2).sum(axis=2)).round().astype(np.int32)
    if shortcuts:
        travel = dice.integers(1, 120, travel.shape).astype(np.int32)
        np.fill_diagonal(travel, 0)
    opens = dice.integers(0, 200, sites)
    return Problem(
        sites=tuple(
            Site(
                name=f"site {k}",
                windows=(Window(0, int(opens[k]), int(opens[k]) + 100),),
                dwell_options=(int(dice.integers(5, 20)),),
                profit=float(dice.integers(1, 30)),
            )
            for k in range(sites)
        ),
        vans=tuple(Van(f"van {v}", base=sites, shifts=(Shift(0, 0, 300),)) for v in range(vans)),
        days=1,
        travel=travel[None],
        travel_band=np.zeros((1, 24), np.int8),
        start_step=1,
        weights=Weights(travel_hour=0.0),
        seed=seed,
    )


def can_be_driven(problem: Problem, route: tuple[int, ...]) -> bool:
    base = problem.vans[0].base
    now, at = 0, base
    for s in route:
        window, stay = problem.sites[s].windows[0], problem.sites[s].dwell_options[0]
        now = max(now + int(problem.travel[0, at, s]), window.opens) + stay
        if now > window.closes:
            return False
        at = s
    return now + int(problem.travel[0, at, base]) <= problem.vans[0].shifts[0].ends


def best_by_trying_everything(problem: Problem) -> float:
    sites = range(len(problem.sites))
    sets = [
        frozenset(some)
        for size in range(len(problem.sites) + 1)
        for some in combinations(sites, size)
        if any(can_be_driven(problem, order) for order in permutations(some))
    ]
    worth = {s: sum(problem.sites[k].profit for k in s) for s in sets}
    if len(problem.vans) == 1:
        return max(worth.values())
    return max(worth[a] + worth[b] for a in sets for b in sets if not a & b)


def searched(problem: Problem, work: int) -> Orienteer:
    meter = Meter(Until(work=work))
    search = Orienteer(problem, meter)
    search.first()
    while meter.left():
        search.improve()
    return search


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("vans", [1, 2])
def test_in_a_tiny_town_nothing_is_better_than_what_is_found(seed: int, vans: int):
    problem = a_town(6, vans, seed, shortcuts=seed % 2 == 1)
    assert is_orienteering(problem)
    assert searched(problem, 60).value == best_by_trying_everything(problem)


@pytest.mark.parametrize("seed", range(4))
def test_plans_keep_every_rule_even_where_a_detour_is_shorter(seed: int):
    problem = a_town(40, 3, seed, shortcuts=True)
    search = searched(problem, 150)
    verdict = check(problem, search.plan())
    assert verdict.accepted
    assert verdict.value == search.value > 0


def test_every_route_kept_for_the_packing_can_be_driven_and_none_is_kept_twice():
    problem = a_town(40, 3, 1, shortcuts=True)
    pool = searched(problem, 150).pool
    routes = pool.routes(np.arange(pool.count))
    assert len(routes) > 50
    assert len({frozenset(r) for r in routes}) == len(routes)
    assert all(can_be_driven(problem, r) for r in routes)


def test_the_same_seed_gives_the_same_plan_and_another_seed_another_way_there():
    problem = a_town(40, 2, 5)
    one, two = searched(problem, 120), searched(problem, 120)
    other = searched(replace(problem, seed=6), 120)
    assert one.plan() == two.plan()
    assert one.pool.routes(np.arange(one.pool.count)) == two.pool.routes(np.arange(two.pool.count))
    assert one.pool.routes(np.arange(one.pool.count)) != other.pool.routes(np.arange(other.pool.count))


def test_the_search_spends_no_more_work_than_it_has():
    meter = searched(a_town(30, 2, 0), 777).meter
    assert 777 <= meter.work <= 777 + 100


def test_sites_without_a_prize_or_out_of_reach_are_left_alone():
    problem = a_town(8, 1, 3)
    worthless = replace(problem.sites[0], profit=0.0)
    never = replace(problem.sites[1], windows=(Window(0, 0, 1),))
    problem = replace(problem, sites=(worthless, never, *problem.sites[2:]))
    visited = {int(s) for s in searched(problem, 30).best.ravel()}
    assert not visited & {0, 1}


def test_a_packing_is_the_best_of_all_choices_of_routes():
    dice = np.random.default_rng(7)
    profit = dice.integers(1, 20, 9).astype(float)
    pool = Pool(9)
    pool.add(tuple(int(s) for s in dice.permutation(9)[:3]) for _ in range(14))
    routes = pool.routes(np.arange(pool.count))
    best = max(
        sum(profit[list(a)].sum() for a in some)
        for some in combinations(routes, 2)
        if not set(some[0]) & set(some[1])
    )
    found = pack(pool.sites[: pool.count], pool.sizes[: pool.count], profit, 2, 0.0, 1.0)
    assert found.chosen is not None
    chosen = pool.routes(found.chosen)
    assert sum(profit[list(r)].sum() for r in chosen) == best
    assert len({s for r in chosen for s in r}) == sum(len(r) for r in chosen)
    assert pack(pool.sites[: pool.count], pool.sizes[: pool.count], profit, 2, best, 1.0).chosen is None


def test_a_route_with_a_cycle_is_not_taken_into_the_pool():
    pool = Pool(5)
    pool.add([(1, 2, 1), (1, 2), (2, 1), ()])
    assert pool.routes(np.arange(pool.count)) == [(1, 2)]


def test_the_public_call_proves_what_the_search_finds():
    problem = a_town(7, 2, 2)
    result = solve(problem, Until(work=2_000))
    assert result.value == best_by_trying_everything(problem) <= result.bound + 1e-6
