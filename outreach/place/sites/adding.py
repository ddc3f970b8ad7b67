"""Adding: a site as a coordinator or a file describes it, checked before it is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.errors import Conflict, Invalid, Missing
from outreach.place import areas
from outreach.place.areas import Area
from outreach.place.sites.rows import STATUSES, Site, SiteWindow
from outreach.tabular import WEEKDAYS

LATEST_MINUTE = 30 * 60
STEP_MINUTES = 5  # plans know no shorter step: one stay of 127 minutes would stop every plan
SOUTHERNMOST = -62.0  # nobody lives further south, but swapped columns do


@dataclass(frozen=True, slots=True, order=True)
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


def is_stay(minutes: int) -> bool:
    """Can a stay last so long?"""
    return 15 <= minutes <= 720 and minutes % STEP_MINUTES == 0


def describe(site: Site, new: NewSite, known: Sequence[Area]) -> None:
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
    # Kept rows are changed in place: the database would meet the new row before the old one is gone.
    kept = {(window.weekday, window.opens): window for window in site.windows}
    site.windows = [_window(site, kept.get((o.weekday, o.opens)), o) for o in sorted(set(new.windows))]


def _window(site: Site, window: SiteWindow | None, opening: Opening) -> SiteWindow:
    window = window or SiteWindow(programme_id=site.programme_id)
    window.weekday, window.opens, window.closes = opening.weekday, opening.opens, opening.closes
    return window


def _area(new: NewSite, known: Sequence[Area]) -> Area | None:
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
    if not new.name.strip() or len(new.name) > 120 or not new.name.isprintable():
        return "A site needs a name of 1 to 120 letters."
    if fault := _text_fault(new):
        return f"{new.name}: {fault}"
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
    if not new.dwell_minutes or not all(is_stay(minutes) for minutes in new.dwell_minutes):
        return (
            f"{new.name}: give at least one length of stay, of 15 to 720 minutes in steps of {STEP_MINUTES}."
        )
    if new.permit_from and new.permit_until and new.permit_until < new.permit_from:
        return f"{new.name}: the permit ends on {new.permit_until}, before it begins on {new.permit_from}."
    return _overlap_fault(new)


def _text_fault(new: NewSite) -> str | None:
    words = (new.code or "", new.host or "", *new.services, *new.languages)
    if any(len(word) > 120 or not word.isprintable() for word in words) or len(new.code or "") > 40:
        return "a code, host, service or language is too long or holds unprintable letters. Type it again."
    if len(new.note) > 2000 or "\0" in new.note:
        return "the note is longer than 2,000 letters or holds a NUL. Shorten it."
    return None


def _position_fault(lon: float, lat: float) -> str | None:
    if -180 <= lon <= 180 and SOUTHERNMOST <= lat <= 90:
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
