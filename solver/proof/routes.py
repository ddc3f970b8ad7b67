"""Team orienteering: the best route at given prices, by a plain programme from both ends of the day.

No code is shared with the engine. A partial route is a tuple of its worth, time, memory (a set of sites as
bits) and the cuts whose toll it owes by half; it is dropped when another at its site is no later, worth no
less and remembers no more.
"""

from __future__ import annotations

import heapq
import math
from bisect import insort
from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np

from solver.certificate import RoutePrices
from solver.problem import Problem
from solver.proof.refusal import CertificateError

Partial = tuple[float, int, int, int]
EPS = 1e-9


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
    out = _walk(day, day.reach, day.starts, day.opens, day.latest, prices.turn)
    mirrored = [[*column] for column in zip(*day.reach, strict=True)]
    opens, latest = [-t for t in day.latest], [-t for t in day.opens]
    home = _walk(day, mirrored, -day.ends, opens, latest, -prices.turn - 1)
    whole = [row[0][0] for row in (*out, *home) if row]
    return max(0.0, -min([0.0, *whole]), *_joined(day, out, home))


def near_routes(day: Day, least: float) -> dict[int, float]:
    """By set of sites, as bits, the worth of a route that serves it: every set of which any order is worth
    `least` or more is there. Of two orders with one last stop the earlier is followed."""
    mirrored = [[*column] for column in zip(*day.reach, strict=True)]
    opens, latest = [-t for t in day.latest], [-t for t in day.opens]
    home = _walk(day, mirrored, -day.ends, opens, latest, 1 << 60)
    found: dict[int, float] = {}
    layer = {(len(day.gain), 0): (day.starts, 0.0, 0)}
    while layer:
        after: dict[tuple[int, int], tuple[int, float, int]] = {}
        for (site, visited), (time, worth, half) in layer.items():
            for j in day.sites:
                at = max(time + day.reach[site][j], day.opens[j])
                if visited >> j & 1 or at > day.latest[j]:
                    continue
                if not _hopeful(day, home[j], visited, at, worth, half, least):
                    continue
                still, key = half & day.remember[j], (j, visited | 1 << j)
                won = worth + day.gain[j] - day.owed(still & day.member[j])
                if key not in after or at < after[key][0]:
                    after[key] = (at, won, still ^ day.member[j])
        for (_, visited), (_, worth, _) in after.items():
            if worth >= least:
                found[visited] = max(worth, found.get(visited, worth))
        layer = after
    return found


def most_profit(problem: Problem, routes: dict[int, float], need: float) -> float:
    """The most profit of up to as many of these sets as there are vans, none sharing a site, whose worths add
    up to `need`; 0 where there is no such choice."""
    sets = sorted(routes, key=lambda visited: -routes[visited])
    profit = {v: sum(s.profit for i, s in enumerate(problem.sites) if v >> i & 1) for v in sets}

    def best(rest: list[int], vans: int, lacking: float) -> float:
        top = 0.0
        for n, chosen in enumerate(rest):
            if routes[chosen] + (vans - 1) * max(0.0, routes[chosen]) < lacking:
                break
            left = lacking - routes[chosen]
            room = left - (vans - 2) * max(0.0, routes[chosen])
            later = [v for v in rest[n + 1 :] if not v & chosen and routes[v] >= room] if vans > 1 else []
            more = best(later, vans - 1, left)
            if left <= 0 or more > 0:
                top = max(top, profit[chosen] + more)
        return top

    return best(sets, len(problem.vans), need)


def _hopeful(
    day: Day, home: list[Partial], visited: int, at: int, worth: float, half: int, least: float
) -> bool:
    """Whether some way home from a stop makes a route worth `least`."""
    for more, mirrored, knows, owes in home:
        if worth - more < least:
            return False
        if at <= -mirrored and not visited & knows and worth - more - day.owed(half & owes) >= least:
            return True
    return False


class Day:
    """Sites worth a stop at these prices (or all); `reach[i][j]`: stay at i, drive to j; the base is last."""

    def __init__(self, problem: Problem, prices: RoutePrices, *, everywhere: bool = False) -> None:
        shift, n = problem.vans[0].shifts[0], len(problem.sites)
        rows = [*range(n), problem.vans[0].base]
        travel = problem.travel[problem.travel_band.flat[0]][np.ix_(rows, rows)].astype(np.int64)
        stay = [s.setup_seconds + s.dwell_options[0] + s.packdown_seconds for s in problem.sites]
        reach = travel + np.array([*stay, 0])[:, None]
        self.reach: list[list[int]] = reach.tolist()
        self.starts, self.ends, self.tolls = shift.starts, shift.ends, [cut.toll for cut in prices.cuts]
        windows = [next((w for w in s.windows if w.day == 0), None) for s in problem.sites]
        self.opens = [
            max(w.opens if w else self.ends + 1, self.starts + self.reach[n][i])
            for i, w in enumerate(windows)
        ]
        self.latest = [
            min((w.closes if w else 0) - stay[i], self.ends - self.reach[i][n]) for i, w in enumerate(windows)
        ]
        self.gain = [s.profit - price for s, price in zip(problem.sites, prices.visits, strict=True)]
        self.near = [_bits(part) for part in prices.near]
        self.member = [_bits(k for k, c in enumerate(prices.cuts) if i in c.sites) for i in range(n)]
        self.remember = [_bits(k for k, c in enumerate(prices.cuts) if i in c.memory) for i in range(n)]
        short = _no_detour_is_shorter(reach)
        self.sites = [i for i in range(n) if self.opens[i] <= self.latest[i]]
        self.sites = [i for i in self.sites if self.gain[i] > EPS or not short or everywhere]

    def owed(self, cuts: int) -> float:
        """The tolls of a set of cuts."""
        total = 0.0
        while cuts:
            total += self.tolls[(cuts & -cuts).bit_length() - 1]
            cuts &= cuts - 1
        return total


def _walk(
    day: Day, reach: list[list[int]], starts: int, opens: list[int], latest: list[int], until: int
) -> list[list[Partial]]:
    """By site, the partial routes worth keeping whose last stop begins by `until`: worth (negated, so that
    the best comes first), time, memory, half owed."""
    kept: list[list[Partial]] = [[] for _ in opens]
    queue: list[tuple[int, float, int, int, int]] = []
    _step(day, reach, opens, latest, until, (starts, 0.0, 0, 0, len(opens)), kept, queue)
    while queue:
        label = heapq.heappop(queue)
        time, worth, memory, half, site = label
        if not _beaten(day, kept[site], worth, time, memory, half):
            insort(kept[site], (worth, time, memory, half))
            _step(day, reach, opens, latest, until, label, kept, queue)
    return kept


def _step(
    day: Day,
    reach: list[list[int]],
    opens: list[int],
    latest: list[int],
    until: int,
    label: tuple[int, float, int, int, int],
    kept: list[list[Partial]],
    queue: list[tuple[int, float, int, int, int]],
) -> None:
    """Queue every next stop of a partial route."""
    time, worth, memory, half, site = label
    for j in day.sites:
        at = max(time + reach[site][j], opens[j])
        if at > latest[j] or at > until or j == site or memory >> j & 1:
            continue
        still = half & day.remember[j]
        total = worth - day.gain[j] + day.owed(still & day.member[j])
        knows = memory & day.near[j] | 1 << j
        if not _beaten(day, kept[j], total, at, knows, still ^ day.member[j]):
            heapq.heappush(queue, (at, total, knows, still ^ day.member[j], j))


def _beaten(day: Day, kept: list[Partial], worth: float, time: int, memory: int, half: int) -> bool:
    for other, at, knows, owes in kept:
        if other > worth + EPS:
            return False
        if at <= time and not knows & ~memory and other + day.owed(owes & ~half) <= worth + EPS:
            return True
    return False


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


def _no_detour_is_shorter(reach: np.ndarray) -> bool:
    """Whether leaving out a stop never makes a route later. Then no best route stops where it gains
    nothing."""
    n = len(reach) - 1
    for by in range(n):
        shorter = reach > reach[:, [by]] + reach[[by], :]
        shorter[by, :] = shorter[:, by] = False
        np.fill_diagonal(shorter, False)
        if shorter.any():
            return False
    return True


def _rounded(bound: float, step: float) -> float:
    return math.floor(bound / step + 1e-6) * step if step else bound


def _finest(problem: Problem) -> float:
    """The number, in whole hundredths, of which all profits are multiples; 0 where there is none."""
    cents = [Fraction(site.profit).limit_denominator(10_000) * 100 for site in problem.sites]
    if any(cent.denominator > 1 for cent in cents):
        return 0.0
    return math.gcd(*(int(cent) for cent in cents)) / 100


def _bits(members: Iterator[int] | Sequence[int] | frozenset[int]) -> int:
    return sum(1 << k for k in set(members))


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
