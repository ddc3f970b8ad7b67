"""Sites on the board: where vans may stand, and adding one."""

from __future__ import annotations

from typing import Annotated, Any, Literal, cast

from fastapi import Query
from pydantic import Field, model_validator

from api.access import router
from api.request import Asking, AtDesk, Now, Reading, Writing
from api.wire import (
    Asked,
    Clock,
    ClockShown,
    Latitude,
    Line,
    Longitude,
    Note,
    PathKey,
    ServiceName,
    Told,
    Weekday,
)
from outreach import audit
from outreach.errors import Invalid
from outreach.place import sites
from outreach.plan import services

routes = router("/dispatch", tags=["dispatch"])


Status = Literal["active", "proposed", "retired"]
Walker = Literal["usual", "slow"]


class WindowSeen(Told):
    """On this weekday (0 is Monday) a van may stand here."""

    weekday: int
    opens: ClockShown
    closes: ClockShown


class SiteRow(Told):
    """A site with its opening windows."""

    id: int
    code: str = Field(examples=["nubian-library"])
    name: str
    lon: float
    lat: float
    area: str | None
    status: Status
    services: list[str]
    windows: list[WindowSeen]
    setup_minutes: int
    host: str = ""
    note: str = ""


class WalkSeen(Told):
    """The ground from which somebody on foot is at a site within so many minutes."""

    minutes: int
    walker: Walker
    geometry: dict[str, Any] = Field(description="A GeoJSON polygon or multipolygon")


class NewWindow(Asked):
    """On this weekday (0 is Monday) a van may stand here."""

    weekday: Weekday
    opens: Clock
    closes: Clock

    @model_validator(mode="after")
    def _in_order(self) -> NewWindow:
        if self.closes <= self.opens:
            raise ValueError("a window must close after it opens; past midnight write for example 26:00")
        return self


class NewSite(Asked):
    """A place where a van may stand."""

    name: Line = Field(examples=["Andrew Square, station side"])
    lon: Longitude
    lat: Latitude
    services: Annotated[list[ServiceName], Field(min_length=1, max_length=20)]
    windows: Annotated[list[NewWindow], Field(min_length=1, max_length=50)]
    setup_minutes: Annotated[int, Field(ge=0, le=240, strict=True)] = 15
    host: Annotated[Note, Field(max_length=120)] = ""
    note: Note = ""


@routes.get("/sites", summary="Every site with its opening windows")
def list_sites(session: Reading, desk: AtDesk) -> list[SiteRow]:
    """By code; retired ones too, marked so."""
    return [_row(site) for site in sites.listed(session, desk.programme_id)]


@routes.post("/sites", status_code=201, summary="Add a site")
def add_site(asked: NewSite, session: Writing, desk: AtDesk, actor: Asking, now: Now) -> SiteRow:
    """Without a host it is only proposed: no plan uses it until somebody has agreed to have the van."""
    site = sites.add(session, desk.programme_id, _described(asked))
    audit.record(session, desk.programme_id, actor.login, "site.added", site.code, {}, now=now)
    return _row(sites.one(session, desk.programme_id, site.id))


@routes.get("/sites/{site_id}/walk", summary="Who can walk to a site in so many minutes")
def show_walk(
    site_id: PathKey,
    session: Reading,
    desk: AtDesk,
    minutes: Annotated[int, Query(ge=1, le=60)] = 10,
    walker: Walker = "usual",
) -> WalkSeen:
    """Along the walk network; a circle where the city has none."""
    site = sites.one(session, desk.programme_id, site_id)
    geometry = desk.network.isochrone((site.lon, site.lat), minutes, walker)
    return WalkSeen(minutes=minutes, walker=walker, geometry=geometry)


def _described(asked: NewSite) -> sites.NewSite:
    unknown = sorted(set(asked.services) - set(services.names()))
    if unknown:
        raise Invalid(f"There is no service {unknown[0]}. Use any of: {', '.join(services.names())}.")
    return sites.NewSite(
        name=asked.name,
        lon=asked.lon,
        lat=asked.lat,
        services=tuple(dict.fromkeys(asked.services)),
        windows=tuple(sites.Opening(each.weekday, each.opens, each.closes) for each in asked.windows),
        host=asked.host or None,
        setup_minutes=asked.setup_minutes,
        note=asked.note,
    )


def _row(site: sites.Site) -> SiteRow:
    return SiteRow(
        id=site.id,
        code=site.code,
        name=site.name,
        lon=site.lon,
        lat=site.lat,
        area=site.area.name if site.area else None,
        status=cast(Status, site.status),
        services=site.services,
        windows=[WindowSeen.model_validate(window) for window in site.windows],
        setup_minutes=site.setup_minutes,
        host=site.host or "",
        note=site.note,
    )
