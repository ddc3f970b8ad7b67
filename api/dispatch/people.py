"""Staff and vans on the board, and marking either away."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import Path
from pydantic import Field, model_validator
from sqlalchemy.orm import Session

from api.access import router
from api.request import Asking, AtDesk, Now, Reading, Writing
from api.wire import Asked, ClockShown, Day, Key, Note, PathKey, Told
from outreach.plan import absences, staff, vans
from outreach.plan.absences import Absence
from outreach.plan.schedules.showing import letter
from outreach.plan.staff import Member
from outreach.plan.vans import Van

routes = router("/dispatch", tags=["dispatch"])


class ShiftSeen(Told):
    """A weekly shift (0 is Monday)."""

    weekday: int
    starts: ClockShown
    ends: ClockShown


class AbsenceSeen(Told):
    """Away from `from_date` to `until_date`, both included."""

    id: int
    kind: Literal["staff", "van"]
    subject_id: int
    from_date: date
    until_date: date
    reason: str


class StaffRow(Told):
    """A member of staff."""

    id: int
    code: str
    name: str
    roles: list[str]
    languages: list[str]
    remote: bool = False
    active: bool = True
    shifts: list[ShiftSeen]
    absences: list[AbsenceSeen]


class VanRow(Told):
    """A van and where it starts from."""

    id: int
    code: str
    name: str
    letter: str
    lon: float
    lat: float
    active: bool = True
    shifts: list[ShiftSeen]
    absences: list[AbsenceSeen]


class NewAbsence(Asked):
    """Somebody, or a van, is away from `from_date` to `until_date`, both included."""

    kind: Literal["staff", "van"]
    subject_id: Key
    from_date: Day
    until_date: Day
    reason: Annotated[Note, Field(max_length=200)] = ""

    @model_validator(mode="after")
    def _in_order(self) -> NewAbsence:
        if self.until_date < self.from_date:
            raise ValueError("the last day away must not lie before the first")
        if (self.until_date - self.from_date).days > 366:
            raise ValueError("an absence may last a year at most")
        return self


@routes.get("/staff", summary="Everybody, with weekly shifts and absences")
def list_staff(session: Reading, desk: AtDesk) -> list[StaffRow]:
    """Those who work here now, by code; absences from today on."""
    away = absences.listed(session, desk.programme_id, desk.today())
    return [
        _member(member, _absences(session, "staff", away, member.id))
        for member in staff.listed(session, desk.programme_id)
    ]


@routes.get("/vans", summary="Every van, with weekly shifts and absences")
def list_vans(session: Reading, desk: AtDesk) -> list[VanRow]:
    """By code, those put away too; absences from today on."""
    away = absences.listed(session, desk.programme_id, desk.today())
    fleet = vans.listed(session, desk.programme_id, every=True)
    return [
        _van(van, letter(place), _absences(session, "van", away, van.id)) for place, van in enumerate(fleet)
    ]


@routes.post("/absences", status_code=201, summary="Mark a person or a van away")
def add_absence(asked: NewAbsence, session: Writing, desk: AtDesk, actor: Asking, now: Now) -> AbsenceSeen:
    """The next plan does without them; the published schedule stays as it is until somebody changes it."""
    facts = asked.model_dump()
    marked = absences.mark(session, desk.programme_id, **facts, actor=actor.login, now=now)
    return _absence(session, marked)


@routes.delete("/absences/{absence_id}", status_code=204, summary="Take an absence back")
def remove_absence(
    absence_id: Annotated[PathKey, Path()], session: Writing, desk: AtDesk, actor: Asking, now: Now
) -> None:
    """404 when it was taken back already."""
    absences.remove(session, desk.programme_id, absence_id, actor=actor.login, now=now)


def _member(member: Member, away: list[AbsenceSeen]) -> StaffRow:
    return StaffRow(
        id=member.id,
        code=member.code,
        name=member.name,
        roles=member.roles,
        languages=member.languages,
        remote=member.remote,
        active=member.active,
        shifts=[ShiftSeen.model_validate(shift) for shift in member.shifts],
        absences=away,
    )


def _van(van: Van, named: str, away: list[AbsenceSeen]) -> VanRow:
    return VanRow(
        id=van.id,
        code=van.code,
        name=van.name,
        letter=named,
        lon=van.lon,
        lat=van.lat,
        active=van.active,
        shifts=[ShiftSeen.model_validate(shift) for shift in van.shifts],
        absences=away,
    )


def _absences(session: Session, kind: str, away: list[Absence], subject_id: int) -> list[AbsenceSeen]:
    return [
        _absence(session, absence)
        for absence in away
        if absence.kind == kind and absence.subject_id == subject_id
    ]


def _absence(session: Session, absence: Absence) -> AbsenceSeen:
    facts = {name: getattr(absence, name) for name in AbsenceSeen.model_fields if name != "reason"}
    return AbsenceSeen(**facts, reason=absences.reason_of(session, absence))
