"""Coverage: by neighbourhood and week, how much of the expected harm a van was there for, planned and
delivered, and what the crews counted. Counts of a few people are hidden; who reads them exactly is audited.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from outreach import audit
from outreach.accounts import Account
from outreach.errors import Invalid, Refused
from outreach.place.areas import Area
from outreach.place.roads import Network
from outreach.report import counts
from outreach.report.counts import COUNTERS, Counts
from outreach.report.period import Period, Presence
from outreach.report.sentence import opening

LONGEST_DAYS = 400
MAY_READ_EXACT = ("manager", "admin")


@dataclass(frozen=True, slots=True)
class Line:
    """One neighbourhood, one week or all of them: need, presence, and what was counted.

    Planned is every stop of the version that covered its day last, whenever it was published: one cancelled
    in it still counts as planned, one that a later version dropped does not. `risk` is the overdoses expected
    in the period. `risk_hours_served` is how many of them fell within a
    walk of a van while it was there, `risk_hours_planned` how many would have, had every planned stop been
    kept; `share_served` is the served share of the risk. A count that is None is hidden, and in `hidden`.
    """

    risk: float
    risk_hours: float
    risk_hours_planned: float
    risk_hours_served: float
    share_served: float | None
    hours_planned: float
    hours_delivered: float
    stops_planned: int
    stops_delivered: int
    contacts: int | None
    naloxone_kits: int | None
    syringes_out: int | None
    syringes_in: int | None
    litter_syringes: int | None
    overdose_responses: int | None
    hidden: tuple[str, ...]
    id: int | None = None
    name: str = ""
    week: date | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """The answer in a `sentence`, then the figures by area and week. `exact`: nothing is hidden, and the
    audit knows. `map` is GeoJSON; the last of `areas`, with the id None, is everywhere outside of them."""

    sentence: str
    from_: date
    until: date
    areas: tuple[Line, ...]
    total: Line
    trend: tuple[Line, ...]
    map: dict[str, object]
    exact: bool


def coverage(
    session: Session,
    programme_id: int,
    network: Network,
    from_date: date,
    until_date: date,
    now: datetime,
    *,
    threshold: int = 10,
    exact_for: Account | None = None,
    language: str = "en",
) -> Coverage:
    """What became of the days from `from_date` to `until_date`, both included.

    Counts from 1 to `threshold` are hidden. With `exact_for`, a manager or admin, nothing is hidden and the
    reading is in the audit.

    Raises:
        Invalid: the period ends before it starts or is longer than 400 days.
        Refused: `exact_for` may not see exact figures.
    """
    _check(from_date, until_date)
    if exact_for is not None:
        _allow(session, programme_id, exact_for, from_date, until_date, now)
    period = Period(session, programme_id, network, from_date, until_date, now)
    figures = _figures(period, None if exact_for is not None else threshold)
    lines = _area_lines(period, figures)
    total = _line(period.presence(period.area_ids, period.weeks), {c: f.total for c, f in figures.items()})
    trend = tuple(_week_line(period, figures, week) for week in period.weeks)
    return Coverage(
        sentence=opening(from_date, until_date, total, lines, trend, language, period.ahead),
        from_=from_date,
        until=until_date,
        areas=tuple(lines),
        total=total,
        trend=trend,
        map=map_of(period.areas, lines),
        exact=exact_for is not None,
    )


def _check(from_date: date, until_date: date) -> None:
    days = (until_date - from_date).days + 1
    if days < 1:
        raise Invalid(f"The period ends on {until_date}, before it starts on {from_date}. Exchange the two.")
    if days > LONGEST_DAYS:
        raise Invalid(f"The period has {days} days. Ask for at most {LONGEST_DAYS} at a time.")


def _allow(
    session: Session, programme_id: int, reader: Account, from_date: date, until_date: date, now: datetime
) -> None:
    if reader.role not in MAY_READ_EXACT or not reader.active or reader.programme_id != programme_id:
        raise Refused(
            "Exact figures are for managers. Ask for the report without them.", code="exact-refused"
        )
    period = {"from": from_date.isoformat(), "until": until_date.isoformat()}
    audit.record(session, programme_id, reader.login, "coverage.exact", "coverage", period, now=now)


def _figures(period: Period, threshold: int | None) -> dict[str, Counts]:
    found = period.counted()
    return {
        counter: counts.shown(
            {cell: counted[counter] for cell, counted in found.items()},
            period.area_ids,
            period.weeks,
            threshold,
        )
        for counter in COUNTERS
    }


def _area_lines(period: Period, figures: Mapping[str, Counts]) -> list[Line]:
    """Every area, and everywhere else where there is anything to tell of it."""
    names: dict[int | None, str] = {area.id: area.name for area in period.areas}
    lines = []
    for area in period.area_ids:
        there = period.presence([area], period.weeks)
        if area is not None or there.risk or there.stops_planned or there.stops_delivered:
            counted = {counter: found.areas[area] for counter, found in figures.items()}
            lines.append(_line(there, counted, id=area, name=names.get(area, "")))
    return lines


def _week_line(period: Period, figures: Mapping[str, Counts], week: date) -> Line:
    counted = {counter: found.weeks[week] for counter, found in figures.items()}
    return _line(period.presence(period.area_ids, [week]), counted, week=week)


def _line(
    there: Presence,
    counted: Mapping[str, int | None],
    *,
    id: int | None = None,  # noqa: A002 — the wire's word for it
    name: str = "",
    week: date | None = None,
) -> Line:
    return Line(
        risk=there.risk,
        risk_hours=there.risk,
        risk_hours_planned=there.risk_planned,
        risk_hours_served=there.risk_served,
        share_served=there.risk_served / there.risk if there.risk > 0 else None,
        hours_planned=there.hours_planned,
        hours_delivered=there.hours_delivered,
        stops_planned=there.stops_planned,
        stops_delivered=there.stops_delivered,
        contacts=counted["contacts"],
        naloxone_kits=counted["naloxone_kits"],
        syringes_out=counted["syringes_out"],
        syringes_in=counted["syringes_in"],
        litter_syringes=counted["litter_syringes"],
        overdose_responses=counted["overdose_responses"],
        hidden=tuple(counter for counter in COUNTERS if counted[counter] is None),
        id=id,
        name=name,
        week=week,
    )


def map_of(known: Sequence[Area], lines: Sequence[Line]) -> dict[str, object]:
    """GeoJSON of the areas, each with a line: outlines where known, else centres."""
    line_of = {line.id: line for line in lines}
    features = []
    for area in known:
        line = line_of[area.id]
        facts = {"id": area.id, "name": area.name, "share_served": line.share_served, "risk": line.risk}
        centre = {"type": "Point", "coordinates": [area.lon, area.lat]}
        geometry = json.loads(area.geometry) if area.geometry is not None else centre
        features.append({"type": "Feature", "properties": facts, "geometry": geometry})
    return {"type": "FeatureCollection", "features": features}
