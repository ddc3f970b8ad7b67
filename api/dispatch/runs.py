"""Asking for a plan and watching it being made."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import Path
from fastapi.responses import StreamingResponse
from pydantic import Field

from api.access import router
from api.dispatch.plans import PlanSeen
from api.wire import Asked, Day, MomentShown, Note, PathKey, Told

routes = router("/dispatch", tags=["dispatch"])

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
    message: str = ""


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


@routes.post("/runs", status_code=202, summary="Ask for a plan")
def request_run(asked: NewRun) -> RunSeen:
    raise NotImplementedError


@routes.get("/runs", summary="The latest twenty runs")
def list_runs() -> list[RunSeen]:
    raise NotImplementedError


@routes.get("/runs/{run_id}", summary="One run with its trace")
def show_run(run_id: Annotated[PathKey, Path()]) -> RunSeen:
    raise NotImplementedError


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
async def watch_run(run_id: Annotated[PathKey, Path()]) -> StreamingResponse:
    raise NotImplementedError


@routes.post("/runs/{run_id}/cancel", summary="Stop with what it has")
def cancel_run(run_id: Annotated[PathKey, Path()]) -> RunSeen:
    raise NotImplementedError


@routes.get("/runs/{run_id}/plan", summary="The plan a run made")
def show_plan(run_id: Annotated[PathKey, Path()]) -> PlanSeen:
    raise NotImplementedError


@routes.post("/runs/{run_id}/publish", summary="Publish a run's plan")
def publish_run(run_id: Annotated[PathKey, Path()], asked: Publishing) -> Published:
    raise NotImplementedError
