"""Weave: where the crossings of a grown city lie and which of them a street joins.

Each quarter has rows of streets of its own bearing, with cross streets between two rows at a time, so that
most crossings are a T. Quarters are knit together over their borders by the Gabriel graph (two crossings
are joined when no third lies in the circle over them). Water cuts streets; parks leave only paths. A smooth
warp bends everything.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial import Delaunay, cKDTree

from outreach.place.synthetic.facts import Facts, Quarter

LONGEST_METRES = 700.0
NEAREST_METRES = 34.0
SHORE_METRES = 22.0
DEAD_ENDS = 0.14
Metres = NDArray[np.float64]
Pairs = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Warp:
    """A smooth bend of the plane: a sum of waves, each with its direction, length, phase and push."""

    waves: NDArray[np.float64]

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> Warp:
        """Long swells that bend a quarter, short ones that bend a street."""
        rows = []
        for length, push in ((2600, 70), (1700, 45), (1100, 30), (700, 16), (420, 8)):
            turn, phase, way = rng.uniform(0, 2 * math.pi, 3)
            k = 2 * math.pi / length
            across, along = (math.cos(turn), math.sin(turn)), (math.cos(way), math.sin(way))
            rows.append((k * across[0], k * across[1], phase, push * along[0], push * along[1]))
        return cls(np.array(rows))

    def bent(self, points: Metres) -> Metres:
        """The points after the bend."""
        phase = points @ self.waves[:, :2].T + self.waves[:, 2]
        return np.asarray(points + np.sin(phase) @ self.waves[:, 3:])


@dataclass(frozen=True, slots=True)
class Weave:
    """`points` are crossings before the bend, in flat metres; `streets` and `paths` are pairs of them;
    `quarter[i]` says whose pattern crossing i belongs to, the island being the last."""

    points: Metres
    quarter: NDArray[np.int64]
    streets: Pairs
    paths: Pairs
    warp: Warp

    @property
    def bent(self) -> Metres:
        """The crossings where they really lie."""
        return self.warp.bent(self.points)


def woven_city(facts: Facts, rng: np.random.Generator) -> Weave:
    """Crossings and the streets between them; each piece of land hangs together."""
    warp = Warp.drawn(rng)
    points, quarter, inner = _quarters(facts, warp, rng)
    knit = _knit(points, quarter, inner)
    pairs = np.concatenate([inner, knit])
    pairs = pairs[~_wet(facts, warp, points, pairs)]
    bent = warp.bent(points)
    green = _green(facts, bent, pairs)
    streets, closed = _thinned(bent, pairs[~green], rng)
    lanes = closed[rng.random(len(closed)) < 0.5]
    points, quarter, streets = _with_dead_ends(points, quarter, streets, rng)
    return Weave(points, quarter, streets, np.concatenate([pairs[green], lanes]), warp)


def _quarters(facts: Facts, warp: Warp, rng: np.random.Generator) -> tuple[Metres, NDArray[np.int64], Pairs]:
    """Every quarter's own crossings and streets, on land and nearer to its middle than to any other."""
    everyone = [*facts.quarters, facts.island]
    middles = facts.flat.metres([(quarter.lon, quarter.lat) for quarter in everyone])
    grids = [_pattern(quarter, middle, rng) for quarter, middle in zip(everyone, middles, strict=True)]
    sizes = [len(grid[0]) for grid in grids]
    points = np.concatenate([grid[0] for grid in grids])
    before = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    pairs = np.concatenate([grid[1] + first for grid, first in zip(grids, before, strict=True)])
    owner = np.repeat(np.arange(len(everyone)), sizes)
    keep = cKDTree(middles).query(points)[1] == owner
    keep &= _on_land(facts, warp.bent(points))
    place = np.cumsum(keep) - 1
    return points[keep], owner[keep], place[pairs[keep[pairs].all(axis=1)]]


def _on_land(facts: Facts, bent: Metres) -> NDArray[np.bool_]:
    """In the built-up outline, not too near the shore and not in a park."""
    land = shapely.difference(facts.built_up, shapely.buffer(facts.sea, SHORE_METRES))
    land = shapely.difference(shapely.union(land, facts.island_outline), facts.greens)
    shapely.prepare(land)
    return np.asarray(shapely.intersects(land, shapely.points(bent)))


def _pattern(quarter: Quarter, middle: Metres, rng: np.random.Generator) -> tuple[Metres, Pairs]:
    """Rows of streets, and between each two of them cross streets that seldom go on beyond."""
    short, long = quarter.block
    rows, columns = int(1.8 * quarter.reach / short), int(1.8 * quarter.reach / long)
    heights = np.cumsum(short * rng.uniform(0.8, 1.2, 2 * rows + 1))
    heights -= heights[rows]
    bands = [_cross_streets(columns, long, rng) for _ in heights[1:]]
    spots: list[tuple[float, float]] = []
    row_of: list[dict[float, int]] = []
    for row, height in enumerate(heights):
        meets = sorted({x for band in bands[max(row - 1, 0) : row + 1] for x in band})
        row_of.append({x: len(spots) + i for i, x in enumerate(meets)})
        spots += [(x, float(height)) for x in meets]
    pairs = [(row_of[r][x], row_of[r + 1][x]) for r, band in enumerate(bands) for x in band]
    pairs += [(a, a + 1) for row in row_of for a in list(row.values())[:-1]]
    turn = math.radians(quarter.bearing)
    spin = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    found = np.array(spots) + rng.normal(0, 0.03, (len(spots), 2)) * (long, short)
    return np.asarray(found @ spin + middle), np.array(pairs)


def _cross_streets(columns: int, long: float, rng: np.random.Generator) -> list[float]:
    """Where the streets between two rows stand: on a common raster often enough for some to run through."""
    shift = rng.choice([0.0, 0.5, 0.33], p=[0.4, 0.4, 0.2])
    places = (np.arange(-columns, columns + 1) + shift) * long
    return [float(round(x, 3)) for x in places[rng.random(len(places)) > 0.06]]


def _knit(points: Metres, quarter: NDArray[np.int64], inner: Pairs) -> Pairs:
    """Streets over the borders of quarters, none of them across another street."""
    pairs = _gabriel(points)
    pairs = pairs[quarter[pairs[:, 0]] != quarter[pairs[:, 1]]]
    streets = shapely.STRtree(shapely.linestrings(points[inner]))
    across = np.unique(streets.query(shapely.linestrings(points[pairs]), predicate="crosses")[0])
    return np.delete(pairs, across, axis=0)


def _gabriel(points: Metres) -> Pairs:
    triangles = Delaunay(points).simplices
    sides = np.concatenate([triangles[:, [0, 1, 2]], triangles[:, [1, 2, 0]], triangles[:, [2, 0, 1]]])
    low, high, across = sides[:, :2].min(axis=1), sides[:, :2].max(axis=1), sides[:, 2]
    middle = (points[low] + points[high]) / 2
    radius = np.hypot(*(points[low] - points[high]).T) / 2
    blocked = np.hypot(*(points[across] - middle).T) < radius * 0.985
    keys = low * len(points) + high
    bad = np.unique(keys[blocked | (2 * radius > LONGEST_METRES)])
    good = np.setdiff1d(keys, bad)
    return np.column_stack([good // len(points), good % len(points)])


def _wet(facts: Facts, warp: Warp, points: Metres, pairs: Pairs) -> NDArray[np.bool_]:
    steps = np.linspace(0, 1, 7)[:, None, None]
    line = points[pairs[:, 0]] * (1 - steps) + points[pairs[:, 1]] * steps
    bent = warp.bent(line.reshape(-1, 2)).reshape(line.shape).transpose(1, 0, 2)
    sea = facts.sea
    shapely.prepare(sea)
    return np.asarray(shapely.intersects(sea, shapely.linestrings(bent)))


def _green(facts: Facts, bent: Metres, pairs: Pairs) -> NDArray[np.bool_]:
    lines = shapely.linestrings(bent[pairs])
    return np.asarray(shapely.intersects(shapely.buffer(facts.greens, -30), lines))


def _thinned(bent: Metres, pairs: Pairs, rng: np.random.Generator) -> tuple[Pairs, Pairs]:
    """Streets taken away until crossings have as many arms as in a real city, nothing cut off by it: first
    where four streets meet, so that T-crossings remain, then here and there where three do."""
    arms = np.bincount(pairs.ravel(), minlength=len(bent))
    held, gone = _tree(len(bent), pairs, rng), np.zeros(len(pairs), bool)
    for least, share in ((4, 0.85), (3, 0.10)):
        for street in rng.permutation(np.flatnonzero(~held & ~gone)):
            ends = pairs[street]
            if arms[ends].min() >= least and rng.random() < share:
                gone[street] = True
                arms[ends] -= 1
    return pairs[~gone], pairs[gone]


def _tree(count: int, pairs: Pairs, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Streets that hold the city together, whatever else is taken away."""
    weight = csr_array((rng.uniform(1, 2, len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    row, column = minimum_spanning_tree(weight).tocoo().coords
    return np.isin(pairs[:, 0] * count + pairs[:, 1], row.astype(np.int64) * count + column)


def _with_dead_ends(
    points: Metres, quarter: NDArray[np.int64], streets: Pairs, rng: np.random.Generator
) -> tuple[Metres, NDArray[np.int64], Pairs]:
    """Short spurs into the widest gap between the streets of some crossings."""
    toward: list[list[float]] = [[] for _ in points]
    for one, other in streets:
        across = points[other] - points[one]
        toward[one].append(math.atan2(across[1], across[0]))
        toward[other].append(math.atan2(-across[1], -across[0]))
    chosen = [i for i, ways in enumerate(toward) if len(ways) in (2, 3) and rng.random() < DEAD_ENDS]
    ends = np.array([points[i] + _into_gap(toward[i], rng) for i in chosen]).reshape(-1, 2)
    clear = cKDTree(points).query(ends)[0] > NEAREST_METRES * 0.8
    roots, ends = np.array(chosen, np.int64)[clear], ends[clear]
    spurs = np.column_stack([roots, np.arange(len(roots)) + len(points)])
    return (
        np.concatenate([points, ends]),
        np.concatenate([quarter, quarter[roots]]),
        np.concatenate([streets, spurs]),
    )


def _into_gap(ways: list[float], rng: np.random.Generator) -> Metres:
    ordered = sorted(ways)
    gaps = [(b - a, a) for a, b in zip(ordered, [*ordered[1:], ordered[0] + 2 * math.pi], strict=True)]
    gap, first = max(gaps)
    reach = rng.uniform(28, 52)
    return np.array([math.cos(first + gap / 2), math.sin(first + gap / 2)]) * reach
