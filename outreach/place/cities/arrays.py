"""Arrays: from a road graph in osmnx's form to `Streets`, keeping only what a van or a walker can use."""

from __future__ import annotations

import re
from typing import Any

import networkx as nx
import numpy as np
import shapely
from numpy.typing import NDArray

from outreach.errors import Invalid
from outreach.place.assembly import FREE_KPH, Edge, Kept, driven, walked
from outreach.place.cities.tags import kind_of, kph_of, walk_kind_of
from outreach.place.ground import metres_apart
from outreach.place.streets import BRIDGE, KINDS, TUNNEL

LONGEST_NAME = 80


def for_driving(graph: nx.MultiDiGraph, file: str) -> Kept:
    """The largest part in which a van can get from anywhere to anywhere."""
    nodes, index, signals = _nodes(graph, file)
    return driven(nodes, signals, _edges(graph, index, nodes, walking=False), file)


def for_walking(graph: nx.MultiDiGraph, file: str) -> Kept:
    """The parts large enough to walk about in, each street open both ways."""
    nodes, index, signals = _nodes(graph, file)
    return walked(nodes, signals, _edges(graph, index, nodes, walking=True), file)


def _nodes(
    graph: nx.MultiDiGraph, file: str
) -> tuple[NDArray[np.float64], dict[object, int], NDArray[np.bool_]]:
    index: dict[object, int] = {}
    positions, signals = [], []
    for node, facts in graph.nodes(data=True):
        index[node] = len(index)
        positions.append((_number(facts.get("x")), _number(facts.get("y"))))
        signals.append(facts.get("highway") == "traffic_signals")
    found = np.array(positions, float).reshape(-1, 2)
    if not len(found):
        raise Invalid(f"{file} holds no places at all. Choose a road graph of the city.", code="no-roads")
    on_globe = (np.abs(found[:, 0]) <= 180) & (np.abs(found[:, 1]) <= 90)
    if not on_globe.all():
        raise Invalid(
            f"{file}: {int((~on_globe).sum())} of {len(found)} places have no longitude x and latitude y in "
            "degrees. Export the graph unprojected (WGS84).",
            code="no-position",
        )
    return found, index, np.array(signals, bool)


def _edges(
    graph: nx.MultiDiGraph, index: dict[object, int], nodes: NDArray[np.float64], *, walking: bool
) -> list[Edge]:
    found: list[Edge] = []
    for tail, head, facts in graph.edges(data=True):
        kind = _kind(facts.get("highway"), walking=walking)
        if kind is None:
            continue
        edge = _edge(index[tail], index[head], nodes, facts, kind)
        found.append(edge)
        if not graph.is_directed():
            found.append(edge.backwards())
    return found


def _edge(tail: int, head: int, nodes: NDArray[np.float64], facts: dict[str, Any], kind: int) -> Edge:
    line = _shape(facts.get("geometry"), nodes[tail], nodes[head])
    metres = _number(facts.get("length"))
    if not 0 < metres < 500_000:
        metres = float(metres_apart(line[:-1], line[1:]).sum())
    flags = TUNNEL * _is(facts.get("tunnel")) | BRIDGE * _is(facts.get("bridge"))
    name = _first(facts.get("name")) or _first(facts.get("ref")) or ""
    kph = kph_of(_first(facts.get("maxspeed"))) or FREE_KPH[KINDS[kind]]
    return Edge(tail, head, line, max(metres, 0.1), kph, kind, flags, name[:LONGEST_NAME])


def _kind(highway: object, *, walking: bool) -> int | None:
    return walk_kind_of(_first(highway)) if walking else kind_of(_first(highway))


def _first(value: object) -> str | None:
    """The one value, or the first of a list (osmnx merges tags, and graphml writes the list as text)."""
    if isinstance(value, str) and value.startswith("["):
        found = re.search(r"'([^']*)'|\"([^\"]*)\"", value)
        return (found[1] or found[2]) if found else None
    if isinstance(value, (list, tuple, set)):
        return _first(next(iter(value), None))
    if value is None or value != value:
        return None
    return str(value).strip() or None


def _is(value: object) -> bool:
    return _first(value) not in (None, "no", "False", "false", "0")


def _number(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        return float("nan")


def _shape(geometry: object, tail: NDArray[np.float64], head: NDArray[np.float64]) -> NDArray[np.float64]:
    straight = np.array([tail, head])
    if geometry is None:
        return straight
    try:
        line = shapely.from_wkt(geometry) if isinstance(geometry, str) else geometry
        points = np.asarray(shapely.get_coordinates(line))
    except (shapely.errors.GEOSException, TypeError):
        return straight
    return points if len(points) >= 2 and np.isfinite(points).all() else straight
