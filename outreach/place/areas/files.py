"""Files: areas from a GeoJSON of named polygons or points, with every mistake told at once."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Session

from outreach.errors import Invalid
from outreach.place.areas.rows import Area, listed
from outreach.tabular import Findings, ImportReport

LARGEST_BYTES = 100 * 1024 * 1024
MOST_AREAS = 5_000
NAME_KEYS = ("name", "neighborhood", "neighbourhood", "label", "area", "district")
POLYGONS = ("Polygon", "MultiPolygon")


@dataclass(frozen=True, slots=True)
class NewArea:
    """An area as a file describes it; `code` is its name, by which it is known again."""

    code: str
    lon: float
    lat: float
    geometry: str | None


def import_geojson(
    session: Session, programme_id: int, path: Path, *, name: str | None = None, dry_run: bool = False
) -> ImportReport:
    """Add or change areas by their name; `name` is the property that holds it, if it is none of the usual.

    Several polygons of one name become one area. Points are kept as named centres.

    Raises:
        Invalid: with every mistake in the file; then nothing changed.
    """
    findings = Findings(path.name)
    features = _features(path)
    found: dict[str, list[BaseGeometry]] = {}
    for number, feature in enumerate(features, start=1):
        label, shape = _label(feature, name, number, findings), _shape(feature, number, findings)
        if label is not None and shape is not None:
            found.setdefault(label, []).append(shape)
    findings.finish()
    news = [_new(label, shapes) for label, shapes in sorted(found.items())]
    stored = {area.name: area for area in listed(session, programme_id)}
    if not dry_run:
        _save(session, programme_id, news, stored)
    return ImportReport.counting(news, {key: _as_new(area) for key, area in stored.items()})


def _features(path: Path) -> Sequence[object]:
    document = _document(path)
    features = document.get("features") if isinstance(document, Mapping) else None
    if not isinstance(features, list) or not features:
        raise Invalid(
            f"{path.name} is no GeoJSON FeatureCollection with areas in it. Export it as GeoJSON (WGS84).",
            code="not-geojson",
        )
    if len(features) > MOST_AREAS:
        raise Invalid(
            f"{path.name} has {len(features):,} areas; {MOST_AREAS:,} are the most.", code="too-large"
        )
    return features


def _document(path: Path) -> object:
    try:
        with path.open("rb") as file:
            zipped = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            content = (gzip.GzipFile(fileobj=file) if zipped else file).read(LARGEST_BYTES + 1)
    except FileNotFoundError:
        raise Invalid(f"There is no file {path}. Look at its name and folder.", code="no-file") from None
    except (OSError, EOFError, zlib.error) as error:
        raise Invalid(f"{path.name} cannot be read ({error}). Copy it again.", code="no-file") from None
    if len(content) > LARGEST_BYTES:
        raise Invalid(f"{path.name} is larger than {LARGEST_BYTES >> 20} MB. Simplify it.", code="too-large")
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Invalid(
            f"{path.name} is no JSON ({str(error)[:80]}). Export it again.", code="not-geojson"
        ) from None


def _label(feature: object, key: str | None, number: int, findings: Findings) -> str | None:
    properties = feature.get("properties") if isinstance(feature, Mapping) else None
    known = {str(k).lower(): v for k, v in properties.items()} if isinstance(properties, Mapping) else {}
    keys = (key.lower(),) if key else NAME_KEYS
    label = next((str(known[k]).strip() for k in keys if known.get(k) not in (None, "")), "")
    if not label or len(label) > 120 or not label.isprintable():
        there = ", ".join(sorted(known))[:120] or "none"
        findings.note(number, keys[0], "has no name of 1 to 120 letters", f"It has the properties: {there}.")
        return None
    return label


def _shape(feature: object, number: int, findings: Findings) -> BaseGeometry | None:
    geometry = feature.get("geometry") if isinstance(feature, Mapping) else None
    kind = geometry.get("type") if isinstance(geometry, Mapping) else None
    if kind not in (*POLYGONS, "Point"):
        findings.note(number, "geometry", f"is {str(kind)[:30]}", "Give a Polygon, MultiPolygon or Point.")
        return None
    try:
        shape = shapely.make_valid(shapely.from_geojson(json.dumps(geometry)))
    except (shapely.errors.GEOSException, ValueError) as error:
        findings.note(number, "geometry", f"cannot be read ({str(error)[:60]})", "Export it again.")
        return None
    return shape if _on_the_ground(shape, number, findings) else None


def _on_the_ground(shape: BaseGeometry, number: int, findings: Findings) -> bool:
    if shape.is_empty or (shape.geom_type != "Point" and shape.area == 0):
        findings.note(number, "geometry", "is empty", "Draw it again.")
        return False
    west, south, east, north = shape.bounds
    if west >= -180 and east <= 180 and south >= -62 and north <= 85:
        return True
    swapped = west >= -90 and east <= 90 and south >= -180 and north <= 180
    remedy = "Are longitude and latitude swapped?" if swapped else "Export it in WGS84 (lon, lat in degrees)."
    findings.note(number, "geometry", f"lies at ({west:.1f}, {south:.1f}), where nobody lives", remedy)
    return False


def _new(label: str, shapes: Sequence[BaseGeometry]) -> NewArea:
    whole = shapely.union_all([shape for shape in shapes if shape.geom_type != "Point"])
    middle = shapely.point_on_surface(whole) if not whole.is_empty else shapes[0]
    centre = whole.centroid if not whole.is_empty and whole.covers(whole.centroid) else middle
    text = None if whole.is_empty else shapely.to_geojson(shapely.set_precision(whole, 1e-6))
    return NewArea(label, round(centre.x, 6), round(centre.y, 6), text)


def _save(session: Session, programme_id: int, news: Sequence[NewArea], stored: dict[str, Area]) -> None:
    for new in news:
        area = stored.get(new.code) or Area(programme_id=programme_id, name=new.code)
        area.lon, area.lat, area.geometry = new.lon, new.lat, new.geometry
        session.add(area)
    session.flush()


def _as_new(area: Area) -> NewArea:
    return NewArea(area.name, area.lon, area.lat, area.geometry)
