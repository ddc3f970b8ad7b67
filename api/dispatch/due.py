"""People due back: how many, where, for what and until when, and whether the schedule lets them come."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import Field, model_validator
from sqlalchemy.orm import Session

from api.access import router
from api.office import Office
from api.request import Asking, AtDesk, Now, Reading, Writing
from api.wire import Asked, Day, Key, PathKey, Told
from outreach.plan import due, runs, schedules

routes = router("/dispatch", tags=["dispatch"])


class DueSeen(Told):
    """People due at a site for a service on one of some days: a number, never who. `kept`: they can come at
    the stop `uid`; `later`: after the last day of this plan; `missed`: for the reason said."""

    ids: list[int] = Field(description="The entries added up here; each can be taken back")
    site_id: int
    site: str
    service: str = Field(examples=["moud"])
    from_date: date
    until_date: date
    people: int
    crew: bool = Field(description="A crew noted some of them at a stop")
    state: Literal["kept", "later", "missed"]
    uid: str | None = None
    code: str = Field(default="", examples=["lacks"])
    sentence: str = ""
    facts: dict[str, Any] = Field(default_factory=dict)


class NewDue(Asked):
    """So many people are due for a service at a site, on one of the days from the first to the last."""

    site_id: Key
    service: Annotated[str, Field(min_length=1, max_length=40, examples=["moud"])]
    from_date: Day
    until_date: Day
    people: Annotated[int, Field(ge=1, le=due.MOST_PEOPLE, strict=True)]

    @model_validator(mode="after")
    def _in_order(self) -> NewDue:
        if self.until_date < self.from_date:
            raise ValueError("the last day must not lie before the first")
        if (self.until_date - self.from_date).days >= due.LONGEST_DAYS:
            raise ValueError("people are due within a year at most")
        return self


class DueNoted(Told):
    """What was noted, by the number it is taken back with."""

    id: int


@routes.get("/due", summary="People due back, and whether the plan lets them come")
def list_due(
    session: Reading,
    desk: AtDesk,
    now: Now,
    run_id: Annotated[PathKey | None, Query(description="A run's plan; without, the schedule")] = None,
    published: Annotated[bool, Query(description="What is published, though a draft is open")] = False,
) -> list[DueSeen]:
    """Of the open draft, or else of the newest published version. Numbers are exact: for planners alone."""
    version = _asked_for(session, desk, now, run_id, published)
    found = schedules.kept_due(session, desk.programme_id, version, now) if version is not None else []
    return [DueSeen.model_validate(one) for one in found]


@routes.post("/due", status_code=201, summary="Note that people are due back")
def add_due(asked: NewDue, session: Writing, desk: AtDesk, actor: Asking, now: Now) -> DueNoted:
    """The next plan counts them; at a promised session medication due protects it like refills."""
    noted = due.add(session, desk.programme_id, **asked.model_dump(), actor=actor.login, now=now)
    return DueNoted(id=noted.id)


@routes.delete("/due/{due_id}", status_code=204, summary="Take back that people are due")
def remove_due(
    due_id: Annotated[PathKey, Path()], session: Writing, desk: AtDesk, actor: Asking, now: Now
) -> None:
    """404 when it was taken back already."""
    due.remove(session, desk.programme_id, due_id, actor=actor.login, now=now)


def _asked_for(
    session: Session, desk: Office, now: Now, run_id: int | None, published: bool
) -> schedules.Version | None:
    if run_id is not None:
        return schedules.of_run(runs.found(session, desk.programme_id, run_id), now)
    draft = None if published else schedules.open_draft(session, desk.programme_id)
    return draft or schedules.newest(session, desk.programme_id)
