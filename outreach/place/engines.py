"""Engines: shortest paths between many places at once. One protocol, one default, a faster extra."""

from __future__ import annotations

import hashlib
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from outreach.place.arcs import Arcs

SOURCES_AT_ONCE = 64
FEW_SOURCES = 32


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


class Hierarchies:
    """Customisable contraction hierarchies by RoutingKit (extra `[fast]`): a network is ordered once, then
    each traffic band costs milliseconds. For a handful of sources plain Dijkstra is quicker.

    Raises:
        ImportError: pyroutingkit is not installed.
    """

    name = "contraction hierarchies"

    def __init__(self) -> None:
        # An extra without types: everything it is asked stands in this class.
        self._kit: Any = import_module("pyroutingkit")
        self._plain = Scipy()
        self._ordered: tuple[bytes, Any] | None = None

    def table(
        self, arcs: Arcs, sources: NDArray[np.int32], targets: NDArray[np.int32], limit: float = np.inf
    ) -> NDArray[np.float32]:
        """See `Engine.table`."""
        if len(sources) < FEW_SOURCES or np.isfinite(limit):
            return self._plain.table(arcs, sources, targets, limit)
        try:
            metric = self._kit.CCHMetric(self._topology(arcs))
            metric.customize(arcs.cost.astype(np.uint32))
            found = metric.distances_many_to_many(sources.astype(np.uint32), targets.astype(np.uint32))
        except (RuntimeError, ValueError, MemoryError):
            return self._plain.table(arcs, sources, targets, limit)
        return np.where(found == self._kit.INF_WEIGHT, np.inf, found).astype(np.float32)

    def _topology(self, arcs: Arcs) -> Any:  # noqa: ANN401 - the extra has no types
        """The ordering, which depends on who is joined to whom but not on how long it takes."""
        key = hashlib.sha256(arcs.tails.tobytes() + arcs.heads.tobytes()).digest()
        if self._ordered is None or self._ordered[0] != key:
            topology, (lon, lat) = self._kit.CCHTopology(), arcs.positions.T
            tails, heads = arcs.tails.astype(np.uint32), arcs.heads.astype(np.uint32)
            topology.build(tails, heads, lat.astype(np.float32), lon.astype(np.float32), arcs.count)
            self._ordered = key, topology
        return self._ordered[1]


def best() -> Engine:
    """The fastest engine installed."""
    if find_spec("pyroutingkit") is None:
        return Scipy()
    try:
        return Hierarchies()
    except ImportError:  # installed, but not for this machine
        return Scipy()


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
        if np.isfinite(costs[0][target]):
            return _walk_back(arcs, steps[0], source, target)
    return []


def _walk_back(arcs: Arcs, came: NDArray[np.int32], source: int, target: int) -> list[int]:
    keys = arcs.tails.astype(np.int64) * arcs.count + arcs.heads
    path: list[int] = []
    while target != source:
        before = int(came[target])
        path.append(int(np.searchsorted(keys, before * arcs.count + target)))
        target = before
    return path[::-1]
