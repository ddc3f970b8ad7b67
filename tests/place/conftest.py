"""A square of streets whose every time can be reckoned by hand, and the real graphs where they are at hand.

d ──── c        100 m apart; a-b, b-c, c-d both ways at 36 km/h (10 m/s), d→a one-way only;
↓      │        a motorway m runs from b eastwards, with no street beside it.
a ──── b ═══ m
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from outreach.place.assembly import Edge, driven, walked
from outreach.place.ground import Flat, Position
from outreach.place.roads import Network
from outreach.place.streets import KINDS, Streets
from outreach.place.traffic import BANDS, DELAYS, GROUPS, Traffic

HERE = Flat(-71.08, 42.33)
CORNERS = {"a": (0.0, 0.0), "b": (100.0, 0.0), "c": (100.0, 100.0), "d": (0.0, 100.0), "m": (900.0, 0.0)}
PLAIN = Traffic({group: (1.0,) * len(BANDS) for group in GROUPS}, delays=dict.fromkeys(DELAYS, 0.0))


def at(east: float, north: float) -> Position:
    """A position in metres from the square's corner a."""
    lon, lat = HERE.positions(np.array([[east, north]]))[0]
    return float(lon), float(lat)


def street(tail: str, head: str, kind: str = "residential", flags: int = 0) -> Edge:
    """A straight street between two corners at 36 km/h, as long as the map says."""
    names = list(CORNERS)
    metres = float(np.hypot(*np.subtract(CORNERS[head], CORNERS[tail])))
    line = HERE.positions(np.array([CORNERS[tail], CORNERS[head]]))
    return Edge(
        names.index(tail), names.index(head), line, metres, 36.0, KINDS.index(kind), flags, f"{tail}{head}"
    )


def square_streets() -> list[Edge]:
    """The square's edges."""
    both = [("a", "b"), ("b", "c"), ("c", "d")]
    found = [street(*pair) for pair in both] + [street(head, tail) for tail, head in both]
    return [*found, street("d", "a"), street("b", "m", "motorway"), street("m", "b", "motorway")]


def corners() -> np.ndarray:
    """The corners' positions."""
    return HERE.positions(np.array(list(CORNERS.values())))


@pytest.fixture
def square(tmp_path: Path) -> Network:
    """The square as the network of a city folder."""
    lights = np.zeros(len(CORNERS), bool)
    driven(corners(), lights, square_streets(), "square").streets.save(tmp_path / "drive.npz")
    on_foot = [edge for edge in square_streets() if KINDS[edge.kind] != "motorway"]
    walked(corners(), lights, on_foot, "square").streets.save(tmp_path / "walk.npz")
    PLAIN.save(tmp_path / "traffic.toml")
    return Network.open(tmp_path)


@pytest.fixture(scope="session")
def real_roads() -> Callable[[str], Path]:
    """A real road file by name; skips, with the reason, where the data are not at hand."""

    def found(name: str) -> Path:
        folder = os.environ.get("OUTREACH_REAL_DATA")
        if not folder:
            pytest.skip("OUTREACH_REAL_DATA names no folder with real road graphs")
        path = Path(folder) / "roads" / name
        if not path.exists():
            pytest.skip(f"{path} is not there")
        return path

    return found


def as_graph(streets: Streets, milliseconds: np.ndarray) -> nx.DiGraph:
    """The network for an independent judge: networkx."""
    graph = nx.DiGraph()
    ends = zip(streets.tails.tolist(), streets.heads.tolist(), milliseconds.tolist(), strict=True)
    for tail, head, cost in ends:
        if not graph.has_edge(tail, head) or graph[tail][head]["weight"] > cost:
            graph.add_edge(tail, head, weight=cost)
    return graph
