"""The mixture: kernels that forget at several speeds, weighted by how well each foresaw the next week."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from outreach.risk.grid import Grid
from outreach.risk.past import Past

HALF_LIVES_DAYS = (14.0, 30.0, 60.0, 120.0, 240.0, 730.0, np.inf)
SMOOTH_METRES = (300.0, 700.0, 1500.0)
SHARP_METRES = (0.0, *SMOOTH_METRES)
ROUNDS = 40
SCORED_WEEKS = 104
PSEUDO_EVENTS = 0.5

Floats = NDArray[np.float64]
Weights = Floats


@dataclass(frozen=True)
class Kernels:
    """Every pair of half-life and bandwidth as a density over the grid, for each week from what came before.

    `seen[e, k]`: the density that component k gave, beforehand, to happening e of `past.happenings`; the last
    component is uniform.
    """

    grid: Grid
    past: Past
    recent: tuple[NDArray[np.float64], ...]
    spreads: tuple[csr_array, ...]
    seen: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        grid: Grid,
        past: Past,
        *,
        window_weeks: int,
        bandwidths: tuple[float, ...],
        half_lives: tuple[float, ...] = HALF_LIVES_DAYS,
    ) -> Kernels:
        """Lay every kernel over the past; week w sees at most `window_weeks` before it."""
        recent = tuple(_normalised(past.discounted(h, window_weeks)) for h in half_lives)
        spreads = tuple(past.spread(grid, bandwidth) for bandwidth in bandwidths)
        return cls(grid, past, recent, spreads, _foreseen(grid, past, recent, spreads))

    def scored(self, week: int) -> slice:
        """The happenings a forecast for `week` may learn from: those of the two years before it."""
        weeks = self.past.happenings[0]
        first = max(min(4, week - 1), week - SCORED_WEEKS)
        return slice(int(np.searchsorted(weeks, first)), int(np.searchsorted(weeks, week)))

    def learn(self, week: int, start: Weights | None = None) -> Weights:
        """The mixture weights that best foresaw the last two years, by expectation and maximisation."""
        rows = self.scored(week)
        seen, weight = self.seen[rows], self.past.happenings[2][rows]
        count = self.seen.shape[1]
        mix = np.full(count, 1.0 / count) if start is None else start
        for _ in range(ROUNDS):
            shares = seen * mix
            blame = shares / shares.sum(axis=1, keepdims=True)
            mix = weight @ blame + PSEUDO_EVENTS / count
            mix /= mix.sum()
        return np.asarray(mix)

    def foreseen(self, weights: Weights) -> NDArray[np.float64]:
        """The mixture's density, beforehand, at every happening."""
        return np.asarray(self.seen @ weights)

    def share(self, week: int, weights: Weights) -> NDArray[np.float64]:
        """Each cell's share of what `week` will bring; sums to 1."""
        by_speed = weights[:-1].reshape(len(self.recent), len(self.spreads))
        found = np.full(len(self.grid), weights[-1] / len(self.grid))
        for place, spread in enumerate(self.spreads):
            source = np.zeros(len(self.past.active))
            for weight, recent in zip(by_speed[:, place], self.recent, strict=True):
                source += weight * recent[week]
            found += spread @ source
        return np.asarray(found / found.sum())


def _foreseen(grid: Grid, past: Past, recent: tuple[Floats, ...], spreads: tuple[csr_array, ...]) -> Floats:
    """What each component gave, beforehand, to every happening: week by week, only where one was."""
    weeks, cells, _ = past.happenings
    found = np.full((len(weeks), len(recent) * len(spreads) + 1), 1.0 / len(grid))
    first = np.searchsorted(weeks, np.arange(past.weeks + 1))
    for place, spread in enumerate(spreads):
        near = csr_array(spread[past.active])
        for week in np.unique(weeks):
            rows = slice(int(first[week]), int(first[week + 1]))
            before = np.column_stack([one[week] for one in recent])
            found[rows, place : -1 : len(spreads)] = near[cells[rows]] @ before
    return found


def _normalised(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    total = rows.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(rows, total, out=np.zeros_like(rows), where=total > 0))
