"""Portal answers: what Socrata, CKAN and ArcGIS servers send as JSON (and GeoJSON), flattened into rows.

Nested names are joined with a dot (`location.latitude`); a point's position is `point.lon` and `point.lat`.
"""

from __future__ import annotations

import gzip
import json
import math
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from outreach.errors import Invalid
from outreach.tabular import LARGEST_FILE_BYTES, LARGEST_ROWS, Findings, Row

WEB_MERCATOR = {3857, 102100, 102113, 900913}
DEGREES = {4326, 4269}
MERCATOR_METRES = 6_378_137.0
DEEPEST = 4

Record = Mapping[str, object]


def is_json(path: Path) -> bool:
    """Does the file's name say that it is JSON?"""
    return path.name.lower().removesuffix(".gz").endswith((".json", ".geojson"))


def rows(path: Path, findings: Findings) -> list[Row]:
    """Every record as a row of text cells; the first is row 1.

    Raises:
        Invalid: it is no JSON, holds an error instead of records, or positions in an unknown system.
    """
    document = _document(path)
    records, system = _records(document, path.name)
    if len(records) > LARGEST_ROWS:
        raise Invalid(f"{path.name} has more than {LARGEST_ROWS:,} records. Split it.", code="too-large")
    return [
        Row(number, dict(_flat(record, system)), findings) for number, record in enumerate(records, start=1)
    ]


def _document(path: Path) -> object:
    try:
        raw = path.read_bytes()
        if raw[:2] == b"\x1f\x8b":
            with gzip.open(path) as packed:
                raw = packed.read(LARGEST_FILE_BYTES + 1)
    except FileNotFoundError:
        raise Invalid(f"There is no file {path}. Look at its name and folder.", code="no-file") from None
    except (OSError, EOFError, zlib.error) as error:
        raise Invalid(f"{path.name} cannot be read: {error}.", code="no-file") from None
    if len(raw) > LARGEST_FILE_BYTES:
        raise Invalid(f"{path.name} is larger than {LARGEST_FILE_BYTES:,} bytes. Split it.", code="too-large")
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise Invalid(f"{path.name} is no JSON. Download the answer again.", code="not-json") from None


def _records(document: object, file: str) -> tuple[list[Record], int]:
    """The records and the number of their coordinate system."""
    if isinstance(document, list):
        return _maps(document), 4326
    if isinstance(document, dict):
        if "error" in document:
            raise Invalid(
                f"{file} holds the server's error, no records: {_clean(str(document['error']))[:300]}",
                code="portal-error",
            )
        result = document.get("result")
        if isinstance(result, dict) and isinstance(result.get("records"), list):
            return _maps(result["records"]), 4326
        if isinstance(document.get("features"), list):
            return _maps(document["features"]), _system(document, file)
    raise Invalid(
        f"{file} is no answer of Socrata (a list), CKAN (result.records) or ArcGIS (features). "
        "Download the records as JSON, or export CSV.",
        code="no-records",
    )


def _system(document: Record, file: str) -> int:
    reference = document.get("spatialReference")
    number = reference.get("latestWkid", reference.get("wkid")) if isinstance(reference, dict) else 4326
    if number in WEB_MERCATOR or number in DEGREES:
        return int(number)
    raise Invalid(
        f"{file} has positions in the coordinate system {number}. Ask the server for outSR=4326.",
        code="no-wgs84",
    )


def _maps(records: list[object]) -> list[Record]:
    return [record for record in records if isinstance(record, dict)]


def _flat(record: Record, system: int) -> Iterator[tuple[str, str]]:
    """Name and text of every value; `attributes` and `properties` are unwrapped."""
    for name, value in record.items():
        if name in ("attributes", "properties") and isinstance(value, dict):
            yield from _values(value, "", 1)
        elif name == "geometry" and isinstance(value, dict):
            yield from _point(value, system)
        else:
            yield from _values({name: value}, "", 1)


def _values(values: Record, before: str, depth: int) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if isinstance(value, dict) and depth < DEEPEST:
            yield from _point(value, 4326)
            yield from _values(value, f"{before}{name}.", depth + 1)
        elif isinstance(value, (str, int, float)) and not isinstance(value, bool):
            yield _clean(f"{before}{name}"), _clean(str(value)).strip()


def _clean(text: str) -> str:
    """Without the halves of characters that no file or terminal can hold."""
    return text.encode("utf-8", "replace").decode()


def _point(shape: Record, system: int) -> Iterator[tuple[str, str]]:
    coordinates = shape.get("coordinates")
    pair = coordinates[:2] if isinstance(coordinates, list) else [shape.get("x"), shape.get("y")]
    numbers = [float(part) for part in pair if isinstance(part, (int, float))]
    if len(numbers) == 2 and all(map(math.isfinite, numbers)):
        lon, lat = _degrees(numbers[0], numbers[1], system)
        yield "point.lon", repr(lon)
        yield "point.lat", repr(lat)


def _degrees(x: float, y: float, system: int) -> tuple[float, float]:
    if system not in WEB_MERCATOR:
        return x, y
    lat = math.degrees(2 * math.atan(math.exp(min(50.0, max(-50.0, y / MERCATOR_METRES)))) - math.pi / 2)
    return math.degrees(x / MERCATOR_METRES), lat
