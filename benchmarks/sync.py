"""How fast tablets are served: 50 of them sending batches of 50 events to the real server over loopback.

    python -m benchmarks.sync --json OUT [--database postgresql://…] [--tablets 50]

The same run measures the ceiling: the same server reading and judging the same events and storing nothing.
The rate is told as a share of it, so that a slow machine changes neither. Fails on any answer that is no
receipt, or when what was stored is not exactly what was sent.
"""

from __future__ import annotations

import argparse
import http.client
import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import uvicorn
from sqlalchemy import func, select

from api import app
from outreach import accounts
from outreach.field.events import Event
from outreach.field.inbox import Answer, Inbox
from outreach.field.sync import Parcel, Receipt
from outreach.field.taps import Letter
from outreach.field.visits import Tally
from outreach.place import sites
from outreach.plan import vans
from outreach.plan.schedules import PlannedStop, ShiftPlan, Version
from outreach.plan.vans import NewVan
from outreach.plan.versions import keep
from outreach.settings import Settings
from outreach.store import Programme, Store, open_store

EVENTS = 50
PASSWORD = "walnut-lantern-orbit-sleeve"
TODAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 17, tzinfo=UTC)
COUNTERS = ("contacts", "naloxone_kits", "syringes_out", "syringes_in")


@dataclass(frozen=True, slots=True)
class Figures:
    """What one phase came to."""

    events: int
    seconds: float
    p50: float
    p99: float
    errors: int

    @property
    def rate(self) -> float:
        """Events a second."""
        return self.events / self.seconds


def main(arguments: Sequence[str] | None = None) -> int:
    """Run both phases, print a table; 1 when anything was refused, lost or counted twice."""
    asked = _parser().parse_args(arguments)
    if asked.serve:
        serve(asked.serve, asked.database, asked.port, ceiling=asked.ceiling)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        settings = settings_of(Path(folder), asked.database)
        store = open_store(settings.database_url)
        uids = found(store, asked.tablets)
        ceiling, stored = phases(settings, asked.database, uids, asked.rounds, asked.batches)
        whole = _whole(store, stored.events, asked.tablets)
        store.close()
    share = stored.rate / ceiling.rate
    show(ceiling, stored, share, store.dialect, whole)
    if asked.json:
        facts = {
            "database": store.dialect,
            "tablets": asked.tablets,
            "batch": EVENTS,
            "share": share,
            "whole": whole,
            "ceiling": {"rate": ceiling.rate, "p99": ceiling.p99},
            "stored": {"rate": stored.rate, "p50": stored.p50, "p99": stored.p99, "errors": stored.errors},
        }
        asked.json.write_text(json.dumps(facts, indent=1))
    return 0 if whole and not stored.errors and not ceiling.errors else 1


def phases(
    settings: Settings, database: str | None, uids: list[str], rounds: int, batches: int
) -> tuple[Figures, Figures]:
    """Two servers side by side, of which one stores. In each round every tablet sends its batches to the one,
    then to the other: a machine that has other work at times slows both alike."""
    lines: tuple[list[Line], list[Line]] = ([], [])
    with server(settings, database, ceiling=True) as judging, server(settings, database) as storing:
        for number in range(rounds):
            bodies = [
                [batch(tablet, uid, number * batches + n) for n in range(batches)]
                for tablet, uid in enumerate(uids)
            ]
            for line, (port, cookie) in zip(lines, (judging, storing), strict=True):
                line.append(round_of(port, cookie, bodies))
    judged, stored = (figures(line, EVENTS * batches * len(uids)) for line in lines)
    return judged, stored


@dataclass(frozen=True, slots=True)
class Line:
    """What one round came to: `seconds` in all, what each batch waited, answers that were none."""

    seconds: float
    waits: list[float]
    errors: int


def round_of(port: int, cookie: str, bodies: list[list[bytes]]) -> Line:
    began = time.perf_counter()
    with ThreadPoolExecutor(len(bodies)) as pool:
        told = list(pool.map(lambda body: _tablet(port, cookie, body), bodies))
    seconds = time.perf_counter() - began
    return Line(seconds, [wait for waits, _ in told for wait in waits], sum(wrong for _, wrong in told))


def figures(lines: list[Line], events: int) -> Figures:
    waits = sorted(wait for line in lines for wait in line.waits)
    return Figures(
        events * len(lines),
        sum(line.seconds for line in lines),
        waits[len(waits) // 2],
        waits[int(len(waits) * 0.99)],
        sum(line.errors for line in lines),
    )


@contextmanager
def server(settings: Settings, database: str | None, *, ceiling: bool = False) -> Iterator[tuple[int, str]]:
    """A server of its own: its port, and the cookie of a crew that has logged in."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.sync", "--serve", str(settings.data_dir)]
    command += ["--port", str(port), *(["--ceiling"] if ceiling else [])]
    command += ["--database", database] if database else []
    with subprocess.Popen(command) as process:
        try:
            yield port, signed_in(port)
        finally:
            process.terminate()


def serve(folder: Path, database: str | None, port: int, *, ceiling: bool) -> None:
    """The real application; for the ceiling, receiving ends once every event was read and judged."""
    if ceiling:
        Inbox.post = judged  # type: ignore[method-assign, assignment]
    application = app.create(settings_of(folder, database), planning=False)
    uvicorn.run(application, host="127.0.0.1", port=port, log_level="warning", access_log=False)


def judged(_: Inbox, parcel: Parcel) -> Future[Answer]:
    """Every event was read and judged at the door; nothing is stored."""
    done: Future[Answer] = Future()
    done.set_result(Answer([_judgement(letter) for letter in parcel.letters], "none"))
    return done


def _judgement(letter: Letter) -> Receipt:
    return Receipt(letter.name, "held" if letter.fault else "stored", letter.fault, 0)


def found(store: Store, tablets: int) -> list[str]:
    """A programme with a published stop for every tablet, and an account; the stops' uids."""
    with store.transaction() as session:
        programme = Programme(slug="bench", name="Benchmark", city="Benchmark", timezone="America/New_York")
        session.add(programme)
        session.flush()
        accounts.create(session, programme.id, "crew", "Crew", "crew", PASSWORD)
        place = sites.add(session, programme.id, sites.NewSite("Corner", -71.08, 42.33, host="Parish"))
        vans.save(session, programme.id, [NewVan("one", "One", -71.08, 42.33, ((0, 300, 1500),))])
        van = vans.listed(session, programme.id)[0]
        version = Version(
            programme_id=programme.id,
            number=1,
            from_date=TODAY,
            until_date=TODAY,
            state="published",
            created_at=datetime.now(UTC),
            published_at=datetime.now(UTC),
            shifts=[_shift(programme.id, van.id, place.id, tablets)],
        )
        keep(session, version)
        return [stop.uid for stop in version.shifts[0].stops]


def _shift(programme_id: int, van_id: int, site_id: int, stops: int) -> ShiftPlan:
    return ShiftPlan(
        programme_id=programme_id,
        van_id=van_id,
        date=TODAY,
        depart=300,
        back=1500,
        staff=[],
        stops=[
            PlannedStop(
                programme_id=programme_id,
                uid=str(UUID(int=number + 1)),
                site_id=site_id,
                date=TODAY,
                sequence=number + 1,
                arrive=300 + 10 * number,
                starts=301 + 10 * number,
                ends=308 + 10 * number,
                leave=309 + 10 * number,
                services=["harm_reduction"],
            )
            for number in range(stops)
        ],
    )


def batch(tablet: int, uid: str, number: int) -> bytes:
    """Fifty taps of one tablet, one in twenty of which takes another back."""
    taken = [tap(tablet, uid, number * EVENTS + place) for place in range(EVENTS)]
    return json.dumps({"device": f"bench-{tablet}", "events": taken}).encode()


def tap(tablet: int, uid: str, place: int) -> dict[str, object]:
    void = place % 20 == 19
    return {
        "id": event_id(tablet, place),
        "kind": "void" if void else "tally",
        "subject": uid,
        "replaces": event_id(tablet, place - 1) if void else None,
        "occurred_at": (NOON + timedelta(seconds=place)).isoformat(),
        "payload": {} if void else {"item": COUNTERS[place % len(COUNTERS)], "quantity": 1 + place % 3},
    }


def event_id(tablet: int, place: int) -> str:
    return str(UUID(int=(tablet + 1) << 64 | 7 << 76 | place + 1))


def _tablet(port: int, cookie: str, bodies: list[bytes]) -> tuple[list[float], int]:
    """Seconds each batch waited for its receipts, and how many answers were none."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {
        "Content-Type": "application/json",
        "X-Outreach": "1",
        "Origin": f"http://127.0.0.1:{port}",
        "Cookie": cookie,
    }
    waits, wrong = [], 0
    for body in bodies:
        began = time.perf_counter()
        line.request("POST", "/api/v1/crew/events", body, headers)
        answer = line.getresponse()
        told = answer.read()
        waits.append(time.perf_counter() - began)
        wrong += answer.status != 200 or told.count(b'"stored"') != EVENTS
    line.close()
    return waits, wrong


def signed_in(port: int, login: str = "crew") -> str:
    """Somebody's cookie, once the server answers."""
    body = json.dumps({"login": login, "password": PASSWORD})
    headers = {"Content-Type": "application/json", "X-Outreach": "1", "Origin": f"http://127.0.0.1:{port}"}
    for _ in range(600):
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            line.request("POST", "/api/v1/session", body, headers)
            answer = line.getresponse()
            answer.read()
            return (answer.getheader("Set-Cookie") or "").split(";")[0]
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise TimeoutError("The server does not answer.")


def _whole(store: Store, sent: int, tablets: int) -> bool:
    """Was every event stored once, and every tally that was not taken back counted once?"""
    with store.reading() as session:
        events = session.scalar(select(func.count()).select_from(Event).where(Event.state == "stored"))
        kept = session.scalar(select(func.count()).select_from(Tally))
        voided = session.scalar(select(func.count()).select_from(Tally).where(Tally.voided))
    voids = tablets * (sent // tablets // 20)  # each tablet's every twentieth event takes another back
    return (events, kept) == (sent, sent - voids) and voided == voids


def show(ceiling: Figures, stored: Figures, share: float, dialect: str, whole: bool) -> None:
    """The table."""
    print(f"{dialect}: {stored.events:,} events, {'each stored once' if whole else 'NOT each stored once'}")
    print(f"{'':24}{'events/s':>10}{'p50 s':>8}{'p99 s':>8}{'errors':>8}")
    for name, line in (("read and judged only", ceiling), ("stored", stored)):
        print(f"{name:24}{line.rate:10,.0f}{line.p50:8.2f}{line.p99:8.2f}{line.errors:8}")
    print(f"share of the ceiling    {share:10.2f}")


def settings_of(folder: Path, database: str | None) -> Settings:
    return Settings(folder, database or f"sqlite:///{folder / 'outreach.db'}")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tablets", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--batches", type=int, default=4, help="of a tablet in a round")
    parser.add_argument("--database", help="an empty database; by default a SQLite file")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--ceiling", action="store_true", help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
