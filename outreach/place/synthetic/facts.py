"""Facts: what the demonstration city is grown from (`data/demo/boston.toml`)."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from outreach.place.ground import Bounds, Flat, Position
from outreach.settings import packaged


@dataclass(frozen=True, slots=True)
class Quarter:
    """A part of town with a street grid of its own: `reach` and `block` in metres, `bearing` in degrees."""

    lon: float
    lat: float
    reach: float
    block: tuple[float, float]
    bearing: float
    name: str = ""


@dataclass(frozen=True, slots=True)
class Park:
    """Green land without streets, crossed by paths."""

    name: str
    lon: float
    lat: float
    reach: float


@dataclass(frozen=True, slots=True)
class Crossing:
    """A street between crossings the weave leaves apart: a bridge, a tunnel or a parkway over land."""

    kind: str
    line: tuple[Position, ...]
    tunnel: bool = False
    bridge: bool = False


@dataclass(frozen=True, slots=True)
class Expressway:
    """Two carriageways along a line, joined to the streets at `ramps`; pieces in `tunnels` run below."""

    line: tuple[Position, ...]
    ramps: tuple[int, ...]
    tunnels: tuple[int, ...] = ()


@dataclass(frozen=True)
class Facts:
    """The demonstration city before any street is grown."""

    name: str
    timezone: str
    bounds: Bounds
    quarters: tuple[Quarter, ...]
    island: Quarter
    trap: tuple[Position, int]
    parks: tuple[Park, ...]
    water: tuple[tuple[str, tuple[Position, ...]], ...]
    crossings: tuple[Crossing, ...]
    expressways: tuple[Expressway, ...]
    flat: Flat = field(compare=False)

    @cached_property
    def sea(self) -> shapely.Geometry:
        """All water, in flat metres."""
        wet = shapely.union_all(
            [shapely.Polygon(_rounded(self.flat.metres(outline))) for _, outline in self.water]
        )
        return shapely.difference(wet, shapely.buffer(self.island_outline, 60))

    @cached_property
    def built_up(self) -> shapely.Geometry:
        """Where the mainland's streets are grown, in flat metres: round every middle, gaps closed."""
        middles = self.flat.metres([(quarter.lon, quarter.lat) for quarter in self.quarters])
        discs = shapely.buffer(shapely.points(middles), [quarter.reach for quarter in self.quarters])
        return shapely.buffer(shapely.buffer(shapely.union_all(discs), 500), -500)

    @cached_property
    def island_outline(self) -> shapely.Geometry:
        """The island, in flat metres; it rises from the sea."""
        return shapely.buffer(
            shapely.points(self.flat.metres([(self.island.lon, self.island.lat)]))[0], self.island.reach
        )

    @cached_property
    def greens(self) -> shapely.Geometry:
        """All parks, in flat metres."""
        return shapely.union_all([self.outline(park) for park in self.parks])

    def outline(self, park: Park) -> shapely.Geometry:
        """A park's edge in flat metres: no circle, but the same wavy shape every time."""
        turn = np.linspace(0, 2 * np.pi, 48, endpoint=False)
        wave = 1 + 0.14 * np.sin(3 * turn + park.lon * 900) + 0.08 * np.sin(5 * turn + park.lat * 700)
        rim = park.reach * wave[:, None] * np.column_stack([np.cos(turn), np.sin(turn)])
        return shapely.Polygon(self.flat.metres([(park.lon, park.lat)]) + rim)


def _rounded(ring: NDArray[np.float64]) -> NDArray[np.float64]:
    """A shore drawn with few points, its corners cut twice."""
    for _ in range(2):
        after = np.roll(ring, -1, axis=0)
        ring = np.stack([0.75 * ring + 0.25 * after, 0.25 * ring + 0.75 * after], axis=1).reshape(-1, 2)
    return ring


def boston() -> Facts:
    """The packaged demonstration city."""
    found = tomllib.loads(packaged("demo/boston.toml").read_text("utf-8"))
    west, south, east, north = found["bounds"]
    return Facts(
        name=found["name"],
        timezone=found["timezone"],
        bounds=(west, south, east, north),
        quarters=tuple(_quarter(**row) for row in found["neighbourhood"]),
        island=_quarter(**found["island"]),
        trap=((found["trap"]["lon"], found["trap"]["lat"]), found["trap"]["nodes"]),
        parks=tuple(Park(**row) for row in found["park"]),
        water=tuple((row["name"], _line(row["outline"])) for row in found["water"]),
        crossings=tuple(
            Crossing(row["kind"], _line(row["line"]), row.get("tunnel", False), row.get("bridge", False))
            for row in found["crossing"]
        ),
        expressways=tuple(
            Expressway(_line(row["line"]), tuple(row["ramps"]), tuple(row.get("tunnels", ())))
            for row in found["expressway"]
        ),
        flat=Flat((west + east) / 2, (south + north) / 2),
    )


def _quarter(
    lon: float, lat: float, reach: float, block: Sequence[float], bearing: float, name: str = ""
) -> Quarter:
    return Quarter(lon, lat, reach, (block[0], block[1]), bearing, name)


def _line(points: Sequence[Sequence[float]]) -> tuple[Position, ...]:
    return tuple((lon, lat) for lon, lat in points)
