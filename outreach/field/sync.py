"""Receiving what tablets send: every event once, none refused in silence, a receipt for each.

The order in which batches arrive, how they are cut and how often they are sent make no difference.
What an event adds up to is in `visits`; how its words are read is in `taps`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach import audit
from outreach.accounts import Account
from outreach.errors import Conflict, Invalid, Missing
from outreach.field import events, stops, visits
from outreach.field.bundle import bundle, summary
from outreach.field.events import Event
from outreach.field.taps import FAULTS, Letter, read, reread
from outreach.store import one_at_a_time

__all__ = ["MOST_EVENTS", "Receipt", "bundle", "receive", "reconsider", "summary"]

MOST_EVENTS = 200
MAY_LOG = ("crew", "dispatch", "admin")
WHY_HELD = FAULTS | {
    "other-content": "Another event with this id was stored before and says something else.",
    "unknown-stop": "This stop is not in any published plan.",
    "no-permission": "This account may not log visits any more.",
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one event. `held`: kept whole for a coordinator, with the `reason` as a sentence.

    `id` is what the tablet called it, `sequence` its place in the server's order.
    """

    id: str
    state: Literal["stored", "already", "held"]
    reason: str | None
    sequence: int
    code: str | None = None


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
    if len(events_sent) > MOST_EVENTS:
        raise Invalid(
            f"A batch holds at most {MOST_EVENTS} events, this one has {len(events_sent)}. Send it in parts.",
            code="batch-too-large",
        )
    one_at_a_time(session, f"sync of programme {programme_id}")
    events.open_epoch(session, programme_id)
    sender = session.get(Account, account_id)
    inbox = _Inbox(session, programme_id, sender, device, now)
    receipts = inbox.take([read(raw) for raw in events_sent])
    inbox.settle()
    return receipts


def reconsider(session: Session, programme_id: int, sequence: int, actor: str, now: datetime) -> Event:
    """Judge a held event again, for a coordinator: the plan it speaks of may have been published since.

    Raises: `Missing` when there is no such event, `Conflict` when it still cannot be counted.
    """
    one_at_a_time(session, f"sync of programme {programme_id}")
    asked = select(Event).where(Event.programme_id == programme_id, Event.sequence == sequence)
    event = session.scalar(asked)
    if event is None or event.state != "held":
        raise Missing("There is no held event of this number.", code="no-held-event")
    inbox = _Inbox(session, programme_id, None, event.device, now)
    inbox.accept_again(event)
    inbox.settle(actor)
    return event


class _Inbox:
    """One batch on its way into the store."""

    def __init__(
        self, session: Session, programme_id: int, sender: Account | None, device: str, now: datetime
    ) -> None:
        self.session, self.programme_id, self.device, self.now = session, programme_id, device, now
        self.sender = sender
        self.sequence = events.last_sequence(session, programme_id)
        self.known: dict[str, dict[str, Event]] = {}
        self.stops: dict[str, stops.Stop] = {}
        self.new: list[Event] = []

    def take(self, letters: Sequence[Letter]) -> list[Receipt]:
        """A receipt for each letter; the new ones are stored, ordered by id."""
        self._look_up(letters)
        receipts = [self._receipt(letter) for letter in letters]
        self.new.sort(key=lambda event: event.uid)
        self.session.add_all(self.new)
        self.session.flush()
        return receipts

    def settle(self, actor: str | None = None) -> None:
        """Bring the visits up to date with what was stored, and the audit with what was done."""
        stored = [event for event in self.new if event.state == "stored"]
        touched = {event.subject for event in stored if event.subject is not None}
        struck = [event.replaces for event in stored if event.replaces is not None]
        targets = events.named(self.session, self.programme_id, struck) if struck else []
        touched |= {event.subject for event in targets if event.subject is not None}
        missing = touched - self.stops.keys()
        self.stops |= stops.published(self.session, self.programme_id, missing) if missing else {}
        there = [self.stops[uid] for uid in sorted(touched) if uid in self.stops]
        visits.add_up(self.session, self.programme_id, there, self.now)
        if self.new:
            self._record(actor, [stop.uid for stop in there])

    def accept_again(self, event: Event) -> None:
        """Count a held event after all. Raises: `Conflict` with the reason why not."""
        letter = reread(event.body)
        self._look_up([letter])
        self.known[letter.uid].pop(event.digest, None)
        code = self._objection(letter)
        if code is not None:
            raise Conflict(f"{WHY_HELD[code]} It stays held.", code=code)
        event.state, event.held_code, event.held_reason = "stored", None, None
        _fill(event, letter)
        self.session.flush()
        self.new.append(event)

    def _look_up(self, letters: Sequence[Letter]) -> None:
        for letter in letters:
            self.known.setdefault(letter.uid, {})
        for event in events.named(self.session, self.programme_id, self.known):
            self.known[event.uid][event.digest] = event
        subjects = {letter.tap.subject for letter in letters if letter.tap and letter.tap.subject}
        self.stops |= stops.published(self.session, self.programme_id, subjects)

    def _receipt(self, letter: Letter) -> Receipt:
        before = self.known[letter.uid].get(letter.digest)
        if before is not None and before.state == "stored":
            return Receipt(letter.name, "already", None, before.sequence)
        event = before or self._kept(letter)
        state: Literal["stored", "held"] = "stored" if event.state == "stored" else "held"
        return Receipt(letter.name, state, event.held_reason, event.sequence, event.held_code)

    def _kept(self, letter: Letter) -> Event:
        code = "no-permission" if not self._may_log() else self._objection(letter)
        self.sequence += 1
        event = Event(
            programme_id=self.programme_id,
            uid=letter.uid,
            digest=letter.digest,
            sequence=self.sequence,
            device=self.device,
            account_id=self.sender.id if self.sender is not None else None,
            received_at=self.now,
            state="stored" if code is None else "held",
            held_code=code,
            held_reason=WHY_HELD[code] if code is not None else None,
            body=letter.body,
        )
        _fill(event, letter)
        self.known[letter.uid][letter.digest] = event
        self.new.append(event)
        return event

    def _may_log(self) -> bool:
        who = self.sender
        return (
            who is not None and who.active and who.programme_id == self.programme_id and who.role in MAY_LOG
        )

    def _objection(self, letter: Letter) -> str | None:
        """Why an event cannot be counted, as a key of `WHY_HELD`; None if it can."""
        if letter.tap is None:
            return letter.fault
        if any(event.state == "stored" for event in self.known[letter.uid].values()):
            return "other-content"
        about_a_stop = letter.tap.kind not in ("void", "schedule.seen")
        if about_a_stop and letter.tap.subject not in self.stops:
            return "unknown-stop"
        return None

    def _record(self, actor: str | None, touched: list[str]) -> None:
        stored = sum(event.state == "stored" for event in self.new)
        who = actor or (self.sender.login if self.sender is not None else "unknown")
        facts: dict[str, object] = {
            "stored": stored,
            "held": len(self.new) - stored,
            "sequences": [min(e.sequence for e in self.new), max(e.sequence for e in self.new)],
            "stops": touched,
        }
        act = "visits.logged" if actor is None else "visits.accepted"
        audit.record(self.session, self.programme_id, who, act, self.device, facts, now=self.now)


def _fill(event: Event, letter: Letter) -> None:
    if letter.tap is not None:
        event.kind, event.subject, event.replaces = letter.tap.kind, letter.tap.subject, letter.tap.replaces
        event.occurred_at = letter.tap.occurred_at
