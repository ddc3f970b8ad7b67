"""What annealing works on: a plan in the making, and room to try a move and take it back."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from solver.vanday import Floats, Ints

MOST = 15


class State(NamedTuple):
    """A plan in the making: what is unreached of each cell, how much of each good, free stays by site and
    day; by tour its kind, hours, and stops [place, slot, option] with the stop before the break."""

    left: Floats
    amount: Floats
    free: NDArray[np.int16]
    kind: Ints
    opens: Ints
    end: Ints
    longest: Ints
    sizes: Ints
    stops: Ints
    pause: Ints


class Scratch(NamedTuple):
    """Room to work in: candidate tours, two logs to undo a move by, the best stops met."""

    dice: NDArray[np.uint64]
    tally: Floats
    dirt: Ints
    new: Ints
    log: Ints
    old: Floats
    where: Ints
    before: Floats
    dirty: NDArray[np.bool_]
    changed: Ints
    kept: Ints
    kept_count: Ints
    kept_pause: Ints
    who: Ints
    sizes: Ints
    pauses: Ints
    point: Ints
    low: Ints
    high: Ints

    @classmethod
    def of(cls, state: State, seed: int) -> Scratch:
        """Room for the moves of a state. `tally` is the value now and at best, beside what it began with."""
        tours = len(state.kind)
        pair = [np.zeros(2, np.int64) for _ in range(6)]
        return cls(
            np.array([seed], np.uint64), np.zeros(2), np.zeros(1, np.int64),
            np.zeros((3, MOST + 1, 3), np.int64), np.zeros(1 << 16, np.int64), np.zeros(1 << 16),
            np.zeros(1 << 12, np.int64), np.zeros(1 << 12), np.zeros(tours, np.bool_),
            np.zeros(tours, np.int64), state.stops.copy(), state.sizes.copy(), state.pause.copy(), *pair,
        )  # fmt: skip
