"""The schedule people rely on: what is published, the one open draft, and changing a stop."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import Path
from pydantic import Field
from sqlalchemy.orm import Session

from api.access import router
from api.dispatch import plans
from api.dispatch.plans import PlanSeen
from api.dispatch.runs import Published, Publishing
from api.dispatch.unchanged import UNCHANGED
from api.request import Asking, AtDesk, Now, Reading, Writing
from api.wire import Asked, Clock, Day, Key, MomentShown, Note, Reason, Told, Uid
from outreach.errors import Missing
from outreach.plan import schedules

routes = router("/dispatch", tags=["dispatch"])


class Schedule(Told):
    """The published schedule, and the draft that would replace it."""

    published: PlanSeen | None
    draft: PlanSeen | None
    mark: str = Field(
        description="What is in force and in the draft by now: send it as `made_on` with a change, and it is "
        "refused when somebody else changed the plan since",
        examples=["8-12-6f1d0c2b9a7e4d35"],
    )


class VersionSeen(Told):
    """One version of the schedule; a published one never changes."""

    number: int
    state: Literal["draft", "published", "superseded"]
    published_at: MomentShown | None
    published_by: str | None
    note: str
    from_date: date
    until_date: date
    value: float | None
    gap: float | None
    in_force: bool = Field(description="People work by it today or on a day to come")


class Bridging(Asked):
    """For a session with refills due: how people get to their next dose, and who tells them. No names or
    codes of participants."""

    bridge: Annotated[Note, Field(max_length=200, examples=["Bridge scripts at the Dudley pharmacy"])] = ""
    contact: Annotated[Note, Field(max_length=120, examples=["Nurse on call"])] = ""

    @property
    def bridged(self) -> schedules.Bridge:
        """As the schedule takes it."""
        return schedules.Bridge(self.bridge, self.contact)


class Cancelling(Bridging):
    """Why the stop is cancelled: crews and the public notice show it."""

    reason: Reason


class Shortening(Bridging):
    """The new end of service, and why."""

    ends: Clock
    reason: Reason


class Moving(Bridging):
    """Where and when the stop is to be instead; what is not named stays as it is. A reason is needed only
    where it becomes shorter."""

    starts: Clock | None = None
    minutes: Annotated[int, Field(ge=5, le=1440, strict=True)] | None = None
    van_id: Key | None = None
    date: Day | None = None
    reason: Annotated[Note, Field(max_length=200)] = ""


StopUid = Annotated[Uid, Path()]


@routes.get("/schedule", summary="The published schedule and the open draft")
def show_schedule(session: Reading, desk: AtDesk) -> Schedule:
    """What people work by from today on, over every version in force; and the draft with what it changes."""
    draft = schedules.open_draft(session, desk.programme_id)
    return Schedule(
        published=plans.in_force(session, desk),
        draft=plans.draft_seen(session, desk, draft) if draft else None,
        mark=schedules.mark(session, desk.programme_id, draft),
    )


@routes.post("/schedule/publish", summary="Publish the open draft", dependencies=[UNCHANGED])
def publish_draft(asked: Publishing, session: Writing, desk: AtDesk, actor: Asking, now: Now) -> Published:
    """Crews and the public notice show it at once."""
    draft = schedules.open_draft(session, desk.programme_id)
    if draft is None:
        raise Missing("There is no open draft. Change a stop, or publish a run.", code="no-draft")
    version = schedules.publish(
        session, desk.programme_id, draft, actor.login, now, asked.note, policy=desk.policy
    )
    return Published.model_validate({"version": version.number})


@routes.delete(
    "/schedule/draft", status_code=204, summary="Throw the open draft away (undo)", dependencies=[UNCHANGED]
)
def discard_draft(session: Writing, desk: AtDesk, actor: Asking, now: Now) -> None:
    """The published schedule stands as it is."""
    schedules.undo(session, desk.programme_id, actor.login, now)


@routes.post("/stops/{uid}/cancel", summary="Cancel a published stop, in the draft", dependencies=[UNCHANGED])
def cancel_stop(
    uid: StopUid, asked: Cancelling, session: Writing, desk: AtDesk, actor: Asking, now: Now
) -> PlanSeen:
    """Nobody sees it until the draft is published; the answer is the draft with what it changes."""
    pid = desk.programme_id
    draft = schedules.cancel_stop(session, pid, uid.lower(), asked.reason, actor.login, now, asked.bridged)
    return plans.draft_seen(session, desk, draft)


@routes.post(
    "/stops/{uid}/shorten", summary="Shorten a published stop, in the draft", dependencies=[UNCHANGED]
)
def shorten_stop(
    uid: StopUid, asked: Shortening, session: Writing, desk: AtDesk, actor: Asking, now: Now
) -> PlanSeen:
    """The new end must lie between the start and the old end."""
    pid = desk.programme_id
    draft = schedules.shorten_stop(
        session, pid, uid.lower(), asked.ends, asked.reason, actor.login, now, asked.bridged
    )
    return plans.draft_seen(session, desk, draft)


@routes.post(
    "/stops/{uid}/move", summary="Move or resize a published stop, in the draft", dependencies=[UNCHANGED]
)
def move_stop(
    uid: StopUid, asked: Moving, session: Writing, desk: AtDesk, actor: Asking, now: Now
) -> PlanSeen:
    """Refused, with the judge's sentences, where it breaks a rule; ask `/schedule/check` beforehand."""
    edit = schedules.Edit(uid.lower(), asked.starts, asked.minutes, asked.van_id, date=asked.date)
    pid = desk.programme_id
    draft = schedules.move_stop(session, pid, edit, asked.reason, actor.login, now, asked.bridged)
    return plans.draft_seen(session, desk, draft)


@routes.get("/versions", summary="Every version of the schedule, latest first (100 at most)")
def list_versions(session: Reading, desk: AtDesk) -> list[VersionSeen]:
    """Without their stops."""
    known = schedules.latest(session, desk.programme_id, limit=100)
    today = desk.today()
    last = max((version.until_date for version in known), default=today)
    holding = set(schedules.in_force(session, desk.programme_id, today, last).values())
    return [_version(session, version, version.id in holding) for version in known]


def _version(session: Session, version: schedules.Version, holds: bool) -> VersionSeen:
    facts = {key: getattr(version, key) for key in VersionSeen.model_fields if hasattr(version, key)}
    figures = {key: version.score.get(key) for key in ("value", "gap")}
    words = {"note": schedules.note_of(session, version), "in_force": holds}
    return VersionSeen.model_validate({**facts, **figures, **words})
