"""Isochrones: the ground somebody on foot can come from, as a shape to draw."""

from __future__ import annotations

import json

import numpy as np
import shapely
from scipy.sparse.csgraph import dijkstra
from shapely.ops import substring

from outreach.place.arcs import Arcs, woven
from outreach.place.engines import matrix_of
from outreach.place.ground import Flat, Position
from outreach.place.snapping import Snapper
from outreach.place.streets import MICRO, Streets

BESIDE_METRES = 40.0
TOLERANCE_METRES = 5.0
DECIMALS = 5


def shape(streets: Streets, snapper: Snapper, point: Position, metres: float) -> dict[str, object]:
    """All that lies within 40 m of a path that leads to `point` in at most `metres`; nothing where the
    nearest path is farther than that."""
    snaps = snapper.snap([point])
    cost = np.maximum(np.rint(streets.metres * 1000), 1).astype(np.int64)
    arcs = woven(streets, cost, snaps)
    left = metres - float(snaps.metres[0])
    if left <= 0:
        return {"type": "MultiPolygon", "coordinates": []}
    reached = dijkstra(matrix_of(arcs), indices=[int(arcs.places[0])], limit=left * 1000)[0] / 1000
    flat = Flat(*point)
    near = np.flatnonzero(np.isfinite(reached[arcs.tails])).tolist()
    lines = [_walked(streets, arcs, arc, left - float(reached[arcs.tails[arc]]), flat) for arc in near]
    return _drawn(shapely.buffer(shapely.union_all(lines), BESIDE_METRES, quad_segs=4), flat)


def circle(point: Position, metres: float) -> dict[str, object]:
    """Everything within `metres` of a point in a straight line."""
    return _drawn(shapely.buffer(shapely.Point(0, 0), metres), Flat(*point))


def _walked(streets: Streets, arcs: Arcs, arc: int, metres: float, flat: Flat) -> shapely.Geometry:
    """The part of an arc that `metres` suffice for."""
    edge, cost = int(arcs.edge[arc]), float(arcs.cost[arc]) / 1000
    first, last = streets.line_starts[edge], streets.line_starts[edge + 1]
    line = shapely.linestrings(flat.metres(streets.line[first:last] / MICRO))
    begins, ends = float(arcs.start[arc]), float(arcs.end[arc])
    ends = begins + (ends - begins) * min(1.0, max(metres, 0.0) / max(cost, 0.1))
    return substring(line, begins, ends, normalized=True)


def _drawn(ground: shapely.Geometry, flat: Flat) -> dict[str, object]:
    simple = shapely.simplify(ground, TOLERANCE_METRES)
    on_globe = shapely.transform(simple, lambda spots: flat.positions(spots).round(DECIMALS))
    return dict(json.loads(shapely.to_geojson(on_globe)))
