"""Rows: areas as they are stored, and which of them a point lies in."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import CheckConstraint, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach.place.ground import Bounds, metres_between
from outreach.store import Base, Owned

NEAREST_CENTRE_METRES = 5_000.0


class Area(Owned, Base):
    """A neighbourhood. `geometry` is a GeoJSON (Multi)Polygon text, None where only the centre is known."""

    __tablename__ = "areas"
    __table_args__ = (
        UniqueConstraint("programme_id", "name"),
        CheckConstraint("lon >= -180 AND lon <= 180 AND lat >= -90 AND lat <= 90", name="position"),
    )

    name: Mapped[str] = mapped_column(String(120))
    lon: Mapped[float]
    lat: Mapped[float]
    geometry: Mapped[str | None] = mapped_column(Text)


def listed(session: Session, programme_id: int) -> list[Area]:
    """Every area of the programme by name."""
    return list(session.scalars(select(Area).where(Area.programme_id == programme_id).order_by(Area.name)))


def area_of(areas: Sequence[Area], lon: float, lat: float) -> Area | None:
    """The area a point belongs to: the polygon around it, else the nearest named centre within 5 km."""
    point = shapely.Point(lon, lat)
    for area in areas:
        if area.geometry is not None and _shape(area.geometry).covers(point):
            return area
    return _nearest_centre(areas, lon, lat)


def strays(areas: Sequence[Area], bounds: Bounds) -> list[str]:
    """The names of the areas that lie wholly outside west, south, east and north."""
    city = shapely.box(*bounds)
    return [area.name for area in areas if not city.intersects(_ground(area))]


def _ground(area: Area) -> BaseGeometry:
    return shapely.Point(area.lon, area.lat) if area.geometry is None else _shape(area.geometry)


def _nearest_centre(areas: Sequence[Area], lon: float, lat: float) -> Area | None:
    away = [(metres_between((lon, lat), (area.lon, area.lat)), area.name, area) for area in areas]
    near = min(away, default=None, key=lambda entry: entry[:2])
    return near[2] if near is not None and near[0] <= NEAREST_CENTRE_METRES else None


@lru_cache(maxsize=1024)
def _shape(geometry: str) -> BaseGeometry:
    shape = shapely.from_geojson(geometry)
    shapely.prepare(shape)
    return shape
