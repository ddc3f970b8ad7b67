"""Do tablets wait while others work? `python -m benchmarks.busy --json OUT [--database postgresql://…]`

Fifty tablets send batches of 50 events to the real server: in turn undisturbed, and while a plan is solved in
a process of its own (as politely as our worker) and a manager asks the same server for the report of a year,
again and again. Told is what batches waited (p99) in both, and how many reports were answered.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from uuid import UUID

from sqlalchemy import insert

from benchmarks.sync import (
    EVENTS,
    PASSWORD,
    TODAY,
    Figures,
    Line,
    batch,
    figures,
    round_of,
    server,
    settings_of,
    signed_in,
)
from outreach import accounts
from outreach.field.visits import Tally, Visit
from outreach.plan.schedules import PlannedStop, ShiftPlan, Version
from outreach.plan.versions import keep
from outreach.store import Store, open_store, programme
from tests.planned import with_risk
from tests.town import Town, build

YEAR = 365
STOPS_A_DAY = 3
SOLVING = (
    "import os; from outreach.plan import stem; os.nice(stem.POLITENESS); "
    "from benchmarks.plans import generate; from solver.solve import solve; from solver.limits import Until; "
    "problem = generate(3, 60, 7, 1)\nwhile True: solve(problem, Until(seconds=60))"
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run both kinds of rounds; 1 when anything was refused, or tablets waited over three times as long."""
    asked = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = settings_of(folder, asked.database)
        with closing(open_store(settings.database_url)) as store:
            uids = _found(store, folder, asked.tablets)
        lines: tuple[list[Line], list[Line]] = ([], [])
        reports: list[float] = []
        with server(settings, asked.database) as (port, cookie):
            for number in range(2 * asked.rounds):
                bodies = [
                    [batch(tablet, uid, number * asked.batches + n) for n in range(asked.batches)]
                    for tablet, uid in enumerate(uids)
                ]
                if number % 2:
                    with _solving(), _reporting(port, reports):
                        lines[1].append(round_of(port, cookie, bodies))
                else:
                    lines[0].append(round_of(port, cookie, bodies))
    quiet, busy = (figures(line, EVENTS * asked.batches * len(uids)) for line in lines)
    return _told(asked, quiet, busy, reports)


def _told(asked: argparse.Namespace, quiet: Figures, busy: Figures, reports: list[float]) -> int:
    ratio = busy.p99 / quiet.p99
    facts = {
        "quiet": {"rate": quiet.rate, "p50": quiet.p50, "p99": quiet.p99, "errors": quiet.errors},
        "busy": {"rate": busy.rate, "p50": busy.p50, "p99": busy.p99, "errors": busy.errors},
        "p99_ratio": ratio,
        "reports": len(reports),
        "report_seconds": max(reports, default=0.0),
    }
    print(json.dumps(facts, indent=1))
    if asked.json:
        asked.json.write_text(json.dumps(facts, indent=1))
    return 0 if ratio <= 3 and reports and not quiet.errors and not busy.errors else 1


@contextmanager
def _solving() -> Iterator[None]:
    with subprocess.Popen([sys.executable, "-c", SOLVING]) as solver:
        time.sleep(3)  # its libraries are loaded by then
        try:
            yield
        finally:
            solver.kill()


@contextmanager
def _reporting(port: int, seconds: list[float]) -> Iterator[None]:
    over = Flag()
    manager = Thread(target=_manage, args=(port, over, seconds))
    manager.start()
    try:
        yield
    finally:
        over.set()
        manager.join()


def _manage(port: int, over: Flag, seconds: list[float]) -> None:
    """Ask for the year's report until it is over; note how long each took."""
    cookie = signed_in(port, "boss")
    address = f"/api/v1/manage/coverage?from={TODAY - timedelta(YEAR)}&until={TODAY}"
    with closing(HTTPConnection("127.0.0.1", port, timeout=120)) as line:
        while not over.is_set():
            began = time.perf_counter()
            line.request("GET", address, headers={"Cookie": cookie})
            answer = line.getresponse()
            told = answer.read()
            if answer.status != 200:
                raise RuntimeError(told[:300].decode())
            seconds.append(time.perf_counter() - began)


def _found(store: Store, folder: Path, tablets: int) -> list[str]:
    """The tiny town with a risk surface, a year of visits, and a stop today for every tablet."""
    town = with_risk(build(store, folder / "city"), folder, datetime(2026, 11, 21, 17, tzinfo=UTC))
    with store.transaction() as session:
        programme(session).demo = True  # the manager has no second factor
        for login, role in (("crew", "crew"), ("boss", "manager")):
            accounts.create(session, town.programme_id, login, login.title(), role, PASSWORD)
        year = Version(
            programme_id=town.programme_id,
            number=1,
            from_date=TODAY - timedelta(YEAR),
            until_date=TODAY,
            state="published",
            created_at=datetime.now(UTC),
            published_at=datetime.now(UTC),
            shifts=[_shift(town, TODAY - timedelta(YEAR - n), STOPS_A_DAY) for n in range(YEAR)]
            + [_shift(town, TODAY, tablets)],
        )
        keep(session, year)
        past = [stop for shift in year.shifts[:-1] for stop in shift.stops]
        session.add_all(_visit(town, stop) for stop in past)
        session.flush()
        rows = [_tally(town, n + 1) for n in range(len(past))]
        session.connection().execute(insert(Tally), rows)
        return [stop.uid for stop in year.shifts[-1].stops]


def _shift(town: Town, day: date, stops: int) -> ShiftPlan:
    sites = list(town.sites.values())
    return ShiftPlan(
        programme_id=town.programme_id,
        van_id=town.vans["one"],
        date=day,
        depart=300,
        back=1500,
        staff=[],
        stops=[
            PlannedStop(
                programme_id=town.programme_id,
                uid=str(UUID(int=day.toordinal() << 32 | number + 1)),
                site_id=sites[number % len(sites)],
                date=day,
                sequence=number + 1,
                arrive=300 + 20 * number,
                starts=301 + 20 * number,
                ends=318 + 20 * number,
                leave=319 + 20 * number,
                services=["harm_reduction"],
            )
            for number in range(stops)
        ],
    )


def _visit(town: Town, stop: PlannedStop) -> Visit:
    came = datetime(stop.date.year, stop.date.month, stop.date.day, 14, tzinfo=UTC)
    return Visit(
        programme_id=town.programme_id,
        stop_uid=stop.uid,
        site_id=stop.site_id,
        van_id=town.vans["one"],
        date=stop.date,
        starts=came,
        ends=came + timedelta(hours=2),
        arrived_at=came,
        left_at=came + timedelta(hours=2),
        outcome="served",
    )


def _tally(town: Town, visit_id: int) -> dict[str, object]:
    return {
        "programme_id": town.programme_id,
        "visit_id": visit_id,
        "counter": "contacts",
        "event_uid": str(UUID(int=1 << 100 | visit_id)),
        "quantity": 10 + visit_id % 17,
        "voided": False,
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tablets", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=3, help="of each kind")
    parser.add_argument("--batches", type=int, default=4, help="of a tablet in a round")
    parser.add_argument("--database", help="an empty database; by default a SQLite file")
    parser.add_argument("--json", type=Path)
    return parser


if __name__ == "__main__":
    sys.exit(main())
