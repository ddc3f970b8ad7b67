"""Alerts a coordinator enters: a spike of overdoses, or a dangerous batch."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import Path
from pydantic import Field, model_validator

from api.access import router
from api.wire import Asked, Day, Latitude, Longitude, MomentShown, Note, PathKey, Told

routes = router("/dispatch", tags=["dispatch"])

AlertKind = Literal["spike", "drug_alert"]


class AlertSeen(Told):
    """An alert, active unless `ended_at` is set or its last day is past."""

    id: int
    kind: str
    lon: float
    lat: float
    radius_m: int
    factor: float
    from_date: date
    until_date: date
    note: str
    ended_at: MomentShown | None = None


class NewAlert(Asked):
    """Within `radius_m` metres, risk is taken as `factor` times as high from `from_date`, fading."""

    kind: AlertKind
    lon: Longitude
    lat: Latitude
    radius_m: Annotated[int, Field(ge=100, le=20_000, strict=True)]
    factor: Annotated[float, Field(ge=1, le=20)]
    from_date: Day
    until_date: Day
    note: Note = ""

    @model_validator(mode="after")
    def _in_order(self) -> NewAlert:
        if self.until_date < self.from_date:
            raise ValueError("the last day of an alert must not lie before its first")
        if (self.until_date - self.from_date).days > 90:
            raise ValueError("an alert may last 90 days at most; enter it again if it is still true then")
        return self


@routes.get("/alerts", summary="Alerts that are active or to come")
def list_alerts() -> list[AlertSeen]:
    raise NotImplementedError


@routes.post("/alerts", status_code=201, summary="Enter an alert")
def enter_alert(asked: NewAlert) -> AlertSeen:
    raise NotImplementedError


@routes.delete("/alerts/{alert_id}", status_code=204, summary="End an alert")
def end_alert(alert_id: Annotated[PathKey, Path()]) -> None:
    raise NotImplementedError
