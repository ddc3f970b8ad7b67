"""Tracts: census areas with a measure of vulnerability, read for the equity audit and for nothing else.

Social columns never enter the risk surface: they decide who is looked after when the surface is judged.
"""

from __future__ import annotations

import gzip
import json
import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import h3
import numpy as np
from numpy.typing import NDArray

from outreach.errors import Invalid
from outreach.risk.grid import RESOLUTION, Grid

THIRDS = ("least vulnerable", "middle", "most vulnerable")


@dataclass(frozen=True)
class Tracts:
    """The cells of some tracts; `tract[c]` is the tract of cell c, `vulnerability[t]` that of tract t, and
    `third[t]` its third (0 least, 2 most vulnerable)."""

    grid: Grid
    tract: NDArray[np.int64]
    vulnerability: NDArray[np.float64]
    third: NDArray[np.int64]


def read(path: Path, measure: str) -> Tracts:
    """The tracts of a GeoJSON file (`.gz` too). `measure` is a property, several added (`A+B`), or such a sum
    as a share of another property (`A+B/POP`).

    Raises:
        Invalid: no GeoJSON polygons, no such property, or fewer than nine tracts with a measure.
    """
    found: list[tuple[dict[str, object], float]] = []
    for feature in _features(path):
        shape, value = feature.get("geometry"), _measured(feature.get("properties"), measure, path.name)
        if isinstance(shape, dict) and value is not None:
            found.append((shape, value))
    if len(found) < 9:
        raise Invalid(
            f"{path.name} has {len(found)} tracts with {measure}; an audit by thirds needs nine.",
            code="few-tracts",
        )
    return _laid_out(found, path.name)


def _laid_out(found: list[tuple[dict[str, object], float]], file: str) -> Tracts:
    """A cell on the border of two tracts belongs to the first; a tract too small for a cell has none."""
    owner: dict[str, int] = {}
    try:
        for number, (shape, _) in enumerate(found):
            for cell in h3.geo_to_cells(shape, RESOLUTION):
                owner.setdefault(str(cell), number)
    except (ValueError, TypeError, KeyError, IndexError, h3.H3BaseException):
        raise Invalid(
            f"The polygons of {file} cannot be read. Export them again as GeoJSON (WGS84 degrees).",
            code="no-geojson",
        ) from None
    grid = Grid.of(owner)
    value = np.array([one for _, one in found])
    rank = np.argsort(np.argsort(value, kind="stable"), kind="stable")
    return Tracts(grid, np.array([owner[cell] for cell in grid.cells]), value, 3 * rank // len(value))


def _features(path: Path) -> list[dict[str, object]]:
    try:
        raw = path.read_bytes()
        document = json.loads(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)
        features = list(document["features"])
    except FileNotFoundError:
        raise Invalid(f"There is no file {path}. Look at its name and folder.", code="no-file") from None
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError, RecursionError):
        raise Invalid(
            f"{path.name} is no GeoJSON file with features. Export the tracts as GeoJSON (WGS84).",
            code="no-geojson",
        ) from None
    return [feature for feature in features if isinstance(feature, dict)]


def _measured(properties: object, measure: str, file: str) -> float | None:
    """The measure of one tract; None where it is empty or nobody lives there."""
    if not isinstance(properties, Mapping):
        return None
    sums, _, whole = measure.partition("/")
    names = [*sums.split("+"), *([whole] if whole else [])]
    missing = [name for name in names if name not in properties]
    if missing:
        there = ", ".join(map(str, properties))[:300]
        raise Invalid(f"{file} has no property {missing[0]}; it has: {there}.", code="no-property")
    values = [_number(properties[name]) for name in names]
    if any(value is None for value in values):
        return None
    told = [value or 0.0 for value in values]
    return sum(told) if not whole else sum(told[:-1]) / told[-1] if told[-1] > 0 else None


def _number(value: object) -> float | None:
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if math.isfinite(number) else None
