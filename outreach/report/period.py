"""A period before it is added up: what was planned, where vans stood, what they counted, the risk around."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import h3
import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from outreach import local_time
from outreach.errors import Missing
from outreach.field import stops, visits
from outreach.field.stops import Stop
from outreach.field.visits import Visit
from outreach.place import areas, sites
from outreach.place.areas import Area
from outreach.place.roads import Network
from outreach.report.counts import monday
from outreach.report.reach import Stay, by_week, reached
from outreach.risk import surface

Cell = tuple[int | None, date]
"""An area (None: outside every one) in the week of a Monday."""


@dataclass(frozen=True, slots=True)
class Presence:
    """Need in some places and weeks, and how much of it vans were planned to meet and met."""

    risk: float
    risk_planned: float
    risk_served: float
    hours_planned: float
    hours_delivered: float
    stops_planned: int
    stops_delivered: int


@dataclass(frozen=True, slots=True)
class Came:
    """A visit at which a van stood."""

    site_id: int
    date: date
    starts: datetime
    ends: datetime

    @property
    def hours(self) -> float:
        """How long it stood."""
        return (self.ends - self.starts).total_seconds() / 3600


class Period:
    """The days from `from_date` to `until_date`, read once."""

    def __init__(
        self,
        session: Session,
        programme_id: int,
        network: Network,
        from_date: date,
        until_date: date,
        now: datetime,
    ) -> None:
        self.days = [from_date + timedelta(step) for step in range((until_date - from_date).days + 1)]
        self.weeks = sorted({monday(day) for day in self.days})
        self.areas = areas.listed(session, programme_id)
        self.area_ids: list[int | None] = [*(area.id for area in self.areas), None]
        self.sites = sites.listed(session, programme_id)
        self.planned = stops.between(session, programme_id, from_date, until_date)
        self.visits = visits.between(session, programme_id, from_date, until_date)
        self.ahead = _ahead(self.planned, self.visits, now)
        self.came = [_came(visit, now) for visit in self.visits if visit.starts is not None]
        self.tallies = visits.counted(session, programme_id, self.visits)
        self.zone = local_time.zone_of(session, programme_id)
        self._area_of_site = {site.id: site.area_id for site in self.sites}
        self._week = [self.weeks.index(monday(day)) for day in self.days]
        self._weigh(session, programme_id, network)

    def _weigh(self, session: Session, programme_id: int, network: Network) -> None:
        """Risk, and what of it was planned to be reached and was, each by cell and week."""
        cells, risk = _risk(session, programme_id, self.days)
        self._cell_area = np.array([self._position(area) for area in _areas_of(self.areas, cells)], dtype=int)
        used = [site for site in self.sites if site.id in self._stood()]
        row = {site.id: position for position, site in enumerate(used)}
        access = network.walk_access([(site.lon, site.lat) for site in used], cells)
        self._risk = by_week(risk, self._week)
        planned = [self._stay(row, s.site_id, s.date, s.starts, s.ends) for s in self.planned]
        came = [self._stay(row, v.site_id, v.date, v.starts, v.ends) for v in self.came]
        self._risk_planned = reached(risk, self._week, access, planned)
        self._risk_served = reached(risk, self._week, access, came)

    def presence(self, area_ids: Collection[int | None], weeks: Collection[date]) -> Presence:
        """Need and presence in these areas (None: outside of them all) and weeks (Mondays)."""
        places = np.array([self.area_ids.index(area) for area in area_ids], dtype=np.int64)
        columns = np.array([self.weeks.index(week) for week in weeks], dtype=np.int64)
        part = np.ix_(np.flatnonzero(np.isin(self._cell_area, places)), columns)
        planned = [
            s
            for s in self.planned
            if self.cell_of(s.site_id, s.date)[0] in area_ids and monday(s.date) in weeks
        ]
        came = [
            v for v in self.came if self.cell_of(v.site_id, v.date)[0] in area_ids and monday(v.date) in weeks
        ]
        return Presence(
            risk=float(self._risk[part].sum()),
            risk_planned=float(self._risk_planned[part].sum()),
            risk_served=float(self._risk_served[part].sum()),
            hours_planned=sum(stop.hours for stop in planned),
            hours_delivered=sum(visit.hours for visit in came),
            stops_planned=len(planned),
            stops_delivered=len(came),
        )

    def counted(self) -> dict[Cell, Counter[str]]:
        """What was counted by area and week; where it is absent, nothing was."""
        found: dict[Cell, Counter[str]] = defaultdict(Counter)
        for visit in self.visits:
            found[self.cell_of(visit.site_id, visit.date)].update(self.tallies[visit.id])
        return dict(found)

    def cell_of(self, site_id: int, day: date) -> Cell:
        """The area of a site and the week of a day."""
        return self._area_of_site.get(site_id), monday(day)

    def _position(self, area: Area | None) -> int:
        return self.area_ids.index(area.id if area is not None else None)

    def _stood(self) -> set[int]:
        return {stop.site_id for stop in self.planned} | {visit.site_id for visit in self.visits}

    def _stay(
        self, row: Mapping[int, int], site_id: int, day: date, starts: datetime, ends: datetime
    ) -> Stay:
        first, last = (wall_minutes(moment, day, self.zone) for moment in (starts, ends))
        return Stay(row[site_id], (day - self.days[0]).days, first, last)


def wall_minutes(moment: datetime, day: date, zone: ZoneInfo) -> int:
    """What a clock in `zone` shows, in minutes after midnight of `day`, also on a day of 23 or 25 hours."""
    wall = moment.astimezone(zone).replace(tzinfo=None)
    return round((wall - datetime.combine(day, time())).total_seconds() / 60)


def _risk(session: Session, programme_id: int, days: Sequence[date]) -> tuple[list[str], NDArray[np.float64]]:
    """The cells and their expected overdoses by day and band; none before a surface was fitted."""
    try:
        found = surface.forecast(session, programme_id, days)
    except Missing:
        return [], np.zeros((0, len(days), 6))
    return found.cells, found.mean


def _areas_of(known: Sequence[Area], cells: Sequence[str]) -> list[Area | None]:
    middles = [h3.cell_to_latlng(cell) for cell in cells]
    return [areas.area_of(known, lon, lat) for lat, lon in middles]


def _ahead(planned: Sequence[Stop], found: Sequence[Visit], now: datetime) -> int:
    """How many planned stops are not over yet, with nothing recorded of them: none of them was missed."""
    visited = {visit.stop_uid for visit in found}
    return sum(stop.ends > now and stop.uid not in visited for stop in planned)


def _came(visit: Visit, now: datetime) -> Came:
    """When the van was there; one that has not left yet has been there until now."""
    assert visit.starts is not None
    assert visit.ends is not None
    ends = visit.ends if visit.left_at is not None else max(visit.starts, min(visit.ends, now))
    return Came(visit.site_id, visit.date, visit.starts, ends)
