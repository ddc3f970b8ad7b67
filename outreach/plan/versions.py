"""Versions of the schedule as they are kept, with their van-days and stops, and the questions to them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Select,
    String,
    Text,
    UniqueConstraint,
    func,
    select,
    text,
)
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship, selectinload

from outreach import sealing
from outreach.errors import Missing
from outreach.place.sites import Site
from outreach.plan.vans import Van
from outreach.store import Base, Document, Owned

ONE_DRAFT = text("state = 'draft'")


class Version(Owned, Base):
    """A schedule from `from_date` to `until_date`. A draft has no `number` yet; `base_id` is the version it
    was copied from. `score` is {value, bound, gap, terms: {…}} as the run found it, or, once it
    was changed, as the judge did, without bound and gap; `troubles` what happened since that it was planned
    around (`plan/troubles.py`). `note` is sealed: see `note_of`."""

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
        # A draft thrown away must not leave its number to the next: whoever still shows it would be misled.
        {"sqlite_autoincrement": True},
    )

    number: Mapped[int | None]
    from_date: Mapped[date]
    until_date: Mapped[date]
    run_id: Mapped[int | None] = mapped_column(ForeignKey("runs.id"))
    base_id: Mapped[int | None] = mapped_column(ForeignKey("versions.id"))
    state: Mapped[str] = mapped_column(String(10), default="draft")
    note: Mapped[str] = mapped_column(Text, default="")
    score: Mapped[dict[str, object]] = mapped_column(default=dict)
    troubles: Mapped[list[dict[str, object]]] = mapped_column(Document, default=list)
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    published_by: Mapped[str | None] = mapped_column(String(120))

    shifts: Mapped[list[ShiftPlan]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="ShiftPlan.date, ShiftPlan.van_id"
    )

    @property
    def stops(self) -> list[PlannedStop]:
        """The stops of all its van-days, given up or not."""
        return [stop for shift in self.shifts for stop in shift.stops]


class ShiftPlan(Owned, Base):
    """One van on one day, in minutes after local midnight. `staff` are member ids, remote ones too."""

    __tablename__ = "shift_plans"
    __table_args__ = (
        UniqueConstraint("version_id", "van_id", "date", "depart"),
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
        lazy="raise",
        cascade="all, delete-orphan",
        order_by="PlannedStop.sequence",
        back_populates="shift",
    )


class PlannedStop(Owned, Base):
    """Wheels stop at `arrive`, service from `starts` to `ends`, wheels roll at `leave` (minutes).

    `uid` is the same in every version that has this stop. `alternative` is {uid, name, date, starts, …} of
    the nearest stop to go to instead, once this one is cancelled or shortened. With `refills_due` people's
    medication depends on it: who cancels or shortens it names the `bridge` to their next dose and the
    `contact` who tells them; both are sealed: see `bridge_of`. `worth` is what the plan would lose without
    it, in risk-weighted reach. `reason` is for everybody: the public notice tells it.
    """

    __tablename__ = "planned_stops"
    __table_args__ = (
        UniqueConstraint("version_id", "uid"),
        CheckConstraint("arrive <= starts AND starts < ends AND ends <= leave", name="times"),
        CheckConstraint("state IN ('planned', 'cancelled', 'shortened')", name="state"),
        CheckConstraint(
            "state = 'planned' OR refills_due = 0 OR (bridge <> '' AND contact <> '')", name="bridged"
        ),
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
    refills_due: Mapped[int] = mapped_column(default=0)
    bridge: Mapped[str] = mapped_column(Text, default="")
    contact: Mapped[str] = mapped_column(Text, default="")
    worth: Mapped[float | None]

    site: Mapped[Site] = relationship(lazy="raise")
    version: Mapped[Version] = relationship(lazy="raise")
    shift: Mapped[ShiftPlan] = relationship(lazy="raise", back_populates="stops")

    @property
    def unbridged(self) -> bool:
        """A session with refills due that no van can keep, while nobody said how people get over it."""
        return bool(self.state == "planned" and self.refills_due and self.reason and not self.bridge)


def keep(session: Session, version: Version) -> Version:
    """Store a version with the van-days and stops that hang on it."""
    for stop in version.stops:
        stop.version = version
    session.add(version)
    session.flush()
    return version


def annotate(session: Session, version: Version, note: str) -> None:
    """Keep a few words about a version, sealed."""
    version.note = sealing.kept(session, version.programme_id, _about_note(version), note)


def note_of(session: Session, version: Version) -> str:
    """What `annotate` kept, clear again: empty where nothing was, or the key is gone."""
    return sealing.told(session, _about_note(version), version.note)


def bridged(session: Session, stop: PlannedStop, how: str, contact: str) -> None:
    """Keep how people get over a stop that is given up, and who tells them, sealed."""
    pid = stop.programme_id
    stop.bridge = sealing.kept(session, pid, _about(stop, "bridge"), how.strip())
    stop.contact = sealing.kept(session, pid, _about(stop, "contact"), contact.strip())


def bridge_of(session: Session, stop: PlannedStop) -> tuple[str, str]:
    """What `bridged` kept, clear again: empty where nothing was, or the key is gone."""
    bridge = sealing.told(session, _about(stop, "bridge"), stop.bridge)
    return bridge, sealing.told(session, _about(stop, "contact"), stop.contact)


def found(session: Session, programme_id: int, version_id: int) -> Version:
    """One version with its van-days and stops. Raises: `Missing`."""
    version = session.scalars(_whole(programme_id).where(Version.id == version_id)).first()
    if version is None:
        raise Missing("There is no such version of the schedule.", code="no-version")
    return version


def current(session: Session, programme_id: int, day: date) -> Version | None:
    """The published version people work by on `day`, with its van-days and stops."""
    version_id = in_force(session, programme_id, day, day).get(day)
    return found(session, programme_id, version_id) if version_id is not None else None


def in_force(session: Session, programme_id: int, first: date, last: date) -> dict[date, int]:
    """By day, the id of the version people work by; days without one are absent."""
    asked = select(Version.id, Version.from_date, Version.until_date).where(
        Version.programme_id == programme_id,
        Version.state == "published",
        Version.from_date <= last,
        Version.until_date >= first,
    )
    by_day: dict[date, int] = {}
    for version_id, begins, ends in session.execute(asked.order_by(Version.number)):
        day = max(begins, first)
        while day <= min(ends, last):
            by_day[day] = version_id
            day += timedelta(1)
    return by_day


def with_stop(session: Session, programme_id: int, uid: str) -> tuple[Version, date] | None:
    """The version in force on the stop's day, and that day; None when people work by no such stop."""
    asked = (
        select(PlannedStop.version_id, PlannedStop.date)
        .join(Version, Version.id == PlannedStop.version_id)
        .where(PlannedStop.programme_id == programme_id, PlannedStop.uid == uid, Version.state == "published")
    )
    for version_id, day in session.execute(asked.order_by(Version.number.desc())):
        if in_force(session, programme_id, day, day).get(day) == version_id:
            return found(session, programme_id, version_id), day
    return None


def open_draft(session: Session, programme_id: int) -> Version | None:
    """The one draft somebody is working on, with its van-days and stops."""
    return session.scalars(_whole(programme_id).where(Version.state == "draft")).first()


def last_number(session: Session, programme_id: int) -> int:
    """The number of the version published last; 0 before the first."""
    return session.scalar(select(func.max(Version.number)).where(Version.programme_id == programme_id)) or 0


def newest(session: Session, programme_id: int) -> Version | None:
    """The version published last, with its van-days and stops."""
    asked = _whole(programme_id).where(Version.number.is_not(None))
    return session.scalars(asked.order_by(Version.number.desc()).limit(1)).first()


def standing(session: Session, programme_id: int, by_day: Mapping[date, int]) -> list[ShiftPlan]:
    """Each day's van-days with their stops, from the version that `in_force` gave for it."""
    return [
        shift
        for version_id in sorted(set(by_day.values()))
        for shift in found(session, programme_id, version_id).shifts
        if by_day.get(shift.date) == version_id
    ]


def latest(session: Session, programme_id: int, limit: int = 100) -> list[Version]:
    """Every published or superseded version, the newest first, without its stops."""
    asked = select(Version).where(Version.programme_id == programme_id, Version.number.is_not(None))
    return list(session.scalars(asked.order_by(Version.number.desc()).limit(limit)))


def duties(session: Session, programme_id: int, from_date: date, until_date: date) -> list[ShiftPlan]:
    """The van-days people work by on these dates, each in the version in force that day: none that lost
    its last stop."""
    by_day = in_force(session, programme_id, from_date, until_date)
    asked = (
        select(ShiftPlan)
        .where(ShiftPlan.version_id.in_(sorted(set(by_day.values()))))
        .where(ShiftPlan.date.between(from_date, until_date))
        .where(ShiftPlan.stops.any(PlannedStop.state != "cancelled"))
        .order_by(ShiftPlan.date, ShiftPlan.depart)
    )
    return [shift for shift in session.scalars(asked) if shift.version_id == by_day[shift.date]]


def _about_note(version: Version) -> str:
    return f"versions/p{version.programme_id}/{version.id}/note"


def _about(stop: PlannedStop, column: str) -> str:
    """By what is the same in every version, so that a copy of the stop opens too."""
    return f"planned_stops/p{stop.programme_id}/{stop.uid}/{column}"


def _whole(programme_id: int) -> Select[Version]:
    return (
        select(Version)
        .where(Version.programme_id == programme_id)
        .options(selectinload(Version.shifts).selectinload(ShiftPlan.stops))
    )
