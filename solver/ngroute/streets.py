"""An orienteer's problem as partial routes walk it: when each site can be served, and where to go on to."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from solver.orienteer import Orienteer

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Arcs = tuple[Ints, Ints]
"""The sites to go on to from each site (the base last), in rows as long as the longest, and how many."""
Day = tuple[Ints, int, Ints, Ints]
"""Stay and drive, when vans start, when each site opens, and the latest it can be served."""
SHORT = 25


class Streets:
    """`reach[i, j]` is stay at i and drive to j, the base last. A site is served from `opens` to `latest`,
    where a van can be there and back between `starts` and `ends`. `metric`: no detour is shorter."""

    def __init__(self, search: Orienteer) -> None:
        n = self.sites = len(search.profit)
        self.profit, self.starts, self.ends = search.profit, search.starts, search.ends
        self.reach = search.travel.astype(np.int64).copy()
        self.reach[:n] += search.stay[:, None]
        self.opens = np.maximum(search.opens, self.starts + self.reach[n, :n])
        self.latest = np.minimum(search.latest, self.ends - self.reach[:n, n])
        there = self.opens <= self.latest
        self.arcs = np.zeros((n + 1, n), np.bool_)
        self.arcs[:n] = self.opens[:, None] + self.reach[:n, :n] <= self.latest[None, :]
        self.arcs &= there[None, :] & np.append(there, True)[:, None]
        self.arcs[n] = there
        np.fill_diagonal(self.arcs[:n], False)
        self.short = self.arcs & self._short()
        self.metric = all(self._no_detour_is_shorter(k) for k in range(n))

    @property
    def forth(self) -> Day:
        """The day as `walk` walks it out of the base."""
        return self.reach, self.starts, self.opens, self.latest

    @property
    def back(self) -> Day:
        """The mirrored day, on which the way home is a way out."""
        return np.ascontiguousarray(self.reach.T), -self.ends, -self.latest, -self.opens

    def neighbours(self, size: int) -> list[set[int]]:
        """The sites nearest to each site, itself among them."""
        n = self.sites
        both = self.reach[:n, :n] + self.reach[:n, :n].T
        np.fill_diagonal(both, -1)
        order = np.argsort(both, axis=1, kind="stable")[:, :size]
        return [{int(k) for k in row} for row in order]

    def ways(self, gain: Floats, arcs: NDArray[np.bool_]) -> tuple[Arcs, Arcs]:
        """Where a walk may go, out and home. Where no detour is shorter, no best route stops for nothing."""
        n = self.sites
        wanted = gain > 1e-9 if self.metric else np.ones(n, np.bool_)
        out = arcs & wanted[None, :] & np.append(wanted, True)[:, None]
        home = np.vstack([out[:n].T, self.arcs[n] & wanted])
        return _lists(out), _lists(home)

    def _short(self) -> NDArray[np.bool_]:
        """The drives from each site to the sites soonest served after it, and from the base to all."""
        n = self.sites
        soon = np.maximum(self.opens[:, None] + self.reach[:n, :n], self.opens[None, :]) - self.opens[:, None]
        soon = np.where(self.arcs[:n], self.reach[:n, :n] + soon, np.iinfo(np.int64).max)
        short = np.ones((n + 1, n), np.bool_)
        short[:n] = np.argsort(np.argsort(soon, axis=1, kind="stable"), axis=1) < SHORT
        return short

    def _no_detour_is_shorter(self, by: int) -> bool:
        n = self.sites
        shorter = self.reach[:, :n] > self.reach[:, [by]] + self.reach[by, :n][None, :]
        shorter[by, :] = False
        shorter[:, by] = False
        np.fill_diagonal(shorter[:n], False)
        return not shorter.any()


def _lists(arcs: NDArray[np.bool_]) -> Arcs:
    count = arcs.sum(axis=1).astype(np.int64)
    rows = np.zeros((len(arcs), max(1, int(count.max()))), np.int64)
    for i, row in enumerate(arcs):
        rows[i, : count[i]] = np.flatnonzero(row)
    return rows, count
