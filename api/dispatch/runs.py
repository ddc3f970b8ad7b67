"""Asking for a plan and watching it being made."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from typing import Annotated, Any, Literal, cast

from fastapi import Path
from fastapi.responses import StreamingResponse
from pydantic import Field
from sqlalchemy.orm import Session

from api.access import router
from api.dispatch import plans, watching
from api.dispatch.plans import PlanSeen
from api.dispatch.unchanged import UNCHANGED
from api.office import Office
from api.request import Asking, AtDesk, Now, Reading, Writing
from api.wire import Asked, Day, MomentShown, Note, PathKey, Told
from outreach.errors import Conflict
from outreach.plan import runs, schedules, silence

routes = router("/dispatch", tags=["dispatch"])

MOST_WAITING = 5
RunState = Literal["queued", "running", "done", "failed", "cancelled"]


class TracePoint(Told):
    """After so many seconds: the best value, and the bound nothing can beat."""

    seconds: float
    value: float
    bound: float | None


class RunSeen(Told):
    """A run: what was asked, how far it is, what came of it."""

    id: int
    kind: str = Field(examples=["plan"])
    state: RunState
    from_date: date
    days: int
    seed: int
    budget_seconds: float | None
    message: str = Field(description="Why it failed, or what is worth knowing; may be empty")
    value: float | None = None
    bound: float | None = None
    gap: float | None = None
    trace: list[TracePoint] = Field(default_factory=list)
    requested_by: str
    created_at: MomentShown
    started_at: MomentShown | None = None
    finished_at: MomentShown | None = None
    cancel_requested: bool = False


class RunProgress(Told):
    """The `data` of the server-sent events `progress` and `end`."""

    state: RunState
    seconds: float
    value: float | None = None
    bound: float | None = None
    gap: float | None = None
    message: str = Field("", description="Why it failed, or that no planning process answers; may be empty")


class NewRun(Asked):
    """A plan for `days` days from `from_date`."""

    from_date: Day
    days: Annotated[int, Field(ge=1, le=28, strict=True, examples=[14])]
    budget_seconds: Annotated[int, Field(ge=1, le=600, strict=True)] | None = None


class Publishing(Asked):
    """Why this is published; staff read it beside the version."""

    note: Note = ""


class Published(Told):
    """The number the schedule now goes by."""

    version: int


RunKey = Annotated[PathKey, Path()]


@routes.post("/runs", status_code=202, summary="Ask for a plan")
def request_run(asked: NewRun, session: Writing, desk: AtDesk, actor: Asking, now: Now) -> RunSeen:
    """A worker process takes it up at once, or when the run before it is over."""
    waiting = [one for one in runs.latest(session, desk.programme_id, 20) if one.state in runs.OPEN]
    if len(waiting) >= MOST_WAITING:
        raise Conflict(f"{MOST_WAITING} plans are being made or wait already. Cancel one of them first.")
    run = runs.request(
        session,
        desk.programme_id,
        asked.from_date,
        asked.days,
        budget_seconds=asked.budget_seconds or runs.DEFAULT_BUDGET_SECONDS,
        actor=actor.login,
        now=now,
    )
    return seen(run)


@routes.get("/runs", summary="The latest twenty runs")
def list_runs(session: Reading, desk: AtDesk) -> list[RunSeen]:
    """The newest first, without their traces."""
    latest = runs.latest(session, desk.programme_id, 20)
    return [seen(run).model_copy(update={"trace": []}) for run in latest]


@routes.get("/runs/{run_id}", summary="One run with its trace")
def show_run(run_id: RunKey, session: Reading, desk: AtDesk) -> RunSeen:
    """With the curve of value and bound so far."""
    return seen(runs.found(session, desk.programme_id, run_id))


@routes.get(
    "/runs/{run_id}/progress",
    summary="Progress as server-sent events",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Events named `progress` until one named `end`; the data of both is a RunProgress",
            "content": {"text/event-stream": {"schema": {"$ref": "#/components/schemas/RunProgress"}}},
        }
    },
)
async def watch_run(run_id: RunKey, desk: AtDesk) -> StreamingResponse:
    """404 at once for a run that is not there. A line that broke may be taken up again at any time."""

    async def look() -> RunProgress:
        return await desk.read(lambda session: _progress(session, desk, run_id))

    async def told() -> AsyncIterator[str]:
        async with desk.watchers.turn():
            async for line in watching.lines(look):
                yield line

    desk.watchers.refuse_when_full()
    await look()
    return StreamingResponse(told(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


@routes.post("/runs/{run_id}/cancel", summary="Stop with what it has")
def cancel_run(run_id: RunKey, session: Writing, desk: AtDesk, actor: Asking, now: Now) -> RunSeen:
    """A waiting run is cancelled; one at work ends within seconds with the best plan it has."""
    return seen(runs.cancel(session, desk.programme_id, run_id, actor=actor.login, now=now))


@routes.get("/runs/{run_id}/plan", summary="The plan a run made")
def show_plan(run_id: RunKey, session: Reading, desk: AtDesk, now: Now) -> PlanSeen:
    """Nothing is stored: look at as many as you like before publishing one. 409 while it has none."""
    run = runs.found(session, desk.programme_id, run_id)
    return plans.seen(session, desk, schedules.of_run(run, now))


@routes.post("/runs/{run_id}/publish", summary="Publish a run's plan", dependencies=[UNCHANGED])
def publish_run(
    run_id: RunKey, asked: Publishing, session: Writing, desk: AtDesk, actor: Asking, now: Now
) -> Published:
    """Takes the place of the open draft and becomes the schedule, once the independent judge accepts it."""
    run = runs.found(session, desk.programme_id, run_id)
    draft = schedules.draft(session, desk.programme_id, run, actor.login, now)
    version = schedules.publish(
        session, desk.programme_id, draft, actor.login, now, asked.note, policy=desk.policy
    )
    return Published.model_validate({"version": version.number})


def seen(run: runs.Run) -> RunSeen:
    """A run as the wire tells it."""
    return RunSeen(
        id=run.id,
        kind=run.kind,
        state=cast(RunState, run.state),
        from_date=run.from_date,
        days=run.days,
        seed=run.seed,
        budget_seconds=run.budget_seconds,
        message=run.message,
        requested_by=run.requested_by,
        created_at=run.created_at,
        started_at=run.started_at,
        finished_at=run.finished_at,
        cancel_requested=run.cancel_requested,
        **_figures(run),
    )


def _progress(session: Session, desk: Office, run_id: int) -> RunProgress:
    run = runs.found(session, desk.programme_id, run_id)
    figures = _figures(run)
    seconds = run.progress.get("seconds", 0.0)
    message = run.message or _silence(desk, run)
    return RunProgress.model_validate({"state": run.state, "message": message, "seconds": seconds, **figures})


def _silence(desk: Office, run: runs.Run) -> str:
    """That no planning process answers, over every programme: another's run may come before ours."""
    now = desk.now()
    if run.state not in runs.OPEN or now - run.created_at <= silence.LONGEST:
        return ""
    with desk.store.reading() as session:
        return silence.unanswered(session, now)


def _figures(run: runs.Run) -> dict[str, Any]:
    return {key: run.progress[key] for key in ("value", "bound", "gap", "trace") if key in run.progress}
