"""What a tablet takes along: the day's stops van by van, what it may count, and what the office has of it.

Times of day are minutes after local midnight. No risk, no map of need, no participant is in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from outreach.errors import Missing
from outreach.field import events, stops, visits, ways
from outreach.field.forms import Counter, SkipReason, forms
from outreach.field.ways import Leg, StepSeen
from outreach.place.areas import Area
from outreach.place.ground import Position
from outreach.place.roads import Network
from outreach.place.sites import Site
from outreach.plan import vans
from outreach.plan.schedules import PlannedStop, ShiftPlan, Version
from outreach.plan.schedules.showing import letter
from outreach.plan.staff import Member
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
    there from the stop before, or from the base."""

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


@dataclass(frozen=True, slots=True)
class Bundle:
    """Everything a tablet needs for a day without signal. `version` is None when nothing is published."""

    version: int | None
    generated_at: datetime
    date: date
    vans: tuple[VanSeen, ...]
    days: tuple[VanDay, ...]
    items: tuple[Counter, ...]
    skip_reasons: tuple[SkipReason, ...]
    epoch: str


@dataclass(frozen=True, slots=True)
class StopSummary:
    """What the server has of one stop."""

    uid: str
    arrived_at: datetime | None
    left_at: datetime | None
    outcome: str
    tallies: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Summary:
    """What the server has of a day; `held` events of any day wait for a coordinator."""

    date: date
    stops: tuple[StopSummary, ...]
    held: int
    epoch: str


def bundle(
    session: Session,
    programme_id: int,
    day: date,
    now: datetime,
    van_id: int | None = None,
    network: Network | None = None,
) -> Bundle:
    """The day from the version in force, for every van or only `van_id`; with the ways along a network."""
    version = stops.version_in_force(session, programme_id, day)
    fleet = vans.listed(session, programme_id, every=True)
    seen = {van.id: _van(van, number) for number, van in enumerate(fleet)}
    bases = {van.id: (van.lon, van.lat) for van in fleet}
    shifts = _shifts(session, version, day, van_id) if version is not None else []
    crew = _crew(session, programme_id, shifts)
    return Bundle(
        version=version.number if version is not None else None,
        generated_at=now,
        date=day,
        vans=tuple(seen.values()),
        days=tuple(
            _day(shift, seen[shift.van_id], crew, _ways(shift, bases[shift.van_id], network))
            for shift in shifts
        ),
        items=forms().counters,
        skip_reasons=forms().skip_reasons,
        epoch=events.epoch(session, programme_id),
    )


def van_day(
    session: Session, programme_id: int, day: date, van_code: str, network: Network, now: datetime
) -> tuple[VanDay, Mapping[str, Leg]]:
    """One van's day, and how it drives through it.

    Raises:
        Missing: there is no such van, or it has no stops on that day.
    """
    fleet = vans.listed(session, programme_id, every=True)
    asked = [van for van in fleet if van_code.casefold() in (van.code.casefold(), van.name.casefold())]
    if not asked:
        known = ", ".join(van.code for van in fleet) or "none yet"
        raise Missing(f"There is no van {van_code!r}. The vans are: {known}.", code="no-van")
    found = bundle(session, programme_id, day, now, asked[0].id, network)
    version = stops.version_in_force(session, programme_id, day)
    shifts = _shifts(session, version, day, asked[0].id) if version is not None else []
    legs = ways.of_day(shifts[0], (asked[0].lon, asked[0].lat), network) if shifts else {}
    if not legs:
        raise Missing(f"{asked[0].name} has no stops on {day} in the published schedule.", code="no-stops")
    return found.days[0], legs


def summary(session: Session, programme_id: int, day: date) -> Summary:
    """What the server has of every stop of a day that anything was logged at."""
    found = visits.between(session, programme_id, day, day)
    counts = visits.counted(session, programme_id, found)
    return Summary(
        date=day,
        stops=tuple(
            StopSummary(v.stop_uid, v.arrived_at, v.left_at, v.outcome, dict(counts[v.id])) for v in found
        ),
        held=events.count_held(session, programme_id),
        epoch=events.epoch(session, programme_id),
    )


def _ways(shift: ShiftPlan, base: Position, network: Network | None) -> Mapping[str, tuple[StepSeen, ...]]:
    legs = ways.of_day(shift, base, network) if network is not None else {}
    return {to: leg.steps for to, leg in legs.items()}


def _van(van: Van, number: int) -> VanSeen:
    return VanSeen(van.id, van.code, van.name, letter(number))


def _shifts(session: Session, version: Version, day: date, van_id: int | None) -> list[ShiftPlan]:
    asked = (
        select(ShiftPlan)
        .where(ShiftPlan.version_id == version.id, ShiftPlan.date == day)
        .options(selectinload(ShiftPlan.stops).selectinload(PlannedStop.site).selectinload(Site.area))
        .order_by(ShiftPlan.van_id)
    )
    return list(session.scalars(asked if van_id is None else asked.where(ShiftPlan.van_id == van_id)))


def _crew(session: Session, programme_id: int, shifts: Sequence[ShiftPlan]) -> dict[int, CrewSeen]:
    ids = sorted({member for shift in shifts for member in shift.staff})
    asked = select(Member).where(Member.programme_id == programme_id, Member.id.in_(ids))
    return {member.id: CrewSeen(member.id, member.name, member.roles) for member in session.scalars(asked)}


def _day(
    shift: ShiftPlan, van: VanSeen, crew: Mapping[int, CrewSeen], led: Mapping[str, tuple[StepSeen, ...]]
) -> VanDay:
    pause = shift.break_start
    return VanDay(
        van=van,
        date=shift.date,
        depart=shift.depart,
        back=shift.back,
        break_=BreakSeen(pause, pause + shift.break_minutes) if pause is not None else None,
        crew=tuple(crew[member] for member in shift.staff if member in crew),
        stops=tuple(_stop(stop, van, led.get(stop.uid, ())) for stop in shift.stops),
        way_home=led.get(ways.HOME, ()),
    )


def _stop(stop: PlannedStop, van: VanSeen, way: tuple[StepSeen, ...]) -> StopSeen:
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
    )


def _site(site: Site, area: Area | None) -> SiteSeen:
    return SiteSeen(site.id, site.name, site.lon, site.lat, area.name if area is not None else None)


def alternative_of(told: Mapping[str, object] | None) -> Alternative | None:
    """The alternative as the schedule keeps it, if it names one."""
    if not told:
        return None
    name, day, starts = told.get("name"), told.get("date"), told.get("starts")
    if not isinstance(name, str) or not isinstance(day, str) or not isinstance(starts, int):
        return None
    return Alternative(name, date.fromisoformat(day), starts)
