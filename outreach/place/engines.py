"""Engines: shortest paths between many places at once. One protocol, one default; faster ones are extras."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from outreach.place.arcs import Arcs

SOURCES_AT_ONCE = 64


class Engine(Protocol):
    """Answers with the cost of the cheapest path from each source to each target, infinite where none is."""

    name: str

    def table(
        self, arcs: Arcs, sources: NDArray[np.int32], targets: NDArray[np.int32], limit: float = np.inf
    ) -> NDArray[np.float32]:
        """Costs in the unit of `arcs.cost`, shape (sources, targets); those past `limit` may be infinite."""
        ...


class Scipy:
    """Dijkstra's algorithm in compiled code, a handful of sources at a time to keep memory low."""

    name = "scipy"

    def table(
        self, arcs: Arcs, sources: NDArray[np.int32], targets: NDArray[np.int32], limit: float = np.inf
    ) -> NDArray[np.float32]:
        """See `Engine.table`."""
        graph, found = matrix_of(arcs), np.empty((len(sources), len(targets)), np.float32)
        for first in range(0, len(sources), SOURCES_AT_ONCE):
            chunk = slice(first, first + SOURCES_AT_ONCE)
            found[chunk] = dijkstra(graph, indices=sources[chunk], limit=limit)[:, targets]
        return found


def matrix_of(arcs: Arcs) -> csr_array:
    """The arcs as a sparse matrix; free arcs stay arcs."""
    starts = np.searchsorted(arcs.tails, np.arange(arcs.count + 1))
    shape = (arcs.count, arcs.count)
    return csr_array((arcs.cost.astype(np.float64), arcs.heads, starts.astype(np.int32)), shape=shape)


def cheapest_path(arcs: Arcs, source: int, target: int, guess: float) -> list[int]:
    """The arcs of the cheapest path in order, empty where there is none. `guess` is a likely cost: the
    search stays within a few times of it while that suffices."""
    graph = matrix_of(arcs)
    for limit in (guess, 4 * guess, np.inf):
        costs, steps = dijkstra(graph, indices=[source], limit=limit, return_predecessors=True)
        cost, came = costs[0], steps[0]
        if np.isfinite(cost[target]):
            return _walk_back(arcs, came, source, target)
    return []


def _walk_back(arcs: Arcs, came: NDArray[np.int32], source: int, target: int) -> list[int]:
    keys = arcs.tails.astype(np.int64) * arcs.count + arcs.heads
    path: list[int] = []
    while target != source:
        before = int(came[target])
        path.append(int(np.searchsorted(keys, before * arcs.count + target)))
        target = before
    return path[::-1]
