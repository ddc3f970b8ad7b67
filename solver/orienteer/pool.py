"""The routes met, each set of sites once, in arrays that compiled code can add to."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
MOST = 40_000
SLOTS = 1 << 18


class Pool:
    """`sites[:count]` and `sizes[:count]` are the routes; `keys` and `table` know which sets were met."""

    def __init__(self, sites: int) -> None:
        self.sites = np.zeros((MOST, sites + 1), np.int16)
        self.sizes = np.zeros(MOST, np.int64)
        self.keys = np.random.default_rng(0).integers(1, 1 << 62, sites)
        self.table = np.zeros(SLOTS, np.int64)
        self.count = 0

    def add(self, routes: Iterable[tuple[int, ...]]) -> None:
        """Take routes found elsewhere, if they visit no site twice and are new."""
        for route in routes:
            if len(set(route)) < len(route) or not route or self.count == MOST:
                continue
            key = int(np.bitwise_xor.reduce(self.keys[list(route)]))
            slot = key & (SLOTS - 1)
            while self.table[slot] not in (0, key):
                slot = (slot + 1) & (SLOTS - 1)
            if self.table[slot] == 0:
                self.table[slot] = key
                self.sites[self.count, : len(route)] = route
                self.sizes[self.count] = len(route)
                self.count += 1

    def keep(self, order: Ints) -> None:
        """Forget all routes but these; what was met once is not met again, unless the memory was full."""
        order = np.sort(order)
        self.sites[: len(order)] = self.sites[order]
        self.sizes[: len(order)] = self.sizes[order]
        self.count = len(order)
        if np.count_nonzero(self.table) > SLOTS // 2:
            self.table[:] = 0

    def routes(self, which: Ints) -> list[tuple[int, ...]]:
        """Some of the routes as tuples of sites."""
        return [tuple(int(s) for s in self.sites[k, : self.sizes[k]]) for k in which]
