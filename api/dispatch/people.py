"""Staff and vans on the board, and marking either away."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import Path
from pydantic import Field, model_validator

from api.access import router
from api.wire import Asked, ClockShown, Day, Key, Note, PathKey, Told

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
def list_staff() -> list[StaffRow]:
    raise NotImplementedError


@routes.get("/vans", summary="Every van, with weekly shifts and absences")
def list_vans() -> list[VanRow]:
    raise NotImplementedError


@routes.post("/absences", status_code=201, summary="Mark a person or a van away")
def add_absence(asked: NewAbsence) -> AbsenceSeen:
    raise NotImplementedError


@routes.delete("/absences/{absence_id}", status_code=204, summary="Take an absence back")
def remove_absence(absence_id: Annotated[PathKey, Path()]) -> None:
    raise NotImplementedError
