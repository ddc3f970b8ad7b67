"""A van's day as a graph, and a way through it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NEVER = -1e18
FAR = 1 << 40


@dataclass(frozen=True)
class Lattice:
    """A day's graph: slot k is `begin + k·step` seconds; rows of `drive[hour]` are local sites, then the
    base.

    `length[site, option]` in slots; stays that are not allowed have no prize (`NEVER`). No van leaves before
    `opens` or is back after `end`; nobody is on duty longer than `longest`. `rest` is the meal break (0:
    none), due within `after` seconds of leaving.
    """

    opens: int
    begin: int
    end: int
    step: int
    longest: int
    after: int
    rest: int
    first_hour: int
    drive: Ints
    setup: Ints
    packdown: Ints
    length: Ints

    @property
    def slots(self) -> int:
        """Slots from `begin` to `end`."""
        return (self.end - self.begin) // self.step + 1

    @property
    def last_hour(self) -> int:
        """The last hour of leaving that `drive` tells apart."""
        return self.first_hour + len(self.drive) - 1

    def departures(self) -> Ints:
        """Classes of departure told apart: row c is [earliest, latest] seconds. The last needs no meal
        break."""
        tight = min(self.longest, self.after if self.rest else FAR)
        if self.end - self.opens <= tight:
            return np.array([[self.opens, self.end]], np.int64)
        last = max(self.opens, self.end - tight)
        width = 3600 if last - self.opens <= 4 * 3600 else 7200
        cuts = [*range(self.opens, last, width), last]
        rows = [[a, b - 1] for a, b in pairwise(cuts)]
        return np.array([*rows, [last, self.end]], np.int64)


@dataclass(frozen=True)
class Route:
    """Stops of one van-day on a lattice: local site, slot and option of each; -1 or the stop before the
    break."""

    prize: float
    depart: int
    stops: tuple[tuple[int, int, int], ...]
    break_after: int = -1


class Day(NamedTuple):
    """A lattice with its prices, as compiled functions take it: `prizes[site, slot, option]`, driving by the
    second, duty by a `clock` that tells at each slot what duty until then costs; `classes` of departure.
    `on[hour, i, j]` and `paused` are slots from the end of service at i to the next at j, without and with
    the meal break; `toll` is what the drive costs."""

    begin: int
    end: int
    step: int
    longest: int
    after: int
    rest: int
    first_hour: int
    drive: Ints
    setup: Ints
    packdown: Ints
    length: Ints
    prizes: Floats
    clock: Floats
    classes: Ints
    on: NDArray[np.int16]
    paused: NDArray[np.int16]
    toll: Floats

    @classmethod
    def of(cls, lattice: Lattice, prizes: Floats, drive_cost: float, clock: Floats | None) -> Day:
        """A lattice at these prices; without a clock duty costs nothing."""
        ticks = np.zeros(lattice.slots + 1) if clock is None else clock
        whole = lattice.packdown[:, None] + lattice.drive[:, :-1, :-1] + lattice.setup[None, :]
        on, paused = (
            np.minimum(lattice.slots, -(-seconds // lattice.step)).astype(np.int16)
            for seconds in (whole, whole + lattice.rest)
        )
        return cls(
            lattice.begin, lattice.end, lattice.step, lattice.longest, lattice.after, lattice.rest,
            lattice.first_hour, lattice.drive, lattice.setup, lattice.packdown, lattice.length, prizes, ticks,
            lattice.departures(), on, paused, np.asarray(lattice.drive * drive_cost, np.float64),
        )  # fmt: skip
