"""Is any run lost or finished twice when workers die? `python -m benchmarks.runs [--runs 500] [--json OUT]`

Real workers, each a stem with a process for every run, share a queue of real solves of the tiny town. Again
and again the process at work is killed (kill -9), the stem is killed, or the process is frozen past its lease
and thawed again. Fails also when a run of a dead worker waited more than two leases. Planted fault:
`--unfenced` lets a thawed worker store its result whatever its token says; the drill must then find runs that
were finished twice.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sqlite3
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
LEASE = timedelta(seconds=3)
LONGEST_LEASES = 2
FREEZE = 1.5 * LEASE
LIVING_WRITE_SECONDS = 1.0
WORK_PER_SECOND = 200
"""A fifth of what a second of the budget buys otherwise: the drill is about who finishes, not about plans."""
TROUBLE_AFTER_RUNS = 3
STEMS_SHARE = 0.1
LOOK_EVERY_SECONDS = 0.1
PATIENCE_SECONDS_A_RUN = 20.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a drill: `lost` runs never ended, `doubled` were finished more than once.

    `longest_leases`: how long the slowest to be taken up again had waited since the last sign of life of its
    dead worker, in leases. `frozen_writing`: freezes in the middle of a transaction, which hold up everybody
    until the thaw.
    """

    runs: int
    seconds: float
    kills: int
    freezes: int
    frozen_writing: int
    stems_killed: int
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
    if outcome.lost or outcome.doubled or outcome.failed or outcome.longest_leases > LONGEST_LEASES:
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
        done = _trouble(store, folder, count, random.Random(seed), unfenced, waited)
        outcome = _counted(store, count, time.monotonic() - began, done)
        outcome = replace(outcome, longest_leases=round(waited.longest / LEASE, 2))
        store.close()
    return outcome


def work(unfenced: bool) -> None:
    """A worker with a short lease, so that the drill is over today."""
    from outreach.plan import stem, worker  # loads the optimizer, which only workers need

    runs.LEASE = LEASE
    runs.MOST_ATTEMPTS = 1000
    worker.WORK_PER_SECOND = WORK_PER_SECOND
    stem.POLITENESS = 0  # the drill should end even where others want the processor
    if unfenced:
        _plant_the_fault()
    stem.main()


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
) -> Counter[str]:
    """Kill and freeze until no run is open, or patience ends: how often what was done."""
    stems = [_started(folder, unfenced) for _ in range(WORKERS)]
    frozen: dict[int, float] = {}
    done: Counter[str] = Counter()
    deadline = time.monotonic() + PATIENCE_SECONDS_A_RUN * count
    try:
        quiet = count
        while (left := _open(store)) and time.monotonic() < deadline:
            time.sleep(LOOK_EVERY_SECONDS)
            _thaw(frozen)
            waited.look()
            place = draw.randrange(WORKERS)
            branch = _branch(stems[place])
            if left > quiet - TROUBLE_AFTER_RUNS or branch is None or branch in frozen:
                continue
            quiet = left
            lot = draw.random()
            if lot < STEMS_SHARE:
                stems[place].kill()
                stems[place].wait()
                stems[place] = _started(folder, unfenced)
                done["stem"] += 1
            elif lot < 0.5 or len(frozen) == WORKERS - 1:  # one must be left to take up what the others held
                done["kill"] += _send(branch, signal.SIGKILL)
            elif _send(branch, signal.SIGSTOP):
                frozen[branch] = time.monotonic() + FREEZE.total_seconds()
                done["freeze"] += 1
                done["writing"] += _held_up(folder)
    finally:
        for process in stems:
            process.kill()
            process.wait()
        for branch in frozen:
            _send(branch, signal.SIGKILL)
    return done


def _held_up(folder: Path) -> bool:
    """Whether nobody can write for longer than any living process takes."""
    line = sqlite3.connect(folder / "outreach.db", timeout=LIVING_WRITE_SECONDS, isolation_level=None)
    try:
        line.execute("BEGIN IMMEDIATE")
        line.execute("ROLLBACK")
    except sqlite3.OperationalError:
        return True
    finally:
        line.close()
    return False


def _branch(stem: subprocess.Popen[bytes]) -> int | None:
    """The process that is at a run, or waits for one."""
    grown = Path(f"/proc/{stem.pid}/task/{stem.pid}/children").read_text().split()
    return int(grown[0]) if grown else None


def _send(branch: int, what: signal.Signals) -> bool:
    """False when it has just ended by itself."""
    try:
        os.kill(branch, what)
    except ProcessLookupError:
        return False
    return True


def _thaw(frozen: dict[int, float]) -> None:
    for branch, until in list(frozen.items()):
        if time.monotonic() > until:
            _send(branch, signal.SIGCONT)
            del frozen[branch]


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


def _counted(store: Store, count: int, seconds: float, troubles: Counter[str]) -> Outcome:
    with store.reading() as session:
        rows = session.execute(select(Run.state, Run.token)).all()
        done = Counter(session.scalars(select(audit.Entry.subject).where(audit.Entry.act == "run.done")))
        whole = audit.verify(session).whole
    states = Counter(state for state, _ in rows)
    assert whole, "the audit chain is broken"
    return Outcome(
        runs=count,
        seconds=round(seconds, 1),
        kills=troubles["kill"],
        freezes=troubles["freeze"],
        frozen_writing=troubles["writing"],
        stems_killed=troubles["stem"],
        taken_up_again=sum(token > 1 for _, token in rows),
        longest_leases=0.0,
        lost=count - states["done"] - states["failed"],
        failed=states["failed"],
        doubled=sum(times > 1 for times in done.values()),
    )


if __name__ == "__main__":
    main()
