"""A plan as the board draws it: van-days with stops and routes, what was left out and why, what changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final, Literal

from pydantic import Field
from sqlalchemy.orm import Session

from api.office import Office
from api.wire import ClockShown, Position, Told
from outreach.plan import schedules

LOOK_BACK: Final = timedelta(days=28)
LOOK_AHEAD: Final = timedelta(days=92)

StopState = Literal["planned", "cancelled", "shortened"]


class VanSeen(Told):
    """A van with the letter that names it on map, bar and sheet."""

    id: int
    code: str = Field(examples=["van-1"])
    name: str = Field(examples=["Van 1"])
    letter: str = Field(examples=["A"])


class SiteSeen(Told):
    """A site, as much as a plan needs."""

    id: int
    name: str = Field(examples=["Nubian Square, library side"])
    lon: float
    lat: float
    area: str | None = Field(examples=["Roxbury"])


class CrewSeen(Told):
    """Somebody aboard."""

    id: int
    name: str = Field(examples=["R. Alvarez"])
    roles: list[str] = Field(examples=[["nurse", "harm_reduction"]])


class BreakSeen(Told):
    """The meal break."""

    starts: ClockShown
    ends: ClockShown


class AlternativeSeen(Told):
    """Where people can go instead of a stop that was cancelled or shortened."""

    name: str
    date: date
    starts: ClockShown
    ends: ClockShown | None = None
    metres: int | None = None


class StopSeen(Told):
    """Wheels stop at `arrive`, service from `starts` to `ends`, wheels roll at `leave`."""

    uid: str
    letter: str = Field(examples=["A2"])
    sequence: int
    site: SiteSeen
    arrive: ClockShown
    starts: ClockShown
    ends: ClockShown
    leave: ClockShown
    services: list[str] = Field(examples=[["harm_reduction", "moud"]])
    state: StopState
    reason: str | None = None
    anchor: bool = Field(description="A promised session: same site, same time, every week")
    reach: float | None = Field(
        default=None, description="Expected overdoses within a walk of the van while it is there"
    )
    alternative: AlternativeSeen | None = None
    worth: float | None = Field(default=None, description="What the plan would lose without this stop")
    refills_due: int = Field(default=0, description="People whose medication depends on this session")
    bridge: str | None = Field(default=None, description="How people get to their next dose instead")
    contact: str | None = Field(default=None, description="Who tells them")


class VanDaySeen(Told):
    """One van on one day."""

    van: VanSeen
    date: date
    depart: ClockShown
    back: ClockShown
    break_: BreakSeen | None = Field(None, alias="break", serialization_alias="break")
    crew: list[CrewSeen]
    route: list[Position] = Field(description="Where the van drives, lon-lat, along the roads")
    stops: list[StopSeen]


class Unserved(Told):
    """A site the plan leaves out, and why."""

    site: SiteSeen
    code: str = Field(examples=["no_crew"])
    sentence: str = Field(examples=["No prescriber is on shift after 16:00."])
    facts: dict[str, Any] = Field(default_factory=dict)


class Change(Told):
    """What a draft would change in the published schedule."""

    uid: str
    kind: str = Field(examples=["cancelled"])
    sentence: str


class PlanSeen(Told):
    """A plan with its value, its proven bound, and the distance between them."""

    version: int | None = None
    run_id: int | None = None
    state: str = Field(examples=["draft"])
    from_date: date
    until_date: date
    value: float | None = None
    bound: float | None = None
    gap: float | None = Field(
        default=None, description="null once a plan was changed: nothing is proven then"
    )
    score: dict[str, float] = Field(
        default_factory=dict,
        description="The value by term. `risk_weighted_reach` counts the risk near stops over the week, the "
        "first hours most: it ranks plans, and is no number of overdoses met",
    )
    reach: float = Field(
        default=0.0,
        description="Expected overdoses within a walk of a van while it is there: the sum over the stops",
    )
    notes: list[str] = Field(default_factory=list, description="What the optimizer wants people to know")
    van_days: list[VanDaySeen]
    unserved: list[Unserved] = Field(default_factory=list)
    changes: list[Change] = Field(default_factory=list)
    mark: str | None = Field(default=None, description="Of the open draft: see the schedule's")


def seen(session: Session, desk: Office, version: schedules.Version) -> PlanSeen:
    """A version as the board draws it, with its routes along the roads."""
    return PlanSeen.model_validate(schedules.plan_json(session, desk.programme_id, version, desk.network))


def draft_seen(session: Session, desk: Office, draft: schedules.Version) -> PlanSeen:
    """The open draft as the board draws it, with the mark that the next change is made on."""
    plan = seen(session, desk, draft)
    return plan.model_copy(update={"mark": schedules.mark(session, desk.programme_id, draft)})


def in_force(session: Session, desk: Office) -> PlanSeen | None:
    """What people work by from today on: the newest version, and the days before it that are still an older
    one's. When all of it is over, the version published last; None before the first."""
    today, pid = desk.today(), desk.programme_id
    holds = schedules.in_force(session, pid, today - LOOK_BACK, today + LOOK_AHEAD)
    still = {version_id for day, version_id in holds.items() if day >= today}
    if not still:
        last = schedules.newest(session, pid)
        return seen(session, desk, last) if last else None
    versions = [schedules.found(session, pid, version_id) for version_id in sorted(still)]
    plans = {version.id: seen(session, desk, version) for version in versions}
    newest = max(versions, key=lambda version: version.number or 0)
    days = {day: version_id for day, version_id in holds.items() if version_id in still}
    return _joined(plans, days, plans[newest.id])


def _joined(plans: Mapping[int, PlanSeen], holds: Mapping[date, int], head: PlanSeen) -> PlanSeen:
    """Each day from the plan that holds on it; value and reasons are those of `head`."""
    van_days = [one for key, plan in plans.items() for one in plan.van_days if holds.get(one.date) == key]
    order = sorted(van_days, key=lambda one: (one.date, one.van.letter, one.depart))
    reach = sum(stop.reach or 0 for one in order for stop in one.stops if stop.state != "cancelled")
    span = {"from_date": min(holds), "until_date": max(holds)}
    return head.model_copy(update={"van_days": order, "reach": round(reach, 4), **span})
