"""Positions: could a city lie where this file says? Mistakes of coordinates, told before a city is built."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outreach.errors import Invalid
from outreach.place.ground import metres_apart

SOUTHERNMOST, NORTHERNMOST = -60.0, 82.0
ENOUGH_STREETS = 8
SHORTER, SOME, LONGEST_DETOUR = 0.95, 0.2, 1.5


def believed(nodes: NDArray[np.float64], file: str) -> NDArray[np.float64]:
    """The positions, shape (n, 2) lon-lat; across the 180th meridian they go on past 180.

    Raises:
        Invalid: some are no positions in degrees, or nobody lives where they are.
    """
    on_globe = (np.abs(nodes[:, 0]) <= 180) & (np.abs(nodes[:, 1]) <= 90)
    if not on_globe.all():
        raise Invalid(
            f"{file}: {int((~on_globe).sum())} of {len(nodes)} places have no longitude x and latitude y in "
            "degrees. Export the graph unprojected (WGS84).",
            code="no-position",
        )
    middle = float(np.median(nodes[:, 1]))
    if not SOUTHERNMOST <= middle <= NORTHERNMOST:
        raise _swapped(file, f"its streets lie at latitude {middle:.1f}, where nobody lives")
    return unrolled(nodes)


def unrolled(positions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Positions on both sides of the 180th meridian as neighbours: −179.9 becomes 180.1."""
    if not len(positions) or np.ptp(positions[:, 0]) <= 180:
        return positions
    return positions + np.where(positions[:, :1] < 0, (360.0, 0.0), (0.0, 0.0))


def measured(straight: NDArray[np.float64], metres: NDArray[np.float64], file: str) -> bool:
    """Are these lengths of streets the metres between their ends, `straight` of shape (n, 2, 2) lon-lat, or
    somewhat more? False where they are something else (feet, degrees): then they are better measured anew.

    Raises:
        Invalid: they would be, were longitude and latitude exchanged.
    """
    if len(metres) < ENOUGH_STREETS or _fit(straight, metres):
        return True
    if np.abs(straight[:, :, 0]).max() <= 90 and _fit(straight[:, :, ::-1], metres):
        raise _swapped(file, "the lengths of its streets fit only the other way round")
    return False


def _fit(straight: NDArray[np.float64], metres: NDArray[np.float64]) -> bool:
    """No street is shorter than the straight line, and most are not much longer."""
    between = metres_apart(straight[:, 0], straight[:, 1])
    sound = (between > 1) & np.isfinite(metres)
    detour = metres[sound] / between[sound]
    return not sound.any() or bool(np.mean(detour < SHORTER) < SOME and np.median(detour) < LONGEST_DETOUR)


def _swapped(file: str, why: str) -> Invalid:
    return Invalid(
        f"{file}: longitude and latitude look swapped ({why}). Write longitude as x and latitude as y.",
        code="swapped",
    )
