"""How long vans drive between the stops of a plan, whole minutes by the traffic they leave in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from outreach.place import progress
from outreach.place.ground import Position
from outreach.place.roads import UNREACHABLE, Network

MINUTE = 60
HOURS_SHOWN = 30
NEVER = 24 * 60 * MINUTE
"""How long a drive is told to take that no road allows."""


def between(
    network: Network, points: Sequence[Position], dates: Sequence[date]
) -> tuple[NDArray[np.int32], NDArray[np.int8]]:
    """Whole minutes of driving by traffic, and which traffic holds for whom leaves in an hour of a day.

    An hour before the traffic changes has the slower of both: a time people are told must hold for the van
    that leaves at its end (`place/progress.py`).
    """
    bands = [network.drive_seconds(points, band).astype(np.int64) for band in range(len(network.bands))]
    seconds = np.stack(bands)
    pairs = _bands_by_hour(network, dates)
    kinds = sorted({pair for hours in pairs for pair in hours})
    told = np.stack([progress.at_most(seconds, here, then) for here, then in kinds])
    minutes = np.where(told >= UNREACHABLE, NEVER, -(-told // MINUTE) * MINUTE)
    place = {pair: number for number, pair in enumerate(kinds)}
    return minutes.astype(np.int32), np.array([[place[pair] for pair in hours] for hours in pairs], np.int8)


def _bands_by_hour(network: Network, dates: Sequence[date]) -> list[list[tuple[int, int]]]:
    """For each day and hour the traffic band in it and in the next one."""
    return [
        [
            (network.band_of(day.weekday(), hour), network.band_of(day.weekday(), hour + 1))
            for hour in range(HOURS_SHOWN)
        ]
        for day in dates
    ]
