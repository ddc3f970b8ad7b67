"""Sites: the places where a van may stand, when they are open to it, and what the host allows there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Literal, get_args

from sqlalchemy import CheckConstraint, ForeignKey, Select, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship, selectinload

from outreach.errors import Conflict, Invalid, Missing
from outreach.place import areas
from outreach.store import Base, Owned

Status = Literal["active", "proposed", "retired"]
STATUSES: tuple[str, ...] = get_args(Status)
LATEST_MINUTE = 30 * 60
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


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

    area: Mapped[areas.Area | None] = relationship(lazy="raise")
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


@dataclass(frozen=True, slots=True)
class Opening:
    """A weekly window to be: `weekday` 0 = Monday, minutes after local midnight, up to 06:00 the next day.

    Raises:
        Invalid: it opens no later than it closes, or lies outside 00:00-30:00.
    """

    weekday: int
    opens: int
    closes: int

    def __post_init__(self) -> None:
        if not 0 <= self.weekday <= 6:
            raise Invalid(f"Weekday {self.weekday} is not 0 (Monday) to 6 (Sunday).")
        if not 0 <= self.opens < self.closes <= LATEST_MINUTE:
            raise Invalid("A window must open before it closes, from 00:00 to 30:00 at the latest.")


@dataclass(frozen=True, slots=True)
class NewSite:
    """A site as a coordinator or a file describes it.

    Without a `code` the next free one is given; without a `status` a site with a host is active, one
    without is proposed: no plan may use it until somebody has agreed to have the van.

    Raises:
        Invalid: a value cannot be true; says which and what to do.
    """

    name: str
    lon: float
    lat: float
    services: tuple[str, ...] = ()
    windows: tuple[Opening, ...] = ()
    code: str | None = None
    area: str | None = None
    status: str | None = None
    host: str | None = None
    setup_minutes: int = 15
    packdown_minutes: int = 15
    spots: int = 1
    dwell_minutes: tuple[int, ...] = (120, 180, 240)
    spacing_days: int = 1
    languages: tuple[str, ...] = ()
    permit_from: date | None = None
    permit_until: date | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if fault := _fault(self):
            raise Invalid(fault)

    @property
    def standing(self) -> str:
        """The status it will have."""
        return self.status or ("active" if self.host else "proposed")


def add(session: Session, programme_id: int, new: NewSite) -> Site:
    """Store a new site, in the area it lies in (or the one named).

    Raises:
        Conflict: the code is taken.
        Missing: the area named is not known.
    """
    code = new.code or _next_code(session, programme_id)
    if (
        session.scalar(select(Site.id).where(Site.programme_id == programme_id, Site.code == code))
        is not None
    ):
        raise Conflict(
            f"A site with the code {code} exists already. Choose another code, or change that site."
        )
    site = Site(programme_id=programme_id, code=code, windows=[], closures=[])
    describe(site, new, areas.listed(session, programme_id))
    session.add(site)
    session.flush()
    return site


def describe(site: Site, new: NewSite, known: Sequence[areas.Area]) -> None:
    """Make `site` what `new` says, its weekly windows included; closures stay as they are."""
    area = _area(new, known)
    site.name, site.lon, site.lat = new.name.strip(), new.lon, new.lat
    site.area_id = area.id if area is not None else None
    site.status, site.host, site.note = new.standing, new.host, new.note
    site.setup_minutes, site.packdown_minutes = new.setup_minutes, new.packdown_minutes
    site.spots, site.spacing_days = new.spots, new.spacing_days
    site.services, site.languages = list(new.services), list(new.languages)
    site.dwell_minutes = sorted(new.dwell_minutes)
    site.permit_from, site.permit_until = new.permit_from, new.permit_until
    if {(w.weekday, w.opens, w.closes) for w in site.windows} != {
        (w.weekday, w.opens, w.closes) for w in new.windows
    }:
        site.windows = [_window(site, opening) for opening in new.windows]


def close(session: Session, site: Site, from_date: date, until_date: date, reason: str = "") -> SiteClosure:
    """Keep vans away from `site` on these days, both included.

    Raises:
        Invalid: the last day is before the first.
    """
    if until_date < from_date:
        raise Invalid(f"The closure of {site.name} ends on {until_date}, before it begins on {from_date}.")
    closure = SiteClosure(
        programme_id=site.programme_id,
        site_id=site.id,
        from_date=from_date,
        until_date=until_date,
        reason=reason,
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


def _window(site: Site, opening: Opening) -> SiteWindow:
    return SiteWindow(
        programme_id=site.programme_id, weekday=opening.weekday, opens=opening.opens, closes=opening.closes
    )


def _area(new: NewSite, known: Sequence[areas.Area]) -> areas.Area | None:
    if new.area is None:
        return areas.area_of(known, new.lon, new.lat)
    named = [area for area in known if area.name.casefold() == new.area.casefold()]
    if not named:
        raise Missing(f"There is no area named {new.area!r}. Import the areas first, or leave it empty.")
    return named[0]


def _next_code(session: Session, programme_id: int) -> str:
    codes = session.scalars(select(Site.code).where(Site.programme_id == programme_id, Site.code.like("S%")))
    numbers = [int(code[1:]) for code in codes if code[1:].isascii() and code[1:].isdigit()]
    return f"S{max(numbers, default=0) + 1:03d}"


def _fault(new: NewSite) -> str | None:
    """What cannot be true about the site, as a sentence; None if nothing."""
    if not new.name.strip() or len(new.name) > 120:
        return "A site needs a name of 1 to 120 letters."
    if fault := _position_fault(new.lon, new.lat):
        return f"{new.name}: {fault}"
    if new.status is not None and new.status not in STATUSES:
        return f"{new.name}: status {new.status!r} is none of {', '.join(STATUSES)}."
    if new.standing == "active" and not new.host:
        return f"{new.name}: an active site needs a host. Name it, or set the status to proposed."
    if not (0 <= new.setup_minutes <= 240 and 0 <= new.packdown_minutes <= 240):
        return f"{new.name}: set-up and pack-down take 0 to 240 minutes each."
    if not 1 <= new.spots <= 20 or not 0 <= new.spacing_days <= 60:
        return f"{new.name}: 1 to 20 vans fit, and 0 to 60 days lie between two stays."
    if not new.dwell_minutes or not all(15 <= minutes <= 720 for minutes in new.dwell_minutes):
        return f"{new.name}: give at least one length of stay, of 15 to 720 minutes."
    if new.permit_from and new.permit_until and new.permit_until < new.permit_from:
        return f"{new.name}: the permit ends on {new.permit_until}, before it begins on {new.permit_from}."
    return _overlap_fault(new)


def _position_fault(lon: float, lat: float) -> str | None:
    if -180 <= lon <= 180 and -90 <= lat <= 90:
        return None
    if -180 <= lat <= 180 and -90 <= lon <= 90:
        return f"longitude {lon} and latitude {lat} look swapped. Exchange the two."
    return f"({lon}, {lat}) is no position on the globe. Give longitude and latitude in degrees (WGS84)."


def _overlap_fault(new: NewSite) -> str | None:
    ordered = sorted(new.windows, key=lambda w: (w.weekday, w.opens))
    for earlier, later in pairwise(ordered):
        if earlier.weekday == later.weekday and later.opens < earlier.closes:
            return f"{new.name}: two windows on {WEEKDAYS[later.weekday]} overlap. Join them into one."
    return None
