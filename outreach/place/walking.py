"""Walking: which share of the people in a cell will come to a van at a site, or could within some minutes.

The chance falls with the walk as exp(−metres / 450) and is nothing past 1.2 km; for a slow walker, who gives
as many minutes to fewer metres, both are shorter. A cell's people are taken as spread evenly over it: seven
sample points, the centres of its children.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import h3
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from outreach.errors import Invalid
from outreach.place.arcs import woven
from outreach.place.engines import SOURCES_AT_ONCE, Engine
from outreach.place.ground import Flat, Position
from outreach.place.snapping import Snapper, Snaps
from outreach.place.streets import Streets

OFF_PATH_METRES = 250.0
DETOUR = 1.3
LONGEST_MINUTES = 60.0


@dataclass(frozen=True, slots=True)
class Walker:
    """Somebody on foot: how fast, how soon the will to walk falls to 37 %, and how far at the very most."""

    metres_per_second: float
    fall_metres: float
    farthest_metres: float

    def share(self, metres: NDArray[np.float64]) -> NDArray[np.float64]:
        """The chance that such a person walks this far."""
        return np.where(metres <= self.farthest_metres, np.exp(-metres / self.fall_metres), 0.0)

    def metres_in(self, minutes: float) -> float:
        """How far they get.

        Raises:
            Invalid: not some minutes up to an hour.
        """
        if not 0 < minutes <= LONGEST_MINUTES:
            raise Invalid(f"A walk of {minutes} minutes: give more than 0 and at most {LONGEST_MINUTES:.0f}.")
        return 60 * minutes * self.metres_per_second


USUAL_SPEED = 1.3  # assumed
SLOW_SPEED = 0.91  # 3.0 ft/s, the MUTCD's walking speed (section 4E.06) where people walk slowly
WALKERS = {
    "usual": Walker(USUAL_SPEED, 450.0, 1_200.0),
    "slow": Walker(SLOW_SPEED, 450.0 * SLOW_SPEED / USUAL_SPEED, 1_200.0 * SLOW_SPEED / USUAL_SPEED),
}
Worth = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def walker_named(name: str) -> Walker:
    """The walker of that name.

    Raises:
        Invalid: there is none.
    """
    if name not in WALKERS:
        raise Invalid(f"{name!r} is no walker. Choose {' or '.join(WALKERS)}.", code="walker")
    return WALKERS[name]


def samples(cells: Sequence[str]) -> list[Position]:
    """Seven positions a cell, in the order of the cells."""
    found: list[Position] = []
    for cell in cells:
        children = h3.cell_to_children(cell, h3.get_resolution(cell) + 1)
        middles = [h3.cell_to_latlng(child) for child in sorted(children)[:7]]
        found += [(lon, lat) for lat, lon in middles] + [(middles[0][1], middles[0][0])] * (7 - len(middles))
    return found


def on_foot(
    streets: Streets,
    snapper: Snapper,
    engine: Engine,
    sites: Sequence[Position],
    cells: Sequence[str],
    worth: Worth,
    farthest: float,
) -> csr_array:
    """Mean `worth` of the metres from each cell's people (columns) to each site (rows), over the walk
    network; nobody walks more than `farthest` metres."""
    near = _cells_near(sites, cells, farthest)
    places = samples([cells[i] for i in near])
    ends, begins = snapper.snap(places), snapper.snap(sites)
    cost = np.maximum(np.rint(streets.metres * 1000), 1).astype(np.int64)
    arcs = woven(streets, cost, begins)
    tail, head = streets.tails[ends.edge], streets.heads[ends.edge]
    on_edge = cost[ends.edge] / 1000
    blocks = []
    for first in range(0, len(sites), SOURCES_AT_ONCE):
        chunk = slice(first, first + SOURCES_AT_ONCE)
        sources = arcs.places[chunk]
        nodes, targets = np.unique(np.concatenate([tail, head]), return_inverse=True)
        reached = engine.table(arcs, sources, nodes, farthest * 1000).astype(np.float64) / 1000
        at_tail, at_head = reached[:, targets[: len(tail)]], reached[:, targets[len(tail) :]]
        walk = np.minimum(at_tail + ends.along * on_edge, at_head + (1 - ends.along) * on_edge)
        walk = np.minimum(walk, _same_street(begins, chunk, ends, on_edge))
        walk += begins.metres[chunk, None] + ends.metres
        walk[:, ends.metres > OFF_PATH_METRES] = np.inf
        blocks.append(_worth(walk, worth, farthest).reshape(len(sources), -1, 7).mean(axis=2))
    return _spread(blocks, near, len(sites), len(cells))


def as_the_crow_flies(
    sites: Sequence[Position], cells: Sequence[str], worth: Worth, farthest: float
) -> csr_array:
    """The same without a walk network: straight lines × 1.3."""
    near = _cells_near(sites, cells, farthest)
    if not near.size:
        return csr_array((len(sites), len(cells)))
    flat = Flat(*sites[0])
    here, there = flat.metres(sites), flat.metres(samples([cells[i] for i in near]))
    walk = DETOUR * np.hypot(here[:, None, 0] - there[None, :, 0], here[:, None, 1] - there[None, :, 1])
    found = _worth(walk, worth, farthest).reshape(len(sites), -1, 7).mean(axis=2)
    return _spread([found], near, len(sites), len(cells))


def _worth(walk: NDArray[np.float64], worth: Worth, farthest: float) -> NDArray[np.float64]:
    return np.where(walk <= farthest, worth(walk), 0.0)


def _same_street(begins: Snaps, rows: slice, ends: Snaps, length: NDArray[np.float64]) -> NDArray[np.float64]:
    """Metres between positions on one stretch, which no crossing lies between; infinite for others."""
    same = begins.edge[rows, None] == ends.edge
    return np.where(same, np.abs(begins.along[rows, None] - ends.along) * length, np.inf)


def _cells_near(sites: Sequence[Position], cells: Sequence[str], farthest: float) -> NDArray[np.intp]:
    """The cells anybody could walk from: a straight line is never longer than the walk."""
    if not len(sites) or not len(cells):
        return np.zeros(0, np.intp)
    flat = Flat(*sites[0])
    middles = [h3.cell_to_latlng(cell)[::-1] for cell in cells]
    away, _ = cKDTree(flat.metres(sites)).query(flat.metres(middles))
    reach = farthest + 2 * h3.average_hexagon_edge_length(h3.get_resolution(cells[0]), "m")
    return np.flatnonzero(away <= reach)


def _spread(blocks: list[NDArray[np.float64]], near: NDArray[np.intp], rows: int, columns: int) -> csr_array:
    if not near.size:
        return csr_array((rows, columns))
    narrow = csr_array(np.vstack(blocks)).tocoo()
    row, column = narrow.coords
    return csr_array((narrow.data, (row, near[column])), shape=(rows, columns))
