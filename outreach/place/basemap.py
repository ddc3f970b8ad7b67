"""The basemap: the city's own streets, water and areas as one small GeoJSON; no tile server is needed."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from outreach.place.streets import KINDS, MICRO, Streets

LARGEST_BYTES = 5_000_000
DECIMALS = 5
MAJOR = ("motorway", "trunk", "primary", "secondary")
MINOR = ("tertiary", "unclassified", "residential", "living_street")
Feature = dict[str, object]


def drawn(streets: Streets, extra: Sequence[Feature] = ()) -> dict[str, object]:
    """Roads by `kind` (major, minor, service) and name, with `extra` features (water, areas) below them.

    In a large metro the small streets are thinned until the map is below 5 MB (1 MB on the wire).
    """
    for metres, kinds in ((2, "all"), (8, "all"), (10, "no service"), (20, "no service"), (20, "major")):
        roads = _roads(streets, metres / 111_000, kinds)
        found: dict[str, object] = {"type": "FeatureCollection", "features": [*extra, *roads]}
        if len(json.dumps(found, separators=(",", ":"), ensure_ascii=False)) <= LARGEST_BYTES:
            break
    return found


def kind_of(kind: str) -> str:
    """How a kind of street is drawn."""
    base = kind.removesuffix("_link")
    return "major" if base in MAJOR else "minor" if base in MINOR else "service"


def _roads(streets: Streets, tolerance: float, kinds: str) -> list[Feature]:
    drawn_as = np.array([kind_of(kind) for kind in KINDS])[streets.kind]
    once = (streets.twin < 0) | (np.arange(streets.edge_count) < streets.twin)
    wanted = {
        "all": once,
        "no service": once & (drawn_as != "service"),
        "major": once & (drawn_as == "major"),
    }
    found: list[Feature] = []
    chosen = np.flatnonzero(wanted[kinds])
    groups: dict[tuple[str, int, bool], list[int]] = {}
    for edge in chosen:
        key = (str(drawn_as[edge]), int(streets.name[edge]), bool(streets.flags[edge] & 1))
        groups.setdefault(key, []).append(int(edge))
    for (kind, name, tunnel), edges in sorted(groups.items()):
        properties: dict[str, object] = {"kind": kind, "name": streets.names[name]}
        if tunnel:
            properties["tunnel"] = True
        lines = _joined(streets, edges, tolerance)
        shape = {"type": "MultiLineString", "coordinates": lines}
        found.append({"type": "Feature", "properties": properties, "geometry": shape})
    return found


def _joined(streets: Streets, edges: Sequence[int], tolerance: float) -> list[list[list[float]]]:
    lines = [shapely.linestrings(_line(streets, edge)) for edge in edges]
    merged = shapely.line_merge(shapely.multilinestrings(lines))
    simple = shapely.simplify(shapely.get_parts(merged), tolerance)
    return [np.round(shapely.get_coordinates(part), DECIMALS).tolist() for part in simple]


def _line(streets: Streets, edge: int) -> NDArray[np.float64]:
    points = streets.line[streets.line_starts[edge] : streets.line_starts[edge + 1]]
    return np.asarray(points / MICRO)
