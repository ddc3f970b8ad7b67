"""Is anything lost when the server is killed? `python -m benchmarks.kills [--events 100000] [--kills 20]`

Tablets send batch after batch over loopback to the real server, which is killed (kill -9) again and again
while it stores, and started anew. Like real ones they send a batch until it is answered. In the end all that
was answered must be there once and counted rightly, every other batch altogether or not at all, stock and
audit in order. Planted fault that it must find: `--plant early` (the answer leaves before the commit).
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing
from dataclasses import asdict, dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from subprocess import Popen
from threading import Event as Flag
from threading import Thread, Timer

from sqlalchemy import func, select

from benchmarks.sync import (
    EVENTS,
    batch,
    event_id,
    found,
    free_port,
    judged,
    serve,
    settings_of,
    signed_in,
    tap,
)
from outreach import audit
from outreach.field.events import Event
from outreach.field.inbox import Answer, Inbox
from outreach.field.sync import Parcel
from outreach.field.visits import Tally
from outreach.plan.stock import StockEntry
from outreach.store import Store, open_store

TABLETS = 20
KEPT = ("stored", "already")
KITS = "naloxone_kits"


@dataclass
class Outcome:
    """What came of a drill; `lost` and `wrong` are events that were answered."""

    database: str
    answered: int
    kills: int
    seconds: float
    lost: int = 0
    wrong: int = 0
    half_there: int = 0
    refused: int = 0
    stock_balances: bool = True
    audit_whole: bool = True

    @property
    def good(self) -> bool:
        """True when nothing is missing and nothing is odd."""
        odd = self.lost + self.wrong + self.half_there + self.refused
        return odd == 0 and self.stock_balances and self.audit_whole


@dataclass
class Tablet(Thread):
    """Sends its batches one after the other, each until it is answered."""

    number: int
    port: int
    cookie: str
    stop_uid: str
    over: Flag
    answered: int = 0
    refused: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    __hash__ = Thread.__hash__

    def run(self) -> None:
        """Until told that it is over."""
        while not self.over.is_set():
            try:
                self._send()
            except (OSError, HTTPException, ValueError):
                time.sleep(0.05)

    def _send(self) -> None:
        line = HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Content-Type": "application/json", "X-Outreach": "1", "Cookie": self.cookie}
        with closing(line):
            while not self.over.is_set():
                body = batch(self.number, self.stop_uid, self.answered)
                line.request("POST", "/api/v1/crew/events", body, headers)
                answer = line.getresponse()
                told = json.loads(answer.read())
                if answer.status == 200 and {each["state"] for each in told["receipts"]} <= {
                    "stored",
                    "already",
                }:
                    self.answered += 1
                elif answer.status != 503:
                    self.refused.append(str(told)[:200])
                    time.sleep(0.05)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the drill and say what came of it; 1 when anything answered is lost or wrong."""
    asked = _parser().parse_args(arguments)
    if asked.serve:
        if asked.plant:
            _answer_early()
        serve(asked.serve, asked.database, asked.port, ceiling=False)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        settings = settings_of(Path(folder), asked.database)
        with closing(open_store(settings.database_url)) as store:
            uids = found(store, TABLETS)
            outcome = drill(Path(folder), asked, store, uids)
    facts = asdict(outcome) | {"planted": asked.plant}
    print(json.dumps(facts, indent=1))
    if asked.json:
        asked.json.write_text(json.dumps(facts, indent=1))
    return 0 if outcome.good else 1


def drill(folder: Path, asked: argparse.Namespace, store: Store, uids: list[str]) -> Outcome:
    """Let the tablets send and kill the server under them, evenly over what is to be answered."""
    draw, port, over = random.Random(asked.seed), free_port(), Flag()
    began = time.monotonic()
    command = _command(folder, port, asked)
    process = Popen(command)
    cookie = signed_in(port)
    tablets = [Tablet(n, port, cookie, uid, over) for n, uid in enumerate(uids)]
    try:
        for tablet in tablets:
            tablet.start()
        for kill in range(asked.kills):
            _until(tablets, asked.events * (kill + 1) // (asked.kills + 1))
            time.sleep(draw.random() * 0.3)
            process.kill()
            process.wait()
            process = Popen(command)
        _until(tablets, asked.events)
    finally:
        over.set()
        for tablet in tablets:
            tablet.join(70)
        process.kill()
        process.wait()
    answered = sum(tablet.answered for tablet in tablets) * EVENTS
    outcome = Outcome(store.dialect, answered, asked.kills, round(time.monotonic() - began, 1))
    outcome.refused = sum(len(tablet.refused) for tablet in tablets)
    _compare(store, tablets, uids, outcome)
    return outcome


def _until(tablets: list[Tablet], events: int) -> None:
    deadline = time.monotonic() + 240
    while sum(tablet.answered for tablet in tablets) * EVENTS < events:
        if time.monotonic() > deadline:
            raise TimeoutError("The server answers no more.")
        time.sleep(0.02)


def _compare(store: Store, tablets: list[Tablet], uids: list[str], outcome: Outcome) -> None:
    with store.reading() as session:
        stored = set(session.scalars(select(Event.uid).where(Event.state == "stored")))
        rows = session.execute(select(Tally.event_uid, Tally.counter, Tally.quantity, Tally.voided))
        counted: dict[str, tuple[str, int, bool]] = {}
        for uid, counter, quantity, voided in rows:
            outcome.wrong += uid in counted
            counted[uid] = (counter, quantity, voided)
        kits = select(func.sum(Tally.quantity)).where(Tally.counter == KITS, Tally.voided.is_(False))
        moved = select(func.sum(StockEntry.delta)).where(StockEntry.supply == KITS)
        outcome.stock_balances = session.scalar(kits) == -(session.scalar(moved) or 0)
        outcome.audit_whole = audit.verify(session).whole
    known = set()
    for tablet, uid in zip(tablets, uids, strict=True):
        for place, expected in _expected(tablet, uid):
            name = event_id(tablet.number, place)
            known.add(name)
            outcome.lost += name not in stored
            outcome.wrong += name in stored and counted.get(name) != expected
    unanswered = Counter(int(uid.replace("-", ""), 16) >> 64 for uid in stored - known)
    outcome.half_there = sum(count != EVENTS for count in unanswered.values())


def _expected(tablet: Tablet, uid: str) -> Iterator[tuple[int, tuple[str, int, bool] | None]]:
    """What each answered event must have come to: its counter, quantity, and whether it was taken back."""
    for place in range(tablet.answered * EVENTS):
        payload = tap(tablet.number, uid, place)["payload"]
        assert isinstance(payload, dict)
        counts = (payload["item"], payload["quantity"], place % 20 == 18) if payload else None
        yield place, counts


def _command(folder: Path, port: int, asked: argparse.Namespace) -> list[str]:
    command = [sys.executable, "-m", "benchmarks.kills", "--serve", str(folder), "--port", str(port)]
    command += ["--database", asked.database] if asked.database else []
    return command + (["--plant", asked.plant] if asked.plant else [])


def _answer_early() -> None:
    stored = Inbox.post

    def post(inbox: Inbox, parcel: Parcel) -> Future[Answer]:
        Timer(0.2, stored, (inbox, parcel)).start()
        return judged(inbox, parcel)

    Inbox.post = post  # type: ignore[method-assign, assignment]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", help="an empty database; by default a SQLite file")
    parser.add_argument("--plant", choices=["early"])
    parser.add_argument("--json", type=Path)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, default=0, help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
