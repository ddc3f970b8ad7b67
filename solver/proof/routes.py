"""Team orienteering: what prices of visits and tolls of cuts prove about every plan."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from solver.certificate import RoutePrices
from solver.problem import Problem
from solver.proof.refusal import CertificateError
from solver.proof.trying import most_profit, near_routes
from solver.proof.walks import Day, Partial, ways_home, ways_out


def routes_bound(problem: Problem, prices: RoutePrices, stated: float) -> float:
    """What the prices prove: Σ visits + Σ tolls + vans × the best route's worth, rounded down to a multiple
    of the profits' greatest common divisor.

    Raises:
        CertificateError: the problem is no team orienteering, or the prices are not for it.
    """
    _refuse(problem, prices)
    kept = sum(prices.visits) + sum(cut.toll for cut in prices.cuts)
    best, vans, step = best_route(problem, prices), len(problem.vans), _finest(problem)
    bound = _rounded(kept + vans * best, step)
    if not prices.settled or bound <= stated:
        return bound
    need = stated + (step or 1e-6) - kept - 1e-6
    found = near_routes(Day(problem, prices, everywhere=True), need - (vans - 1) * best)
    return max(stated, most_profit(problem, found, need))


def best_route(problem: Problem, prices: RoutePrices) -> float:
    """The worth of the best route that never comes back to a site it remembers, 0 if none is worth more."""
    day = Day(problem, prices)
    out, home = ways_out(day, prices.turn), ways_home(day, prices.turn)
    whole = [row[0][0] for row in (*out, *home) if row]
    return max(0.0, -min([0.0, *whole]), *_joined(day, out, home))


def _joined(day: Day, out: list[list[Partial]], home: list[list[Partial]]) -> Iterator[float]:
    """The best worth of each way out with the ways home that follow it."""
    for site in day.sites:
        for worth, time, memory, half in out[site]:
            best = 0.0
            for j in day.sites:
                at = time + day.reach[site][j]
                for more, mirrored, knows, owes in home[j]:
                    if -(worth + more) <= best:
                        break
                    if at <= -mirrored and not memory & knows and site != j:
                        best = max(best, -(worth + more) - day.owed(half & owes))
            yield best


def _rounded(bound: float, step: float) -> float:
    return math.floor(bound / step + 1e-6) * step if step else bound


def _finest(problem: Problem) -> float:
    """The number, in whole hundredths, of which all profits are multiples; 0 where there is none."""
    cents = [Fraction(site.profit).limit_denominator(10_000) * 100 for site in problem.sites]
    if any(cent.denominator > 1 for cent in cents):
        return 0.0
    return math.gcd(*(int(cent) for cent in cents)) / 100


def _refuse(problem: Problem, prices: RoutePrices) -> None:
    """Only prices of the right shape and sign, for a problem in which routes are all there is."""
    n = len(problem.sites)
    if not _is_orienteering(problem):
        raise CertificateError("these prices are for team orienteering, and this problem is more than that")
    if len(prices.visits) != n or len(prices.near) != n:
        raise CertificateError(f"there are {len(prices.visits)} prices of visits for {n} sites")
    if any(not 0 <= price < float("inf") for price in [*prices.visits, *(c.toll for c in prices.cuts)]):
        raise CertificateError("a price is negative or no number; only prices from 0 up prove a bound")
    if any(len(cut.sites) != 3 for cut in prices.cuts):
        raise CertificateError("a cut must name three sites; no other is true of every plan")


def _is_orienteering(problem: Problem) -> bool:
    """One day, prizes only, one window and length a site, all vans alike, and one travel time between two
    places."""
    more = (problem.services, problem.anchors, problem.follow_ups, problem.floors, problem.risk.size)
    duties = {(van.base, van.shifts) for van in problem.vans}
    alike = len(duties) == 1 and all(len(shifts) == 1 and shifts[0].day == 0 for _, shifts in duties)
    plain = all(len(s.windows) <= 1 and len(s.dwell_options) == 1 for s in problem.sites)
    once = all(s.max_vans == 1 for s in problem.sites)
    steady = problem.travel_band.size > 0 and len(np.unique(problem.travel_band)) == 1
    return problem.days == 1 and not any(more) and alike and plain and once and steady
