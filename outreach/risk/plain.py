"""The plain kernel: one Gaussian bandwidth over the last year or the whole past, whichever foresaw best.

It is what a careful analyst would draw by hand: the model's third opinion, and the backtest's KDE baseline.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outreach.risk.grid import Grid
from outreach.risk.mixture import Kernels
from outreach.risk.past import Past

YEAR_WEEKS = 52
BANDWIDTHS_METRES = (150.0, 250.0, 400.0, 600.0, 900.0, 1400.0)
FLOOR = 0.01

Floats = NDArray[np.float64]


class PlainKernel:
    """Chosen anew for every week by how the last two years' events were foreseen; 1 % of it is spread evenly,
    so that it never says never."""

    def __init__(self, grid: Grid, past: Past) -> None:
        self.grid, self.past = grid, past
        self._windows = [
            Kernels.of(grid, past, window_weeks=weeks, bandwidths=BANDWIDTHS_METRES, half_lives=(np.inf,))
            for weeks in (YEAR_WEEKS, past.weeks + 1)
        ]
        self._seen = np.concatenate([kernels.seen[:, :-1] for kernels in self._windows], axis=1)
        self._seen = (1 - FLOOR) * self._seen + FLOOR / len(grid)

    def choose(self, week: int) -> int:
        """The window and bandwidth that best foresaw the events before `week`."""
        rows = self._windows[0].scored(week)
        return int(np.argmax(self.past.happenings[2][rows] @ np.log(self._seen[rows])))

    def foreseen(self, choice: int) -> Floats:
        """The density a choice gave, beforehand, to every happening of the past."""
        return np.asarray(self._seen[:, choice])

    def share(self, week: int, choice: int) -> Floats:
        """Each cell's share of `week`; sums to 1."""
        window, bandwidth = divmod(choice, len(BANDWIDTHS_METRES))
        weights = np.zeros(len(BANDWIDTHS_METRES) + 1)
        weights[bandwidth], weights[-1] = 1 - FLOOR, FLOOR
        return self._windows[window].share(week, weights)
