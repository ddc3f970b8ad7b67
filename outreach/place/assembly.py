"""Assembly: from loose stretches of street to the arrays of `Streets`, only the part that hangs together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from outreach.errors import Invalid
from outreach.place.streets import MICRO, Streets, labels

FREE_KPH: dict[str, float] = {
    "motorway": 90,
    "motorway_link": 60,
    "trunk": 65,
    "trunk_link": 45,
    "primary": 48,
    "primary_link": 40,
    "secondary": 42,
    "secondary_link": 35,
    "tertiary": 40,
    "tertiary_link": 32,
    "unclassified": 35,
    "residential": 32,
    "living_street": 12,
    "service": 16,
    "path": 12,
}
WALK_PART = 0.02


@dataclass(frozen=True, slots=True)
class Kept:
    """A network and how it came to be: how many nodes the graph had, how many separate parts it fell into,
    and what people must know of it (`notes`)."""

    streets: Streets
    nodes_before: int
    components: int
    notes: tuple[str, ...] = ()

    @property
    def dropped(self) -> int:
        """Nodes that lie in no usable part."""
        return self.nodes_before - self.streets.node_count


@dataclass(frozen=True, slots=True)
class Edge:
    """One direction of a stretch of street; `line` is (k, 2) lon-lat from its tail, `flags` see `Streets`."""

    tail: int
    head: int
    line: NDArray[np.float64]
    metres: float
    kph: float
    kind: int
    flags: int = 0
    name: str = ""

    def backwards(self) -> Edge:
        """The same stretch the other way."""
        return replace(self, tail=self.head, head=self.tail, line=self.line[::-1])


def driven(nodes: NDArray[np.float64], signals: NDArray[np.bool_], edges: Sequence[Edge], file: str) -> Kept:
    """The largest part in which a van can get from anywhere to anywhere.

    Raises:
        Invalid: there is none.
    """
    return _kept(nodes, signals, edges, file, walking=False)


def walked(nodes: NDArray[np.float64], signals: NDArray[np.bool_], edges: Sequence[Edge], file: str) -> Kept:
    """Every stretch open both ways. Walks are short, so each part of at least 2 % of the places is kept,
    not only the largest: an island with people on it has walkers too.

    Raises:
        Invalid: nothing can be walked.
    """
    both = [*edges, *(edge.backwards() for edge in edges)]
    once = {(edge.tail, edge.head, round(edge.metres)): edge for edge in reversed(both)}
    return _kept(nodes, signals, list(once.values()), file, walking=True)


def _kept(
    nodes: NDArray[np.float64], signals: NDArray[np.bool_], edges: Sequence[Edge], file: str, *, walking: bool
) -> Kept:
    part, components = _parts(len(nodes), edges, walking=walking)
    kept = [edge for edge in edges if part[edge.tail] and part[edge.head]]
    if not kept:
        use = "walked" if walking else "driven there and back"
        raise Invalid(
            f"{file} holds no streets that can be {use}. Choose another road graph.", code="no-roads"
        )
    met = int(np.unique([(edge.tail, edge.head) for edge in edges]).size)
    alone = len(nodes) - met
    return Kept(assembled(nodes, signals, part, kept), met, components - alone)


def _parts(count: int, edges: Sequence[Edge], *, walking: bool) -> tuple[NDArray[np.bool_], int]:
    """Which nodes to keep, and into how many parts the streets fall."""
    ends = np.array([(edge.tail, edge.head) for edge in edges], np.int64).reshape(-1, 2)
    links = csr_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(count, count))
    parts, part = connected_components(links, connection="weak" if walking else "strong")
    sizes = np.bincount(part, minlength=parts)
    least = min(WALK_PART * count, sizes.max()) if walking else sizes.max()
    keep = sizes[part] >= least if walking else part == sizes.argmax()
    keep &= np.isin(np.arange(count), ends)
    return np.asarray(keep), int(parts)


def assembled(
    nodes: NDArray[np.float64], signals: NDArray[np.bool_], part: NDArray[np.bool_], edges: Sequence[Edge]
) -> Streets:
    """The arrays of the nodes in `part` and the edges between them."""
    place = np.cumsum(part) - 1
    edges = sorted(edges, key=lambda edge: (edge.tail, edge.head, edge.metres))
    names = {"": 0}
    over = bool(nodes[:, 0].max(initial=0) > 180)
    lines = [np.rint(_beyond(edge.line, over=over) * MICRO).astype(np.int32) for edge in edges]
    return Streets(
        nodes=nodes[part],
        signals=signals[part],
        tails=place[[edge.tail for edge in edges]].astype(np.int32),
        heads=place[[edge.head for edge in edges]].astype(np.int32),
        metres=np.array([edge.metres for edge in edges], np.float32),
        kph=np.array([edge.kph for edge in edges], np.float32),
        kind=np.array([edge.kind for edge in edges], np.uint8),
        flags=np.array([edge.flags for edge in edges], np.uint8),
        twin=_twins(edges),
        name=np.array([names.setdefault(edge.name, len(names)) for edge in edges], np.int32),
        line_starts=np.concatenate(([0], np.cumsum([len(line) for line in lines]))).astype(np.int64),
        line=np.concatenate(lines),
        label_bytes=labels(list(names)),
    )


def _beyond(line: NDArray[np.float64], *, over: bool) -> NDArray[np.float64]:
    """In a city `over` the 180th meridian longitudes go on: −179.9 is 180.1."""
    return line + np.where(line[:, :1] < 0, (360.0, 0.0), (0.0, 0.0)) if over else line


def _twins(edges: Sequence[Edge]) -> NDArray[np.int32]:
    """For each edge the one that runs the same street backwards, −1 on a one-way."""
    twin, waiting = np.full(len(edges), -1, np.int32), dict[tuple[int, int], list[int]]()
    for number, edge in enumerate(edges):
        partners = waiting.get((edge.head, edge.tail), [])
        close = [other for other in partners if _as_long(edges[other].metres, edge.metres)]
        if close:
            other = min(close, key=lambda one: (abs(edges[one].metres - edge.metres), one))
            partners.remove(other)
            twin[number], twin[other] = other, number
        else:
            waiting.setdefault((edge.tail, edge.head), []).append(number)
    return twin


def _as_long(one: float, other: float) -> bool:
    """Are these lengths of one street, measured twice?"""
    return abs(one - other) <= max(1.0, 0.01 * max(one, other))
