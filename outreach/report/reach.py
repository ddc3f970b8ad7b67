"""Reach: expected overdoses within a walk of a van while it is there, as each stop of a plan tells it.

Per cell and band: risk × the part of the band's four hours in which a van stood there, weighted by how many
would walk to it. The same sum is taken over what was planned and what was delivered. It is presence; the
planner's own score of a plan, with diminishing returns over the week, is another figure (docs/problem.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

BANDS = 6
FIRST_BAND_STARTS = 2 * 60
BAND_MINUTES = 4 * 60
BAND_HOURS = 4


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
    """Expected overdoses reached, by cell and week; two vans at once never reach more than there are.

    `risk` is expected overdoses by cell, day and band; `week[day]` the position of the day's week.
    """
    there = np.zeros_like(risk)
    for stay in stays:
        cells = access.indices[access.indptr[stay.site] : access.indptr[stay.site + 1]]
        share = access.data[access.indptr[stay.site] : access.indptr[stay.site + 1]]
        there[cells, stay.day, :] += share[:, None] * hours_by_band(stay.starts, stay.ends) / BAND_HOURS
    return by_week(risk * np.minimum(there, 1.0), week)


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
