"""An invented past week for the demonstration: the promised sessions kept, the rest of the hours spent near
where risk was believed to be. Plain arithmetic, no optimizer; plausible, not good.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import h3
from sqlalchemy.orm import Session

from outreach.errors import Missing
from outreach.field.invented_crews import Crew, Crews
from outreach.place import sites
from outreach.place.ground import metres_between
from outreach.place.sites import Site
from outreach.plan import anchors, staff, vans
from outreach.plan.anchors import Anchor
from outreach.plan.schedules import PlannedStop, ShiftPlan
from outreach.plan.schedules.drafting import Uids
from outreach.plan.staff import Member
from outreach.plan.vans import Van
from outreach.policies import Policy
from outreach.risk import surface

DETOUR = 1.3
METRES_PER_MINUTE = 25_000 / 60
IDLE_DAYS = 0.2
FLEX_MINUTES = (120, 180, 240)
STEP = 5
LONGEST_WAIT = 60


@dataclass(frozen=True)
class Fleet:
    """Everything a week is made of, read once."""

    programme_id: int
    sites: Mapping[int, Site]
    vans: Sequence[Van]
    staff: Sequence[Member]
    anchors: Sequence[Anchor]
    weight: Mapping[int, float]
    uids: Uids


def fleet(session: Session, programme_id: int, now: datetime) -> Fleet:
    """What the programme has; `weight` is the risk believed to lie around each site."""
    known = [site for site in sites.listed(session, programme_id) if sites.may_be_planned(site)]
    return Fleet(
        programme_id=programme_id,
        sites={site.id: site for site in known},
        vans=vans.listed(session, programme_id),
        staff=staff.listed(session, programme_id),
        anchors=[a for a in anchors.listed(session, programme_id) if a.site_id in {s.id for s in known}],
        weight=_weights(session, programme_id, known, now),
        uids=Uids(programme_id),
    )


def van_days(fleet: Fleet, days: Sequence[date], luck: random.Random, policy: Policy) -> list[ShiftPlan]:
    """The van-days of these days, each with its crew and stops in order; none on holidays. Promised sessions
    are manned first, the rest with who is left: nobody works more than they may."""
    been = {anchor.site_id for anchor in fleet.anchors}
    crews = Crews(fleet.staff, policy)
    worked = [day for day in days if policy.holiday(day) is None]
    out = {(day, van.id): _Shift(fleet, van, day, luck, been, crews) for day in worked for van in fleet.vans}
    for day in worked:
        promised = [anchor for anchor in fleet.anchors if anchors.promised_on(anchor, day)]
        for van in fleet.vans:
            out[day, van.id].keep_one(promised)
    for shift in out.values():
        shift.spend()
    return [found for shift in out.values() if (found := shift.planned()) is not None]


class _Shift:
    """One van's day in the making."""

    def __init__(
        self, fleet: Fleet, van: Van, day: date, luck: random.Random, been: set[int], crews: Crews
    ) -> None:
        self.fleet, self.van, self.day, self.luck = fleet, van, day, luck
        self.been, self.crews = been, crews
        self.base = (van.lon, van.lat)
        self.stops: list[PlannedStop] = []
        self.crew: list[int] = []

    def keep_one(self, promised: list[Anchor]) -> None:
        """Take a promise that fits off the list, and spend what is left of the day after it."""
        for hours in self._shifts():
            for crew in self.crews.free(self.day, hours):
                for anchor in promised:
                    out, home = self._around(anchor)
                    if crew.starts <= out and home <= crew.until(out):
                        promised.remove(anchor)
                        self._promise(anchor)
                        self._go(crew, self.stops[-1].leave, crew.until(out))
                        return

    def spend(self) -> None:
        """Go out for what was promised to nobody, unless the van is out already, or stays home by luck."""
        shifts = self._shifts()
        if self.stops or not shifts or self.luck.random() < IDLE_DAYS:
            return
        for crew in self.crews.free(self.day, shifts[0]):
            self._go(crew, crew.starts, crew.until(crew.starts))
            if self.stops:
                return

    def planned(self) -> ShiftPlan | None:
        """The day, or None when the van stayed home."""
        if not self.stops:
            return None
        depart, back = self._away()
        return ShiftPlan(
            programme_id=self.fleet.programme_id,
            van_id=self.van.id,
            date=self.day,
            depart=depart,
            back=back,
            break_start=None,
            staff=self.crew,
            stops=self.stops,
        )

    def _go(self, crew: Crew, free_from: int, until: int) -> None:
        self._flex(free_from, until)
        if self.stops:
            self.crew = crew.people
            self.crews.send(crew.people, self.day, *self._away())

    def _away(self) -> tuple[int, int]:
        """When the van leaves its base, and is back there."""
        first, last = self.fleet.sites[self.stops[0].site_id], self.fleet.sites[self.stops[-1].site_id]
        depart = self.stops[0].arrive - _drive(self.base, (first.lon, first.lat))
        return depart, self.stops[-1].leave + _drive((last.lon, last.lat), self.base)

    def _shifts(self) -> list[tuple[int, int]]:
        """The van's hours on the day, in an order by luck."""
        found = [(s.starts, s.ends) for s in self.van.shifts if s.weekday == self.day.weekday()]
        self.luck.shuffle(found)
        return found

    def _around(self, anchor: Anchor) -> tuple[int, int]:
        """When a van leaves its base for a promise, and is back there from it."""
        site = self.fleet.sites[anchor.site_id]
        drive = _drive(self.base, (site.lon, site.lat))
        ends = anchor.starts + anchor.dwell_minutes
        return anchor.starts - site.setup_minutes - drive, ends + site.packdown_minutes + drive

    def _promise(self, anchor: Anchor) -> None:
        site = self.fleet.sites[anchor.site_id]
        ends = anchor.starts + anchor.dwell_minutes
        self._stand(site, anchor.starts, ends, list(anchor.services), anchor=True)

    def _flex(self, free_from: int, until: int) -> None:
        """Fill the hours up to `until` with stays of two to four hours near risk."""
        now = free_from
        while True:
            here = self._last_place()
            options = [
                (site, starts, dwell)
                for site in self.fleet.sites.values()
                if site.id not in self.been
                for starts, dwell in self._stays(site, here, now, until)
            ]
            if not options:
                return
            weights = [self.fleet.weight[site.id] * dwell for site, _, dwell in options]
            site, starts, dwell = self.luck.choices(options, weights)[0]
            self._stand(site, starts, starts + dwell, ["harm_reduction"], anchor=False)
            self.been.add(site.id)
            now = self.stops[-1].leave

    def _stays(
        self, site: Site, here: tuple[float, float], now: int, until: int
    ) -> Iterator[tuple[int, int]]:
        """When service at `site` could start, and for how long: open, driven to, set up, and home in time."""
        windows = sites.windows_on(site, self.day)
        if not windows:
            return
        place = (site.lon, site.lat)
        ready, home = now + _drive(here, place), until - _drive(place, self.base)
        for opens, closes in windows:
            starts = _rounded(max(ready, opens) + site.setup_minutes)
            for dwell in FLEX_MINUTES:
                leave = starts + dwell + site.packdown_minutes
                if starts <= ready + LONGEST_WAIT and leave <= min(closes, home):
                    yield starts, dwell

    def _stand(self, site: Site, starts: int, ends: int, services: list[str], *, anchor: bool) -> None:
        self.stops.append(
            PlannedStop(
                programme_id=self.fleet.programme_id,
                uid=self.fleet.uids.next(site.id, self.day),
                site_id=site.id,
                date=self.day,
                sequence=len(self.stops) + 1,
                arrive=starts - site.setup_minutes,
                starts=starts,
                ends=ends,
                leave=ends + site.packdown_minutes,
                services=services or ["harm_reduction"],
                anchor=anchor,
                reach=0.0,
                state="planned",
                reason="",
                alternative=None,
            )
        )

    def _last_place(self) -> tuple[float, float]:
        if not self.stops:
            return self.base
        site = self.fleet.sites[self.stops[-1].site_id]
        return site.lon, site.lat


def _weights(session: Session, programme_id: int, known: Sequence[Site], now: datetime) -> dict[int, float]:
    try:
        found = surface.forecast(session, programme_id, [now.date() + timedelta(1)])
    except Missing:
        return dict.fromkeys((site.id for site in known), 1.0)
    daily = dict(zip(found.cells, found.mean.sum(axis=(1, 2)).tolist(), strict=True))
    return {site.id: 1e-6 + sum(daily.get(cell, 0.0) for cell in _around(site)) for site in known}


def _around(site: Site) -> list[str]:
    return list(h3.grid_disk(h3.latlng_to_cell(site.lat, site.lon, 9), 2))


def _drive(a: tuple[float, float], b: tuple[float, float]) -> int:
    return round(metres_between(a, b) * DETOUR / METRES_PER_MINUTE)


def _rounded(minutes: int) -> int:
    return -(-minutes // STEP) * STEP
