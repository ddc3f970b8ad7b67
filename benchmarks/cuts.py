"""Is anything lost when the power goes? `python -m benchmarks.cuts --json OUT [--cuts 450] [--seed 1]`

Tablets' batches are stored while every write and sync of the database's files is recorded. Then the power is
cut at hundreds of moments: what was synced before is there; every write since is dropped, there, or torn
(some of its 512-byte sectors are there), each by itself. The database is opened on what is left, and must be
whole: every batch that was answered is there once, every other one there altogether or not at all, and the
audit unbroken. Planted faults that it must find: `--plant off` and `--plant normal` (SQLite's `synchronous`),
`--plant early` (the answer leaves before the commit).
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import wait
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import event, func, select
from sqlalchemy.exc import DatabaseError

from benchmarks.recorder import Recorder, Step
from benchmarks.sync import EVENTS, batch, found
from outreach import audit
from outreach.accounts import Account
from outreach.errors import OutreachError
from outreach.field import sync
from outreach.field.events import Event
from outreach.field.inbox import Inbox
from outreach.field.visits import Tally
from outreach.plan.stock import StockEntry
from outreach.store import Store, open_store, programme

TABLETS = 6
ROUNDS = 12
SECTOR = 512
PAGES_BEFORE_CHECKPOINT = 100
"""Fewer than SQLite's own 1,000: the power is to go in the middle of checkpoints too."""


@dataclass
class Disk:
    """What a file is on the disk for certain, and what was written to it since."""

    certain: bytearray
    since: list[Step]

    def sync(self) -> None:
        """Everything written is certain now."""
        for step in self.since:
            _apply(self.certain, step)
        self.since = []

    def after_a_cut(self, draw: random.Random) -> bytes:
        """One of the things it may be when the power comes back."""
        left = bytearray(self.certain)
        for step in self.since:
            fate = draw.random()
            if fate < 0.4:
                _apply(left, step)
            elif fate < 0.7 and step.kind == "write":
                _tear(left, step, draw)
        return bytes(left)


def main(arguments: Sequence[str] | None = None) -> int:
    """Store, cut, look; 1 when anything promised was lost or anything is half there."""
    asked = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        recorder = Recorder(folder / "stored")
        try:
            recorder.install()
        except OSError as error:
            print(f"skipped: {error}")
            return 1
        start = _store(folder / "stored", recorder, asked.plant)
        told = Counter(_cuts(folder, recorder.steps, start, asked.cuts, random.Random(asked.seed)))
    faults = {kind: count for kind, count in told.items() if kind}
    facts = {"cuts": asked.cuts, "steps": len(recorder.steps), "planted": asked.plant, "faults": faults}
    print(json.dumps(facts, indent=1))
    if asked.json:
        asked.json.write_text(json.dumps(facts, indent=1))
    return 1 if faults else 0


def _store(folder: Path, recorder: Recorder, plant: str | None) -> int:
    """Let tablets send; where in the record they began."""
    with closing(open_store(f"sqlite:///{folder / 'outreach.db'}")) as store:
        _weaken(store, plant)
        uids = found(store, TABLETS)
        with store.reading() as session:
            account = session.scalars(select(Account.id)).one()
            programme_id = programme(session).id
        start, inbox = len(recorder.steps), Inbox(store)
        for number in range(ROUNDS):
            handed = []
            for tablet, uid in enumerate(uids):
                events = json.loads(batch(tablet, uid, number))["events"]
                now = datetime.now(UTC)
                parcel = sync.parcel(programme_id, account, f"bench-{tablet}", events, now)
                handed.append(inbox.post(parcel))
                note = number * TABLETS + tablet
                if plant == "early":
                    recorder.told(note)
                handed[-1].add_done_callback(lambda _, note=note: recorder.told(note))  # type: ignore[misc]
            wait(handed)
        inbox.close()
    return start


def _weaken(store: Store, plant: str | None) -> None:
    def pragmas(connection: object, _: object) -> None:
        level = {"off": "OFF", "normal": "NORMAL"}.get(plant or "", "FULL")
        connection.execute(f"PRAGMA synchronous = {level}")  # type: ignore[attr-defined]
        connection.execute(f"PRAGMA wal_autocheckpoint = {PAGES_BEFORE_CHECKPOINT}")  # type: ignore[attr-defined]

    event.listen(store.engine, "connect", pragmas)
    store.engine.dispose()


def _cuts(folder: Path, steps: list[Step], start: int, count: int, draw: random.Random) -> Iterator[str]:
    """What is wrong after each cut; empty when nothing is."""
    places = sorted(draw.randrange(start, len(steps)) for _ in range(count))
    disks: dict[str, Disk] = {}
    told: set[int] = set()
    done = 0
    for number, place in enumerate(places):
        for step in steps[done:place]:
            _replay(disks, told, step)
        done = place
        left = folder / f"cut-{number}"
        left.mkdir()
        for path, disk in disks.items():
            (left / Path(path).name).write_bytes(disk.after_a_cut(draw))
        yield _wrong(left, told)
        shutil.rmtree(left)


def _replay(disks: dict[str, Disk], told: set[int], step: Step) -> None:
    if step.kind == "told":
        told.add(step.note)
        return
    if step.kind == "delete":
        disks.pop(step.path, None)
        return
    disk = disks.setdefault(step.path, Disk(bytearray(), []))
    if step.kind == "sync":
        disk.sync()
    else:
        disk.since.append(step)


def _apply(content: bytearray, step: Step) -> None:
    if step.kind == "truncate":
        del content[step.offset :]
        return
    _put(content, step.offset, step.content)


def _put(content: bytearray, offset: int, written: bytes) -> None:
    content.extend(bytes(max(0, offset - len(content))))
    content[offset : offset + len(written)] = written


def _tear(content: bytearray, step: Step, draw: random.Random) -> None:
    for first in range(0, len(step.content), SECTOR):
        if draw.random() < 0.5:
            _put(content, step.offset + first, step.content[first : first + SECTOR])


def _wrong(folder: Path, told: set[int]) -> str:
    try:
        return _missing(folder, told)
    except (OutreachError, DatabaseError):
        return "damaged"


def _missing(folder: Path, told: set[int]) -> str:
    with closing(open_store(f"sqlite:///{folder / 'outreach.db'}")) as store:
        with store.engine.connect() as connection:
            if connection.exec_driver_sql("PRAGMA integrity_check").scalar() != "ok":
                return "damaged"
        with store.reading() as session:
            there = Counter(map(_batch_of, session.scalars(select(Event.uid).where(Event.state == "stored"))))
            counted = session.scalar(select(func.count()).select_from(Tally)) or 0
            kits = select(func.sum(Tally.quantity)).where(
                Tally.counter == "naloxone_kits", Tally.voided.is_(False)
            )
            moved = select(func.sum(StockEntry.delta)).where(StockEntry.supply == "naloxone_kits")
            balanced = (session.scalar(kits) or 0) == -(session.scalar(moved) or 0)
            whole = audit.verify(session).whole
    if told - there.keys():
        return "lost"
    if any(count != EVENTS for count in there.values()) or not balanced:
        return "half there"
    if counted != sum(map(_tallies, there)):
        return "counted wrongly"
    return "" if whole else "audit broken"


def _tallies(note: int) -> int:
    """How many events of a batch count something: one in twenty takes another back instead."""
    first = note // TABLETS * EVENTS
    return sum(place % 20 != 19 for place in range(first, first + EVENTS))


def _batch_of(uid: str) -> int:
    """The number of the batch an event came in: see `benchmarks.sync.event_id`."""
    value = int(uid.replace("-", ""), 16)
    tablet, place = (value >> 64 & 0xFFF) - 1, (value & (1 << 64) - 1) - 1
    return place // EVENTS * TABLETS + tablet


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cuts", type=int, default=450)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plant", choices=["off", "normal", "early"])
    parser.add_argument("--json", type=Path)
    return parser


if __name__ == "__main__":
    sys.exit(main())
