"""Shares: which part of the city's overdoses each cell will have. The spatial half of the model.

A Gamma-Poisson posterior on two years with a smooth mixture as its prior, averaged with a sharper mixture on
one year, then raised to the power that past forecasts show to be right.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from outreach.risk.grid import Grid
from outreach.risk.mixture import SHARP_METRES, SMOOTH_METRES, Kernels, Weights
from outreach.risk.past import Past

POSTERIOR_WEEKS = 104
SHARP_WEEKS = 52
STRENGTHS = np.geomspace(0.05, 40.0, 24)
POWERS = np.linspace(0.7, 1.4, 29)
POWER_WEEKS = 26


@dataclass(frozen=True)
class Share:
    """Each cell's share of a week: `mean` sums to 1. `events` and `strength` say how firmly it is known: the
    posterior of a cell is a Gamma with shape strength × prior + own events."""

    mean: NDArray[np.float64]
    shape: NDArray[np.float64]
    prior: NDArray[np.float64]
    own: NDArray[np.float64]
    strength: float
    power: float
    smooth: Weights = field(repr=False)
    sharp: Weights = field(repr=False)


class Shares:
    """Forecasts the shares of any week of a past from the weeks before it; later weeks learn from earlier
    forecasts."""

    def __init__(self, grid: Grid, past: Past) -> None:
        self.past = past
        self.smooth = Kernels.of(grid, past, window_weeks=POSTERIOR_WEEKS, bandwidths=SMOOTH_METRES)
        self.sharp = Kernels.of(grid, past, window_weeks=SHARP_WEEKS, bandwidths=SHARP_METRES)
        self.own = past.discounted(np.inf, POSTERIOR_WEEKS)
        self._blunt: dict[int, NDArray[np.float64]] = {}

    def forecast(self, week: int) -> Share:
        """The shares of `week` (0 is the first; `past.weeks` is the one to come)."""
        smooth, sharp = self.smooth.learn(week), self.sharp.learn(week)
        strength = self._strength(week, smooth)
        prior = self.smooth.share(week, smooth)
        own = self._own_everywhere(week)
        shape = strength * prior + own
        blunt = self._blend(week, smooth, sharp, strength)
        self._blunt[week] = blunt
        for earlier in range(max(1, week - POWER_WEEKS), week):
            if earlier not in self._blunt:
                self._blunt[earlier] = self._blend(earlier, smooth, sharp, strength)
        power = self._power(week)
        mean = blunt**power
        return Share(mean / mean.sum(), shape, prior, own, strength, power, smooth, sharp)

    def hindsight(self, week: int, now: Share) -> NDArray[np.float64]:
        """What would have been forecast for an earlier week, with today's power."""
        if week not in self._blunt:
            self._blunt[week] = self._blend(week, now.smooth, now.sharp, now.strength)
        raised = self._blunt[week] ** now.power
        return np.asarray(raised / raised.sum())

    def _blend(self, week: int, smooth: Weights, sharp: Weights, strength: float) -> NDArray[np.float64]:
        posterior = strength * self.smooth.share(week, smooth) + self._own_everywhere(week)
        mean = 0.5 * posterior / posterior.sum() + 0.5 * self.sharp.share(week, sharp)
        return np.asarray(mean)

    def _own_everywhere(self, week: int) -> NDArray[np.float64]:
        own = np.zeros(len(self.smooth.grid))
        own[self.past.active] = self.own[week]
        return own

    def _strength(self, week: int, smooth: Weights) -> float:
        """How many events the prior is worth: what best foresaw the last year."""
        rows = self.smooth.scored(week)
        weeks, cells, weight = (part[rows] for part in self.past.happenings)
        if not len(weeks):
            return 1.0
        total = self.own.sum(axis=1)
        strengths = STRENGTHS * max(1.0, float(total[week]))
        prior, own = self.smooth.foreseen(smooth)[rows], self.own[weeks, cells]
        scores = [weight @ np.log((a * prior + own) / (a + total[weeks])) for a in strengths]
        return float(strengths[int(np.argmax(scores))])

    def _power(self, week: int) -> float:
        """The power that would have made the last half year's forecasts best."""
        scores = np.zeros(len(POWERS))
        for earlier in range(max(1, week - POWER_WEEKS), week):
            log_share = np.log(self._blunt[earlier])
            seen = self.past.counts[earlier]
            at_events = float(seen @ log_share[self.past.active])
            top = log_share.max()
            for place, power in enumerate(POWERS):
                spread = power * top + np.log(np.exp(power * (log_share - top)).sum())
                scores[place] += power * at_events - seen.sum() * spread
        return float(POWERS[int(np.argmax(scores))]) if week > 8 else 1.0
