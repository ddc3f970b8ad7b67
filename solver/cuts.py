"""Cuts of three sites: of the routes that visit two of them or more, a plan drives at most one.

A route owes a cut's toll for every second visit to its sites. What is owed by half is forgotten outside the
cut's memory, which makes the best route cheap to find and leaves the cut true: forgetting only lowers what
is owed.
"""

# ruff: noqa: ANN001, ANN202 - compiled functions take their types from the call
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numba import njit

Route = tuple[int, ...]
LEAST = 0.03
MOST_A_SITE = 5


@dataclass(frozen=True)
class Cut:
    """Three sites, and the sites (these among them) at which a half paid toll is remembered."""

    sites: frozenset[int]
    memory: frozenset[int]

    def owed(self, route: Route) -> int:
        """How many tolls a route owes."""
        half, total = False, 0
        for site in route:
            if site not in self.memory:
                half = False
            elif site in self.sites:
                total += half
                half = not half
        return total


def violated(routes: Sequence[Route], used: Sequence[float], sites: int, most: int) -> list[Cut]:
    """The cuts that a fractional use of routes breaks worst, few at any one site."""
    visits = np.zeros((len(routes), sites), np.int64)
    for row, route in enumerate(routes):
        np.add.at(visits[row], list(route), 1)
    triples, broken = _broken(visits, np.array(used, np.float64), LEAST)
    cuts, at = list[Cut](), np.zeros(sites, np.int64)
    for n in np.argsort(-broken, kind="stable"):
        triple = triples[n]
        if len(cuts) < most and (at[triple] < MOST_A_SITE).all():
            at[triple] += 1
            chosen = frozenset(int(s) for s in triple)
            cuts.append(Cut(chosen, _memory(chosen, routes)))
    return cuts


def _memory(sites: frozenset[int], routes: Sequence[Route]) -> frozenset[int]:
    """Where the tolls of these routes must be remembered to be paid."""
    memory = set(sites)
    for route in routes:
        places = [p for p, site in enumerate(route) if site in sites]
        for a, b in pairwise(places):
            memory.update(route[a:b])
    return frozenset(memory)


@njit(cache=True, nogil=True)
def _broken(visits, used, least):  # type: ignore[no-untyped-def]
    """Triples of sites whose second visits add up to more than 1 + least, and by how much more than 1."""
    rows, sites = visits.shape
    pair = np.zeros((sites, sites))
    for r in range(rows):
        for a in range(sites):
            if visits[r, a] > 0:
                for b in range(sites):
                    if a != b:
                        pair[a, b] += used[r] * ((visits[r, a] + visits[r, b]) // 2)
    pair = np.maximum(pair, pair.T)
    triples = np.empty((4000, 3), np.int64)
    broken = np.empty(4000)
    found = 0
    for a in range(sites):
        for b in range(a + 1, sites):
            if pair[a, b] <= 0.0:
                continue
            for c in range(sites):
                met = (a < c < b and pair[a, c] > 0) or (c < a and pair[a, c] + pair[b, c] > 0)
                if c in (a, b) or met:
                    continue
                if pair[a, b] + pair[a, c] + pair[b, c] <= 1.0 + least:
                    continue
                total = 0.0
                for r in range(rows):
                    total += used[r] * ((visits[r, a] + visits[r, b] + visits[r, c]) // 2)
                if total > 1.0 + least and found < len(broken):
                    triples[found, 0], triples[found, 1], triples[found, 2] = a, b, c
                    broken[found] = total - 1.0
                    found += 1
    return triples[:found], broken[:found]
