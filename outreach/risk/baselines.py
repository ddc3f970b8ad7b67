"""Baselines: what a programme could do without a model. Every backtest runs them beside it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outreach.risk.grid import Grid
from outreach.risk.past import Past
from outreach.risk.plain import YEAR_WEEKS, PlainKernel

PSEUDO_COUNT = 0.1


class Baselines:
    """Last year's counts, the long-run rate and a kernel density, each as shares of the week to come."""

    def __init__(self, grid: Grid, past: Past) -> None:
        self.grid, self.past = grid, past
        self._year = past.discounted(np.inf, YEAR_WEEKS)
        self._ever = past.discounted(np.inf, past.weeks + 1)
        self._kernel = PlainKernel(grid, past)

    def at(self, week: int) -> dict[str, NDArray[np.float64]]:
        """Name → share of each cell; each sums to 1 and is nowhere 0."""
        return {
            "last_year_counts": self._counted(self._year[week]),
            "long_run_rate": self._counted(self._ever[week]),
            "kde": self._kernel.share(week, self._kernel.choose(week)),
        }

    def _counted(self, counts: NDArray[np.float64]) -> NDArray[np.float64]:
        found = np.full(len(self.grid), PSEUDO_COUNT)
        found[self.past.active] += counts
        return np.asarray(found / found.sum())
