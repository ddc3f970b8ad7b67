"""Receiving what tablets send: every event once, none refused in silence, a receipt for each.

The order in which batches arrive, how they are cut and how often they are sent make no difference.
What an event adds up to is in `visits`; how its words are read is in `taps`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach import audit
from outreach.accounts import Account
from outreach.errors import Conflict, Invalid, Missing
from outreach.field import events, stops, visits
from outreach.field.bundle import bundle
from outreach.field.events import Event, Kept
from outreach.field.summary import summary
from outreach.field.taps import FAULTS, Letter, Tap, read, reread
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
MAY_LOG = ("crew", "clinician", "device", "dispatch", "admin")
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


@dataclass(frozen=True, slots=True)
class Parcel:
    """A batch as it was read at the door: who was signed in on which tablet, and when it came in."""

    programme_id: int
    account_id: int
    device: str
    letters: tuple[Letter, ...]
    now: datetime


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
    return _Inbox(session, programme_id, max(each.now for each in parcels)).take(parcels), epoch


def reconsider(session: Session, programme_id: int, sequence: int, actor: str, now: datetime) -> Event:
    """Judge a held event again, for a coordinator: the plan it speaks of may have been published since.

    Raises: `Missing` when there is no such event, `Conflict` when it still cannot be counted.
    """
    one_at_a_time(session, f"sync of programme {programme_id}")
    asked = select(Event).where(Event.programme_id == programme_id, Event.sequence == sequence)
    event = session.scalar(asked)
    if event is None or event.state != "held":
        raise Missing("There is no held event of this number.", code="no-held-event")
    inbox = _Inbox(session, programme_id, now)
    tap = inbox.judge_again(reread(event.body))
    event.state, event.held_code, event.held_reason = "stored", None, None
    event.kind, event.subject, event.replaces = tap.kind, tap.subject, tap.replaces
    event.occurred_at = tap.occurred_at
    session.flush()
    touched = inbox.settle({event.uid: tap})[event.uid]
    facts: dict[str, object] = {"sequence": sequence, "stops": sorted(touched)}
    audit.record(session, programme_id, actor, "visits.accepted", event.device, facts, now=now)
    return event


class _Inbox:
    """Batches of one programme on their way into the store."""

    def __init__(self, session: Session, programme_id: int, now: datetime) -> None:
        self.session, self.programme_id, self.now = session, programme_id, now
        self.sequence = 0
        self.known: dict[str, dict[str, Kept]] = {}
        self.stored: set[str] = set()
        self.stops: dict[str, stops.Stop] = {}
        self.rows: list[dict[str, object]] = []
        self.fresh: dict[str, Tap] = {}

    def take(self, parcels: Sequence[Parcel]) -> list[list[Receipt]]:
        """A receipt for each letter. What is new is stored, what of it counts is counted, and audited."""
        self._look_up([letter for each in parcels for letter in each.letters])
        self.sequence = events.last_sequence(self.session, self.programme_id)
        senders = self._senders(parcels)
        opened = [_Opened(self, each, senders.get(each.account_id)) for each in parcels]
        if self.rows:
            events.store(self.session, self.rows)
            touched = self.settle(self.fresh)
            self._record([each for each in opened if each.rows], touched)
        return [each.receipts for each in opened]

    def settle(self, fresh: Mapping[str, Tap]) -> dict[str, set[str]]:
        """Bring the visits up to date with these newly stored taps (by id); of each the stops it touches."""
        touched = self._touched(fresh)
        uids = set().union(*touched.values())
        missing = uids - self.stops.keys()
        self.stops |= stops.published(self.session, self.programme_id, missing) if missing else {}
        there = [self.stops[uid] for uid in sorted(uids & self.stops.keys())]
        visits.add_up(self.session, self.programme_id, there, fresh, self.now)
        return {uid: some & self.stops.keys() for uid, some in touched.items()}

    def judge_again(self, letter: Letter) -> Tap:
        """What a held letter means, now that it can be counted. Raises: `Conflict` with why it cannot."""
        self._look_up([letter])
        code = self.objection(letter)
        if code is not None or letter.tap is None:
            raise Conflict(f"{WHY_HELD[code or 'not-understood']} It stays held.", code=code)
        return letter.tap

    def objection(self, letter: Letter) -> str | None:
        """Why an event cannot be counted, as a key of `WHY_HELD`; None if it can."""
        if letter.tap is None:
            return letter.fault
        if letter.uid in self.stored:
            return "other-content"
        if letter.tap.kind not in WITHOUT_A_STOP and letter.tap.subject not in self.stops:
            return "unknown-stop"
        return None

    def _look_up(self, letters: Sequence[Letter]) -> None:
        self.known = {letter.uid: {} for letter in letters}
        for letter in letters:
            if letter.tap is not None and letter.tap.replaces is not None:
                self.known.setdefault(letter.tap.replaces, {})
        for event in events.named(self.session, self.programme_id, self.known):
            self.known[event.uid][event.digest] = event
            if event.state == "stored":
                self.stored.add(event.uid)
        subjects = {letter.tap.subject for letter in letters if letter.tap and letter.tap.subject}
        self.stops = stops.published(self.session, self.programme_id, subjects)

    def _senders(self, parcels: Sequence[Parcel]) -> dict[int, Account]:
        asked = select(Account).where(Account.id.in_(sorted({each.account_id for each in parcels})))
        return {account.id: account for account in self.session.scalars(asked)}

    def _touched(self, fresh: Mapping[str, Tap]) -> dict[str, set[str]]:
        """The stops that each tap speaks of, by itself or by what it takes back."""
        touched = {uid: _spoken_of(tap.kind, tap.subject) for uid, tap in fresh.items()}
        for uid, tap in fresh.items():
            for target in self.known[tap.replaces].values() if tap.replaces is not None else ():
                touched[uid] |= _spoken_of(target.kind, target.subject)
        return touched

    def _record(self, opened: Sequence[_Opened], touched: Mapping[str, set[str]]) -> None:
        audit.record_all(self.session, self.programme_id, [each.act(touched) for each in opened])


class _Opened:
    """One batch, letter by letter: its `receipts`, and the `rows` that are new."""

    def __init__(self, inbox: _Inbox, parcel: Parcel, sender: Account | None) -> None:
        self.inbox, self.parcel, self.sender = inbox, parcel, sender
        self.account_id = sender.id if sender is not None else None
        self.rows: list[dict[str, object]] = []
        self.may_log = self._may_log()
        self.receipts = [self._receipt(letter) for letter in parcel.letters]

    def act(self, touched: Mapping[str, set[str]]) -> audit.Act:
        """What the audit keeps of it."""
        who = self.sender.login if self.sender is not None else "unknown"
        return audit.Act(who, "visits.logged", self.parcel.device, self._facts(touched), self.parcel.now)

    def _facts(self, touched: Mapping[str, set[str]]) -> dict[str, object]:
        """Numbers and stops, never what was counted."""
        sequences = [cast(int, row["sequence"]) for row in self.rows]
        stored = [str(row["uid"]) for row in self.rows if row["state"] == "stored"]
        return {
            "stored": len(stored),
            "held": len(self.rows) - len(stored),
            "sequences": [sequences[0], sequences[-1]],
            "stops": sorted(set().union(*(touched[uid] for uid in stored))),
        }

    def _receipt(self, letter: Letter) -> Receipt:
        before = self.inbox.known[letter.uid].get(letter.digest)
        if before is not None and before.state == "stored":
            return Receipt(letter.name, "already", None, before.sequence)
        kept = before or self._keep(letter)
        return Receipt(letter.name, kept.state, kept.held_reason, kept.sequence, kept.held_code)

    def _keep(self, letter: Letter) -> Kept:
        inbox, tap = self.inbox, letter.tap
        code = inbox.objection(letter) if self.may_log else "no-permission"
        inbox.sequence += 1
        kept = Kept(
            uid=letter.uid,
            digest=letter.digest,
            sequence=inbox.sequence,
            state="stored" if code is None else "held",
            held_code=code,
            held_reason=WHY_HELD[code] if code is not None else None,
            kind=tap.kind if tap else None,
            subject=tap.subject if tap else None,
        )
        inbox.known[letter.uid][letter.digest] = kept
        if tap is not None and code is None:
            inbox.fresh[letter.uid] = tap
            inbox.stored.add(letter.uid)
        self.rows.append(self._row(kept, letter))
        inbox.rows.append(self.rows[-1])
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
            "programme_id": self.parcel.programme_id,
            "device": self.parcel.device,
            "account_id": self.account_id,
            "replaces": letter.tap.replaces if letter.tap else None,
            "occurred_at": letter.tap.occurred_at if letter.tap else None,
            "received_at": self.parcel.now,
            "body": letter.body,
        }

    def _may_log(self) -> bool:
        who = self.sender
        return (
            who is not None
            and who.active
            and who.programme_id == self.parcel.programme_id
            and who.role in MAY_LOG
        )


def _spoken_of(kind: str | None, subject: str | None) -> set[str]:
    return set() if subject is None or kind in WITHOUT_A_STOP else {subject}
