"""Scores: how good a forecast of next week's places was, in the measures that the field compares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import nbinom, poisson

TOPS = (0.01, 0.05, 0.10, 0.20)
BLOCK_WEEKS = 4
RESAMPLES = 2000

Floats = NDArray[np.float64]


def hits(score: Floats, counts: Floats, top: float) -> float:
    """How many of the counted events lie in the `top` share of units by score. Units with the same score at
    the rim share the places left, so that no order of the file helps anyone."""
    places = max(1, round(top * len(score)))
    rim = np.partition(score, len(score) - places)[len(score) - places]
    above, at = score > rim, score == rim
    left = places - int(above.sum())
    return float(counts[above].sum() + counts[at].sum() * left / max(1, int(at.sum())))


def best_hits(counts: Floats, top: float) -> float:
    """What a map that has seen the future would have hit."""
    places = max(1, round(top * len(counts)))
    return float(np.sort(counts)[::-1][:places].sum())


def log_score(share: Floats, counts: Floats) -> float:
    """Bits: the sum over events of log2 of the share forecast where they happened."""
    where = np.flatnonzero(counts)
    return float(counts[where] @ np.log2(share[where]))


def pit(counts: Floats, mean: Floats, dispersion: float, random: np.random.Generator) -> Floats:
    """Randomised probability integral transform of counts: uniform on 0..1 where the forecast is honest."""
    whole, mean = np.round(counts), np.maximum(mean, 1e-9)
    if dispersion > 0:
        size = 1.0 / dispersion
        chance = size / (size + mean)
        below, at = nbinom.cdf(whole - 1, size, chance), nbinom.pmf(whole, size, chance)
    else:
        below, at = poisson.cdf(whole - 1, mean), poisson.pmf(whole, mean)
    return np.asarray(below + random.random(len(whole)) * at)


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its 95 % interval."""

    estimate: float
    lower: float
    upper: float


def paired_difference(ours: Floats, theirs: Floats, events: Floats, seed: int = 0) -> Interval:
    """Our pooled hit rate less theirs, in points, resampling blocks of weeks together (moving blocks)."""
    if not len(events) or events.sum() == 0:
        return Interval(0.0, 0.0, 0.0)
    random = np.random.default_rng((seed, 5))
    block = min(BLOCK_WEEKS, len(events))
    starts = random.integers(0, len(events) - block + 1, (RESAMPLES, -(-len(events) // block)))
    rows = (starts[:, :, None] + np.arange(block)).reshape(RESAMPLES, -1)[:, : len(events)]
    difference = ours - theirs
    total = np.maximum(events[rows].sum(axis=1), 1e-9)
    resampled = 100 * difference[rows].sum(axis=1) / total
    low, high = np.quantile(resampled, (0.025, 0.975))
    return Interval(float(100 * difference.sum() / events.sum()), float(low), float(high))
