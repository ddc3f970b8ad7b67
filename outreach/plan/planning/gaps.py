"""Gaps: where another provider is open within a walk, an hour of a van adds less. Off unless the programme
sets `other_provider_factor`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from outreach.place import providers
from outreach.place.providers import Hours
from outreach.place.roads import Network
from outreach.risk.hours import BAND_MINUTES, BANDS, FIRST_BAND_MINUTE

DAY_MINUTES, WEEK_DAYS = 24 * 60, 7
OFF = 1.0
MOST_NAMED = 5

Floats = NDArray[np.float64]


def factors(
    network: Network, city: Path, cells: Sequence[str], dates: Sequence[date], factor: float
) -> tuple[Floats, tuple[str, ...]]:
    """How much risk counts by cell, date and band (1, or down to `factor` while somebody else is open within
    ten minutes on foot), and whose hours made the difference. Of several providers the one open longest
    counts."""
    found = np.ones((len(cells), len(dates), BANDS))
    hours = providers.known(city) if factor < OFF else []
    if not hours:
        return found, ()
    places = sorted({(one.lon, one.lat) for one in hours})
    near = network.walk_within(places, cells, providers.WALK_MINUTES, providers.WALKER).toarray()
    names: set[str] = set()
    for place, cells_near in zip(places, near, strict=True):
        here = [one for one in hours if (one.lon, one.lat) == place]
        days = open_share(here)[[day.weekday() for day in dates]]
        if cells_near.any() and days.any():
            found = np.minimum(found, 1.0 - (1.0 - factor) * cells_near[:, None, None] * days)
            names |= {one.name for one in here}
    return found, tuple(sorted(names))


def open_share(hours: Sequence[Hours]) -> Floats:
    """Which part of each band somebody is open, by weekday and band. A risk day begins at 02:00: the hours
    before belong to the last band of the day before."""
    minute = np.zeros((WEEK_DAYS, DAY_MINUTES), dtype=bool)
    for one in hours:
        for moment in range(one.opens - FIRST_BAND_MINUTE, one.closes - FIRST_BAND_MINUTE):
            minute[(one.weekday + moment // DAY_MINUTES) % WEEK_DAYS, moment % DAY_MINUTES] = True
    return np.asarray(minute.reshape(WEEK_DAYS, BANDS, BAND_MINUTES).mean(axis=2))


def sentence(names: Sequence[str], factor: float, risk: Floats, counts: Floats) -> tuple[str, ...]:
    """For the coordinator: who is open nearby, how much less that counts, and how much risk it is about."""
    total = float(risk.sum())
    if not names or total <= 0:
        return ()
    covered = float((risk * (1.0 - counts)).sum()) / total / (1.0 - factor)
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return (
        f"{covered:.0%} of the risk is within a walk of {', '.join(names[:MOST_NAMED])}{more} while they are "
        f"open; it counts {factor:.0%} in this plan.",
    )
