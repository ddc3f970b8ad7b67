"""Points: positions that a file keeps in one column, split into latitude and longitude.

Read are `POINT (-84.5 39.1)` (longitude first, as WKT has it), `(39.1, -84.5)` and `39.1 -84.5` (latitude
first, as portals write it), an address with such a pair at its end, and a point or pair of names in JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from outreach.errors import Invalid
from outreach.tabular import Row

NUMBER = r"([+-]?\d{1,9}(?:\.\d+)?)"
WKT = re.compile(rf"(?:SRID=\d+; ?)?POINT ?Z? ?\( ?{NUMBER}[ ,]+{NUMBER}(?: [^)]*)?\)", re.I)
PAIR = re.compile(rf"(?:^|.*[\s(\[]){NUMBER} ?[,;\s] ?{NUMBER} ?[)\]]?$", re.S)
LATITUDES, LONGITUDES = ("latitude", "lat", "y"), ("longitude", "lng", "lon", "long", "x")


def split(rows: Sequence[Row], column: str, lat: str, lon: str) -> None:
    """Write each row's point into the cells `lat` and `lon`; rows that hold none keep them empty.

    Raises:
        Invalid: the column holds text, and none of it a point.
    """
    found = 0
    for row in rows:
        pair = read(row.cells.get(column, ""))
        row.cells[lat], row.cells[lon] = pair or ("", "")
        found += pair is not None
    told = next((row.cells[column] for row in rows if row.cells.get(column)), None)
    if not found and told is not None:
        raise Invalid(
            f"The column {column} holds no points: its first is “{told[:60]}”. Readable are POINT (lon lat), "
            "(lat, lon) and GeoJSON points; or map --column lat=… and --column lon=….",
            code="no-points",
        )


def read(text: str) -> tuple[str, str] | None:
    """(latitude, longitude) as written; None for what is no point."""
    text = text.strip()
    if match := WKT.fullmatch(text):
        return match[2], match[1]
    if text.startswith("{"):
        return _json(text)
    match = PAIR.match(text)
    return (match[1], match[2]) if match else None


def _json(text: str) -> tuple[str, str] | None:
    try:
        shape = json.loads(text.replace("'", '"'))
    except (ValueError, RecursionError):
        return None
    coordinates = shape.get("coordinates")
    if isinstance(coordinates, list) and len(coordinates) >= 2:
        return str(coordinates[1]), str(coordinates[0])
    names = {name.lower(): value for name, value in shape.items()}
    lat = next((names[name] for name in LATITUDES if name in names), None)
    lon = next((names[name] for name in LONGITUDES if name in names), None)
    return None if lat is None or lon is None else (str(lat), str(lon))
