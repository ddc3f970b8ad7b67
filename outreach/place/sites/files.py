"""Files: sites from a CSV, one a row, with every mistake told at once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from outreach import codes
from outreach.errors import Invalid
from outreach.place import areas
from outreach.place.areas import Area
from outreach.place.ground import NEARBY_DEGREES, Bounds, inside, metres_between
from outreach.place.sites.adding import NewSite, Opening, describe, is_stay
from outreach.place.sites.rows import STATUSES, Site, SiteClosure, listed
from outreach.settings import packaged
from outreach.tabular import ImportReport, Row, Table, day, kept, week

# fmt: off
COLUMNS = (
    "code", "name", "lon", "lat", "area", "status", "host", "services", "windows", "closed", "setup_minutes",
    "packdown_minutes", "spots", "dwell_minutes", "spacing_days", "languages", "permit_from", "permit_until",
    "note",
)
# fmt: on
REQUIRED = ("code", "name", "lon", "lat", "services", "windows")
FARTHEST_METRES = 100_000.0
Closures = tuple[tuple[date, date, str], ...]


@dataclass(frozen=True, slots=True)
class Described:
    """A site and its closures as a file has them; None where the file says nothing of closures."""

    new: NewSite
    closures: Closures | None

    @property
    def code(self) -> str:
        """By which the site is known again."""
        return self.new.code or ""


def import_csv(
    session: Session,
    programme_id: int,
    path: Path,
    *,
    bounds: Bounds | None = None,
    dry_run: bool = False,
) -> ImportReport:
    """Add or change sites by their `code`; of a site that is there, what the file has no column for stays.

    `bounds` is west, south, east and north of the city: no site may lie far from it.

    Raises:
        Invalid: with every mistake in the file; then nothing changed.
    """
    table = Table.open(path, required=REQUIRED, known=COLUMNS)
    known, services = areas.listed(session, programme_id), _services()
    closing = "closed" in table.headers
    stored = {site.code: site for site in listed(session, programme_id)}
    there = {code: _as_described(site, closing=closing) for code, site in stored.items()}
    read = [_read(row, known, services, bounds, there, table.absent) for row in table]
    table.finish_unique([row.code if row else "" for row in read])
    news = [row for row in read if row is not None]
    if not dry_run:
        _save(session, programme_id, news, stored, known)
    return ImportReport.counting(news, there, [name for name in table.absent if name != "area"])


def _save(
    session: Session,
    programme_id: int,
    news: Sequence[Described],
    stored: Mapping[str, Site],
    known: Sequence[Area],
) -> None:
    for row in news:
        site = stored.get(row.code) or Site(programme_id=programme_id, code=row.code, windows=[], closures=[])
        describe(site, row.new, known)
        if row.closures is not None and row.closures != _closures(site):
            site.closures = [
                SiteClosure(programme_id=programme_id, from_date=first, until_date=last, reason=reason)
                for first, last, reason in row.closures
            ]
        session.add(site)
    session.flush()


def _read(
    row: Row,
    known: Sequence[Area],
    services: Sequence[str],
    bounds: Bounds | None,
    there: Mapping[str, Described],
    absent: Sequence[str],
) -> Described | None:
    """The row's site, what is `there` of it kept where the file lacks a column; None, and the mistakes noted,
    where it cannot be one."""
    before = _mistakes(row)
    lon, lat = row.position()
    if _mistakes(row) == before:
        _look_around(row, known, bounds, lon, lat)
    first, last = row.day("permit_from", required=False), row.day("permit_until", required=False)
    windows = row.read("windows", week, "Write windows like “Mon-Fri 08:00-16:30; Sat 09:00-13:00”.") or ()
    dwell = row.read("dwell_minutes", _lengths, "Write minutes like “120;180;240”.", required=False)
    closures = None if "closed" in absent else _closed(row)
    area = _area(row, known, lon, lat)
    lengths = {
        "setup_minutes": row.whole("setup_minutes", least=0, most=240, required=False, default=15),
        "packdown_minutes": row.whole("packdown_minutes", least=0, most=240, required=False, default=15),
        "spots": row.whole("spots", least=1, most=20, required=False, default=1),
        "spacing_days": row.whole("spacing_days", least=0, most=60, required=False, default=1),
    }
    name, code = row.text("name", longest=120), row.text("code", longest=40)
    host, status = row.text("host", required=False, longest=120), row.text("status", required=False)
    if status is not None:
        row.choice("status", STATUSES)
    note = row.text("note", required=False, longest=2000) or ""
    offered = tuple(row.several("services", services, required=True))
    languages = tuple(row.several("languages"))
    if _mistakes(row) > before or name is None or code is None:
        return None
    old = there[code].new if code in there else None
    told: dict[str, Any] = {
        "name": name,
        "lon": lon,
        "lat": lat,
        "services": offered,
        "windows": tuple(Opening(*window) for window in windows),
        "code": code,
        "area": area,
        "status": status or ("active" if host else "proposed"),
        "host": host,
        "dwell_minutes": dwell or (120, 180, 240),
        "languages": languages,
        "permit_from": first,
        "permit_until": last,
        "note": note,
        **lengths,
    }
    try:
        new = NewSite(**told | kept(old, [name for name in absent if _stays(name, old, lon, lat)]))
    except Invalid as error:
        what, _, remedy = error.message.removeprefix(f"{name}: ").partition(". ")
        row.note(None, what.rstrip("."), remedy)
        return None
    return Described(new, closures)


def _stays(column: str, old: NewSite | None, lon: float, lat: float) -> bool:
    """A site that moved, or had no area yet, gets the area it lies in; closures are kept by themselves."""
    if column == "area":
        return old is not None and old.area is not None and (old.lon, old.lat) == (lon, lat)
    return column != "closed"


def _mistakes(row: Row) -> int:
    return len(row.findings.problems) + row.findings.more


def _look_around(row: Row, known: Sequence[Area], bounds: Bounds | None, lon: float, lat: float) -> None:
    """A site far from the city or from every area is a mistake, and often one of swapped columns."""
    if bounds is not None and not inside(bounds, lon, lat, NEARBY_DEGREES):
        swapped = inside(bounds, lat, lon, NEARBY_DEGREES)
        what = f"({lat}, {lon}) is far from the city"
        row.note("lat", what, "Are lon and lat swapped?" if swapped else "Look at the coordinates.")
        return
    if not known:
        return
    away = min(metres_between((lon, lat), (area.lon, area.lat)) for area in known)
    back = min(metres_between((lat, lon), (area.lon, area.lat)) for area in known)
    if away > FARTHEST_METRES:
        what = f"({lon}, {lat}) lies {away / 1000:,.0f} km from the nearest area"
        swapped = back < FARTHEST_METRES
        row.note("lat", what, "Are lon and lat swapped?" if swapped else "Look at the coordinates.")


def _area(row: Row, known: Sequence[Area], lon: float, lat: float) -> str | None:
    """The name of the area the file names, else of the one it lies in."""
    named = row.text("area", required=False, longest=120)
    if named is None:
        found = areas.area_of(known, lon, lat)
        return found.name if found else None
    same = [area.name for area in known if area.name.casefold() == named.casefold()]
    if not same:
        row.note("area", f"“{named}” is no known area", "Import the areas first, or leave the cell empty.")
    return same[0] if same else None


def _closed(row: Row) -> Closures:
    """Closures like “2026-12-24/2026-12-26 Holidays; 2027-01-01”."""
    found = row.read("closed", _spans, "Write “2026-12-24/2026-12-26 reason; 2027-01-01”.", required=False)
    return found or ()


def _spans(text: str) -> Closures:
    found = []
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        days, _, reason = part.partition(" ")
        first, _, last = days.partition("/")
        span = (day(first), day(last or first), reason.strip()[:200])
        if span[1] < span[0]:
            raise ValueError(f"“{part[:40]}” ends before it begins")
        if codes.looks_like_one(reason):
            raise ValueError("the reason holds what looks like a participant's code")
        found.append(span)
    return tuple(sorted(found))


def _lengths(text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.replace("|", ";").replace(",", ";").split(";") if part.strip()]
    if not parts or not all(part.isdecimal() and is_stay(int(part)) for part in parts):
        raise ValueError(f"“{text[:40]}” are no lengths of stay from 15 to 720 minutes in steps of 5")
    return tuple(sorted({int(part) for part in parts}))


def _services() -> Sequence[str]:
    found = tomllib.loads(packaged("services.toml").read_text("utf-8"))
    return tuple(str(service["name"]) for service in found["service"])


def _closures(site: Site) -> Closures:
    return tuple(sorted((c.from_date, c.until_date, c.reason) for c in site.closures))


def _as_described(site: Site, *, closing: bool) -> Described:
    new = NewSite(
        name=site.name,
        lon=site.lon,
        lat=site.lat,
        services=tuple(site.services),
        windows=tuple(Opening(w.weekday, w.opens, w.closes) for w in site.windows),
        code=site.code,
        area=site.area.name if site.area else None,
        status=site.status,
        host=site.host,
        setup_minutes=site.setup_minutes,
        packdown_minutes=site.packdown_minutes,
        spots=site.spots,
        dwell_minutes=tuple(site.dwell_minutes),
        spacing_days=site.spacing_days,
        languages=tuple(site.languages),
        permit_from=site.permit_from,
        permit_until=site.permit_until,
        note=site.note,
    )
    return Described(new, _closures(site) if closing else None)
