"""Designing: sessions to promise every week, worked out from nothing but sites, people, vans and risk.
Loads the optimizer: for the command line and the worker, never for the web process."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from sqlalchemy.orm import Session

from outreach.errors import Invalid
from outreach.place import sites
from outreach.plan.anchors import COLUMNS, NewAnchor
from outreach.plan.planning import problem
from outreach.policies import Policy
from outreach.tabular import clock
from solver.anchoring import design
from solver.limits import Until
from solver.problem import Anchor, ProblemError

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MINUTE = 60


@dataclass(frozen=True, slots=True)
class Promise:
    """A promise worth making: `worth` is what it adds in the weakest week, in risk-weighted reach;
    `freed` and `moved` what the week would gain with its hours free, or at another time of its day."""

    anchor: NewAnchor
    site: str
    worth: float
    freed: float
    moved: float


@dataclass(frozen=True, slots=True)
class Sessions:
    """The promises, the share of hours they leave free, and a week's value planned freely and with them
    kept."""

    sessions: tuple[Promise, ...]
    flex_share: float
    free_value: float
    kept_value: float


def designed(
    session: Session,
    programme_id: int,
    from_date: date,
    weeks: int,
    city: Path,
    now: datetime,
    *,
    policy: Policy,
    flex: float,
    work: int,
) -> Sessions:
    """Sessions at sites with a host's agreement that can be kept in each of the weeks; what is promised
    already is left out of account.

    Raises: `Invalid` when nothing could be planned, or for too few weeks or a flex share out of bounds.
    """
    asked, roster = problem(session, programme_id, from_date, weeks * 7, city, now, policy)
    try:
        made = design(replace(asked, anchors=()), Until(work=work), flex=flex)
    except ProblemError as error:
        raise Invalid(f"No sessions were designed: {error}.", code="no-design") from None
    places = {site.id: site for site in sites.listed(session, programme_id)}
    found = []
    for one in made.sessions:
        place = places[roster.sites[one.anchor.site]]
        row = _row(one.anchor, place.code, roster.day(one.anchor.day), roster.services)
        found.append(Promise(row, place.name, one.worth, one.freed, one.moved))
    found.sort(key=lambda one: (one.anchor.weekday, one.anchor.starts))
    return Sessions(tuple(found), made.flex_share, made.free_value, made.kept_value)


def write(path: Path, anchors: Sequence[NewAnchor]) -> None:
    """The promises as a file that `anchors.import_csv` reads. Raises: `Invalid` where it cannot be
    written."""
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            rows = csv.DictWriter(file, COLUMNS)
            rows.writeheader()
            for anchor in anchors:
                rows.writerow(_cells(anchor))
    except OSError as error:
        raise Invalid(f"{path} cannot be written: {error.strerror}. Choose another file.") from None


def _row(anchor: Anchor, code: str, day: date, services: tuple[str, ...]) -> NewAnchor:
    return NewAnchor(
        site=code,
        weekday=day.weekday(),
        starts=anchor.start // MINUTE,
        dwell_minutes=anchor.dwell // MINUTE,
        services=tuple(services[n] for n in sorted(anchor.services)),
    )


def _cells(anchor: NewAnchor) -> dict[str, object]:
    return {
        "site": anchor.site,
        "weekday": WEEKDAYS[anchor.weekday],
        "starts": clock(anchor.starts),
        "dwell_minutes": anchor.dwell_minutes,
        "tolerance_minutes": anchor.tolerance_minutes,
        "services": ";".join(anchor.services),
        "refills_due": anchor.refills_due,
        "from_date": anchor.from_date or "",
        "until_date": anchor.until_date or "",
    }
