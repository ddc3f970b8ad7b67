"""Receiving what tablets send: every event once, none refused in silence, a receipt for each.

The order in which batches arrive, how they are cut and how often they are sent make no difference.
How an event's words are read is in `taps`, what becomes of it in `sorting`, what it adds up to in
`adding_up`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach import audit
from outreach.errors import Invalid, Missing
from outreach.field import events
from outreach.field.bundle import bundle
from outreach.field.events import Event
from outreach.field.sorting import Parcel, Receipt, Sorting
from outreach.field.summary import summary
from outreach.field.taps import read, reread
from outreach.store import one_at_a_time

__all__ = [
    "MOST_EVENTS",
    "Parcel",
    "Receipt",
    "bundle",
    "parcel",
    "receive",
    "receive_all",
    "reconsider",
    "summary",
]

MOST_EVENTS = 200


def parcel(
    programme_id: int, account_id: int, device: str, events_sent: Sequence[object], now: datetime
) -> Parcel:
    """Read a batch; no database yet. Raises: `Invalid` for more than 200 events."""
    if len(events_sent) > MOST_EVENTS:
        raise Invalid(
            f"A batch holds at most {MOST_EVENTS} events, this one has {len(events_sent)}. Send it in parts.",
            code="batch-too-large",
        )
    return Parcel(programme_id, account_id, device, tuple(read(raw) for raw in events_sent), now)


def receive(
    session: Session,
    programme_id: int,
    account_id: int,
    device: str,
    events_sent: Sequence[object],
    now: datetime,
) -> list[Receipt]:
    """Store a batch and answer with one receipt per event, in the order sent.

    Whatever stands in it, an event is stored, known already, or held; a bad one never keeps another out.
    Once the caller's transaction is committed the tablet may forget what has a receipt.

    Raises: `Invalid` for more than 200 events: nothing of them is stored then.
    """
    [receipts], _ = receive_all(session, [parcel(programme_id, account_id, device, events_sent, now)])
    return receipts


def receive_all(session: Session, parcels: Sequence[Parcel]) -> tuple[list[list[Receipt]], str]:
    """Store several batches of one programme as if one came after the other, in a handful of statements:
    the receipts of each, and the server's epoch."""
    programme_id = parcels[0].programme_id
    one_at_a_time(session, f"sync of programme {programme_id}")
    epoch = events.open_epoch(session, programme_id)
    return Sorting(session, programme_id, max(each.now for each in parcels)).take(parcels), epoch


def reconsider(session: Session, programme_id: int, sequence: int, actor: str, now: datetime) -> Event:
    """Judge a held event again, for a coordinator: the plan it speaks of may have been published since.

    Raises: `Missing` when there is no such event, `Conflict` when it still cannot be counted.
    """
    one_at_a_time(session, f"sync of programme {programme_id}")
    asked = select(Event).where(Event.programme_id == programme_id, Event.sequence == sequence)
    event = session.scalar(asked)
    if event is None or event.state != "held":
        raise Missing("There is no held event of this number.", code="no-held-event")
    sorting = Sorting(session, programme_id, now)
    tap = sorting.judge_again(reread(event.body))
    event.state, event.held_code, event.held_reason = "stored", None, None
    event.kind, event.subject, event.replaces = tap.kind, tap.subject, tap.replaces
    event.occurred_at = tap.occurred_at
    session.flush()
    touched = sorting.settle({event.uid: tap})[event.uid]
    facts: dict[str, object] = {"sequence": sequence, "stops": sorted(touched)}
    audit.record(session, programme_id, actor, "visits.accepted", event.device, facts, now=now)
    return event
