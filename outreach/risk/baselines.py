"""Baselines: what a programme could do without a model. Every backtest runs them beside it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outreach.risk.grid import Grid
from outreach.risk.mixture import Kernels
from outreach.risk.past import Past

YEAR_WEEKS = 52
KDE_METRES = (150.0, 250.0, 400.0, 600.0, 900.0, 1400.0)
KDE_FLOOR = 0.01
PSEUDO_COUNT = 0.1


class Baselines:
    """Last year's counts, the long-run rate and a kernel density, each as shares of the week to come."""

    def __init__(self, grid: Grid, past: Past) -> None:
        self.grid, self.past = grid, past
        self._year = past.discounted(np.inf, YEAR_WEEKS)
        self._ever = past.discounted(np.inf, past.weeks + 1)
        self._kernels = Kernels.of(
            grid, past, window_weeks=YEAR_WEEKS, bandwidths=KDE_METRES, half_lives=(np.inf,)
        )

    def at(self, week: int) -> dict[str, NDArray[np.float64]]:
        """Name → share of each cell; each sums to 1 and is nowhere 0."""
        return {
            "last_year_counts": self._counted(self._year[week]),
            "long_run_rate": self._counted(self._ever[week]),
            "kde": self._kde(week),
        }

    def _counted(self, counts: NDArray[np.float64]) -> NDArray[np.float64]:
        found = np.full(len(self.grid), PSEUDO_COUNT)
        found[self.past.active] += counts
        return np.asarray(found / found.sum())

    def _kde(self, week: int) -> NDArray[np.float64]:
        """A Gaussian kernel density of the last year, its bandwidth the one that best foresaw that year, with
        1 % spread evenly so that it never says never."""
        rows = self._kernels.scored(week)
        weight = self._kernels.past.happenings[2][rows]
        floored = (1 - KDE_FLOOR) * self._kernels.seen[rows, :-1] + KDE_FLOOR / len(self.grid)
        best = int(np.argmax(weight @ np.log(floored)))
        weights = np.zeros(len(KDE_METRES) + 1)
        weights[best], weights[-1] = 1 - KDE_FLOOR, KDE_FLOOR
        return self._kernels.share(week, weights)
