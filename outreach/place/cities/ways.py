"""Ways: OpenStreetMap's ways and nodes as the stretches between crossings, for vans and for walkers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from outreach.errors import Invalid
from outreach.place.assembly import Edge, Kept, driven, walked
from outreach.place.cities import positions
from outreach.place.cities.tags import direction_of, free_kph, kind_of, may_drive, may_walk, walk_kind_of
from outreach.place.ground import metres_apart
from outreach.place.streets import BRIDGE, TUNNEL


@dataclass(frozen=True, slots=True)
class Way:
    """A way: its nodes in order and its tags."""

    nodes: tuple[int, ...]
    tags: Mapping[str, str]


@dataclass(slots=True)
class Extract:
    """What a file holds: positions by node, the nodes with traffic lights, those no van passes (bollards,
    shut gates), and the ways with a `highway`."""

    positions: dict[int, tuple[float, float]] = field(default_factory=dict)
    signals: set[int] = field(default_factory=set)
    shut: set[int] = field(default_factory=set)
    ways: list[Way] = field(default_factory=list)
    last_end: int = 0


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch between two nodes that matter; `seconds` is free flow; `way` 0 = both ways, 1 = forwards."""

    nodes: tuple[int, ...]
    metres: float
    seconds: float
    kind: int
    flags: int
    name: str
    way: int


def for_driving(extract: Extract, file: str) -> Kept:
    """The largest part in which a van can get from anywhere to anywhere."""
    return driven(*_network(extract, _drivable(extract), file), file)


def for_walking(extract: Extract, file: str) -> Kept:
    """The parts large enough to walk about in."""
    return walked(*_network(extract, _walkable(extract), file), file)


def _drivable(extract: Extract) -> Iterable[tuple[Way, int, int]]:
    """Ways a van may use, with their kind and direction, cut at what it cannot pass."""
    for way in extract.ways:
        kind = kind_of(way.tags["highway"])
        if kind is not None and may_drive(way.tags):
            for piece in _cut(way, extract):
                yield piece, kind, direction_of(way.tags)


def _cut(way: Way, extract: Extract) -> Iterable[Way]:
    """The way in pieces that end at each shut gate or bollard, every piece at an end of its own."""
    run: list[int] = []
    for node in way.nodes:
        if node in extract.shut:
            yield replace(way, nodes=(*run, _end_at(node, extract)))
            run = [_end_at(node, extract)]
        else:
            run.append(node)
    yield replace(way, nodes=tuple(run))


def _end_at(node: int, extract: Extract) -> int:
    """A place of its own where this node is, under a number no node has."""
    extract.last_end -= 1
    extract.positions[extract.last_end] = extract.positions[node]
    return extract.last_end


def _walkable(extract: Extract) -> Iterable[tuple[Way, int, int]]:
    """Ways people may walk."""
    for way in extract.ways:
        kind = walk_kind_of(way.tags["highway"])
        if kind is not None and may_walk(way.tags):
            yield way, kind, 0


def _network(
    extract: Extract, ways: Iterable[tuple[Way, int, int]], file: str
) -> tuple[NDArray[np.float64], NDArray[np.bool_], list[Edge]]:
    pieces = _joined(_pieces(extract, [w for w in ways if len(w[0].nodes) > 1]), extract.signals)
    used = sorted({node for piece in pieces for node in (piece.nodes[0], piece.nodes[-1])})
    index = {node: i for i, node in enumerate(used)}
    found = np.array([extract.positions[node] for node in used], float).reshape(-1, 2)
    nodes = positions.believed(found, file) if used else found
    lights = np.array([node in extract.signals for node in used], bool)
    edges = [edge for piece in pieces for edge in _edges(extract, piece, index)]
    return nodes, lights, edges


def _pieces(extract: Extract, ways: Sequence[tuple[Way, int, int]]) -> list[_Piece]:
    """The ways cut wherever two meet."""
    uses: dict[int, int] = defaultdict(int)
    for way, _, _ in ways:
        for node in way.nodes:
            uses[node] += 1
        for end in (way.nodes[0], way.nodes[-1]):
            uses[end] += 1
    found = []
    for way, kind, direction in ways:
        run = way.nodes if direction >= 0 else way.nodes[::-1]
        first = 0
        for i in range(1, len(run)):
            if uses[run[i]] > 1 or i == len(run) - 1:
                found.append(_piece(extract, run[first : i + 1], way.tags, kind, abs(direction)))
                first = i
    return found


def _piece(extract: Extract, nodes: tuple[int, ...], tags: Mapping[str, str], kind: int, way: int) -> _Piece:
    line = np.array([extract.positions[node] for node in nodes])
    metres = max(float(metres_apart(line[:-1], line[1:]).sum()), 0.1)
    kph = free_kph(tags, kind)
    flags = TUNNEL * (tags.get("tunnel", "no") != "no") | BRIDGE * (tags.get("bridge", "no") != "no")
    name = (tags.get("name") or tags.get("ref") or "")[:80]
    return _Piece(nodes, metres, metres / kph * 3.6, kind, flags, name, way)


def _joined(pieces: list[_Piece], signals: set[int]) -> list[_Piece]:
    """Pieces that only continue each other, joined: a node with two arms is a bend, not a crossing."""
    arms: dict[int, list[int]] = defaultdict(list)
    for number, piece in enumerate(pieces):
        arms[piece.nodes[0]].append(number)
        arms[piece.nodes[-1]].append(number)
    living: dict[int, _Piece] = dict(enumerate(pieces))
    for node in list(arms):
        if len(arms[node]) != 2 or node in signals:
            continue
        one, other = arms[node]
        whole = _through(living[one], living[other], node) if one != other else None
        if whole is None:
            continue
        gone = living.pop(other)
        living[one] = whole
        for end in (gone.nodes[0], gone.nodes[-1]):
            arms[end] = [one if number == other else number for number in arms[end]]
    return list(living.values())


def _through(a: _Piece, b: _Piece, node: int) -> _Piece | None:
    """The two pieces as one from end to end over `node`; None where they cannot be one street."""
    if (
        (a.way, a.flags, a.name) != (b.way, b.flags, b.name)
        or a.nodes[0] == a.nodes[-1]
        or b.nodes[0] == b.nodes[-1]
    ):
        return None
    if a.way == 1:
        first, second = (a, b) if a.nodes[-1] == node else (b, a)
        if first.nodes[-1] != node or second.nodes[0] != node:
            return None
        run = first.nodes + second.nodes[1:]
    else:
        head = a.nodes if a.nodes[-1] == node else a.nodes[::-1]
        tail = b.nodes if b.nodes[0] == node else b.nodes[::-1]
        run = head + tail[1:]
    longer = a if a.metres >= b.metres else b
    return _Piece(run, a.metres + b.metres, a.seconds + b.seconds, longer.kind, a.flags, longer.name, a.way)


def _edges(extract: Extract, piece: _Piece, index: Mapping[int, int]) -> list[Edge]:
    line = np.array([extract.positions[node] for node in piece.nodes])
    ends = index[piece.nodes[0]], index[piece.nodes[-1]]
    kph = piece.metres / piece.seconds * 3.6
    edge = Edge(*ends, line, piece.metres, kph, piece.kind, piece.flags, piece.name)
    return [edge] if piece.way else [edge, edge.backwards()]


def usable(extract: Extract, file: str) -> Extract:
    """The extract with every way cut where the file does not have its nodes: at the edge of what was cut out.

    Raises:
        Invalid: it holds no streets at all.
    """
    whole = [part for way in extract.ways for part in _known_parts(way, extract)]
    if not whole:
        raise Invalid(
            f"{file} holds no streets (no ways with a highway tag and their nodes). Choose an extract of the "
            "city with ways and nodes.",
            code="no-roads",
        )
    return replace(extract, ways=whole, last_end=min(0, *extract.positions, 0))


def _known_parts(way: Way, extract: Extract) -> Iterable[Way]:
    run: list[int] = []
    for node in (*way.nodes, None):
        if node is not None and node in extract.positions:
            run += [] if run and run[-1] == node else [node]
            continue
        if len(run) > 1:
            yield replace(way, nodes=tuple(run))
        run = []
