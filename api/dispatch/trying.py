"""Trying a hand edit out: times, broken rules and the change in value, before anything is changed."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import Path
from pydantic import Field

from api.access import router
from api.request import AtDesk, Now, Reading
from api.wire import Asked, Clock, ClockShown, Day, PathKey, Told, Uid
from outreach.plan import runs, schedules

routes = router("/dispatch", tags=["dispatch"])

MOST_EDITS = 50


class EditTried(Asked):
    """A stop dropped, or moved to another day, time, length or van; what is not named stays as it is."""

    uid: Uid
    starts: Clock | None = None
    minutes: Annotated[int, Field(ge=5, le=1440, strict=True)] | None = None
    van_id: PathKey | None = None
    drop: bool = False
    date: Day | None = None

    @property
    def named(self) -> schedules.Edit:
        """As the schedule takes it."""
        return schedules.Edit(self.uid.lower(), self.starts, self.minutes, self.van_id, self.drop, self.date)


class Trying(Asked):
    """Edits, one after another."""

    edits: Annotated[list[EditTried], Field(min_length=1, max_length=MOST_EDITS)]

    @property
    def named(self) -> list[schedules.Edit]:
        """As the schedule takes them."""
        return [edit.named for edit in self.edits]


class BrokenRule(Told):
    """A rule the edited schedule breaks."""

    rule: str = Field(examples=["travel"])
    sentence: str


class VanTimes(Told):
    """When a touched van would leave its base and be back."""

    van_id: int
    date: date
    depart: ClockShown
    back: ClockShown


class EditVerdict(Told):
    """What the edits would do; nothing was changed."""

    broken: list[BrokenRule]
    value: float
    change: float = Field(description="By how much the schedule would be worth more")
    times: list[VanTimes]


@routes.post("/schedule/check", summary="What hand edits of the schedule would do")
def check_schedule(asked: Trying, session: Reading, desk: AtDesk) -> EditVerdict:
    """On the open draft, or on what is published: rules broken, times, and the change in value."""
    return _told(schedules.tried_on_schedule(session, desk.programme_id, asked.named))


@routes.post("/runs/{run_id}/check", summary="What hand edits of a run's plan would do")
def check_run(
    run_id: Annotated[PathKey, Path()], asked: Trying, session: Reading, desk: AtDesk, now: Now
) -> EditVerdict:
    """The same for a plan that nobody published yet."""
    run = runs.found(session, desk.programme_id, run_id)
    return _told(schedules.tried(session, schedules.of_run(run, now), asked.named))


def _told(tried: schedules.Tried) -> EditVerdict:
    return EditVerdict.model_validate({
        "broken": [{"rule": one.rule, "sentence": one.sentence} for one in tried.broken],
        "value": tried.value,
        "change": tried.change,
        "times": [
            {"van_id": van, "date": day, "depart": depart, "back": back}
            for van, day, depart, back in tried.times
        ],
    })  # fmt: skip
