"""The past: a city's incidents as weekly counts per cell, as a forecast made then would have seen them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from outreach.risk.grid import Grid

WEEK = 7
MOST_A_WEEK = 250
DAY_STARTS_MINUTE = 120


@dataclass(frozen=True)
class Events:
    """Incidents on a grid: `cell` positions, `day` ordinals (the risk day begins at 02:00), `minute` after
    midnight or -1, `weight` in overdoses."""

    cell: NDArray[np.int64]
    day: NDArray[np.int64]
    minute: NDArray[np.int64]
    weight: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        cell: NDArray[np.int64],
        day: NDArray[np.int64],
        minute: NDArray[np.int64] | None = None,
        weight: NDArray[np.float64] | None = None,
    ) -> Events:
        """Events that lie on the grid, on their risk days, the earliest first."""
        minute = np.full(len(cell), -1, np.int64) if minute is None else minute
        weight = np.ones(len(cell)) if weight is None else weight
        risk_day = day - ((minute >= 0) & (minute < DAY_STARTS_MINUTE))
        kept = np.flatnonzero((cell >= 0) & (weight > 0))
        order = kept[np.argsort(risk_day[kept], kind="stable")]
        return cls(cell[order], risk_day[order], minute[order], weight[order])

    def __len__(self) -> int:
        return len(self.cell)

    def only(self, kept: NDArray[np.bool_]) -> Events:
        """Those marked."""
        return Events(self.cell[kept], self.day[kept], self.minute[kept], self.weight[kept])

    def before(self, day: int, since: int | None = None) -> Events:
        """Those before `day` (and from `since` on)."""
        low = 0 if since is None else int(np.searchsorted(self.day, since))
        high = int(np.searchsorted(self.day, day))
        return Events(self.cell[low:high], self.day[low:high], self.minute[low:high], self.weight[low:high])


@dataclass(frozen=True)
class Past:
    """Whole weeks up to `origin` (the first day not seen). `counts[w, a]` is the weight of week w in the
    cell `active[a]`; cells in which nothing ever happened are left out."""

    origin: int
    active: NDArray[np.int64]
    counts: NDArray[np.float64]

    @classmethod
    def of(cls, events: Events, origin: int, weeks: int | None = None) -> Past:
        """The weeks before `origin` (at most `weeks`, else all whole weeks since the first event)."""
        seen = events.before(origin)
        available = (origin - int(seen.day[0])) // WEEK if len(seen) else 0
        length = max(1, available if weeks is None else min(weeks, available))
        kept = seen.before(origin, origin - WEEK * length)
        active, place = np.unique(kept.cell, return_inverse=True)
        counts = np.zeros((length, len(active)))
        week = (kept.day - (origin - WEEK * length)) // WEEK
        np.add.at(counts, (week, place), kept.weight)
        return cls(origin, active, counts)

    @property
    def weeks(self) -> int:
        """How many whole weeks there are."""
        return len(self.counts)

    @cached_property
    def totals(self) -> NDArray[np.float64]:
        """The whole city's weekly counts."""
        return np.asarray(self.counts.sum(axis=1))

    @cached_property
    def happenings(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """The weeks, active cells and weights in which something happened, by week: what the model learns
        its few weights from. Of fuller weeks every second, third … cell is taken, which is plenty."""
        week, cell = np.nonzero(self.counts)
        order = np.arange(len(week)) - np.searchsorted(week, week)
        step = -(-np.bincount(week, minlength=self.weeks) // MOST_A_WEEK)
        kept = order % np.maximum(step, 1)[week] == week % np.maximum(step, 1)[week]
        week, cell, every = week[kept], cell[kept], np.maximum(step, 1)[week[kept]]
        return week.astype(np.int64), cell.astype(np.int64), self.counts[week, cell] * every

    def discounted(self, half_life_days: float, window_weeks: int) -> NDArray[np.float64]:
        """Per week w (one more than there are) the discounted counts of the `window_weeks` before it."""
        ages = np.arange(self.weeks + 1)[:, None] - np.arange(self.weeks)[None, :]
        decay = np.where(
            (ages >= 1) & (ages <= window_weeks), 0.5 ** ((ages - 0.5) * WEEK / half_life_days), 0.0
        )
        return np.asarray(decay @ self.counts)

    def spread(self, grid: Grid, bandwidth_m: float) -> csr_array:
        """The kernel of that width from the active cells over the grid, laid out once."""
        if bandwidth_m not in self._spreads:
            self._spreads[bandwidth_m] = grid.spread(bandwidth_m, self.active)
        return self._spreads[bandwidth_m]

    @cached_property
    def _spreads(self) -> dict[float, csr_array]:
        return {}
