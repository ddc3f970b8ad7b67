"""Incidents: what happened, where, and when it came to be known. One table for every feed."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from outreach.store import Base


class Incident(Base):
    """One overdose, or a sign of one. `local_date` and `minute` (after local midnight) are the feed's own
    wall clock; `minute` is None where the source tells only the day. `received_at` replays what was known."""

    __tablename__ = "incidents"
    __table_args__ = (
        UniqueConstraint("feed_id", "fingerprint"),
        CheckConstraint("lon >= -180 AND lon <= 180 AND lat >= -90 AND lat <= 90", name="position"),
        CheckConstraint("minute IS NULL OR minute BETWEEN 0 AND 1439", name="minute"),
        CheckConstraint("weight > 0 AND weight <= 10000", name="weight"),
        Index("ix_incidents_programme_id_local_date", "programme_id", "local_date"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"))
    feed_id: Mapped[int] = mapped_column(ForeignKey("feeds.id"))
    fingerprint: Mapped[str] = mapped_column(String(32))
    occurred_at: Mapped[datetime]
    received_at: Mapped[datetime]
    local_date: Mapped[date]
    minute: Mapped[int | None]
    lon: Mapped[float]
    lat: Mapped[float]
    cell: Mapped[str] = mapped_column(String(15))
    precision_m: Mapped[float] = mapped_column(default=0.0)
    weight: Mapped[float] = mapped_column(default=1.0)
