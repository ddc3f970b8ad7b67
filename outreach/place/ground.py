"""The ground: distances on the globe and a flat local view. Positions are (lon, lat), WGS84 degrees."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Position = tuple[float, float]
Bounds = tuple[float, float, float, float]
EARTH_METRES = 6_371_009.0
DEGREE_METRES = math.pi * EARTH_METRES / 180
NEARBY_DEGREES = 1.0


def metres_between(one: Position, other: Position) -> float:
    """Great-circle distance in metres (haversine on a sphere)."""
    return float(metres_apart(np.array([one]), np.array([other]))[0])


def metres_apart(ones: ArrayLike, others: ArrayLike) -> NDArray[np.float64]:
    """Great-circle metres between positions of shape (..., 2), broadcast against each other."""
    a, b = np.radians(np.asarray(ones, float)), np.radians(np.asarray(others, float))
    dlon, dlat = b[..., 0] - a[..., 0], b[..., 1] - a[..., 1]
    h = np.sin(dlat / 2) ** 2 + np.cos(a[..., 1]) * np.cos(b[..., 1]) * np.sin(dlon / 2) ** 2
    return np.asarray(2 * EARTH_METRES * np.arcsin(np.sqrt(np.clip(h, 0.0, 1.0))))


def inside(bounds: Bounds, lon: float, lat: float, margin: float) -> bool:
    """Does it lie between west, south, east and north, or within `margin` degrees of them?"""
    west, south, east, north = bounds
    return west - margin <= lon <= east + margin and south - margin <= lat <= north + margin


class Flat:
    """A city seen as flat metres around its middle (equirectangular): within 0.1 % over 50 km."""

    def __init__(self, lon: float, lat: float) -> None:
        self.lon, self.lat = lon, lat
        self._scale = np.array([DEGREE_METRES * math.cos(math.radians(lat)), DEGREE_METRES])

    def metres(self, positions: Sequence[Position] | NDArray[np.float64]) -> NDArray[np.float64]:
        """Positions as metres east and north of the middle, shape (n, 2), the short way round the globe."""
        away = np.asarray(positions, float).reshape(-1, 2) - (self.lon, self.lat)
        away[:, 0] -= 360.0 * (away[:, 0] > 180) - 360.0 * (away[:, 0] < -180)
        return np.asarray(away * self._scale)

    def positions(self, metres: NDArray[np.float64]) -> NDArray[np.float64]:
        """The way back: metres east and north as (lon, lat)."""
        return np.asarray(np.asarray(metres, float).reshape(-1, 2) / self._scale + (self.lon, self.lat))
