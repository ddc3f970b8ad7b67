"""Alerts a coordinator enters: a spike of overdoses, or a dangerous batch."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Literal

from fastapi import Path
from pydantic import Field, model_validator
from sqlalchemy.orm import Session

from api.access import router
from api.request import Asking, AtDesk, Now, Reading, Writing
from api.wire import Asked, Day, Latitude, Longitude, MomentShown, Note, PathKey, Told
from outreach import audit
from outreach.risk import alerts

routes = router("/dispatch", tags=["dispatch"])

AlertKind = Literal["spike", "drug_checking", "community", "odmap", "other"]
LOOK_AHEAD = timedelta(days=366)


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
    factor: Annotated[float, Field(gt=1, le=20)]
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
def list_alerts(session: Reading, desk: AtDesk) -> list[AlertSeen]:
    """Ended and past ones are left out."""
    today = desk.today()
    found = alerts.active(session, desk.programme_id, today, today + LOOK_AHEAD)
    return [_seen(session, alert) for alert in found]


@routes.post("/alerts", status_code=201, summary="Enter an alert")
def enter_alert(asked: NewAlert, session: Writing, desk: AtDesk, actor: Asking, now: Now) -> AlertSeen:
    """The risk map and the next plan take it into account at once."""
    alert = alerts.enter(
        session,
        desk.programme_id,
        **asked.model_dump(exclude={"from_date", "until_date"}),
        starts=asked.from_date,
        ends=asked.until_date,
        now=now,
    )
    facts = {"kind": alert.kind, "factor": alert.factor, "radius_m": alert.radius_m}
    audit.record(session, desk.programme_id, actor.login, "alert.entered", str(alert.id), facts, now=now)
    return _seen(session, alert)


@routes.delete("/alerts/{alert_id}", status_code=204, summary="End an alert")
def end_alert(
    alert_id: Annotated[PathKey, Path()], session: Writing, desk: AtDesk, actor: Asking, now: Now
) -> None:
    """It no longer holds from now on; what was planned with it stays planned."""
    alerts.end(session, desk.programme_id, alert_id, now)
    audit.record(session, desk.programme_id, actor.login, "alert.ended", str(alert_id), {}, now=now)


def _seen(session: Session, alert: alerts.Alert) -> AlertSeen:
    return AlertSeen(
        id=alert.id,
        kind=alert.kind,
        lon=alert.lon,
        lat=alert.lat,
        radius_m=round(alert.radius_m),
        factor=alert.factor,
        from_date=alert.starts,
        until_date=alert.ends,
        note=alerts.note_of(session, alert),
        ended_at=alert.ended_at,
    )
