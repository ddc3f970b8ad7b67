"""Sorting: every letter of a programme's batches is stored, known already, or held, and gets its receipt.

A few look-ups for all of them together, then letter by letter in memory, then one statement for what is new.
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
from outreach.errors import Conflict
from outreach.field import adding_up, events, stops
from outreach.field.events import Kept
from outreach.field.taps import FAULTS, Letter, Tap

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


class Sorting:
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
        adding_up.add_up(self.session, self.programme_id, there, fresh, self.now)
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

    def __init__(self, desk: Sorting, parcel: Parcel, sender: Account | None) -> None:
        self.desk, self.parcel, self.sender = desk, parcel, sender
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
        before = self.desk.known[letter.uid].get(letter.digest)
        if before is not None and before.state == "stored":
            return Receipt(letter.name, "already", None, before.sequence)
        kept = before or self._keep(letter)
        return Receipt(letter.name, kept.state, kept.held_reason, kept.sequence, kept.held_code)

    def _keep(self, letter: Letter) -> Kept:
        desk, tap = self.desk, letter.tap
        code = desk.objection(letter) if self.may_log else "no-permission"
        desk.sequence += 1
        kept = Kept(
            uid=letter.uid,
            digest=letter.digest,
            sequence=desk.sequence,
            state="stored" if code is None else "held",
            held_code=code,
            held_reason=WHY_HELD[code] if code is not None else None,
            kind=tap.kind if tap else None,
            subject=tap.subject if tap else None,
        )
        desk.known[letter.uid][letter.digest] = kept
        if tap is not None and code is None:
            desk.fresh[letter.uid] = tap
            desk.stored.add(letter.uid)
        self.rows.append(self._row(kept, letter))
        desk.rows.append(self.rows[-1])
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
