"""Outlines: the cells of an area that somebody drew, from a GeoJSON file."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path

import h3
import numpy as np

from outreach.errors import Invalid
from outreach.risk.grid import Grid
from outreach.risk.layout import MOST_CELLS

BOX_MARGIN = 20
DEGREE_KM = 111.2
Shape = dict[str, object]


def grid(area: Path, resolution: int) -> Grid:
    """Every cell whose centre lies within the file's polygons (a collection, a feature or a bare shape).

    Raises:
        Invalid: no GeoJSON, no polygon, not in degrees, or larger than a replay can hold.
    """
    shapes = [shape for shape in _shapes(_document(area)) if shape.get("type") in ("Polygon", "MultiPolygon")]
    if not shapes:
        raise Invalid(f"{area.name} holds no polygon. Export the area's outline.", code="no-polygon")
    try:
        km2 = sum(_box_km2(shape) for shape in shapes)
        if km2 > BOX_MARGIN * MOST_CELLS * h3.average_hexagon_area(resolution, unit="km^2"):
            raise _too_large(area)
        covered = Grid.covering(shapes, resolution)
    except (ValueError, TypeError, KeyError, IndexError, h3.H3BaseException):
        raise Invalid(
            f"The polygons of {area.name} cannot be read. Export them again as GeoJSON (WGS84 degrees).",
            code="no-geojson",
        ) from None
    if len(covered) > MOST_CELLS:
        raise _too_large(area)
    if not len(covered):
        raise Invalid(f"{area.name} covers no cell. Is it in degrees, longitude first?", code="empty-area")
    return covered


def _too_large(area: Path) -> Invalid:
    return Invalid(
        f"{area.name} has more than {MOST_CELLS:,} cells. Take a smaller area, or --resolution 8.",
        code="too-many-cells",
    )


def _box_km2(shape: Shape) -> float:
    """How large the box around a shape is. Raises: ValueError where it is not in degrees."""
    points = np.array(list(_points(shape["coordinates"])), float)
    west, south = points.min(axis=0)
    east, north = points.max(axis=0)
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise ValueError("not in degrees")
    narrow = float(np.cos(np.radians((south + north) / 2)))
    return float((east - west) * (north - south)) * DEGREE_KM**2 * narrow


def _points(parts: object) -> Iterator[tuple[float, float]]:
    if isinstance(parts, list) and parts and isinstance(parts[0], list):
        for part in parts:
            yield from _points(part)
    elif isinstance(parts, list):
        yield parts[0], parts[1]


def _document(area: Path) -> object:
    try:
        raw = area.read_bytes()
        return json.loads(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)
    except FileNotFoundError:
        raise Invalid(f"There is no file {area}. Look at its name and folder.", code="no-file") from None
    except (OSError, EOFError, zlib.error, ValueError, RecursionError):
        raise Invalid(
            f"{area.name} is no GeoJSON file with features. Export the area as GeoJSON (WGS84).",
            code="no-geojson",
        ) from None


def _shapes(document: object) -> Iterator[Shape]:
    """The shapes of a collection, a feature, or the shape itself."""
    if not isinstance(document, dict):
        return
    inner = document.get("features", document.get("geometries"))
    if isinstance(inner, list):
        for one in inner:
            yield from _shapes(one)
    elif "geometry" in document:
        yield from _shapes(document["geometry"])
    elif "coordinates" in document:
        yield document
