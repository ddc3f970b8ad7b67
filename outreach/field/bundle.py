"""What a tablet takes along: the day's stops van by van, and what it may count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from outreach.errors import Missing
from outreach.field import elsewhere, events, ways
from outreach.field.forms import Counter, SkipReason, forms
from outreach.field.shown import CrewSeen, VanDay, VanSeen, day_seen, van_seen
from outreach.field.ways import Leg, StepSeen
from outreach.place.ground import Position
from outreach.place.roads import Network
from outreach.place.sites import Site
from outreach.plan import vans
from outreach.plan.schedules import PlannedStop, ShiftPlan, Version, in_force
from outreach.plan.staff import Member


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


def bundle(
    session: Session,
    programme_id: int,
    day: date,
    now: datetime,
    van_id: int | None = None,
    network: Network | None = None,
    device: str | None = None,
) -> Bundle:
    """The day from the version in force, for every van or only `van_id`; with the ways along a network, and
    for the tablet `device` with what others recorded. Without its name nobody could tell what is its own, and
    nothing is told."""
    version = _version(session, programme_id, day)
    fleet = vans.listed(session, programme_id, every=True)
    seen = {van.id: van_seen(van, number) for number, van in enumerate(fleet)}
    bases = {van.id: (van.lon, van.lat) for van in fleet}
    shifts = _shifts(session, version, day, van_id) if version is not None else []
    crew = _crew(session, programme_id, shifts)
    uids = [stop.uid for shift in shifts for stop in shift.stops]
    others = elsewhere.recorded(session, programme_id, uids, device) if device is not None else {}
    return Bundle(
        version=version.number if version is not None else None,
        generated_at=now,
        date=day,
        vans=tuple(seen.values()),
        days=tuple(
            day_seen(shift, seen[shift.van_id], crew, _ways(shift, bases[shift.van_id], network), others)
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
    version = _version(session, programme_id, day)
    shifts = _shifts(session, version, day, asked[0].id) if version is not None else []
    legs = ways.of_day(shifts[0], (asked[0].lon, asked[0].lat), network) if shifts else {}
    if not legs:
        raise Missing(f"{asked[0].name} has no stops on {day} in the published schedule.", code="no-stops")
    return found.days[0], legs


def _ways(shift: ShiftPlan, base: Position, network: Network | None) -> Mapping[str, tuple[StepSeen, ...]]:
    legs = ways.of_day(shift, base, network) if network is not None else {}
    return {to: leg.steps for to, leg in legs.items()}


def _version(session: Session, programme_id: int, day: date) -> Version | None:
    """The version people work by, without its other days."""
    known = in_force(session, programme_id, day, day).get(day)
    return session.get_one(Version, known) if known is not None else None


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
