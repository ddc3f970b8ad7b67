"""Schedules: versions of the plan as people work by it. A published version never changes."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from outreach.place.sites import Site
from outreach.plan.vans import Van
from outreach.store import Base, Document, Owned

ONE_DRAFT = text("state = 'draft'")


class Version(Owned, Base):
    """A schedule from `from_date` to `until_date`. A draft has no `number` yet; `base_id` is the version it
    was copied from. `score` is {value, bound, gap, terms: {…}} as the run found it."""

    __tablename__ = "versions"
    __table_args__ = (
        UniqueConstraint("programme_id", "number"),
        CheckConstraint("state IN ('draft', 'published', 'superseded')", name="state"),
        CheckConstraint("(state = 'draft') = (number IS NULL)", name="number"),
        CheckConstraint("until_date >= from_date", name="dates"),
        Index(
            "uq_versions_one_draft",
            "programme_id",
            unique=True,
            sqlite_where=ONE_DRAFT,
            postgresql_where=ONE_DRAFT,
        ),
    )

    number: Mapped[int | None]
    from_date: Mapped[date]
    until_date: Mapped[date]
    run_id: Mapped[int | None] = mapped_column(ForeignKey("runs.id"))
    base_id: Mapped[int | None] = mapped_column(ForeignKey("versions.id"))
    state: Mapped[str] = mapped_column(String(10), default="draft")
    note: Mapped[str] = mapped_column(Text, default="")
    score: Mapped[dict[str, object]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    published_by: Mapped[str | None] = mapped_column(String(120))

    shifts: Mapped[list[ShiftPlan]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="ShiftPlan.date, ShiftPlan.van_id"
    )


class ShiftPlan(Owned, Base):
    """One van on one day, in minutes after local midnight. `staff` are member ids, remote ones too."""

    __tablename__ = "shift_plans"
    __table_args__ = (
        UniqueConstraint("version_id", "van_id", "date"),
        CheckConstraint("depart >= 0 AND depart <= back", name="times"),
    )

    version_id: Mapped[int] = mapped_column(ForeignKey("versions.id", ondelete="CASCADE"), index=True)
    van_id: Mapped[int] = mapped_column(ForeignKey("vans.id"), index=True)
    date: Mapped[date]
    depart: Mapped[int]
    back: Mapped[int]
    break_start: Mapped[int | None]
    break_minutes: Mapped[int] = mapped_column(default=30)
    staff: Mapped[list[int]] = mapped_column(default=list)

    van: Mapped[Van] = relationship(lazy="raise")
    stops: Mapped[list[PlannedStop]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="PlannedStop.sequence"
    )


class PlannedStop(Owned, Base):
    """Wheels stop at `arrive`, service from `starts` to `ends`, wheels roll at `leave` (minutes).

    `uid` is the same in every version that has this stop. `alternative` is {uid, name, date, starts, …} of
    the nearest stop to go to instead, once this one is cancelled or shortened.
    """

    __tablename__ = "planned_stops"
    __table_args__ = (
        UniqueConstraint("version_id", "uid"),
        CheckConstraint("arrive <= starts AND starts < ends AND ends <= leave", name="times"),
        CheckConstraint("state IN ('planned', 'cancelled', 'shortened')", name="state"),
        Index("ix_planned_stops_uid", "uid"),
    )

    version_id: Mapped[int] = mapped_column(ForeignKey("versions.id", ondelete="CASCADE"), index=True)
    shift_id: Mapped[int] = mapped_column(ForeignKey("shift_plans.id", ondelete="CASCADE"), index=True)
    uid: Mapped[str] = mapped_column(String(36))
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), index=True)
    date: Mapped[date]
    sequence: Mapped[int]
    arrive: Mapped[int]
    starts: Mapped[int]
    ends: Mapped[int]
    leave: Mapped[int]
    services: Mapped[list[str]] = mapped_column(default=list)
    anchor: Mapped[bool] = mapped_column(default=False)
    reach: Mapped[float] = mapped_column(default=0.0)
    state: Mapped[str] = mapped_column(String(10), default="planned")
    reason: Mapped[str] = mapped_column(String(200), default="")
    alternative: Mapped[dict[str, object] | None] = mapped_column(Document)

    site: Mapped[Site] = relationship(lazy="raise")
    shift: Mapped[ShiftPlan] = relationship(lazy="raise", overlaps="stops")
