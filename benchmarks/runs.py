"""Is any run lost or finished twice when workers die? `python -m benchmarks.runs [--runs 500] [--json OUT]`

Real worker processes share a queue of real solves of the tiny town; one after the other is killed (kill -9)
or frozen past its lease and thawed again. Planted faults: `--unfenced` lets a thawed worker store its result
whatever its token says, and the drill must then find runs that were finished twice.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from outreach import audit
from outreach.plan import runs
from outreach.plan.runs import Run
from outreach.store import Store, open_store
from tests.planned import with_risk
from tests.town import Town, build

WORKERS = 3
LEASE = timedelta(seconds=2)
TROUBLE_AFTER_RUNS = 3
LOOK_EVERY_SECONDS = 0.2
PATIENCE_SECONDS_A_RUN = 20.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a drill: `lost` runs never ended, `doubled` were finished more than once.

    `longest_leases`: how long the slowest to be taken up again had waited since the last sign of life of its
    dead worker, in leases.
    """

    runs: int
    seconds: float
    kills: int
    freezes: int
    taken_up_again: int
    longest_leases: float
    lost: int
    failed: int
    doubled: int


def main() -> None:
    """Run the drill and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--unfenced", action="store_true")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.worker:
        work(asked.unfenced)
        return
    outcome = drill(asked.runs, asked.seed, unfenced=asked.unfenced)
    for name, value in asdict(outcome).items():
        print(f"{name.replace('_', ' '):<18} {value:>10}")
    if asked.json is not None:
        asked.json.write_text(json.dumps(asdict(outcome), indent=2))
    if outcome.lost or outcome.doubled or outcome.failed:
        sys.exit(1)


def drill(count: int, seed: int, *, unfenced: bool = False) -> Outcome:
    """Ask for `count` runs, trouble the workers until all are over, and count."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = open_store(f"sqlite:///{folder / 'outreach.db'}")
        now = datetime.now(UTC)
        town = with_risk(build(store, folder / "city"), folder, now)
        _ask(town, count, now)
        began = time.monotonic()
        waited = Waited(store)
        kills, freezes = _trouble(store, folder, count, random.Random(seed), unfenced, waited)
        outcome = _counted(store, count, time.monotonic() - began, kills, freezes)
        outcome = replace(outcome, longest_leases=round(waited.longest / LEASE, 2))
        store.close()
    return outcome


def work(unfenced: bool) -> None:
    """A worker with a short lease, so that the drill is over today."""
    from outreach.plan import worker  # loads the optimizer, which only workers need

    runs.LEASE = LEASE
    runs.MOST_ATTEMPTS = 1000
    if unfenced:
        _plant_the_fault()
    worker.main()


def _plant_the_fault() -> None:
    guarded = runs._guarded

    def unguarded(session: object, claim: runs.Claim, values: dict[str, object]) -> None:
        held = session.get_one(Run, claim.run_id)  # type: ignore[attr-defined]
        held.state = "running"
        session.flush()  # type: ignore[attr-defined]
        guarded(session, replace(claim, token=held.token), values)  # type: ignore[arg-type]

    runs._guarded = unguarded


def _ask(town: Town, count: int, now: datetime) -> None:
    with town.store.transaction() as session:
        for number in range(count):
            runs.request(
                session,
                town.programme_id,
                town.monday,
                2,
                actor="drill",
                now=now,
                budget_seconds=1,
                seed=number,
            )


class Waited:
    """Watches the runs: how long those of dead workers wait until another takes them up."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._held: dict[int, tuple[int, datetime]] = {}
        self.longest = timedelta(0)

    def look(self) -> None:
        """Compare who holds what with the last look."""
        with self._store.reading() as session:
            rows = session.execute(
                select(Run.id, Run.token, Run.lease_until).where(Run.state == "running")
            ).all()
        for run_id, token, until in rows:
            before = self._held.get(run_id)
            if before is not None and token > before[0]:
                self.longest = max(self.longest, datetime.now(UTC) - (before[1] - LEASE))
            self._held[run_id] = (token, until or datetime.now(UTC))


def _trouble(
    store: Store, folder: Path, count: int, draw: random.Random, unfenced: bool, waited: Waited
) -> tuple[int, int]:
    workers = [_started(folder, unfenced) for _ in range(WORKERS)]
    frozen: dict[int, float] = {}
    kills = freezes = 0
    deadline = time.monotonic() + PATIENCE_SECONDS_A_RUN * count
    try:
        quiet = count
        while (left := _open(store)) and time.monotonic() < deadline:
            time.sleep(LOOK_EVERY_SECONDS)
            _thaw(workers, frozen)
            waited.look()
            if left > quiet - TROUBLE_AFTER_RUNS:
                continue
            quiet = left
            place = draw.randrange(WORKERS)
            if place in frozen:
                continue
            if draw.random() < 0.5:
                workers[place].kill()
                workers[place].wait()
                workers[place] = _started(folder, unfenced)
                kills += 1
            else:
                workers[place].send_signal(signal.SIGSTOP)
                frozen[place] = time.monotonic() + 2 * LEASE.total_seconds()
                freezes += 1
    finally:
        for process in workers:
            process.kill()
            process.wait()
    return kills, freezes


def _thaw(workers: list[subprocess.Popen[bytes]], frozen: dict[int, float]) -> None:
    for place, until in list(frozen.items()):
        if time.monotonic() > until:
            workers[place].send_signal(signal.SIGCONT)
            del frozen[place]


def _started(folder: Path, unfenced: bool) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "OUTREACH_DATA": str(folder),
        "OUTREACH_DATABASE": f"sqlite:///{folder / 'outreach.db'}",
    }
    command = [sys.executable, "-m", "benchmarks.runs", "--worker", *(["--unfenced"] if unfenced else [])]
    return subprocess.Popen(command, stdin=subprocess.PIPE, env=environment)


def _open(store: Store) -> int:
    with store.reading() as session:
        return session.scalar(select(func.count()).where(Run.state.in_(runs.OPEN))) or 0


def _counted(store: Store, count: int, seconds: float, kills: int, freezes: int) -> Outcome:
    with store.reading() as session:
        rows = session.execute(select(Run.state, Run.token)).all()
        done = Counter(session.scalars(select(audit.Entry.subject).where(audit.Entry.act == "run.done")))
        whole = audit.verify(session).whole
    states = Counter(state for state, _ in rows)
    assert whole, "the audit chain is broken"
    return Outcome(
        runs=count,
        seconds=round(seconds, 1),
        kills=kills,
        freezes=freezes,
        taken_up_again=sum(token > 1 for _, token in rows),
        longest_leases=0.0,
        lost=count - states["done"] - states["failed"],
        failed=states["failed"],
        doubled=sum(times > 1 for times in done.values()),
    )


if __name__ == "__main__":
    main()
