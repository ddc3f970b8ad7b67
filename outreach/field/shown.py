"""What a crew sees of a day: its van, who is aboard, and the stops with the way to each.

Times of day are minutes after local midnight. No risk, no map of need, no participant is in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from outreach.field import ways
from outreach.field.elsewhere import Elsewhere
from outreach.field.ways import StepSeen
from outreach.place.areas import Area
from outreach.place.sites import Site
from outreach.plan.schedules import PlannedStop, ShiftPlan
from outreach.plan.schedules.showing import letter
from outreach.plan.vans import Van


@dataclass(frozen=True, slots=True)
class VanSeen:
    """A van, with the letter that names it on map, bar and sheet."""

    id: int
    code: str
    name: str
    letter: str


@dataclass(frozen=True, slots=True)
class SiteSeen:
    """Where a stop is."""

    id: int
    name: str
    lon: float
    lat: float
    area: str | None


@dataclass(frozen=True, slots=True)
class CrewSeen:
    """Somebody aboard."""

    id: int
    name: str
    roles: list[str]


@dataclass(frozen=True, slots=True)
class BreakSeen:
    """The meal break."""

    starts: int
    ends: int


@dataclass(frozen=True, slots=True)
class Alternative:
    """The nearest stop to go to instead."""

    name: str
    date: date
    starts: int


@dataclass(frozen=True, slots=True)
class StopSeen:
    """A stop as its crew sees it; a cancelled one stays on the list, with where to go instead. `way` leads
    there from the stop before, or from the base; `elsewhere` is what other tablets recorded there."""

    uid: str
    letter: str
    sequence: int
    site: SiteSeen
    arrive: int
    starts: int
    ends: int
    leave: int
    services: list[str]
    state: str
    reason: str | None
    alternative: Alternative | None
    way: tuple[StepSeen, ...] = ()
    elsewhere: Elsewhere | None = None


@dataclass(frozen=True, slots=True)
class VanDay:
    """One van's day in order; `way_home` leads from the last stop to the base."""

    van: VanSeen
    date: date
    depart: int
    back: int
    break_: BreakSeen | None
    crew: tuple[CrewSeen, ...]
    stops: tuple[StopSeen, ...]
    way_home: tuple[StepSeen, ...] = ()


def van_seen(van: Van, number: int) -> VanSeen:
    """A van with its letter, by its place in the fleet."""
    return VanSeen(van.id, van.code, van.name, letter(number))


def day_seen(
    shift: ShiftPlan,
    van: VanSeen,
    crew: Mapping[int, CrewSeen],
    led: Mapping[str, tuple[StepSeen, ...]],
    others: Mapping[str, Elsewhere],
) -> VanDay:
    """A van's day as its crew sees it; `led` are the ways to each stop and home, `others` what other tablets
    recorded by stop."""
    pause = shift.break_start
    return VanDay(
        van=van,
        date=shift.date,
        depart=shift.depart,
        back=shift.back,
        break_=BreakSeen(pause, pause + shift.break_minutes) if pause is not None else None,
        crew=tuple(crew[member] for member in shift.staff if member in crew),
        stops=tuple(_stop(stop, van, led.get(stop.uid, ()), others.get(stop.uid)) for stop in shift.stops),
        way_home=led.get(ways.HOME, ()),
    )


def alternative_of(told: Mapping[str, object] | None) -> Alternative | None:
    """The alternative as the schedule keeps it, if it names one."""
    if not told:
        return None
    name, day, starts = told.get("name"), told.get("date"), told.get("starts")
    if not isinstance(name, str) or not isinstance(day, str) or not isinstance(starts, int):
        return None
    return Alternative(name, date.fromisoformat(day), starts)


def _stop(
    stop: PlannedStop, van: VanSeen, way: tuple[StepSeen, ...], elsewhere: Elsewhere | None
) -> StopSeen:
    return StopSeen(
        uid=stop.uid,
        letter=f"{van.letter}{stop.sequence}",
        sequence=stop.sequence,
        site=_site(stop.site, stop.site.area),
        arrive=stop.arrive,
        starts=stop.starts,
        ends=stop.ends,
        leave=stop.leave,
        services=stop.services,
        state=stop.state,
        reason=stop.reason or None,
        alternative=alternative_of(stop.alternative),
        way=way,
        elsewhere=elsewhere,
    )


def _site(site: Site, area: Area | None) -> SiteSeen:
    return SiteSeen(site.id, site.name, site.lon, site.lat, area.name if area is not None else None)
