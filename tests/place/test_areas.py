"""Areas: which one a point lies in, and files of them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from outreach.errors import Invalid
from outreach.place import areas
from outreach.place.areas import Area
from outreach.store import Store
from tests.place.test_sites import founded


def box(west: float, south: float, east: float, north: float) -> dict[str, object]:
    """A rectangle as GeoJSON."""
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def feature(name: object, geometry: object) -> dict[str, object]:
    """A named feature."""
    return {"type": "Feature", "properties": {"Name": name}, "geometry": geometry}


def collection(*features: object) -> bytes:
    """A GeoJSON file's content."""
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


HARBOUR = feature("Harbour", box(-71.06, 42.30, -71.04, 42.32))
HILL = feature("Hill", box(-71.10, 42.32, -71.08, 42.34))


def test_a_point_belongs_to_the_polygon_around_it_even_when_a_centre_is_nearer():
    big = Area(name="Big", lon=0.0, lat=0.0, geometry=json.dumps(box(-71.2, 42.2, -71.0, 42.4)))
    near = Area(name="Near", lon=-71.1, lat=42.3, geometry=None)
    assert areas.area_of([near, big], -71.1, 42.3) is big


def test_without_polygons_the_nearest_named_centre_within_five_kilometres_counts():
    here, there = Area(name="Here", lon=-71.1, lat=42.3), Area(name="There", lon=-71.0, lat=42.3)
    assert areas.area_of([there, here], -71.09, 42.3) is here
    assert areas.area_of([there, here], -70.5, 42.3) is None
    assert areas.area_of([], -71.1, 42.3) is None


def test_a_file_of_areas_is_stored_and_known_again(store: Store, tmp_path: Path):
    path = tmp_path / "areas.geojson"
    path.write_bytes(collection(HARBOUR, HILL))
    with store.transaction() as session:
        pid = founded(session)
        first = areas.import_geojson(session, pid, path)
    with store.transaction() as session:
        second = areas.import_geojson(session, pid, path)
    assert (first.added, second.skipped) == (2, 2)
    with store.reading() as session:
        found = areas.area_of(areas.listed(session, pid), -71.05, 42.31)
        assert found is not None
        assert found.name == "Harbour"
        assert (found.lon, found.lat) == pytest.approx((-71.05, 42.31))


def test_parts_of_one_name_become_one_area_and_points_named_centres(sqlite_store: Store, tmp_path: Path):
    path = tmp_path / "areas.geojson.gz"
    island = feature("Harbour", box(-71.03, 42.30, -71.02, 42.31))
    point = feature("Corner", {"type": "Point", "coordinates": [-71.2, 42.35]})
    path.write_bytes(gzip.compress(collection(HARBOUR, island, point)))
    with sqlite_store.transaction() as session:
        pid = founded(session)
        assert areas.import_geojson(session, pid, path).added == 2
        known = {area.name: area for area in areas.listed(session, pid)}
    assert areas.area_of([known["Harbour"]], -71.025, 42.305) is known["Harbour"]
    assert known["Corner"].geometry is None


def test_a_dry_run_stores_nothing(sqlite_store: Store, tmp_path: Path):
    path = tmp_path / "areas.geojson"
    path.write_bytes(collection(HARBOUR))
    with sqlite_store.transaction() as session:
        pid = founded(session)
        assert areas.import_geojson(session, pid, path, dry_run=True).added == 1
        assert len(areas.listed(session, pid)) == 2  # the two it was founded with


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "no JSON"),
        (b"[" * 200_000, "no JSON"),
        (b'{"type": "FeatureCollection", "features": []}', "no GeoJSON FeatureCollection"),
        (b"\x1f\x8b\x08broken", "cannot be read"),
        (collection(feature("", box(-71.1, 42.3, -71.0, 42.4))), "has no name"),
        (collection(feature("a\x00b", box(-71.1, 42.3, -71.0, 42.4))), "has no name"),
        (collection(feature("A", None)), "Give a Polygon"),
        (collection(feature("A", {"type": "Polygon", "coordinates": [[[0]]]})), "cannot be read"),
        (collection(feature("A", {"type": "Polygon", "coordinates": []})), "is empty"),
        (collection(feature("A", box(42.30, -71.06, 42.32, -71.04))), "swapped"),
        (collection(feature("A", box(236_000, 900_000, 237_000, 901_000))), "WGS84"),
    ],
)
def test_spoilt_files_are_refused_with_a_sentence(
    sqlite_store: Store, tmp_path: Path, content: bytes, sentence: str
):
    path = tmp_path / "areas.geojson"
    path.write_bytes(content)
    with sqlite_store.transaction() as session:
        pid = founded(session)
        with pytest.raises(Invalid) as refusal:
            areas.import_geojson(session, pid, path)
        assert len(areas.listed(session, pid)) == 2
    assert sentence in str(refusal.value)


def test_every_spoilt_area_is_told_at_once(sqlite_store: Store, tmp_path: Path):
    path = tmp_path / "areas.geojson"
    path.write_bytes(collection(feature("", None), HILL, feature("B", None)))
    with sqlite_store.transaction() as session, pytest.raises(Invalid) as refusal:
        areas.import_geojson(session, founded(session), path)
    assert [problem.row for problem in refusal.value.problems] == [1, 1, 3]
