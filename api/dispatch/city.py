"""The ground: the city, its roads and areas."""

from __future__ import annotations

import json
from datetime import date
from typing import Literal

from fastapi import Request, Response
from pydantic import Field

from api.access import router
from api.request import AtDesk, Reading
from api.wire import (
    ClockShown,
    LineString,
    MultiLineString,
    MultiPolygon,
    Point,
    Polygon,
    Position,
    Told,
)
from outreach.place import areas, providers

routes = router("/dispatch", tags=["dispatch"])


class ProviderHours(Told):
    """Another provider offers a service at a place on one weekday."""

    name: str = Field(examples=["Clinic"])
    lon: float
    lat: float
    service: str = Field(examples=["kits"])
    weekday: int = Field(description="0 = Monday")
    opens: ClockShown
    closes: ClockShown


class City(Told):
    """The installation's one city."""

    name: str = Field(examples=["Boston"])
    timezone: str = Field(examples=["America/New_York"])
    synthetic: bool = Field(description="True when streets and incidents are invented: say so on every page")
    attribution: str = Field(examples=["SYNTHETIC demo city"])
    bounds: tuple[float, float, float, float] = Field(examples=[(-71.19, 42.22, -70.98, 42.4)])
    center: Position = Field(examples=[(-71.06, 42.33)])
    notes: list[str] = Field(description="What a user must know about the roads")
    today: date = Field(description="The local date now")
    providers: list[ProviderHours] = Field(description="Other providers' hours, as imported")


class RoadFacts(Told):
    """What a line or shape of the base map is."""

    kind: str = Field(examples=["residential"])
    name: str | None = None


class RoadFeature(Told):
    """A GeoJSON feature of the base map."""

    type: Literal["Feature"] = "Feature"
    properties: RoadFacts
    geometry: Point | LineString | MultiLineString | Polygon | MultiPolygon


class Basemap(Told):
    """Our own roads as GeoJSON: no tile server is asked."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[RoadFeature]


class AreaFacts(Told):
    """A neighbourhood."""

    id: int
    name: str = Field(examples=["Roxbury"])


class AreaFeature(Told):
    """A neighbourhood's outline, or its centre where no outline was imported."""

    type: Literal["Feature"] = "Feature"
    properties: AreaFacts
    geometry: Polygon | MultiPolygon | Point


class AreaMap(Told):
    """The neighbourhoods."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[AreaFeature]


@routes.get("/city", summary="The city, its bounds and today's date")
def show_city(desk: AtDesk) -> City:
    """What the board needs before it can draw anything."""
    ground, network = desk.ground, desk.network
    return City(
        name=str(network.city.get("name") or ground.city),
        timezone=ground.timezone.key,
        synthetic=bool(network.city.get("synthetic")),
        attribution=str(network.city.get("attribution", "")),
        bounds=desk.bounds,
        center=desk.center,
        notes=network.notes,
        today=desk.today(),
        providers=[ProviderHours.model_validate(one) for one in providers.known(desk.settings.city)],
    )


@routes.get(
    "/basemap",
    summary="Roads as GeoJSON (ETag)",
    response_class=Response,
    responses={
        200: {"content": {"application/geo+json": {"schema": {"$ref": "#/components/schemas/Basemap"}}}},
        304: {"description": "You have it already"},
    },
)
def show_basemap(request: Request, desk: AtDesk) -> Response:
    """Sent as it lies on disk, and not again while the browser's copy is the same."""
    return desk.basemap.answer(request)


@routes.get("/areas", summary="Neighbourhoods as GeoJSON")
def show_areas(session: Reading, desk: AtDesk) -> AreaMap:
    """Outlines where they were imported, centres where not."""
    return AreaMap(features=[_outline(area) for area in areas.listed(session, desk.programme_id)])


def _outline(area: areas.Area) -> AreaFeature:
    known = area.geometry and json.loads(area.geometry)
    shape = known or {"type": "Point", "coordinates": (area.lon, area.lat)}
    return AreaFeature.model_validate({"properties": {"id": area.id, "name": area.name}, "geometry": shape})
