"""Releases: the reports that were given out, remembered so that no two of them can be subtracted.

A report on the screen is safe by itself. Before one leaves the house it is put beside every earlier one whose
days it shares, and the same attacker that judges a single page looks at all of them together. What they would
give away is refused, with the dates that clash.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach import audit
from outreach.errors import Conflict, Invalid, Missing
from outreach.field import visits
from outreach.place import areas, sites
from outreach.report import pages
from outreach.report.attack import leaks
from outreach.report.counts import COUNTERS, monday
from outreach.report.coverage import Coverage
from outreach.report.figures import Figures, Key, Published, Sum
from outreach.store import Base, Owned, one_at_a_time

SETTLED_AFTER: Final = timedelta(days=3)
RELEASED: Final = "report.released"
Atom = tuple[int | None, date]
"""An area on one day: what every printed figure is made of."""


class Release(Owned, Base):
    """A report that left the house: its days, its `threshold`, and the `page` itself (`pages`), whose hash is
    in `digest` and in the audit."""

    __tablename__ = "releases"
    __table_args__ = (UniqueConstraint("programme_id", "from_date", "until_date"),)

    from_date: Mapped[date]
    until_date: Mapped[date]
    threshold: Mapped[int]
    released_by: Mapped[str] = mapped_column(String(120))
    released_at: Mapped[datetime]
    page: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))


@dataclass(frozen=True, slots=True)
class Sheet:
    """One report's figures of one counter: by its lines, each with its areas and days; None is hidden."""

    name: str
    lines: Mapping[str, int | None]
    parts: Mapping[str, frozenset[Atom]]


def release(
    session: Session,
    programme_id: int,
    report: Coverage,
    threshold: int,
    *,
    actor: str,
    today: date,
    now: datetime,
) -> Release:
    """Give a report out. The same days again are the same report, as it was given out first.

    Raises: `Invalid` for days that are not over and settled, or exact figures; `Conflict` when this page and
    the earlier ones together would tell more than each alone.
    """
    one_at_a_time(session, f"releases of programme {programme_id}")
    if report.exact:
        raise Invalid("Exact figures are not for release. Ask for the report without them.", code="exact")
    if report.until + SETTLED_AFTER >= today:
        raise Invalid(
            f"Records may still come in. Release this from {report.until + SETTLED_AFTER + timedelta(1)} on.",
            code="not-settled",
        )
    earlier = listed(session, programme_id)
    same = [one for one in earlier if (one.from_date, one.until_date) == (report.from_, report.until)]
    if same:
        return same[0]
    page = pages.written(report)
    made = Release(
        programme_id=programme_id,
        from_date=report.from_,
        until_date=report.until,
        threshold=threshold,
        released_by=actor,
        released_at=now,
        page=page,
        digest=pages.digest_of(page),
    )
    _refuse_what_leaks(session, programme_id, [*_touching(earlier, made), made])
    session.add(made)
    session.flush()
    facts = {"from": report.from_.isoformat(), "until": report.until.isoformat(), "digest": made.digest}
    audit.record(session, programme_id, actor, RELEASED, str(made.id), facts, now=now)
    return made


def shown(
    session: Session, programme_id: int, release_id: int, *, language: str = "en"
) -> tuple[Release, Coverage]:
    """A release, and the report exactly as it was given out, whatever was logged or mended since.

    Raises: `Missing` for none of this number, `Conflict` when it is not what the audit says was given out.
    """
    asked = select(Release).where(Release.programme_id == programme_id, Release.id == release_id)
    found = session.scalar(asked)
    if found is None:
        raise Missing("There is no such release.", code="no-release")
    if not pages.digest_of(found.page) == found.digest == _audited_digest(session, found):
        raise Conflict(
            "This page is not what was given out: somebody changed it in the database. Restore a backup from "
            "before, and find out who had access.",
            code="page-changed",
        )
    return found, pages.read(found.page, areas.listed(session, programme_id), language)


def listed(session: Session, programme_id: int) -> list[Release]:
    """Every release, by its first day."""
    asked = select(Release).where(Release.programme_id == programme_id)
    return list(session.scalars(asked.order_by(Release.from_date, Release.id)))


def _touching(earlier: Sequence[Release], made: Release) -> list[Release]:
    """The earlier ones that share days with this one, and those that share days with them."""
    found: list[Release] = []
    circle = [made]
    while circle:
        one = circle.pop()
        near = [
            e
            for e in earlier
            if e not in found and e.from_date <= one.until_date and e.until_date >= one.from_date
        ]
        found += near
        circle += near
    return found


def _refuse_what_leaks(session: Session, programme_id: int, together: Sequence[Release]) -> None:
    if len(together) == 1:
        return
    threshold = max(one.threshold for one in together)
    truth = _atoms(session, programme_id, together)
    for counter in COUNTERS:
        sheets = [_sheet(one, counter, truth.keys()) for one in together]
        met = {atom: counted[counter] for atom, counted in truth.items() if counted[counter]}
        if _tells(sheets, met, threshold):
            others = ", ".join(f"{one.from_date} to {one.until_date}" for one in together[:-1])
            raise Conflict(
                f"Beside what was released before ({others}) this report would let somebody work out a small "
                "count by subtracting. Release whole periods that do not overlap.",
                code="would-leak",
            )


def _tells(sheets: Sequence[Sheet], met: Mapping[Atom, int], threshold: int) -> bool:
    """True when the sheets together say more about a small figure than that it is small, or when one was
    printed from records that have changed since: then nobody can tell what the difference would say."""
    figures, sums, shown, hidden = dict(_keyed(met)), [], {}, set()
    for sheet in sheets:
        for line, atoms in sheet.parts.items():
            key: Key = (sheet.name, line)
            parts = tuple(sorted(_key(atom) for atom in atoms if atom in met))
            figures[key] = sum(met[atom] for atom in atoms if atom in met)
            if sheet.lines[line] not in (None, figures[key]):
                return True
            sums.append(Sum(key, parts))
            if sheet.lines[line] is None:
                hidden.add(key)
            else:
                shown[key] = figures[key]
    inner = frozenset(_key(atom) for atom in met)
    joint = Published(shown, frozenset(hidden), tuple(sums), inner)
    return bool(leaks(joint, Figures(figures, tuple(sums), inner), threshold))


def _audited_digest(session: Session, found: Release) -> object:
    asked = select(audit.Entry.body).where(
        audit.Entry.programme_id == found.programme_id,
        audit.Entry.act == RELEASED,
        audit.Entry.subject == str(found.id),
    )
    body = session.scalars(asked.order_by(audit.Entry.number).limit(1)).first()
    return json.loads(body).get("digest") if body is not None else None


def _sheet(one: Release, counter: str, atoms: Collection[Atom]) -> Sheet:
    told = pages.people_of(one.page)
    inside = [atom for atom in atoms if one.from_date <= atom[1] <= one.until_date]
    parts = {name: frozenset(atom for atom in inside if _belongs(atom, name)) for name in told}
    return Sheet(f"{one.from_date}/{one.until_date}", {n: line[counter] for n, line in told.items()}, parts)


def _belongs(atom: Atom, line: str) -> bool:
    area, day = atom
    return line in ("total", f"area {area}", f"week {monday(day)}")


def _atoms(session: Session, programme_id: int, releases: Iterable[Release]) -> dict[Atom, Counter[str]]:
    """What was counted by area and stretch of days; days that every release holds or leaves out together are
    one, for nobody can ever tell them apart by these pages."""
    releases = list(releases)
    area_of = {site.id: site.area_id for site in sites.listed(session, programme_id)}
    first, last = min(one.from_date for one in releases), max(one.until_date for one in releases)
    came = visits.between(session, programme_id, first, last)
    counted = visits.counted(session, programme_id, came)
    cuts = sorted({one.from_date for one in releases} | {one.until_date + timedelta(1) for one in releases})
    found: dict[Atom, Counter[str]] = {}
    for visit in came:
        start = max([cut for cut in cuts if cut <= visit.date], default=first)
        stretch = max(start, monday(visit.date))
        found.setdefault((area_of.get(visit.site_id), stretch), Counter()).update(counted[visit.id])
    return found


def _keyed(met: Mapping[Atom, int]) -> Iterable[tuple[Key, int]]:
    return ((_key(atom), count) for atom, count in met.items())


def _key(atom: Atom) -> Key:
    return ("atom", str(atom[0]), atom[1].isoformat())
