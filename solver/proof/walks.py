"""Partial routes at given prices, from the base outwards or homewards, by a plain programme.

No code is shared with the engine. A partial route is a tuple of its worth (negated, so that the best comes
first), time, memory (a set of sites as bits) and the cuts whose toll it owes by half; it is dropped when
another at its site is no later, worth no less and remembers no more.
"""

from __future__ import annotations

import heapq
from bisect import insort
from collections.abc import Iterable

import numpy as np

from solver.certificate import RoutePrices
from solver.problem import Problem

Partial = tuple[float, int, int, int]
EPS = 1e-9


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


def ways_home(day: Day, since: int) -> list[list[Partial]]:
    """By first stop, the partial routes worth keeping from it to the base whose service begins after `since`:
    the walk on the mirrored day, so that times are negated."""
    mirrored = [[*column] for column in zip(*day.reach, strict=True)]
    opens, latest = [-t for t in day.latest], [-t for t in day.opens]
    return _walk(day, mirrored, -day.ends, opens, latest, -since - 1)


def ways_out(day: Day, until: int) -> list[list[Partial]]:
    """By last stop, the partial routes worth keeping from the base whose last service begins by `until`."""
    return _walk(day, day.reach, day.starts, day.opens, day.latest, until)


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


def _bits(members: Iterable[int]) -> int:
    return sum(1 << k for k in set(members))
