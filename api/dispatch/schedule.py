"""The schedule people rely on: what is published, the one open draft, and changing a stop."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import Path

from api.access import router
from api.dispatch.plans import PlanSeen
from api.dispatch.runs import Published, Publishing
from api.wire import Asked, Clock, MomentShown, Reason, Told, Uid

routes = router("/dispatch", tags=["dispatch"])


class Schedule(Told):
    """The published schedule, and the draft that would replace it."""

    published: PlanSeen | None
    draft: PlanSeen | None


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


class Cancelling(Asked):
    """Why the stop is cancelled: crews and the public notice show it."""

    reason: Reason


class Shortening(Asked):
    """The new end of service, and why."""

    ends: Clock
    reason: Reason


StopUid = Annotated[Uid, Path()]


@routes.get("/schedule", summary="The published schedule and the open draft")
def show_schedule() -> Schedule:
    raise NotImplementedError


@routes.post("/schedule/publish", summary="Publish the open draft")
def publish_draft(asked: Publishing) -> Published:
    raise NotImplementedError


@routes.delete("/schedule/draft", status_code=204, summary="Throw the open draft away (undo)")
def discard_draft() -> None:
    raise NotImplementedError


@routes.post("/stops/{uid}/cancel", summary="Cancel a published stop, in the draft")
def cancel_stop(uid: StopUid, asked: Cancelling) -> PlanSeen:
    raise NotImplementedError


@routes.post("/stops/{uid}/shorten", summary="Shorten a published stop, in the draft")
def shorten_stop(uid: StopUid, asked: Shortening) -> PlanSeen:
    raise NotImplementedError


@routes.get("/versions", summary="Every version of the schedule, latest first (100 at most)")
def list_versions() -> list[VersionSeen]:
    raise NotImplementedError
