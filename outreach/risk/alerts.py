"""Alerts: a bad batch or a cluster somebody has heard of, raising the surface around it until it ends."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach import sealing
from outreach.errors import Conflict, Invalid, Missing
from outreach.store import Base

KINDS = ("spike", "drug_checking", "community", "odmap", "other")
LONGEST_DAYS = 92


class Alert(Base):
    """From `starts` to `ends`, both included, risk within `radius_m` is up to `factor` times its usual level.

    The rise is full on the first day and halves every few days after (`surface`): alerts grow stale. `note`
    is sealed: see `note_of`.
    """

    __tablename__ = "alerts"
    __table_args__ = (
        CheckConstraint("lon >= -180 AND lon <= 180 AND lat >= -90 AND lat <= 90", name="position"),
        CheckConstraint("radius_m BETWEEN 50 AND 50000", name="radius"),
        CheckConstraint("factor > 1 AND factor <= 20", name="factor"),
        CheckConstraint("ends >= starts", name="dates"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    lon: Mapped[float]
    lat: Mapped[float]
    radius_m: Mapped[float]
    factor: Mapped[float]
    starts: Mapped[date]
    ends: Mapped[date]
    note: Mapped[str] = mapped_column(Text, default="")
    entered_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


def enter(
    session: Session,
    programme_id: int,
    *,
    kind: str,
    lon: float,
    lat: float,
    radius_m: float,
    factor: float,
    starts: date,
    ends: date,
    now: datetime,
    note: str = "",
) -> Alert:
    """Store an alert.

    Raises:
        Invalid: a value cannot be true; says which and what to do.
    """
    if fault := _fault(kind, lon, lat, radius_m, factor, starts, ends):
        raise Invalid(fault, code="alert")
    alert = Alert(
        programme_id=programme_id,
        kind=kind,
        lon=lon,
        lat=lat,
        radius_m=radius_m,
        factor=factor,
        starts=starts,
        ends=ends,
        entered_at=now,
    )
    session.add(alert)
    session.flush()
    alert.note = sealing.kept(session, programme_id, _about(alert), note)
    return alert


def note_of(session: Session, alert: Alert) -> str:
    """What was written about an alert; empty when nothing was, or the key is gone."""
    return sealing.told(session, _about(alert), alert.note)


def active(
    session: Session, programme_id: int, from_date: date, until_date: date | None = None
) -> list[Alert]:
    """The alerts that hold on some day from `from_date` to `until_date` (the same day without it)."""
    last = until_date or from_date
    return list(
        session.scalars(
            select(Alert)
            .where(Alert.programme_id == programme_id, Alert.ended_at.is_(None))
            .where(Alert.starts <= last, Alert.ends >= from_date)
            .order_by(Alert.starts, Alert.id)
        )
    )


def listed(session: Session, programme_id: int) -> list[Alert]:
    """Every alert ever entered, the newest first."""
    return list(
        session.scalars(select(Alert).where(Alert.programme_id == programme_id).order_by(Alert.id.desc()))
    )


def end(session: Session, programme_id: int, alert_id: int, now: datetime) -> Alert:
    """The alert no longer holds, from this moment.

    Raises:
        Missing: there is no such alert.
        Conflict: it was ended before.
    """
    alert = session.scalar(select(Alert).where(Alert.programme_id == programme_id, Alert.id == alert_id))
    if alert is None:
        raise Missing(f"There is no alert number {alert_id}. Reload the list of alerts.", code="no-alert")
    if alert.ended_at is not None:
        raise Conflict(f"Alert number {alert_id} was ended already.", code="alert-ended")
    alert.ended_at = now
    session.flush()
    return alert


def _about(alert: Alert) -> str:
    return f"alerts/p{alert.programme_id}/{alert.id}/note"


def _fault(
    kind: str, lon: float, lat: float, radius_m: float, factor: float, starts: date, ends: date
) -> str | None:
    if kind not in KINDS:
        return f"{kind!r} is no kind of alert. Use one of {', '.join(KINDS)}."
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        return f"({lon}, {lat}) is no position on the globe. Give longitude and latitude in degrees."
    if not 50 <= radius_m <= 50_000:
        return "An alert reaches 50 metres to 50 km. Give a radius in metres, for example 1000."
    if not 1 < factor <= 20:
        return "The factor says how many times the usual risk: more than 1, at most 20."
    if ends < starts:
        return f"The alert ends on {ends}, before it starts on {starts}."
    if (ends - starts).days > LONGEST_DAYS:
        return "An alert holds three months at most. Enter it again later if it still holds."
    return None
