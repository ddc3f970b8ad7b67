"""Arcs: a network with positions woven into it, ready for a shortest-path engine.

A position on a street cuts the stretch in two, in each direction it may be driven, so that a path begins
and ends exactly there, on the right side of a one-way.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outreach.place.snapping import Snaps
from outreach.place.streets import Streets


@dataclass(frozen=True, slots=True)
class Arcs:
    """Arc a leads from `tails[a]` to `heads[a]` at `cost[a]` (whole milliseconds or millimetres) over the
    part `start[a]`..`end[a]` of edge `edge[a]`. `places[i]` is the node of position i."""

    count: int
    tails: NDArray[np.int32]
    heads: NDArray[np.int32]
    cost: NDArray[np.int64]
    edge: NDArray[np.int32]
    start: NDArray[np.float32]
    end: NDArray[np.float32]
    places: NDArray[np.int32]


def woven(streets: Streets, cost: NDArray[np.int64], snaps: Snaps) -> Arcs:
    """The network with every position between two crossings as a node of its own; equal ones share it."""
    between = (snaps.along > 0) & (snaps.along < 1)
    corners = np.where(snaps.along > 0, streets.heads[snaps.edge], streets.tails[snaps.edge])
    stands = np.column_stack([snaps.edge, snaps.along])[between]
    spot, number = np.unique(stands, axis=0, return_inverse=True)
    edge, along = spot[:, 0].astype(np.int32), spot[:, 1]
    node = np.arange(len(spot)) + streets.node_count
    two_way = streets.twin[edge] >= 0
    pieces = _pieces(
        streets,
        cost,
        np.concatenate([edge, streets.twin[edge][two_way]]),
        np.concatenate([along, 1 - along[two_way]]),
        np.concatenate([node, node[two_way]]).astype(np.int32),
    )
    places = corners.astype(np.int32)
    places[between] = node[number.reshape(-1)]
    whole = np.arange(streets.edge_count, dtype=np.int32)
    nothing = np.zeros(len(whole), np.float32)
    return _cheapest(
        Arcs(
            streets.node_count + len(spot),
            np.concatenate([streets.tails, pieces.tails]),
            np.concatenate([streets.heads, pieces.heads]),
            np.concatenate([cost, pieces.cost]),
            np.concatenate([whole, pieces.edge]),
            np.concatenate([nothing, pieces.start]),
            np.concatenate([nothing + 1, pieces.end]),
            places,
        )
    )


def _pieces(
    streets: Streets,
    cost: NDArray[np.int64],
    edge: NDArray[np.int32],
    along: NDArray[np.float64],
    node: NDArray[np.int32],
) -> Arcs:
    """The stretches between the positions on each edge, from its tail over each of them to its head."""
    order = np.lexsort((along, edge))
    edge, along, node = edge[order], along[order], node[order]
    reached = np.rint(along * cost[edge]).astype(np.int64)
    first = np.r_[True, edge[1:] != edge[:-1]][: len(edge)]
    last = np.r_[edge[1:] != edge[:-1], True][: len(edge)]
    before = np.where(first, streets.tails[edge], np.roll(node, 1))
    before_cost = np.where(first, 0, np.roll(reached, 1))
    before_along = np.where(first, 0.0, np.roll(along, 1))
    return Arcs(
        0,
        np.concatenate([before, node[last]]).astype(np.int32),
        np.concatenate([node, streets.heads[edge[last]]]).astype(np.int32),
        np.concatenate([reached - before_cost, cost[edge[last]] - reached[last]]),
        np.concatenate([edge, edge[last]]).astype(np.int32),
        np.concatenate([before_along, along[last]]).astype(np.float32),
        np.concatenate([along, np.ones(int(last.sum()))]).astype(np.float32),
        np.zeros(0, np.int32),
    )


def _cheapest(arcs: Arcs) -> Arcs:
    """Of parallel arcs the cheapest only, sorted by tail: a sparse matrix would add them up."""
    order = np.lexsort((arcs.cost, arcs.heads, arcs.tails))
    tails, heads = arcs.tails[order], arcs.heads[order]
    keep = order[np.r_[True, (tails[1:] != tails[:-1]) | (heads[1:] != heads[:-1])][: len(order)]]
    return Arcs(
        arcs.count,
        arcs.tails[keep],
        arcs.heads[keep],
        arcs.cost[keep],
        arcs.edge[keep],
        arcs.start[keep],
        arcs.end[keep],
        arcs.places,
    )
