"""Nearness: how much of the city's risk lies within so many minutes on foot of where vans may stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outreach.place.ground import Position
from outreach.place.roads import Network
from outreach.risk.forecast import Forecast

MINUTES = (10.0, 15.0)


@dataclass(frozen=True, slots=True)
class Near:
    """Expected overdoses a week within `minutes` on foot for a `walker`: of each place, of all of them
    together (nobody counted twice), and in the whole city."""

    minutes: float
    walker: str
    by_place: tuple[float, ...]
    together: float
    total: float

    @property
    def share(self) -> float:
        """Of all risk, the part that has any of the places so near."""
        return self.together / self.total if self.total > 0 else 0.0


def weekly(forecast: Forecast) -> NDArray[np.float64]:
    """Expected overdoses a week by cell, over the forecast's dates."""
    return np.asarray(forecast.mean.sum(axis=(1, 2)) / len(forecast.dates) * 7)


def near(
    network: Network,
    places: Sequence[Position],
    cells: Sequence[str],
    risk: NDArray[np.float64],
    minutes: float,
    walker: str,
) -> Near:
    """Who is near these places; `risk` are expected overdoses a week by cell."""
    within = network.walk_within(places, cells, minutes, walker)
    covered = np.zeros(len(cells)) if not len(places) else within.max(axis=0).toarray().ravel()
    return Near(minutes, walker, tuple(map(float, within @ risk)), float(covered @ risk), float(risk.sum()))
