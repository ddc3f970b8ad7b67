"""What the crew's tablet asks for: the day's bundle, the receipts for its events, what the server has."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import Field, StringConstraints, WithJsonSchema

from api.access import router
from api.dispatch.plans import AlternativeSeen, BreakSeen, CrewSeen, SiteSeen, StopState, VanSeen
from api.mailroom import AtMailroom
from api.request import Asking, AtDesk, Now, Reading
from api.wire import MAX_KEY, Asked, ClockShown, Day, MomentShown, Told
from outreach.field import sync
from outreach.place.directions import Turn

routes = router("/crew", tags=["crew"])


class WayStep(Told):
    """Turn like `turn` and follow the street `name` (empty for none) for `metres`."""

    turn: Turn
    name: str
    metres: int


class ElsewhereSeen(Told):
    """What other tablets recorded at a stop, as far as the server has it: to show beside this tablet's own,
    never to add to it."""

    arrived_at: MomentShown | None = None
    left_at: MomentShown | None = None
    skipped: str | None = None
    tallies: dict[str, int] = Field(examples=[{"contacts": 6}])


class CrewStop(Told):
    """A stop as the crew sees it."""

    uid: str
    letter: str
    sequence: int
    site: SiteSeen
    arrive: ClockShown
    starts: ClockShown
    ends: ClockShown
    leave: ClockShown
    services: list[str]
    state: StopState
    reason: str | None = None
    alternative: AlternativeSeen | None = None
    way: list[WayStep] = Field(
        default=[], description="How to drive there from the stop before, or from the base"
    )
    elsewhere: ElsewhereSeen | None = Field(
        default=None, description="What other tablets recorded here; null for nothing, or no `device` named"
    )


class CrewDay(Told):
    """One van's day."""

    van: VanSeen
    date: date
    depart: ClockShown
    back: ClockShown
    break_: BreakSeen | None = Field(None, alias="break", serialization_alias="break")
    crew: list[CrewSeen]
    stops: list[CrewStop]
    way_home: list[WayStep] = Field(default=[], description="From the last stop to the base")


class TallyItem(Told):
    """Something the crew counts with one tap; `step` is what a tap adds."""

    key: str = Field(examples=["naloxone_kits"])
    label_en: str
    label_es: str
    step: int = 1


class SkipReason(Told):
    """Why a stop did not happen."""

    key: str = Field(examples=["nobody_there"])
    label_en: str
    label_es: str


class Bundle(Told):
    """Everything a tablet needs for a day without signal."""

    version: int | None = Field(
        description="The schedule's version; null when nothing is published for the day"
    )
    generated_at: MomentShown
    date: date
    vans: list[VanSeen]
    days: list[CrewDay]
    items: list[TallyItem]
    skip_reasons: list[SkipReason]
    epoch: str = Field(description="Changes when the server was restored: send everything again then")
    synthetic: bool = Field(
        default=False, description="True when streets and stops are invented: say so on every page"
    )


class EventSent(Told):
    """One frozen tap. Read as leniently as can be: a bad event is held for a coordinator, never refused."""

    id: str = Field(
        description="UUIDv7 made on the tablet", examples=["01932c6e-5b7a-7c3e-8f10-2a4b6c8d0e1f"]
    )
    kind: str = Field(examples=["tally"])
    subject: str | None = Field(None, description="The stop's uid")
    replaces: str | None = None
    occurred_at: str = Field(examples=["2026-11-23T14:05:00.000Z"])
    payload: dict[str, Any] = Field(examples=[{"item": "contacts", "quantity": 1}])


Device = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,64}$"), Field(examples=["tablet-2-5b7a7c3e"])
]
"""The name a tablet made up for itself: it sends under it, and asks under it for what others sent."""


class Batch(Asked):
    """What a tablet sends: at most 200 events, each an `EventSent`."""

    device: Device
    events: Annotated[
        list[dict[str, Any]],
        Field(max_length=200),
        WithJsonSchema(
            {"type": "array", "maxItems": 200, "items": {"$ref": "#/components/schemas/EventSent"}}
        ),
    ]


class ReceiptSeen(Told):
    """Per event: `stored`, `already`, or `held` (kept whole for a coordinator) with the reason."""

    id: str
    state: Literal["stored", "already", "held"]
    reason: str | None = Field(default=None, description="A sentence; only for held events")
    code: str | None = Field(default=None, examples=["unknown-stop"])
    sequence: int | None = None


class Receipts(Told):
    """Drop from the outbox exactly what is listed here."""

    receipts: list[ReceiptSeen]
    epoch: str


class StopSummary(Told):
    """What the server has for one stop."""

    uid: str
    arrived_at: MomentShown | None = None
    left_at: MomentShown | None = None
    outcome: str | None = None
    tallies: dict[str, int] = Field(examples=[{"contacts": 12, "naloxone_kits": 3}])


class Summary(Told):
    """What the server has for the day."""

    date: date
    stops: list[StopSummary]
    held: int = 0
    epoch: str


AskedDay = Annotated[Day | None, Query(alias="date", description="Local date; today by default")]


@routes.get("/bundle", summary="The day's schedule for the tablet")
def show_bundle(
    session: Reading,
    desk: AtDesk,
    now: Now,
    day: AskedDay = None,
    van: Annotated[int | None, Query(ge=1, le=MAX_KEY)] = None,
    device: Annotated[Device | None, Query(description="The asking tablet: what others sent is told")] = None,
) -> Bundle:
    """For every van, or only one. No risk and no participant is in it."""
    found = sync.bundle(session, desk.programme_id, day or desk.today(), now, van, desk.network, device)
    invented = bool(desk.network.city.get("synthetic"))
    return Bundle.model_validate(found).model_copy(update={"synthetic": invented})


@routes.post("/events", summary="Receive a tablet's events; sending twice stores once")
async def receive_events(
    batch: Batch, desk: AtDesk, mailroom: AtMailroom, actor: Asking, now: Now
) -> Receipts:
    """One transaction, a receipt for each event, in the order sent."""
    reading = partial(sync.parcel, desk.programme_id, actor.id, batch.device, batch.events, now)
    return Receipts.model_validate(await mailroom.post(reading))


@routes.get("/summary", summary="What the server has of a day, stop by stop")
def show_summary(session: Reading, desk: AtDesk, day: AskedDay = None) -> Summary:
    """To compare with what the tablet believes."""
    return Summary.model_validate(sync.summary(session, desk.programme_id, day or desk.today()))
