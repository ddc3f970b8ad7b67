"""Arcs: a network with positions woven into it, ready for a shortest-path engine.

A position on a street cuts the stretch in two, in each direction it may be driven, so that a path begins
and ends exactly there, on the right side of a one-way.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from outreach.place.ground import Position, metres_apart
from outreach.place.snapping import Snaps
from outreach.place.streets import Streets


@dataclass(frozen=True, slots=True)
class Arcs:
    """Arc a leads from `tails[a]` to `heads[a]` at `cost[a]` (whole milliseconds or millimetres) over the
    part `start[a]`..`end[a]` of edge `edge[a]`; arcs are sorted by tail and head, and no two are parallel.
    `positions` has a lon-lat for each node; `places[i]` is the node of the position asked for as number i."""

    positions: NDArray[np.float64]
    tails: NDArray[np.int32]
    heads: NDArray[np.int32]
    cost: NDArray[np.int64]
    edge: NDArray[np.int32]
    start: NDArray[np.float32]
    end: NDArray[np.float32]
    places: NDArray[np.int32]

    @property
    def count(self) -> int:
        """How many nodes there are."""
        return len(self.positions)

    def line_of(self, arc: int, streets: Streets) -> list[Position]:
        """The shape of the piece of street that an arc is."""
        line = streets.line_of(int(self.edge[arc]))
        return _part(line, float(self.start[arc]), float(self.end[arc]))

    def backwards(self) -> Arcs:
        """Every arc turned round: from a place here is to it there."""
        return _sorted(replace(self, tails=self.heads, heads=self.tails))


def woven(streets: Streets, cost: NDArray[np.int64], snaps: Snaps) -> Arcs:
    """The network with every position between two crossings as a node of its own; equal ones share it."""
    between = (snaps.along > 0) & (snaps.along < 1)
    stands = np.column_stack([snaps.edge, snaps.along])[between]
    spot, number = np.unique(stands, axis=0, return_inverse=True)
    edge, along = spot[:, 0].astype(np.int32), spot[:, 1]
    node = (np.arange(len(spot)) + streets.node_count).astype(np.int32)
    places = np.where(snaps.along > 0, streets.heads[snaps.edge], streets.tails[snaps.edge])
    places[between] = node[number.reshape(-1)]
    tail, head = streets.nodes[streets.tails[edge]], streets.nodes[streets.heads[edge]]
    whole = Arcs(
        positions=np.concatenate([streets.nodes, tail + (head - tail) * along[:, None]]),
        tails=streets.tails,
        heads=streets.heads,
        cost=cost,
        edge=np.arange(streets.edge_count, dtype=np.int32),
        start=np.zeros(streets.edge_count, np.float32),
        end=np.ones(streets.edge_count, np.float32),
        places=places.astype(np.int32),
    )
    both = streets.twin[edge] >= 0
    pieces = _pieces(
        whole,
        np.concatenate([edge, streets.twin[edge][both]]),
        np.concatenate([along, 1 - along[both]]),
        np.concatenate([node, node[both]]),
    )
    return _sorted(pieces)


def _pieces(
    whole: Arcs, edge: NDArray[np.int32], along: NDArray[np.float64], node: NDArray[np.int32]
) -> Arcs:
    """With the stretches between the positions on each edge: from its tail over each of them to its head."""
    order = np.lexsort((along, edge))
    edge, along, node = edge[order], along[order], node[order]
    reached = np.rint(along * whole.cost[edge]).astype(np.int64)
    first = np.r_[True, edge[1:] != edge[:-1]][: len(edge)]
    last = np.r_[edge[1:] != edge[:-1], True][: len(edge)]
    before = np.where(first, whole.tails[edge], np.roll(node, 1))
    before_cost = np.where(first, 0, np.roll(reached, 1))
    before_along = np.where(first, 0.0, np.roll(along, 1))
    rest = whole.cost[edge[last]] - reached[last]
    return replace(
        whole,
        tails=np.concatenate([whole.tails, before, node[last]]).astype(np.int32),
        heads=np.concatenate([whole.heads, node, whole.heads[edge[last]]]).astype(np.int32),
        cost=np.concatenate([whole.cost, reached - before_cost, rest]),
        edge=np.concatenate([whole.edge, edge, edge[last]]).astype(np.int32),
        start=np.concatenate([whole.start, before_along, along[last]]).astype(np.float32),
        end=np.concatenate([whole.end, along, np.ones(int(last.sum()))]).astype(np.float32),
    )


def _sorted(arcs: Arcs) -> Arcs:
    """By tail and head, and of parallel arcs the cheapest only: a sparse matrix would add them up."""
    order = np.lexsort((arcs.cost, arcs.heads, arcs.tails))
    tails, heads = arcs.tails[order], arcs.heads[order]
    keep = order[np.r_[True, (tails[1:] != tails[:-1]) | (heads[1:] != heads[:-1])][: len(order)]]
    return replace(
        arcs,
        tails=arcs.tails[keep],
        heads=arcs.heads[keep],
        cost=arcs.cost[keep],
        edge=arcs.edge[keep],
        start=arcs.start[keep],
        end=arcs.end[keep],
    )


def _part(line: list[Position], start: float, end: float) -> list[Position]:
    """The part of a line between two fractions of its length."""
    if start <= 0 and end >= 1:
        return line
    spots = np.array(line)
    steps = np.r_[0, np.cumsum(metres_apart(spots[:-1], spots[1:]))]
    if steps[-1] <= 0:
        return line[:1]
    wanted = np.clip(np.array([start, end]), 0, 1) * steps[-1]
    inside = steps[(steps > wanted[0]) & (steps < wanted[1])]
    at = np.concatenate(([wanted[0]], inside, [wanted[1]]))
    lons, lats = np.interp(at, steps, spots[:, 0]), np.interp(at, steps, spots[:, 1])
    return list(zip(lons.round(6).tolist(), lats.round(6).tolist(), strict=True))
