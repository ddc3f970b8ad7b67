"""Sites on the board: where vans may stand, and adding one."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from api.access import router
from api.wire import Asked, Clock, ClockShown, Latitude, Line, Longitude, Note, ServiceName, Told, Weekday

routes = router("/dispatch", tags=["dispatch"])


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
    status: Literal["active", "proposed", "retired"]
    services: list[str]
    windows: list[WindowSeen]
    setup_minutes: int
    host: str = ""
    note: str = ""


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
def list_sites() -> list[SiteRow]:
    raise NotImplementedError


@routes.post("/sites", status_code=201, summary="Add a site")
def add_site(asked: NewSite) -> SiteRow:
    raise NotImplementedError
