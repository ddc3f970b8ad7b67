"""Arrays: from a road graph in osmnx's form to `Streets`, keeping only what a van or a walker can use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import networkx as nx
import numpy as np
import shapely
from numpy.typing import NDArray

from outreach.errors import Invalid
from outreach.place.assembly import Edge, Kept, driven, walked
from outreach.place.cities import positions
from outreach.place.cities.tags import USED, free_kph, kind_of, may_drive, may_walk, walk_kind_of
from outreach.place.ground import metres_apart
from outreach.place.streets import BRIDGE, TUNNEL

LONGEST_NAME = 80
NOT_METRES = "The lengths in the graph are no metres; streets were measured anew from their coordinates."
Tags = Mapping[str, str | None]


def for_driving(graph: nx.MultiDiGraph, file: str) -> Kept:
    """The largest part in which a van can get from anywhere to anywhere."""
    return _kept(graph, file, walking=False)


def for_walking(graph: nx.MultiDiGraph, file: str) -> Kept:
    """The parts large enough to walk about in, each street open both ways."""
    return _kept(graph, file, walking=True)


def _kept(graph: nx.MultiDiGraph, file: str, *, walking: bool) -> Kept:
    nodes, index, signals = _nodes(graph, file)
    sound = _lengths_are_metres(graph, index, nodes, file)
    edges = _edges(graph, index, nodes, sound=sound, walking=walking)
    kept = walked(nodes, signals, edges, file) if walking else driven(nodes, signals, edges, file)
    return kept if sound else replace(kept, notes=(*kept.notes, NOT_METRES))


def _nodes(
    graph: nx.MultiDiGraph, file: str
) -> tuple[NDArray[np.float64], dict[object, int], NDArray[np.bool_]]:
    index: dict[object, int] = {}
    spots, signals = [], []
    for node, facts in graph.nodes(data=True):
        index[node] = len(index)
        spots.append((_number(facts.get("x", facts.get("lon"))), _number(facts.get("y", facts.get("lat")))))
        signals.append(facts.get("highway") == "traffic_signals")
    found = np.array(spots, float).reshape(-1, 2)
    if not len(found):
        raise Invalid(f"{file} holds no places at all. Choose a road graph of the city.", code="no-roads")
    return positions.believed(found, file), index, np.array(signals, bool)


def _edges(
    graph: nx.MultiDiGraph,
    index: dict[object, int],
    nodes: NDArray[np.float64],
    *,
    sound: bool,
    walking: bool,
) -> list[Edge]:
    found: list[Edge] = []
    for tail, head, facts in graph.edges(data=True):
        tags = _tags(facts)
        kind = walk_kind_of(tags["highway"]) if walking else kind_of(tags["highway"])
        if kind is None or not (may_walk(tags) if walking else may_drive(tags)):
            continue
        length = _number(facts.get("length")) if sound else float("nan")
        edge = _edge((index[tail], index[head]), nodes, tags, kind, length, facts.get("geometry"))
        found += [edge] if graph.is_directed() else _both_ways(edge, tags, facts, tail)
    return found


def _tags(facts: Mapping[str, object]) -> Tags:
    """What is said of an edge. A bare `access=no` decides nothing: osmnx has already left out what its drive
    network bars, and does not keep the `motor_vehicle=yes` that goes with the others."""
    tags = {key: _first(facts.get(key)) for key in USED}
    return {**tags, "access": None} if tags["access"] == "no" else tags


def _both_ways(edge: Edge, tags: Tags, facts: Mapping[str, object], tail: object) -> list[Edge]:
    """The directions of an edge in a graph without directions; osmnx keeps `from` to tell a one-way's."""
    if tags["oneway"] not in ("True", "true", "yes", "1"):
        return [edge, edge.backwards()]
    return [edge if str(facts.get("from", tail)) == str(tail) else edge.backwards()]


def _edge(
    ends: tuple[int, int], nodes: NDArray[np.float64], tags: Tags, kind: int, metres: float, geometry: object
) -> Edge:
    line = _shape(geometry, nodes[ends[0]], nodes[ends[1]])
    if not 0 < metres < 500_000:
        metres = float(metres_apart(line[:-1], line[1:]).sum())
    flags = TUNNEL * _is(tags["tunnel"]) | BRIDGE * _is(tags["bridge"])
    name = tags["name"] or tags["ref"] or ""
    return Edge(*ends, line, max(metres, 0.1), free_kph(tags, kind), kind, flags, name[:LONGEST_NAME])


def _lengths_are_metres(
    graph: nx.MultiDiGraph, index: dict[object, int], nodes: NDArray[np.float64], file: str
) -> bool:
    """Looks at the straight streets of a graph, whose lengths anybody can measure."""
    straight, metres = [], []
    for tail, head, facts in graph.edges(data=True):
        if facts.get("geometry") is None and facts.get("length") is not None and tail != head:
            straight.append((index[tail], index[head]))
            metres.append(_number(facts.get("length")))
    ends = nodes[np.array(straight, np.int64).reshape(-1, 2)]
    return positions.measured(ends, np.array(metres, float), file)


def _first(value: object) -> str | None:
    """The one value, or the first of a list (osmnx merges tags, and graphml writes the list as text)."""
    if isinstance(value, str) and value.startswith("["):
        found = re.search(r"'([^']*)'|\"([^\"]*)\"|\[([^,\]]+)", value)
        return _first(found[1] or found[2] or found[3]) if found else None
    if isinstance(value, (list, tuple, set)):
        return _first(next(iter(value), None))
    if value is None or value != value:
        return None
    return str(value).strip() or None


def _is(value: str | None) -> bool:
    return value not in (None, "no", "False", "false", "0")


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
