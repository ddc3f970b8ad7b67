"""Intensity: where, when and how many, put together: city level × share of the cell × share of the band."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outreach.risk import hours, levels
from outreach.risk.grid import Grid
from outreach.risk.levels import Level
from outreach.risk.past import Events, Past
from outreach.risk.shares import Share, Shares

CALIBRATION_WEEKS = 26
TOP = 0.05


@dataclass(frozen=True)
class Intensity:
    """What one week from `origin` will bring. `dispersion` is how much more than Poisson the weekly counts of
    the cells that matter vary about their forecasts (variance mean + dispersion × mean²)."""

    grid: Grid
    origin: int
    level: Level
    share: Share
    bands: NDArray[np.float64]
    band_events: float
    dispersion: float

    @property
    def weekly(self) -> NDArray[np.float64]:
        """The expected number of overdoses per cell and week."""
        return self.level.mean * self.share.mean


class Intensities:
    """The model at every week of a past, each seeing only what came before it. `clocked` are the events
    whose times of day can be believed."""

    def __init__(self, grid: Grid, events: Events, origin: int, clocked: Events | None = None) -> None:
        self.grid = grid
        self.past = Past.of(events, origin)
        self.clocked = events if clocked is None else clocked
        self.shares = Shares(grid, self.past)
        self._weekly: dict[int, NDArray[np.float64]] = {}

    def at(self, week: int | None = None) -> Intensity:
        """The model of `week` (the one to come without it)."""
        week = self.past.weeks if week is None else week
        origin = self.past.origin - 7 * (self.past.weeks - week)
        seen = self.clocked.before(origin, origin - round(hours.FORGET_DAYS))
        bands, events = hours.profile(seen.minute, seen.weight)
        share = self.shares.forecast(week)
        level = levels.forecast(self.past.totals, week)
        return Intensity(self.grid, origin, level, share, bands, events, self._dispersion(week, share))

    def _dispersion(self, week: int, share: Share) -> float:
        """How far the recent weeks' counts in the riskiest cells lay from what was forecast for them."""
        counts, means = [], []
        for earlier in range(max(9, week - CALIBRATION_WEEKS), week):
            forecast = self._forecast(earlier, share)
            top = np.argsort(-forecast, kind="stable")[: max(1, round(TOP * len(forecast)))]
            seen = np.zeros(len(forecast))
            seen[self.past.active] = self.past.counts[earlier]
            counts.append(seen[top])
            means.append(forecast[top])
        return levels.dispersion(np.concatenate(counts), np.concatenate(means)) if counts else 0.3

    def _forecast(self, week: int, share: Share) -> NDArray[np.float64]:
        if week not in self._weekly:
            level = levels.forecast(self.past.totals, week)
            self._weekly[week] = level.mean * self.shares.hindsight(week, share)
        return self._weekly[week]


def fit(grid: Grid, events: Events, origin: int, clocked: Events | None = None) -> Intensity:
    """The model for the week from `origin` on, given the events before it."""
    return Intensities(grid, events, origin, clocked).at()
