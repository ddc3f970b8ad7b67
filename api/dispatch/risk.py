"""The risk map, why a place is as high as it is, and the health of the feeds behind it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Literal

import h3
from fastapi import Query
from pydantic import Field

from api.access import router
from api.request import AtDesk, Now, Reading
from api.wire import Day, MomentShown, Polygon, Told
from outreach.place import providers
from outreach.risk import explain, grid, health, nightly, surface
from outreach.risk.feeds import Use
from outreach.risk.forecast import ShownCell

routes = router("/dispatch", tags=["dispatch"])


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
    kind: str = Field(examples=["ems"])
    last_event: MomentShown | None
    last_import: MomentShown | None
    events: int
    lag_days: float | None
    days_behind: int | None = Field(description="Days before today of which nothing is known, beyond the lag")
    silent_days: int = Field(description="Days between its first and last event on which it told nothing")
    stale: bool = Field(description="Nothing has come for more than a week beyond its lag")
    clock: str = Field(description="trusted, suspect (a wrong time zone?), unknown or none")
    use: Use = Field(description="What of it shapes the map: hours too, only places and days, or nothing")
    bias: str = Field(description="In words: who is missing from it")


class RiskLegend(Told):
    """Lower edges of the map's classes, in overdoses a week per square kilometre."""

    unit: str = "overdoses_per_week_km2"
    edges: list[float] = Field(examples=[[0.0, 0.5, 1.0, 2.0, 4.0]])


class AlarmRate(Told):
    """How often the watch for spikes has rung lately, against what was promised."""

    days: int = Field(description="Looked back so many days")
    raised: int
    promised: float
    least: int = Field(description="Fewer than this would be more than chance (95 %)")
    most: int


class RiskMap(Told):
    """The risk surface over the days asked for."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[CellFeature]
    from_date: date
    days: int
    legend: RiskLegend
    fitted_at: MomentShown | None = Field(description="null: no incidents yet, so there is no map")
    feeds: list[FeedHealth]
    alarms: AlarmRate


class HoursOfDay(Told):
    """Part of a day, in minutes after local midnight; `until` may lie past the next one."""

    from_: int = Field(alias="from", serialization_alias="from", examples=[1080])
    until: int = Field(examples=[1320])


class CellExplained(Told):
    """What stands behind a place on the risk map, in numbers that can be checked by hand."""

    cell: str = Field(examples=["882a306601fffff"])
    weekly: float = Field(description="Expected overdoses a week here, alerts included")
    rank: int = Field(description="Place of its riskiest part among all cells of the city")
    cells: int
    own_last_year: float = Field(description="Events here in the last 52 weeks")
    near_last_year: float = Field(description="Events in the two rings of cells around")
    own_ever: float = Field(description="Events here since records began")
    busiest: HoursOfDay = Field(description="The busiest four hours of the whole city")
    served: float = Field(description="How far vans were near in the last four weeks, 0 to 1")
    unmet: float = Field(description="Weekly risk that no van was near in the last four weeks")
    alerts: list[str] = Field(description="Alerts that raise it today", examples=[["spike ×2.5"]])
    providers: list[str] = Field(
        description="Other providers within ten minutes on foot", examples=[["Clinic (kits) Mon 09:00-17:00"]]
    )


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
    cells = surface.forecast(session, desk.programme_id, dates).shown() if fitted else []
    return RiskMap(
        features=[_hexagon(cell) for cell in cells],
        from_date=first,
        days=days,
        legend=RiskLegend(edges=_edges([cell.per_week_km2 for cell in cells])),
        fitted_at=fitted.fitted_at if fitted else None,
        feeds=[_health(feed) for feed in health.of_feeds(session, desk.programme_id, now)],
        alarms=AlarmRate.model_validate(nightly.alarms(session, desk.programme_id, now)),
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
        kind=feed.kind,
        last_event=feed.last_moment,
        last_import=feed.last_import,
        events=feed.events,
        lag_days=feed.lag_days,
        days_behind=feed.days_behind,
        silent_days=feed.empty_days,
        stale=feed.stale,
        clock=feed.clock,
        use=feed.use,
        bias=feed.bias,
    )


@routes.get("/risk/why", summary="Why a place on the map is as high as it is")
def explain_cell(
    cell: Annotated[str, Query(pattern="^[0-9a-f]{15}$")], session: Reading, desk: AtDesk, now: Now
) -> CellExplained:
    """Its own events, its neighbours', the long run, the busiest hours, who was near, and alerts."""
    found = explain.of_cell(session, desk.programme_id, cell, now)
    start, end = found.busiest
    facts = {name: getattr(found, name) for name in CellExplained.model_fields if hasattr(found, name)}
    facts["busiest"] = HoursOfDay.model_validate({"from": start, "until": end})
    inside = h3.cell_to_children(cell, max(h3.get_resolution(cell), grid.RESOLUTION))
    return CellExplained(**facts, providers=providers.near(desk.settings.city, inside, desk.network))
