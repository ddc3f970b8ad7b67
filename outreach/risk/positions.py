"""Positions: which coordinates of a file can be used, which are of no use here, and which cannot be true."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping

import numpy as np

from outreach.errors import Invalid
from outreach.tabular import Row

NEARBY_DEGREES = 1.0
ASTRAY_HOURS = 1.75

Bounds = tuple[float, float, float, float]


class Positions:
    """Tells usable positions from useless and impossible ones."""

    def __init__(
        self, names: Mapping[str, str], bounds: Bounds | None, city_known: bool, offset_hours: int | None
    ) -> None:
        self.lat, self.lon = names["lat"], names["lon"]
        self.bounds = bounds
        self.city_known = city_known
        self.offset_hours = offset_hours

    def of(self, row: Row) -> tuple[float, float] | str | None:
        """(lon, lat); a word for why the row is of no use; or None after noting a problem."""
        if not row.cells.get(self.lat) or not row.cells.get(self.lon):
            return "without a position"
        lat = number(row, self.lat, -90, 90)
        lon = number(row, self.lon, -180, 180)
        if lat is None or lon is None:
            return None
        if lat == 0 and lon == 0:
            return "without a position"
        return self._within(row, lon, lat)

    def _within(self, row: Row, lon: float, lat: float) -> tuple[float, float] | str | None:
        if self.bounds is None or _inside(self.bounds, lon, lat, 0.0):
            return lon, lat
        if _inside(self.bounds, lon, lat, NEARBY_DEGREES):
            return "outside the city"
        if _inside(self.bounds, lat, lon, NEARBY_DEGREES):
            row.note(self.lat, "latitude and longitude look swapped", "Exchange the two.")
        else:
            row.note(
                self.lat, f"({lat}, {lon}) is far from the city", "Correct the position or leave the row out."
            )
        return None

    def refuse_swapped(self, rows: list[Row], file: str) -> None:
        """Raises: `Invalid`, once for the file, when the two columns were mapped the wrong way round."""
        pairs = [pair for row in rows if (pair := _pair(row, self.lat, self.lon)) is not None]
        swapped = [pair for pair in pairs if self._reads_better_swapped(*pair)]
        if pairs and len(swapped) > len(pairs) / 2:
            raise Invalid(
                f"{file}: latitude and longitude look swapped. "
                f"Import it with --column lat={self.lon} --column lon={self.lat}.",
                code="swapped",
            )

    def _reads_better_swapped(self, lat: float, lon: float) -> bool:
        if self.bounds is None or not self.city_known:
            return _no_city(lat, lon, self.offset_hours) and not _no_city(lon, lat, self.offset_hours)
        here, there = (_inside(self.bounds, x, y, NEARBY_DEGREES) for x, y in ((lon, lat), (lat, lon)))
        return there and not here


def _no_city(lat: float, lon: float, offset_hours: int | None) -> bool:
    """Is this on no map of cities: beyond 70 degrees north or south, or far from its own time zone?"""
    astray = offset_hours is not None and abs(lon / 15 - offset_hours) > ASTRAY_HOURS
    return abs(lat) > 70 or astray


def around(rows: list[Row], names: Mapping[str, str]) -> Bounds | None:
    """Where no city is given, the bounds are 1.5 degrees around the median position."""
    pairs = [_pair(row, names["lat"], names["lon"]) for row in itertools.islice(rows, 20_000)]
    found = np.array([pair for pair in pairs if pair is not None and pair != (0.0, 0.0)])
    if not len(found) or abs(np.median(found[:, 0])) > 90:
        return None
    lat, lon = np.median(found, axis=0)
    return float(lon) - 1.5, float(lat) - 1.5, float(lon) + 1.5, float(lat) + 1.5


def number(row: Row, column: str, least: float, most: float, *, required: bool = True) -> float | None:
    def parse(text: str) -> float:
        value = _finite(text)
        if value is None or not least <= value <= most:
            raise ValueError(f"“{text[:40]}” is not a number from {least:g} to {most:g}")
        return value

    remedy = f"Write a number from {least:g} to {most:g} with a decimal point."
    return row.read(column, parse, remedy, required=required)


def _pair(row: Row, lat: str, lon: str) -> tuple[float, float] | None:
    one, other = _finite(row.cells.get(lat, "")), _finite(row.cells.get(lon, ""))
    return None if one is None or other is None else (one, other)


def _finite(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _inside(bounds: Bounds, lon: float, lat: float, margin: float) -> bool:
    west, south, east, north = bounds
    return west - margin <= lon <= east + margin and south - margin <= lat <= north + margin
