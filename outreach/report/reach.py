"""Reach: expected overdoses within a walk of a van while it is there, by the formula plans are made by.

Per cell and week: risk × (1 − exp(−1.2 · z)), where z is the hours a van stood within a walk, each weighted
by how many would walk and by its band's share of the week's risk (docs/problem.md). The same sum is taken
over what was planned and over what was delivered.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

SATURATION = 1.2
BANDS = 6
FIRST_BAND_STARTS = 2 * 60
BAND_MINUTES = 4 * 60


@dataclass(frozen=True, slots=True)
class Stay:
    """A van at a site (a row of `access`) on a day (a column of `risk`), in minutes after local midnight."""

    site: int
    day: int
    starts: int
    ends: int


def reached(
    risk: NDArray[np.float64], week: Sequence[int], access: csr_array, stays: Iterable[Stay]
) -> NDArray[np.float64]:
    """Expected overdoses reached, by cell and week.

    `risk` is expected overdoses by cell, day and band; `week[day]` the position of the day's week.
    """
    weekly = by_week(risk, week)
    days_in = np.bincount(week, minlength=weekly.shape[1])
    exposure = np.zeros_like(weekly)
    for stay in stays:
        cells = access.indices[access.indptr[stay.site] : access.indptr[stay.site + 1]]
        share = access.data[access.indptr[stay.site] : access.indptr[stay.site + 1]]
        now = week[stay.day]
        met = risk[cells, stay.day, :] @ hours_by_band(stay.starts, stay.ends) * days_in[now]
        usual = weekly[cells, now]
        exposure[cells, now] += share * np.divide(met, usual, out=np.zeros_like(usual), where=usual > 0)
    return np.asarray(weekly * (1.0 - np.exp(-SATURATION * exposure)))


def by_week(risk: NDArray[np.float64], week: Sequence[int]) -> NDArray[np.float64]:
    """Expected overdoses by cell and week."""
    total = np.zeros((risk.shape[0], max(week, default=-1) + 1))
    for day, now in enumerate(week):
        total[:, now] += risk[:, day, :].sum(axis=1)
    return total


def hours_by_band(starts: int, ends: int) -> NDArray[np.float64]:
    """Hours of a stay in each of the six bands of four hours from 02:00; minutes after local midnight."""
    hours = np.zeros(BANDS)
    now = starts
    while now < ends:
        band = (now - FIRST_BAND_STARTS) // BAND_MINUTES
        until = min(ends, FIRST_BAND_STARTS + (band + 1) * BAND_MINUTES)
        hours[band % BANDS] += (until - now) / 60
        now = until
    return hours
