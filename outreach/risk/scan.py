"""The scan: each evening, has a disk of the city had more overdoses of late than its past allows?

An expectation-based Poisson scan: over every H3 disk (2 to 4 rings, 2 to 6 km², and the whole city) and every
window of 1 to 14 days, the log likelihood that the rate rose, against a baseline that ends a week before the
window. Smaller disks were tried: they spend the budget of alarms on chance and find fewer true clusters.
"""

from __future__ import annotations

from dataclasses import dataclass

import h3
import numpy as np
from numpy.typing import NDArray

from outreach.risk.grid import Grid
from outreach.risk.past import Events

DISK_SIZES = {2: 19, 3: 37, 4: 61}
RINGS = max(DISK_SIZES)
CITY = RINGS + 1
SCALES = RINGS + 2
WINDOW_DAYS = 14
GUARD_DAYS = 7
LEAST_EVENTS = 3
LEVEL_DAYS = 56
SHARE_DAYS = 365
SMOOTH_METRES = 600.0
OWN_PART, SMOOTH_PART = 0.45, 0.5

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Cluster:
    """The most surprising disk of one scale on one evening: `rings` about `centre` (a position on the grid;
    `CITY` rings mean everywhere), `count` events in `days` days where `expected` were."""

    rings: int
    centre: int
    days: int
    count: float
    expected: float
    surprise: float


class Scan:
    """Evenings of one city. Baselines never see the last week before a window."""

    def __init__(self, grid: Grid, events: Events) -> None:
        self.grid, self.events = grid, events
        self.disk = _disks(grid)
        self._shares: dict[int, Floats] = {}
        self._smooth = grid.spread(SMOOTH_METRES, np.unique(events.cell))
        self._sources = np.unique(events.cell)

    def evening(self, day: int, extra: Events | None = None) -> list[Cluster]:
        """The most surprising disk of every scale at the end of `day`; `extra` are events added to the
        feed's own (a drill)."""
        recent = self.events.before(day + 1, day + 1 - WINDOW_DAYS)
        cell, age, weight = recent.cell, day - recent.day, recent.weight
        if extra is not None:
            added = extra.before(day + 1, day + 1 - WINDOW_DAYS)
            cell, weight = np.concatenate([cell, added.cell]), np.concatenate([weight, added.weight])
            age = np.concatenate([age, day - added.day])
        if not len(cell):
            return []
        levels = self._levels(day)
        found = [self._city(age, weight, levels)]
        found += self._local(cell, age, weight, levels, self._share(day))
        return found

    def _city(self, age: Ints, weight: Floats, levels: Floats) -> Cluster:
        counts = np.cumsum(np.bincount(age, weights=weight, minlength=WINDOW_DAYS))[None, :]
        expected = (levels * np.arange(1, WINDOW_DAYS + 1))[None, :]
        return _most_surprising(CITY, np.array([-1]), counts.astype(float), expected)

    def _local(self, cell: Ints, age: Ints, weight: Floats, levels: Floats, share: Floats) -> list[Cluster]:
        found = []
        for rings, size in DISK_SIZES.items():
            near = self.disk[cell, :size]
            inside = near >= 0
            centre, place = np.unique(near[inside], return_inverse=True)
            counts = np.zeros((len(centre), WINDOW_DAYS))
            ages = np.broadcast_to(age[:, None], near.shape)[inside]
            np.add.at(counts, (place, ages), np.broadcast_to(weight[:, None], near.shape)[inside])
            counts = counts.cumsum(axis=1)
            busy = counts[:, -1] >= LEAST_EVENTS
            if busy.any():
                around = self.disk[centre[busy], :size]
                part = np.where(around >= 0, share[around], 0.0).sum(axis=1)
                expected = part[:, None] * levels * np.arange(1, WINDOW_DAYS + 1)
                found.append(_most_surprising(rings, centre[busy], counts[busy], expected))
        return found

    def _levels(self, day: int) -> Floats:
        """Events a day over the eight weeks that end a week before each window."""
        ends = day + 1 - np.arange(1, WINDOW_DAYS + 1) - GUARD_DAYS
        first = int(self.events.day[0])
        starts = np.maximum(ends - LEVEL_DAYS, first)
        days = np.maximum(ends - starts, 1)
        total = np.concatenate([[0.0], np.cumsum(self.events.weight)])
        until = (
            total[np.searchsorted(self.events.day, ends)] - total[np.searchsorted(self.events.day, starts)]
        )
        return np.asarray((np.maximum(until, 0.0) + 1.0) / days)

    def _share(self, day: int) -> Floats:
        """Each cell's share of the last year that ended before any window or guard; renewed every week."""
        cut = (day - WINDOW_DAYS - GUARD_DAYS) // 7 * 7
        if cut not in self._shares:
            past = self.events.before(cut, cut - SHARE_DAYS)
            own = np.bincount(past.cell, weights=past.weight, minlength=len(self.grid)).astype(float)
            total = own.sum()
            even = np.full(len(self.grid), 1.0 / len(self.grid))
            if total > 0:
                smooth = np.asarray(self._smooth @ own[self._sources]) / total
                even = OWN_PART * own / total + SMOOTH_PART * smooth + (1 - OWN_PART - SMOOTH_PART) * even
            self._shares[cut] = even
        return self._shares[cut]


def _most_surprising(rings: int, centre: Ints, counts: Floats, expected: Floats) -> Cluster:
    risen = (counts > expected) & (counts >= LEAST_EVENTS)
    ratio = np.log(np.maximum(counts, 1.0) / np.maximum(expected, 1e-12))
    surprise = np.where(risen, counts * ratio + expected - counts, 0.0)
    row, window = np.unravel_index(int(np.argmax(surprise)), surprise.shape)
    return Cluster(
        rings,
        int(centre[row]),
        int(window) + 1,
        float(counts[row, window]),
        float(expected[row, window]),
        float(surprise[row, window]),
    )


def _disks(grid: Grid) -> NDArray[np.int64]:
    """Per cell the cells around it, ring by ring (61 in all); -1 outside the grid."""
    ringed = [cell for centre in grid.cells for ring in range(RINGS + 1) for cell in _ring(centre, ring)]
    return grid.where(ringed).reshape(len(grid), DISK_SIZES[RINGS])


def _ring(cell: str, ring: int) -> list[str]:
    return [str(other) for other in h3.grid_ring(cell, ring)]
