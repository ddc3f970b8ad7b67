"""Arterials: which streets carry the traffic between the quarters of a grown city."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree
from scipy.spatial import Delaunay, cKDTree

from outreach.place.synthetic.facts import Facts
from outreach.place.synthetic.weave import Metres

LONGEST_METRES = 3_600.0
CORRIDOR_METRES = 330.0
TURN_METRES = 420.0


def arterial_kinds(
    facts: Facts, crossings: Metres, ends: NDArray[np.int64], metres: Metres, street: NDArray[np.int64]
) -> dict[int, str]:
    """`primary` or `secondary` for the stretches on the way between neighbouring quarters.

    Stretch i joins the crossings `ends[i]`, is `metres[i]` long and belongs to street `street[i]`.
    """
    middles = facts.flat.metres([(quarter.lon, quarter.lat) for quarter in facts.quarters])
    alive = np.unique(ends)
    hubs = alive[cKDTree(crossings[alive]).query(middles)[1]]
    ways = _Ways(crossings, ends, metres, street)
    found: dict[int, str] = {}
    for one, other, kind in _corridors(middles):
        for stretch in ways.between(int(hubs[one]), int(hubs[other])):
            found.setdefault(stretch, kind)
    return found


class _Ways:
    """Ways that keep to one street as long as they can: places are (crossing, street), and going over from
    one street to another costs a detour's worth."""

    def __init__(
        self, crossings: Metres, ends: NDArray[np.int64], metres: Metres, street: NDArray[np.int64]
    ) -> None:
        self._crossings, self._ends, self._metres = crossings, ends, metres
        keys = ends * (street.max() + 1) + street[:, None]
        self._places, index = np.unique(keys, return_inverse=True)
        self._stands = index.reshape(-1, 2)
        self._at = self._places // (street.max() + 1)
        self._number = {(int(a), int(b)): i for i, (a, b) in enumerate(self._stands)}
        self._middle = (crossings[ends[:, 0]] + crossings[ends[:, 1]]) / 2

    def between(self, start: int, end: int) -> list[int]:
        """The stretches from one crossing to another along the corridor between them; none if cut off."""
        off = _off_line(self._middle, self._crossings[start], self._crossings[end])
        cost = self._metres * (1 + (off / CORRIDOR_METRES) ** 2)
        doors = len(self._places) + self._at
        inside = np.arange(len(self._places))
        tails = np.concatenate([self._stands[:, 0], self._stands[:, 1], inside, doors])
        heads = np.concatenate([self._stands[:, 1], self._stands[:, 0], doors, inside])
        turn = np.full(len(inside), TURN_METRES / 2)
        size = len(self._places) + len(self._crossings)
        graph = csr_array((np.concatenate([cost, cost, turn, turn]), (tails, heads)), shape=(size, size))
        first, last = len(self._places) + start, len(self._places) + end
        _, came = dijkstra(graph, indices=[first], return_predecessors=True)
        return self._stretches(came[0], first, last)

    def _stretches(self, came: NDArray[np.int32], first: int, last: int) -> list[int]:
        found = []
        while last != first and came[last] >= 0:
            before = int(came[last])
            found.append(self._number.get((before, last), self._number.get((last, before), -1)))
            last = before
        return [stretch for stretch in found if stretch >= 0] if last == first else []


def _corridors(middles: Metres) -> Sequence[tuple[int, int, str]]:
    """Neighbouring quarters; those of the shortest tree through all of them get the great streets."""
    triangles = Delaunay(middles).simplices
    sides = np.sort(
        np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), axis=1
    )
    sides = np.unique(sides, axis=0)
    apart = np.hypot(*(middles[sides[:, 0]] - middles[sides[:, 1]]).T)
    graph = csr_array((apart, (sides[:, 0], sides[:, 1])), shape=(len(middles), len(middles)))
    row, column = minimum_spanning_tree(graph).tocoo().coords
    tree = set(zip(row.tolist(), column.tolist(), strict=True))
    near = [(int(a), int(b)) for a, b in sides[apart < LONGEST_METRES]]
    ordered = sorted(near, key=lambda side: side not in tree)
    return [(a, b, "primary" if (a, b) in tree else "secondary") for a, b in ordered]


def _off_line(spots: Metres, start: Metres, end: Metres) -> Metres:
    along = (end - start) / max(float(np.hypot(*(end - start))), 1.0)
    across = spots - start
    return np.asarray(np.abs(across[:, 0] * along[1] - across[:, 1] * along[0]))
