"""Shares: which part of the city's overdoses each cell will have. The spatial half of the model.

Three opinions: a Gamma-Poisson posterior with a smooth mixture as its prior, a sharper mixture that may also
believe in single cells, and one plain kernel. They are averaged by how well each foresaw the past, and the
average is raised to the power that past forecasts show to be right.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from outreach.risk.grid import Grid
from outreach.risk.mixture import SHARP_METRES, SMOOTH_METRES, Kernels, Weights
from outreach.risk.past import Past
from outreach.risk.plain import PlainKernel

WINDOW_WEEKS = 520
STRENGTHS = np.geomspace(0.05, 40.0, 24)
POWERS = np.linspace(0.7, 1.4, 29)
POWER_WEEKS = 26
YOUNG_WEEKS = 8
TRUST_ROUNDS = 30
TRUST_PSEUDO_EVENTS = 60.0

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Taste:
    """What was learned before a week: the weights of both mixtures, how many events the prior is worth, the
    plain kernel chosen, and how far each of the three opinions is trusted."""

    smooth: Weights = field(repr=False)
    sharp: Weights = field(repr=False)
    strength: float
    plain: int
    trust: Floats


@dataclass(frozen=True)
class Share:
    """Each cell's share of a week: `mean` sums to 1. `shape` says how firmly it is known: the posterior of a
    cell is a Gamma of that shape (strength × prior + own events)."""

    mean: Floats
    shape: Floats
    prior: Floats
    own: Floats
    power: float
    taste: Taste


class Shares:
    """Forecasts the shares of any week of a past from the weeks before it; later weeks learn from earlier
    forecasts."""

    def __init__(self, grid: Grid, past: Past) -> None:
        self.past = past
        self.smooth = Kernels.of(grid, past, window_weeks=WINDOW_WEEKS, bandwidths=SMOOTH_METRES)
        self.sharp = Kernels.of(grid, past, window_weeks=WINDOW_WEEKS, bandwidths=SHARP_METRES)
        self.plain = PlainKernel(grid, past)
        self.own = past.discounted(np.inf, WINDOW_WEEKS)
        self._own_total = self.own.sum(axis=1)
        self._blunt: dict[int, Floats] = {}
        self._scored: dict[int, Floats] = {}

    def forecast(self, week: int) -> Share:
        """The shares of `week` (0 is the first; `past.weeks` is the one to come)."""
        taste = self._learn(week)
        prior, own = self.smooth.share(week, taste.smooth), self._own_everywhere(week)
        self._blunt[week] = self._blend(week, taste)
        power = self._power(week, taste)
        mean = self._blunt[week] ** power
        return Share(mean / mean.sum(), taste.strength * prior + own, prior, own, power, taste)

    def hindsight(self, week: int, now: Share) -> Floats:
        """What would have been forecast for an earlier week, with today's power."""
        raised = self._unsharpened(week, now.taste) ** now.power
        return np.asarray(raised / raised.sum())

    def _learn(self, week: int) -> Taste:
        smooth, sharp, plain = self.smooth.learn(week), self.sharp.learn(week), self.plain.choose(week)
        rows = self.smooth.scored(week)
        strength = self._strength(week, smooth, rows)
        opinions = np.column_stack(
            [
                self._posterior_foreseen(smooth, strength, rows),
                self.sharp.foreseen(sharp)[rows],
                self.plain.foreseen(plain)[rows],
            ]
        )
        return Taste(smooth, sharp, strength, plain, _trust(opinions, self.past.happenings[2][rows]))

    def _blend(self, week: int, taste: Taste) -> Floats:
        posterior = taste.strength * self.smooth.share(week, taste.smooth) + self._own_everywhere(week)
        opinions = (
            posterior / posterior.sum(),
            self.sharp.share(week, taste.sharp),
            self.plain.share(week, taste.plain),
        )
        return np.asarray(sum(part * one for part, one in zip(taste.trust, opinions, strict=True)))

    def _unsharpened(self, week: int, taste: Taste) -> Floats:
        if week not in self._blunt:
            self._blunt[week] = self._blend(week, taste)
        return self._blunt[week]

    def _own_everywhere(self, week: int) -> Floats:
        own = np.zeros(len(self.smooth.grid))
        own[self.past.active] = self.own[week]
        return own

    def _posterior_foreseen(self, smooth: Weights, strength: float, rows: slice) -> Floats:
        weeks, cells, _ = (part[rows] for part in self.past.happenings)
        prior, own = self.smooth.foreseen(smooth)[rows], self.own[weeks, cells]
        return np.asarray((strength * prior + own) / (strength + self._own_total[weeks]))

    def _strength(self, week: int, smooth: Weights, rows: slice) -> float:
        """How many events the prior is worth: what best foresaw the past."""
        weight = self.past.happenings[2][rows]
        strengths = STRENGTHS * max(1.0, float(self._own_total[week]))
        scores = [weight @ np.log(self._posterior_foreseen(smooth, a, rows)) for a in strengths]
        return float(strengths[int(np.argmax(scores))])

    def _power(self, week: int, taste: Taste) -> float:
        """The power that would have made the last half year's forecasts best."""
        if week <= YOUNG_WEEKS:
            return 1.0
        scored = [
            self._powers_scored(earlier, taste) for earlier in range(week - POWER_WEEKS, week) if earlier > 0
        ]
        return float(POWERS[int(np.argmax(np.sum(scored, axis=0)))])

    def _powers_scored(self, week: int, taste: Taste) -> Floats:
        """The log score that each power would have had in an earlier week."""
        if week not in self._scored:
            share, seen = self._unsharpened(week, taste), self.past.counts[week]
            at_events = float(seen @ np.log(share[self.past.active]))
            spread = np.log([np.sum(share**power) for power in POWERS])
            self._scored[week] = POWERS * at_events - seen.sum() * spread
        return self._scored[week]


def _trust(opinions: Floats, weight: Floats) -> Floats:
    """The weights of the opinions under which the events seen are likeliest, held towards equal ones."""
    count = opinions.shape[1]
    trust = np.full(count, 1.0 / count)
    for _ in range(TRUST_ROUNDS):
        shares = opinions * trust
        blame = shares / shares.sum(axis=1, keepdims=True)
        trust = weight @ blame + TRUST_PSEUDO_EVENTS / count
        trust = trust / trust.sum()
    return np.asarray(trust)
