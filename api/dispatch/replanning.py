"""Something happened today: the published schedule mended around it, as a draft."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.access import router
from api.dispatch import plans
from api.dispatch.plans import PlanSeen
from api.dispatch.schedule import Bridging
from api.dispatch.unchanged import UNCHANGED
from api.request import Asking, AtDesk, Now, Writing
from api.wire import Clock, Day, Key, Reason, Told
from outreach.plan import replanning

routes = router("/dispatch", tags=["dispatch"])


class Happening(Bridging):
    """What happened to the van, person, site or alert `subject_id`. The note is the reason that crews and the
    public notice show: no names of staff or participants."""

    kind: replanning.Kind
    subject_id: Key
    date: Day
    from_: Clock | None = Field(
        default=None,
        alias="from",
        validation_alias="from",
        description="Since when, or until when a late van is held up; without it from now on",
    )
    note: Reason
    change_budget: Annotated[int, Field(ge=0, le=replanning.MOST_CHANGES, strict=True)] | None = Field(
        default=None,
        description="Stops that may be given up for others worth more: 3 after a spike, else none",
    )


class Replanned(Told):
    """The draft, with what it changes; nobody sees it until it is published."""

    plan: PlanSeen
    crews: list[str] = Field(description="Who goes with whom instead")
    needs_bridge: list[str] = Field(description="Sessions with refills due that wait for a bridge, by uid")
    kept: float = Field(description="The share of stops that stand as told")
    fewest: int = Field(description="No plan changes fewer stops than this")
    value_change: float


@routes.post(
    "/schedule/replan",
    summary="Mend the schedule around what happened today, in the draft",
    dependencies=[UNCHANGED],
)
def replan_schedule(asked: Happening, session: Writing, desk: AtDesk, actor: Asking, now: Now) -> Replanned:
    """What has begun stays; as little as can be changes. Publish the draft, or throw it away."""
    happened = replanning.Happened(
        asked.kind,
        asked.subject_id,
        asked.date,
        asked.note,
        begins=asked.from_,
        budget=asked.change_budget,
        bridge=asked.bridged,
    )
    mended = replanning.replan(session, desk.programme_id, happened, actor.login, now)
    return Replanned(
        plan=plans.draft_seen(session, desk, mended.draft),
        crews=list(mended.crews),
        needs_bridge=list(mended.unbridged),
        kept=mended.kept,
        fewest=mended.fewest,
        value_change=mended.change,
    )
