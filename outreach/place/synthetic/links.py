"""Links: bridges, tunnels, parkways and expressways that join what the weave leaves apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from scipy.spatial import cKDTree

from outreach.place.streets import BRIDGE, TUNNEL
from outreach.place.synthetic.facts import Expressway, Facts
from outreach.place.synthetic.weave import Metres

HALF_MEDIAN_METRES = 14.0
Nearest = Callable[[Metres], int]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A street between two crossings; `line` in bent flat metres from `a` to `b`; `way` is 0 for both ways,
    1 for forwards only, −1 for backwards only."""

    a: int
    b: int
    line: Metres
    kind: str = "residential"
    name: str = ""
    way: int = 0
    flags: int = 0

    @property
    def metres(self) -> float:
        """Its length along the line."""
        return float(np.hypot(*np.diff(self.line, axis=0).T).sum())


def connections(
    facts: Facts, crossings: Metres, stretches: Sequence[Stretch]
) -> tuple[Metres, list[Stretch]]:
    """The crossings with those of the expressways added, and the stretches that are new."""
    alive = np.unique([(stretch.a, stretch.b) for stretch in stretches])
    tree = cKDTree(crossings[alive])

    def nearest(spot: Metres) -> int:
        return int(alive[tree.query(spot)[1]])

    found = _crossings(facts, crossings, nearest)
    nodes = list(crossings)
    for number, way in enumerate(facts.expressways, 1):
        for forth in (True, False):
            found += _carriageway(facts, way, nodes, nearest, f"Sample Expressway {number}", forth=forth)
    return np.array(nodes), found


def _crossings(facts: Facts, crossings: Metres, nearest: Nearest) -> list[Stretch]:
    found = []
    for number, crossing in enumerate(facts.crossings, 1):
        line = facts.flat.metres(crossing.line)
        a, b = nearest(line[0]), nearest(line[-1])
        line = smooth(np.concatenate([crossings[[a]], line[1:-1], crossings[[b]]]))
        flags = TUNNEL if crossing.tunnel else BRIDGE if crossing.bridge else 0
        name = "Tunnel" if crossing.tunnel else "Bridge" if crossing.bridge else "Parkway"
        found.append(Stretch(a, b, line, crossing.kind, f"Sample {name} {number}", 0, flags))
    return found


def _carriageway(
    facts: Facts, way: Expressway, nodes: list[Metres], nearest: Nearest, name: str, *, forth: bool
) -> list[Stretch]:
    """One direction of an expressway, on the right of its line, with a slip road on and off at each ramp."""
    line = facts.flat.metres(way.line)[:: 1 if forth else -1]
    along = np.gradient(line, axis=0)
    right = np.column_stack([along[:, 1], -along[:, 0]]) / np.hypot(*along.T)[:, None]
    first, last = len(nodes), len(line) - 1
    nodes += list(line + right * HALF_MEDIAN_METRES)
    found = []
    for i in range(last):
        piece = i if forth else last - 1 - i
        flags = TUNNEL if piece in way.tunnels else 0
        found.append(_slip(facts, nodes, (first + i, first + i + 1), "motorway", name, flags))
    for ramp in way.ramps:
        i = ramp if forth else last - ramp
        ground = nearest(line[i])
        if i < last:
            found.append(_slip(facts, nodes, (ground, first + i), "motorway_link", f"{name} ramp"))
        if i > 0:
            found.append(_slip(facts, nodes, (first + i, ground), "motorway_link", f"{name} ramp"))
    return found


def _slip(
    facts: Facts, nodes: Sequence[Metres], ends: tuple[int, int], kind: str, name: str, flags: int = 0
) -> Stretch:
    line = np.array([nodes[ends[0]], nodes[ends[1]]])
    over_water = shapely.intersects(facts.sea, shapely.linestrings(line))
    return Stretch(*ends, line, kind, name, 1, flags or (BRIDGE if over_water else 0))


def smooth(line: Metres, times: int = 3) -> Metres:
    """The line with its corners cut again and again (Chaikin), its ends kept."""
    for _ in range(times if len(line) > 2 else 0):
        near = 0.75 * line[:-1] + 0.25 * line[1:]
        far = 0.25 * line[:-1] + 0.75 * line[1:]
        inner = np.stack([near, far], axis=1).reshape(-1, 2)[1:-1]
        line = np.concatenate([line[:1], inner, line[-1:]])
    return line
