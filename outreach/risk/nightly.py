"""The night: after the imports the surface is fitted, spikes are looked for, and new ones become alerts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from outreach import local_time
from outreach.place.ground import metres_between
from outreach.risk import alerts, spikes, surface
from outreach.risk.alerts import Alert
from outreach.risk.spikes import Spike
from outreach.risk.watch import MONTH_DAYS

LOOKED_BACK_DAYS = 182


@dataclass(frozen=True, slots=True)
class Alarms:
    """How often the watch has rung in the last half year: `raised` where `promised` were the budget; from
    `least` to `most` would be chance (95 %)."""

    days: int
    raised: int
    promised: float
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Night:
    """What a night came to: the first day forecast, the spikes that are on, and the alerts that are new."""

    origin: date
    on: tuple[Spike, ...]
    new: tuple[Alert, ...]
    alarms: Alarms


def run(session: Session, programme_id: int, now: datetime, *, alarms_per_month: float = 1.0) -> Night:
    """Fit, look, and enter an alert for each spike that has none yet; running it twice changes nothing.

    Raises:
        Missing: there are no incidents yet.
    """
    fitted = surface.fit(session, programme_id, now)
    on = spikes.look(session, programme_id, now, alarms_per_month=alarms_per_month)
    new = [
        spikes.raise_alert(session, programme_id, spike, now)
        for spike in on
        if not _known(session, programme_id, spike, now)
    ]
    return Night(fitted.origin, tuple(on), tuple(new), alarms(session, programme_id, now, alarms_per_month))


def alarms(session: Session, programme_id: int, now: datetime, alarms_per_month: float = 1.0) -> Alarms:
    """How often the watch has rung, against its budget; since the first spike where that is less long ago."""
    since = now - timedelta(days=LOOKED_BACK_DAYS)
    rung = [one.entered_at for one in alerts.listed(session, programme_id) if one.kind == "spike"]
    days = min(LOOKED_BACK_DAYS, max(1, (now - min(rung, default=now)).days))
    promised = alarms_per_month * days / MONTH_DAYS
    least, most = spikes.likely(promised)
    return Alarms(days, sum(moment >= since for moment in rung), promised, least, most)


def _known(session: Session, programme_id: int, spike: Spike, now: datetime) -> bool:
    """Has it been raised already? One that somebody ended stays ended while the spike lasts."""
    return any(
        alert.kind == "spike" and alert.starts >= spike.first and _same_place(alert, spike)
        for alert in alerts.listed(session, programme_id)
    ) or any(
        alert.kind == "spike" and _same_place(alert, spike)
        for alert in alerts.active(session, programme_id, local_time.today(session, programme_id, now))
    )


def _same_place(alert: Alert, spike: Spike) -> bool:
    wide = alert.radius_m >= spikes.CITY_RADIUS_M
    if wide or spike.radius_m is None:
        return wide and spike.radius_m is None
    return metres_between((alert.lon, alert.lat), (spike.lon, spike.lat)) <= alert.radius_m + spike.radius_m
