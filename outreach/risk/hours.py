"""Hours: at what time of day overdoses happen, city-wide, from clocks that can be believed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BANDS = 6
FIRST_BAND_MINUTE = 120
BAND_MINUTES = 240
DAY_MINUTES = 1440
PRIOR_EVENTS = 12.0
FORGET_DAYS = 730.0


def band_of(minute: NDArray[np.int64]) -> NDArray[np.int64]:
    """The risk band 0..5 of minutes after midnight: four hours each from 02:00."""
    return (minute - FIRST_BAND_MINUTE) % DAY_MINUTES // BAND_MINUTES


def profile(
    minute: NDArray[np.int64], weight: NDArray[np.float64] | None = None
) -> tuple[NDArray[np.float64], float]:
    """Each band's share of a day (sums to 1) and how many events stand behind it.

    Minutes of -1 are ignored; few events leave the profile near flat.
    """
    weight = np.ones(len(minute)) if weight is None else weight
    told = minute >= 0
    counts = np.bincount(band_of(minute[told]), weights=weight[told], minlength=BANDS)
    events = float(counts.sum())
    return np.asarray((counts + PRIOR_EVENTS / BANDS) / (events + PRIOR_EVENTS), float), events
