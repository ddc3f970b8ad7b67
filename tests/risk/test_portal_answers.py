"""Open-data portals: the same incident in each server's words is the same incident."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from outreach.errors import Invalid
from outreach.risk.incident_file import read
from outreach.risk.sightings import Sighting

NOW = datetime(2026, 11, 21, 17, 0, tzinfo=UTC)
MOMENT = datetime(2026, 8, 23, 18, 20, tzinfo=UTC)
LON, LAT = -71.0685, 42.3325
SOCRATA = [
    {"when": "2026-08-23T14:20:00.000", "location": {"latitude": str(LAT), "longitude": str(LON)}, "ok": True}
]
CKAN = {
    "success": True,
    "result": {"records": [{"_id": 7, "when": "2026-08-23 14:20", "lat": LAT, "lon": LON}]},
}
ARCGIS = {
    "spatialReference": {"wkid": 102100, "latestWkid": 3857},
    "features": [
        {
            "attributes": {"when": int(MOMENT.timestamp() * 1000)},
            "geometry": {"x": -7911309.2314, "y": 5210917.1945},
        }
    ],
}
GEOJSON = {
    "type": "FeatureCollection",
    "features": [
        {"properties": {"when": "2026-08-23 14:20"}, "geometry": {"type": "Point", "coordinates": [LON, LAT]}}
    ],
}
POINT = {"time": "when", "lat": "point.lat", "lon": "point.lon"}


def one(folder: Path, document: object, columns: dict[str, str], name: str = "answer.json") -> Sighting:
    path = folder / name
    path.write_text(json.dumps(document))
    return read(path, timezone="America/New_York", columns=columns, bounds=None, now=NOW).sightings[0]


@pytest.mark.parametrize(
    ("document", "columns"),
    [
        (SOCRATA, {"time": "when", "lat": "location.latitude", "lon": "location.longitude"}),
        (CKAN, {"time": "when", "lat": "lat", "lon": "lon", "id": "_id"}),
        (ARCGIS, POINT),
        (GEOJSON, POINT),
    ],
)
def test_each_portal_tells_the_same_incident(tmp_path: Path, document: object, columns: dict[str, str]):
    sighting = one(tmp_path, document, columns)
    assert sighting.when.moment == MOMENT
    assert (sighting.lon, sighting.lat) == pytest.approx((LON, LAT), abs=1e-6)


def test_a_packed_answer_is_read(tmp_path: Path):
    path = tmp_path / "answer.json.gz"
    path.write_bytes(gzip.compress(json.dumps(GEOJSON).encode()))
    assert read(path, timezone="America/New_York", columns=POINT, bounds=None, now=NOW).rows == 1


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"error": {"code": 400, "message": "Invalid query"}}, "the server's error"),
        ({"hello": 1}, "no answer of Socrata"),
        ([], "no rows"),
        ("text", "no answer of Socrata"),
        ({"features": [{}], "spatialReference": {"wkid": 2249}}, "outSR=4326"),
        ([{"other": "1"}], "is no column of it"),
        ([{"when": "soon", "lat": 42.3, "lon": -71.0}], "row 1, column when"),
    ],
)
def test_what_cannot_be_used_gets_a_sentence(tmp_path: Path, document: object, sentence: str):
    with pytest.raises(Invalid, match=sentence):
        one(tmp_path, document, {"time": "when", "lat": "lat", "lon": "lon"})


@pytest.mark.parametrize("raw", [b"", b"{", b"\x1f\x8bno", b"[" * 100_000, b"\xff\xfe\x00"])
def test_what_is_no_json_gets_a_sentence(tmp_path: Path, raw: bytes):
    path = tmp_path / "answer.json"
    path.write_bytes(raw)
    with pytest.raises(Invalid, match=r"answer\.json"):
        read(path, timezone="America/New_York", columns=POINT, bounds=None, now=NOW)
