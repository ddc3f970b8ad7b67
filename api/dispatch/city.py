"""The ground: the city, its roads and areas, and the risk map with the health of its feeds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Literal

import h3
from fastapi import Query, Request, Response
from pydantic import Field

from api.access import router
from api.request import AtDesk, Now, Reading
from api.wire import (
    Day,
    LineString,
    MomentShown,
    MultiLineString,
    MultiPolygon,
    Point,
    Polygon,
    Position,
    Told,
)
from outreach.place import areas
from outreach.risk import health, surface
from outreach.risk.forecast import ShownCell

routes = router("/dispatch", tags=["dispatch"])


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


class CellFacts(Told):
    """A hexagon's forecast: overdoses a week per square kilometre, with the 5 % and 95 % bounds."""

    cell: str = Field(examples=["882a306601fffff"])
    per_week_km2: float
    lower: float
    upper: float


class CellFeature(Told):
    """A hexagon (H3 resolution 8)."""

    type: Literal["Feature"] = "Feature"
    properties: CellFacts
    geometry: Polygon


class FeedHealth(Told):
    """How fresh a source is: trust the map no further than this."""

    name: str = Field(examples=["ems"])
    last_event: MomentShown | None
    last_import: MomentShown | None
    events: int
    lag_days: float | None


class RiskLegend(Told):
    """Lower edges of the map's classes, in overdoses a week per square kilometre."""

    unit: str = "overdoses_per_week_km2"
    edges: list[float] = Field(examples=[[0.0, 0.5, 1.0, 2.0, 4.0]])


class RiskMap(Told):
    """The risk surface over the days asked for."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[CellFeature]
    from_date: date
    days: int
    legend: RiskLegend
    fitted_at: MomentShown | None = Field(description="null: no incidents yet, so there is no map")
    feeds: list[FeedHealth]


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


@routes.get("/risk", summary="The risk map for some days")
def show_risk(
    session: Reading,
    desk: AtDesk,
    now: Now,
    day: Annotated[Day | None, Query(alias="date", description="First day; today by default")] = None,
    days: Annotated[int, Query(ge=1, le=28)] = 7,
) -> RiskMap:
    """Empty, with `fitted_at` null, until incidents were imported and the surface was fitted."""
    first = day or desk.today()
    dates = [first + timedelta(step) for step in range(days)]
    fitted = surface.current(session, desk.programme_id)
    cells = surface.forecast(session, desk.programme_id, dates, now).shown() if fitted else []
    return RiskMap(
        features=[_hexagon(cell) for cell in cells],
        from_date=first,
        days=days,
        legend=RiskLegend(edges=_edges([cell.per_week_km2 for cell in cells])),
        fitted_at=fitted.fitted_at if fitted else None,
        feeds=[_health(feed) for feed in health.of_feeds(session, desk.programme_id)],
    )


def _hexagon(cell: ShownCell) -> CellFeature:
    ring = [(round(lon, 6), round(lat, 6)) for lat, lon in h3.cell_to_boundary(cell.cell)]
    return CellFeature(
        properties=CellFacts.model_validate(cell), geometry=Polygon(coordinates=[[*ring, ring[0]]])
    )


def _edges(values: Sequence[float]) -> list[float]:
    """Lower edges of five classes, each step doubling, so that the highest tenth stands out."""
    if not values or max(values) <= 0:
        return [0.0]
    high = sorted(values)[int(0.9 * (len(values) - 1))] or max(values)
    return [0.0, *(float(f"{high / 2**step:.1g}") for step in (3, 2, 1, 0))]


def _health(feed: health.FeedHealth) -> FeedHealth:
    return FeedHealth(
        name=feed.name,
        last_event=feed.last_moment,
        last_import=feed.last_import,
        events=feed.events,
        lag_days=feed.lag_days,
    )
