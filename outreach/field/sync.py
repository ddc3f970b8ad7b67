"""Receiving what tablets send: every event once, none refused in silence, a receipt for each.

The order in which batches arrive, how they are cut and how often they are sent make no difference.
What an event adds up to is in `visits`; how its words are read is in `taps`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from outreach.field.events import Event, Kept
from outreach.field.taps import FAULTS, Letter, Tap, read, reread
from outreach.store import one_at_a_time

__all__ = ["MOST_EVENTS", "Receipt", "bundle", "receive", "reconsider", "summary"]

MOST_EVENTS = 200
MAY_LOG = ("crew", "dispatch", "admin")
WITHOUT_A_STOP = ("void", "schedule.seen")
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
    return _Inbox(session, programme_id, sender, device, now).take([read(raw) for raw in events_sent])


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
    tap = inbox.judge_again(reread(event.body))
    event.state, event.held_code, event.held_reason = "stored", None, None
    event.kind, event.subject, event.replaces = tap.kind, tap.subject, tap.replaces
    event.occurred_at = tap.occurred_at
    session.flush()
    touched = inbox.settle({event.uid: tap})
    facts: dict[str, object] = {"sequence": sequence, "stops": touched}
    audit.record(session, programme_id, actor, "visits.accepted", event.device, facts, now=now)
    return event


class _Inbox:
    """One batch on its way into the store."""

    def __init__(
        self, session: Session, programme_id: int, sender: Account | None, device: str, now: datetime
    ) -> None:
        self.session, self.programme_id, self.device, self.now = session, programme_id, device, now
        self.sender = sender
        self.sequence = 0
        self.known: dict[str, dict[str, Kept]] = {}
        self.stops: dict[str, stops.Stop] = {}
        self.rows: list[dict[str, object]] = []

    def take(self, letters: Sequence[Letter]) -> list[Receipt]:
        """A receipt for each letter. What is new is stored, what of it counts is counted, and audited."""
        self._look_up(letters)
        self.sequence = events.last_sequence(self.session, self.programme_id)
        receipts = [self._receipt(letter) for letter in letters]
        if self.rows:
            events.store(self.session, self.rows)
            stored = {row["digest"] for row in self.rows if row["state"] == "stored"}
            fresh = {letter.uid: letter.tap for letter in letters if letter.digest in stored and letter.tap}
            self._record(self.settle(fresh), len(fresh))
        return receipts

    def settle(self, fresh: Mapping[str, Tap]) -> list[str]:
        """Bring the visits up to date with these newly stored taps (by id); the stops that they touch."""
        touched = {tap.subject for tap in fresh.values() if tap.kind not in WITHOUT_A_STOP}
        taken_back = {tap.replaces for tap in fresh.values() if tap.replaces is not None}
        if taken_back:
            targets = events.named(self.session, self.programme_id, taken_back)
            touched |= {each.subject for each in targets if each.kind not in WITHOUT_A_STOP}
        uids = {uid for uid in touched if uid is not None}
        missing = uids - self.stops.keys()
        self.stops |= stops.published(self.session, self.programme_id, missing) if missing else {}
        there = [self.stops[uid] for uid in sorted(uids) if uid in self.stops]
        visits.add_up(self.session, self.programme_id, there, fresh, self.now)
        return [stop.uid for stop in there]

    def judge_again(self, letter: Letter) -> Tap:
        """What a held letter means, now that it can be counted. Raises: `Conflict` with why it cannot."""
        self._look_up([letter])
        code = self._objection(letter)
        if code is not None or letter.tap is None:
            raise Conflict(f"{WHY_HELD[code or 'not-understood']} It stays held.", code=code)
        return letter.tap

    def _look_up(self, letters: Sequence[Letter]) -> None:
        self.known = {letter.uid: {} for letter in letters}
        for event in events.named(self.session, self.programme_id, self.known):
            self.known[event.uid][event.digest] = event
        subjects = {letter.tap.subject for letter in letters if letter.tap and letter.tap.subject}
        self.stops = stops.published(self.session, self.programme_id, subjects)

    def _receipt(self, letter: Letter) -> Receipt:
        before = self.known[letter.uid].get(letter.digest)
        if before is not None and before.state == "stored":
            return Receipt(letter.name, "already", None, before.sequence)
        kept = before or self._keep(letter)
        return Receipt(letter.name, kept.state, kept.held_reason, kept.sequence, kept.held_code)

    def _keep(self, letter: Letter) -> Kept:
        code = self._objection(letter) if self._may_log() else "no-permission"
        reason = WHY_HELD[code] if code is not None else None
        self.sequence += 1
        tap = letter.tap
        kept = Kept(
            uid=letter.uid,
            digest=letter.digest,
            sequence=self.sequence,
            state="stored" if code is None else "held",
            held_code=code,
            held_reason=reason,
            kind=tap.kind if tap else None,
            subject=tap.subject if tap else None,
        )
        self.known[letter.uid][letter.digest] = kept
        self.rows.append(self._row(kept, letter))
        return kept

    def _row(self, kept: Kept, letter: Letter) -> dict[str, object]:
        return {
            "uid": kept.uid,
            "digest": kept.digest,
            "sequence": kept.sequence,
            "state": kept.state,
            "held_code": kept.held_code,
            "held_reason": kept.held_reason,
            "kind": kept.kind,
            "subject": kept.subject,
            "programme_id": self.programme_id,
            "device": self.device,
            "account_id": self.sender.id if self.sender is not None else None,
            "replaces": letter.tap.replaces if letter.tap else None,
            "occurred_at": letter.tap.occurred_at if letter.tap else None,
            "received_at": self.now,
            "body": letter.body,
        }

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
        if letter.tap.kind not in WITHOUT_A_STOP and letter.tap.subject not in self.stops:
            return "unknown-stop"
        return None

    def _record(self, touched: list[str], stored: int) -> None:
        facts: dict[str, object] = {
            "stored": stored,
            "held": len(self.rows) - stored,
            "sequences": [self.sequence - len(self.rows) + 1, self.sequence],
            "stops": touched,
        }
        who = self.sender.login if self.sender is not None else "unknown"
        audit.record(self.session, self.programme_id, who, "visits.logged", self.device, facts, now=self.now)
