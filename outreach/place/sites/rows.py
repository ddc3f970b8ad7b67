"""Rows: sites as they are stored, and the questions asked of them."""

from __future__ import annotations

from datetime import date
from typing import Literal, get_args

from sqlalchemy import CheckConstraint, ForeignKey, Select, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship, selectinload

from outreach import codes
from outreach.errors import Invalid, Missing
from outreach.place.areas import Area
from outreach.store import Base, Owned

Status = Literal["active", "proposed", "retired"]
STATUSES: tuple[str, ...] = get_args(Status)


class Site(Owned, Base):
    """A candidate or promised place. Only `active` ones, which have a host, may be planned; `services` and
    `languages` are names, `dwell_minutes` the lengths of stay to choose from."""

    __tablename__ = "sites"
    __table_args__ = (
        UniqueConstraint("programme_id", "code"),
        CheckConstraint("lon >= -180 AND lon <= 180 AND lat >= -90 AND lat <= 90", name="position"),
        CheckConstraint("status IN ('active', 'proposed', 'retired')", name="status"),
        CheckConstraint("setup_minutes >= 0 AND packdown_minutes >= 0", name="set_up"),
        CheckConstraint("spots BETWEEN 1 AND 20", name="spots"),
        CheckConstraint("spacing_days BETWEEN 0 AND 60", name="spacing"),
        CheckConstraint(
            "permit_until IS NULL OR permit_from IS NULL OR permit_until >= permit_from", name="permit"
        ),
    )

    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(120))
    lon: Mapped[float]
    lat: Mapped[float]
    area_id: Mapped[int | None] = mapped_column(ForeignKey("areas.id"))
    status: Mapped[str] = mapped_column(String(10), default="active")
    host: Mapped[str | None] = mapped_column(String(120))
    setup_minutes: Mapped[int] = mapped_column(default=15)
    packdown_minutes: Mapped[int] = mapped_column(default=15)
    spots: Mapped[int] = mapped_column(default=1)
    services: Mapped[list[str]] = mapped_column(default=list)
    dwell_minutes: Mapped[list[int]] = mapped_column(default=list)
    spacing_days: Mapped[int] = mapped_column(default=1)
    languages: Mapped[list[str]] = mapped_column(default=list)
    permit_from: Mapped[date | None]
    permit_until: Mapped[date | None]
    note: Mapped[str] = mapped_column(Text, default="")

    area: Mapped[Area | None] = relationship(lazy="raise")
    windows: Mapped[list[SiteWindow]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="SiteWindow.weekday, SiteWindow.opens"
    )
    closures: Mapped[list[SiteClosure]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="SiteClosure.from_date"
    )


class SiteWindow(Owned, Base):
    """Every `weekday` (0 = Monday) a van may stand there from `opens` to `closes`, minutes after midnight."""

    __tablename__ = "site_windows"
    __table_args__ = (
        UniqueConstraint("site_id", "weekday", "opens"),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("opens >= 0 AND opens < closes AND closes <= 1800", name="times"),
    )

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    weekday: Mapped[int]
    opens: Mapped[int]
    closes: Mapped[int]


class SiteClosure(Owned, Base):
    """From `from_date` to `until_date`, both included, no van may stand there."""

    __tablename__ = "site_closures"
    __table_args__ = (CheckConstraint("until_date >= from_date", name="dates"),)

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id", ondelete="CASCADE"), index=True)
    from_date: Mapped[date]
    until_date: Mapped[date]
    reason: Mapped[str] = mapped_column(String(200), default="")


def close(session: Session, site: Site, from_date: date, until_date: date, reason: str = "") -> SiteClosure:
    """Keep vans away from `site` on these days, both included.

    Raises:
        Invalid: the last day is before the first, or the reason holds a participant's code.
    """
    if until_date < from_date:
        raise Invalid(f"The closure of {site.name} ends on {until_date}, before it begins on {from_date}.")
    closure = SiteClosure(
        programme_id=site.programme_id,
        site_id=site.id,
        from_date=from_date,
        until_date=until_date,
        reason=codes.refuse_in(reason),
    )
    session.add(closure)
    session.flush()
    return closure


def listed(session: Session, programme_id: int) -> list[Site]:
    """Every site by code, with its area, windows and closures loaded."""
    return list(session.scalars(_whole().where(Site.programme_id == programme_id).order_by(Site.code)))


def one(session: Session, programme_id: int, site_id: int) -> Site:
    """The site with this id, with its area, windows and closures loaded.

    Raises:
        Missing: the programme has no such site.
    """
    site = session.scalar(_whole().where(Site.programme_id == programme_id, Site.id == site_id))
    if site is None:
        raise Missing(f"There is no site number {site_id}. It may have been removed; reload the list.")
    return site


def may_be_planned(site: Site) -> bool:
    """Is it a place a plan may use at all? Proposed sites wait for a host, retired ones are history."""
    return site.status == "active"


def windows_on(site: Site, day: date) -> list[tuple[int, int]]:
    """When a van may stand there on `day`, as (opens, closes) minutes after midnight: none outside the
    permit's dates or in a closure."""
    if _outside_permit(site, day) or any(c.from_date <= day <= c.until_date for c in site.closures):
        return []
    return [(window.opens, window.closes) for window in site.windows if window.weekday == day.weekday()]


def _outside_permit(site: Site, day: date) -> bool:
    early = site.permit_from is not None and day < site.permit_from
    return early or (site.permit_until is not None and day > site.permit_until)


def _whole() -> Select[Site]:
    return select(Site).options(
        selectinload(Site.windows), selectinload(Site.closures), selectinload(Site.area)
    )
