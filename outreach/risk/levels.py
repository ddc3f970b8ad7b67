"""Levels: how many overdoses the whole city will have a week, and how surely that is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

HALF_LIVES_WEEKS = (2.0, 4.0, 8.0, 16.0, 32.0, 104.0)
DISPERSIONS = np.concatenate([[0.0], np.geomspace(0.001, 4.0, 40)])
BURN_IN = 8
SCORED_WEEKS = 104


@dataclass(frozen=True, slots=True)
class Level:
    """Expected weekly count of the city; its variance is mean + dispersion × mean²."""

    mean: float
    dispersion: float
    half_life_weeks: float


def forecast(totals: NDArray[np.float64], week: int | None = None) -> Level:
    """The level of `week` (the one after the last without it) from the weekly totals before it."""
    week = len(totals) if week is None else week
    if week == 0:
        return Level(0.0, 1.0, HALF_LIVES_WEEKS[-1])
    candidates = [_scored(totals, week, half_life) for half_life in HALF_LIVES_WEEKS]
    _, level = max(candidates, key=lambda scored: scored[0])
    return level


def negative_binomial(count: NDArray[np.float64], mean: NDArray[np.float64], dispersion: float) -> float:
    """Log likelihood of counts with variance mean + dispersion × mean² (Poisson at 0)."""
    mean = np.maximum(mean, 1e-12)
    if dispersion <= 0:
        return float(np.sum(count * np.log(mean) - mean - gammaln(count + 1)))
    size = 1.0 / dispersion
    return float(
        np.sum(
            gammaln(count + size)
            - gammaln(size)
            - gammaln(count + 1)
            + size * np.log(size / (size + mean))
            + count * np.log(mean / (size + mean))
        )
    )


def dispersion(count: NDArray[np.float64], mean: NDArray[np.float64]) -> float:
    """The dispersion under which the counts are most likely, given their forecast means."""
    if not len(count):
        return 0.0
    scores = [negative_binomial(count, mean, candidate) for candidate in DISPERSIONS]
    return float(DISPERSIONS[int(np.argmax(scores))])


def _scored(totals: NDArray[np.float64], week: int, half_life: float) -> tuple[float, Level]:
    means = np.array([_discounted_mean(totals, w, half_life) for w in range(1, week + 1)])
    ahead, actual = means[:-1][BURN_IN:][-SCORED_WEEKS:], totals[1:week][BURN_IN:][-SCORED_WEEKS:]
    spread = dispersion(actual, ahead) if len(actual) else 1.0 / max(1.0, float(totals[:week].sum()))
    score = negative_binomial(actual, ahead, spread) if len(actual) else -half_life
    return score, Level(float(means[-1]), spread, half_life)


def _discounted_mean(totals: NDArray[np.float64], week: int, half_life: float) -> float:
    decay = 0.5 ** (np.arange(week)[::-1] / half_life)
    return float((decay @ totals[:week]) / decay.sum())
