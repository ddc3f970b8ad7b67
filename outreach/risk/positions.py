"""Positions: which coordinates of a file can be used, which are of no use here, and which cannot be true."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from outreach.errors import Invalid
from outreach.place.ground import NEARBY_DEGREES, Bounds, inside
from outreach.tabular import Row

CITY_DEGREES = 1.5
STATE_DEGREES = (CITY_DEGREES, 3.0, 6.0)
TOGETHER = 0.95
ASTRAY_HOURS = 1.75
ELSEWHERE_HOURS = 3.5
LOOKED_AT = 20_000
NOTHING = frozenset(("", "null", "nan", "none", "na", "n/a", "nil", "-", "\\n", "unknown", "<null>"))

Floats = NDArray[np.float64]


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
        if absent(row, self.lat) or absent(row, self.lon):
            return "without a position"
        if _finite(row.cells[self.lat]) == _finite(row.cells[self.lon]) is not None:
            return "without a position"  # 0 and 0, -1 and -1, -999 and -999: no publisher's city lies there
        lat = number(row, self.lat, -90, 90)
        lon = number(row, self.lon, -180, 180)
        if lat is None or lon is None:
            return None
        return self._within(row, lon, lat)

    def _within(self, row: Row, lon: float, lat: float) -> tuple[float, float] | str | None:
        if self.bounds is None or inside(self.bounds, lon, lat, 0.0):
            return lon, lat
        if inside(self.bounds, lon, lat, NEARBY_DEGREES):
            return "outside the city"
        if inside(self.bounds, lat, lon, NEARBY_DEGREES):
            row.note(self.lat, "latitude and longitude look swapped", "Exchange the two.")
        elif inside(self.bounds, -lon, lat, NEARBY_DEGREES):
            row.note(self.lon, f"“{lon:g}” looks as if it had lost its minus sign", "Put it back.")
        else:
            row.note(
                self.lat, f"({lat}, {lon}) is far from the city", "Correct the position or leave the row out."
            )
        return None

    def refuse_all(self, rows: Sequence[Row], file: str) -> None:
        """Raises: `Invalid`, once for the file, when its positions are no degrees, their columns were mapped
        the wrong way round, have lost their sign, or lie on another continent than the file's time zone."""
        found = pairs(rows, self.lat, self.lon)
        if not len(found):
            return
        self._refuse_projected(found, file)
        self._refuse_swapped(found, file)
        self._refuse_elsewhere(found, file)

    def _refuse_projected(self, found: Floats, file: str) -> None:
        if np.median(np.abs(found).max(axis=1)) > 360:
            lat, lon = found[0]
            raise Invalid(
                f"{file}: {self.lat} and {self.lon} are no degrees (the first: {lat:,.0f} and {lon:,.0f}). "
                "They look projected, in metres or feet. Export them as WGS84 latitude and longitude.",
                code="projected",
            )

    def _refuse_swapped(self, found: Floats, file: str) -> None:
        swapped = sum(self._reads_better_swapped(lat, lon) for lat, lon in found.tolist())
        if swapped > len(found) / 2:
            raise Invalid(
                f"{file}: latitude and longitude look swapped. "
                f"Import it with --column lat={self.lon} --column lon={self.lat}.",
                code="swapped",
            )

    def _reads_better_swapped(self, lat: float, lon: float) -> bool:
        if self.bounds is None or not self.city_known:
            return _no_city(lat, lon, self.offset_hours) and not _no_city(lon, lat, self.offset_hours)
        here, there = (inside(self.bounds, x, y, NEARBY_DEGREES) for x, y in ((lon, lat), (lat, lon)))
        return there and not here

    def _refuse_elsewhere(self, found: Floats, file: str) -> None:
        """A file's own zone tells on which side of the globe its city is, where nothing else does."""
        if self.city_known or self.offset_hours is None:
            return
        lat, lon = np.median(found, axis=0).tolist()
        if _hours_off(lon, self.offset_hours) <= ELSEWHERE_HOURS:
            return
        sign = _hours_off(-lon, self.offset_hours) <= ASTRAY_HOURS
        why = (
            "they look as if they had lost their minus sign. Correct the file"
            if sign
            else "that is far from the time zone given. Correct --timezone or the columns"
        )
        raise Invalid(f"{file}: its positions lie around ({lat:.2f}, {lon:.2f}): {why}.", code="elsewhere")


def _no_city(lat: float, lon: float, offset_hours: int | None) -> bool:
    """Is this on no map of cities: beyond 70 degrees north or south, or far from its own time zone?"""
    astray = offset_hours is not None and _hours_off(lon, offset_hours) > ASTRAY_HOURS
    return abs(lat) > 70 or astray


def _hours_off(lon: float, offset_hours: int) -> float:
    """How far clocks at that longitude are from the offset, the short way round the globe."""
    return abs((lon / 15 - offset_hours + 12) % 24 - 12)


def around(
    rows: Sequence[Row], names: Mapping[str, str], sizes: Sequence[float] = (CITY_DEGREES,)
) -> Bounds | None:
    """Where no city is given: so many degrees around the median position, the first of `sizes` that holds 19
    of 20 rows. None where none does; a single size is taken as it is."""
    found = pairs(rows, names["lat"], names["lon"])
    if not len(found) or abs(np.median(found[:, 0])) > 90:
        return None
    lat, lon = np.median(found, axis=0).tolist()
    off = np.abs(found - (lat, lon)).max(axis=1)
    size = next((size for size in sizes if len(sizes) == 1 or (off <= size).mean() >= TOGETHER), None)
    return None if size is None else (lon - size, lat - size, lon + size, lat + size)


def pairs(rows: Sequence[Row], lat: str, lon: str) -> Floats:
    """(lat, lon) of up to 20,000 rows, evenly taken, that hold two different numbers."""
    step = max(1, len(rows) // LOOKED_AT)
    told = (_pair(row, lat, lon) for row in itertools.islice(rows, 0, None, step))
    return np.array([pair for pair in told if pair is not None and pair[0] != pair[1]]).reshape(-1, 2)


def absent(row: Row, column: str) -> bool:
    """Is the cell empty, or does it hold a database's word for nothing?"""
    return row.cells.get(column, "").casefold() in NOTHING


def number(row: Row, column: str, least: float, most: float, *, required: bool = True) -> float | None:
    """The cell as a number within the two; None after noting a problem."""

    def parse(text: str) -> float:
        value = _finite(text, comma=most <= 180)
        if value is None or not least <= value <= most:
            raise ValueError(f"“{text[:40]}” is not a number from {least:g} to {most:g}")
        return value

    remedy = f"Write a number from {least:g} to {most:g} with a decimal point."
    return row.read(column, parse, remedy, required=required)


def _pair(row: Row, lat: str, lon: str) -> tuple[float, float] | None:
    one, other = _finite(row.cells.get(lat, "")), _finite(row.cells.get(lon, ""))
    return None if one is None or other is None else (one, other)


def _finite(text: str, *, comma: bool = True) -> float | None:
    """The number; a decimal `comma` is read where it cannot part thousands."""
    if comma and "," in text and re.fullmatch(r"[+-]?\d{1,3},\d+", text):
        text = text.replace(",", ".")
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
