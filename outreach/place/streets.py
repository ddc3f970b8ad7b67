"""Streets: one road network as compact arrays, the only form the product runs on (opened in milliseconds)."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from outreach.errors import Invalid
from outreach.place.ground import Bounds, Flat, Position

KINDS = (
    "motorway",
    "motorway_link",
    "trunk",
    "trunk_link",
    "primary",
    "primary_link",
    "secondary",
    "secondary_link",
    "tertiary",
    "tertiary_link",
    "unclassified",
    "residential",
    "living_street",
    "service",
    "path",
)
TUNNEL, BRIDGE = 1, 2
MICRO = 1_000_000
FORMAT = 1


@dataclass(frozen=True)
class Streets:
    """A directed network of n nodes and m edges, edges sorted by their tail.

    `nodes` is (n, 2) lon-lat; edge e runs from `tails[e]` to `heads[e]`, is `metres[e]` long, of kind
    `KINDS[kind[e]]`, driven freely at `kph[e]`; `twin[e]` is the same street the other way, or −1 on a
    one-way; `flags` are TUNNEL and BRIDGE bits; `signals[n]` marks traffic lights. The line of edge e is
    `line[line_starts[e]:line_starts[e + 1]]`, in millionths of a degree; its name `names[name[e]]`.
    """

    nodes: NDArray[np.float64]
    signals: NDArray[np.bool_]
    tails: NDArray[np.int32]
    heads: NDArray[np.int32]
    metres: NDArray[np.float32]
    kph: NDArray[np.float32]
    kind: NDArray[np.uint8]
    flags: NDArray[np.uint8]
    twin: NDArray[np.int32]
    name: NDArray[np.int32]
    line_starts: NDArray[np.int64]
    line: NDArray[np.int32]
    label_bytes: NDArray[np.uint8]

    @property
    def node_count(self) -> int:
        """How many crossings and ends of streets."""
        return len(self.nodes)

    @property
    def edge_count(self) -> int:
        """How many directed stretches; a two-way street counts twice."""
        return len(self.tails)

    @cached_property
    def names(self) -> list[str]:
        """Street names; the first is the empty one."""
        return list(json.loads(self.label_bytes.tobytes() or b'[""]'))

    @cached_property
    def flat(self) -> Flat:
        """The network's own flat view, around the middle of its bounds."""
        west, south, east, north = self.bounds
        return Flat((west + east) / 2, (south + north) / 2)

    @property
    def bounds(self) -> Bounds:
        """(west, south, east, north) in degrees."""
        low, high = self.nodes.min(axis=0), self.nodes.max(axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    @cached_property
    def standable(self) -> NDArray[np.bool_]:
        """Where a van may stop or a person stand: never on a motorway, a slip road or in a tunnel."""
        closed = np.array([kind.startswith("motorway") or kind.endswith("_link") for kind in KINDS])
        return np.asarray(~closed[self.kind] & ((self.flags & TUNNEL) == 0))

    def line_of(self, edge: int) -> list[Position]:
        """The shape of an edge from its tail to its head."""
        points = self.line[self.line_starts[edge] : self.line_starts[edge + 1]] / MICRO
        return [(float(lon), float(lat)) for lon, lat in points]

    def save(self, path: Path) -> None:
        """Write the arrays; `opened` reads them back."""
        arrays = {part.name: getattr(self, part.name) for part in fields(self)}
        with path.open("wb") as file:
            np.savez(file, format=np.array(FORMAT), **arrays)

    @classmethod
    def opened(cls, path: Path) -> Streets:
        """The network in `path`.

        Raises:
            Invalid: the file is damaged or of another version.
        """
        try:
            with np.load(path, allow_pickle=False) as stored:
                if int(stored["format"]) != FORMAT:
                    raise Invalid(f"{path} is of another version. Run `outreach city create` again.")
                return cls(**{part.name: stored[part.name] for part in fields(cls)})
        except (KeyError, ValueError, EOFError, OSError, zipfile.BadZipFile) as error:
            raise Invalid(f"{path} is damaged ({error}). Run `outreach city create` again.") from None


def labels(names: list[str]) -> NDArray[np.uint8]:
    """Street names as stored: `Streets.label_bytes`."""
    return np.frombuffer(json.dumps(names, ensure_ascii=False).encode(), np.uint8)
