"""Memory: which sites each site remembers. An ng-route may come back to a site once a stop forgot it."""

from __future__ import annotations

import numpy as np

from solver.cuts import Route
from solver.ngroute.streets import Ints, Streets

NEIGHBOURS = 10
REMEMBERED = 24
Listed = tuple[Ints, Ints, Ints]


class Memory:
    """`near[k]` are the sites that a stop at k remembers: its neighbours at first, itself among them."""

    def __init__(self, streets: Streets) -> None:
        self.streets = streets
        self.near = streets.neighbours(NEIGHBOURS)

    def listed(self) -> Listed:
        """What each site remembers as padded lists, their lengths, and bit masks."""
        n = len(self.near)
        rows = np.zeros((n, max(len(part) for part in self.near)), np.int64)
        masks = np.zeros((n, -(-n // 64)), np.uint64)
        for i, part in enumerate(self.near):
            rows[i, : len(part)] = sorted(part)
            for k in part:
                masks[i, k >> 6] |= np.uint64(1 << (k & 63))
        return rows, np.array([len(part) for part in self.near]), masks.view(np.int64)

    def shrink(self) -> bool:
        """Have each site remember only the nearer half; whether there was a half to forget."""
        size = max(len(part) for part in self.near) // 2
        nearest = self.streets.neighbours(max(1, size))
        self.near = [part & few for part, few in zip(self.near, nearest, strict=True)]
        return size >= 2

    def learn(self, route: Route) -> int:
        """Have the stops within each cycle remember where it began; how many learned one more site."""
        learned, last = 0, dict[int, int]()
        for place, site in enumerate(route):
            inside = route[last[site] + 1 : place] if site in last else ()
            if all(site in self.near[k] or len(self.near[k]) < REMEMBERED for k in inside):
                learned += sum(site not in self.near[k] for k in set(inside))
                for k in inside:
                    self.near[k].add(site)
            last[site] = place
        return learned

    def allows(self, route: Route) -> bool:
        """Whether a route is an ng-route of the memory as it is now."""
        memory: set[int] = set()
        for site in route:
            if site in memory:
                return False
            memory = (memory & self.near[site]) | {site}
        return True


def everywhere(n: int) -> Listed:
    """As `Memory.listed`, where everybody remembers everything."""
    return np.zeros((n, 1), np.int64), np.zeros(n, np.int64), np.full((n, -(-n // 64)), -1, np.int64)
