"""Is any run lost or finished twice when workers die? `python -m benchmarks.runs [--runs 500] [--json OUT]`

Real workers, each a stem with a process for every run, share a queue of real solves of the tiny town. Again
and again a process at work is killed (kill -9) or frozen for good, a stem is killed, or a whole worker (stem
and process) is frozen past its lease and thawed again. Fails also when a run of a dead worker waited more
than two leases. Planted faults: `--unfenced` lets a thawed worker store its result whatever its token says,
and the drill must find runs that were finished twice; with `--unwatched` no stem ends what is frozen nor
gives back what it held, and the drill must find runs that were lost.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import make_url, select, text

from outreach import audit
from outreach.plan import runs
from outreach.plan.runs import Run
from outreach.store import Store, open_store
from tests.planned import with_risk
from tests.town import Town, build

WORKERS = 3
LEASE = timedelta(seconds=3)
LONGEST_LEASES = 2
PAUSE = 1.25 * LEASE
LIVING_WRITE_SECONDS = 1.0
WORK_PER_SECOND = 200
"""A fifth of what a second of the budget buys otherwise: the drill is about who finishes, not about plans."""
TROUBLE_AFTER_RUNS = 3
TROUBLES = {"stem": 0.1, "kill": 0.4, "freeze": 0.25, "pause": 0.25}
"""How often what is done: a stem killed, a process killed, a process frozen for good, a worker paused."""
LOOK_EVERY_SECONDS = 0.1
HELD_UP = """
SELECT count(*) FROM pg_stat_activity
WHERE state = 'idle in transaction' AND state_change < now() - make_interval(secs => :seconds)
"""
PATIENCE_SECONDS, PATIENCE_SECONDS_A_RUN = 60.0, 2.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a drill: `lost` runs never ended, `doubled` were finished more than once.

    `longest_leases`: how long the slowest to be taken up again had waited since the last sign of life of its
    dead worker, in leases, and `meanwhile` what was done to the workers in that time. `frozen_writing`:
    freezes and pauses in the middle of a transaction, which hold up everybody until the end of them.
    """

    database: str
    runs: int
    seconds: float
    kills: int
    freezes: int
    pauses: int
    frozen_writing: int
    stems_killed: int
    taken_up_again: int
    longest_leases: float
    meanwhile: str
    lost: int
    failed: int
    doubled: int


def main() -> None:
    """Run the drill and say what came of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", help="an empty database; by default a SQLite file")
    parser.add_argument("--unfenced", action="store_true")
    parser.add_argument("--unwatched", action="store_true")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    planted = [f"--{name}" for name in ("unfenced", "unwatched") if getattr(asked, name)]
    if asked.worker:
        work(planted)
        return
    outcome = drill(asked.runs, asked.seed, planted, asked.database)
    for name, value in asdict(outcome).items():
        print(f"{name.replace('_', ' '):<18} {value:>10}")
    if asked.json is not None:
        asked.json.write_text(json.dumps(asdict(outcome), indent=2))
    if outcome.lost or outcome.doubled or outcome.failed or outcome.longest_leases > LONGEST_LEASES:
        sys.exit(1)


def drill(count: int, seed: int, planted: Sequence[str] = (), database: str | None = None) -> Outcome:
    """Ask for `count` runs, trouble the workers until all are over, and count."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = open_store(database or f"sqlite:///{folder / 'outreach.db'}")
        now = datetime.now(UTC)
        _ask(with_risk(build(store, folder / "city"), folder, now), count, now)
        began = time.monotonic()
        watch = Watch(store)
        gang = Gang(store, folder, planted, random.Random(seed))
        _trouble(gang, watch, count)
        outcome = _counted(store, count, time.monotonic() - began, gang.done)
        waited, meanwhile = watch.longest / LEASE, gang.between(watch.since, watch.until)
        outcome = replace(outcome, longest_leases=round(waited, 2), meanwhile=meanwhile)
        store.close()
    return outcome


def work(planted: Sequence[str]) -> None:
    """A worker with a short lease, so that the drill is over today."""
    from outreach.plan import stem, worker  # loads the optimizer, which only workers need

    runs.LEASE = LEASE
    runs.MOST_ATTEMPTS = 1000
    worker.WORK_PER_SECOND = WORK_PER_SECOND
    stem.POLITENESS = 0  # the drill should end even where others want the processor
    if "--unfenced" in planted:
        _believe_everybody()
    if "--unwatched" in planted:
        stem.Pulse.stopped = lambda _: False  # type: ignore[method-assign]
        stem.Pulse.held = None  # type: ignore[method-assign,assignment]
    stem.main()


def _believe_everybody() -> None:
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


class Watch:
    """Watches the runs: how `longest` those of dead workers wait until another takes them up, and when."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._held: dict[int, tuple[int, datetime]] = {}
        self.longest = timedelta(0)
        self.since = self.until = datetime.now(UTC)

    def look(self) -> int:
        """Compare who holds what with the last look; how many runs are not over."""
        with self._store.reading() as session:
            rows = session.execute(
                select(Run.id, Run.state, Run.token, Run.lease_until).where(Run.state.in_(runs.OPEN))
            ).all()
        now = datetime.now(UTC)
        for run_id, state, token, lease_until in rows:
            if state == "running":
                self._held[run_id] = (token, self._lived(run_id, token, (lease_until or now) - LEASE, now))
        return len(rows)

    def _lived(self, run_id: int, token: int, moment: datetime, now: datetime) -> datetime:
        """The last sign of life of whoever holds the run. One that was given back ends its lease early."""
        before, lived = self._held.get(run_id, (token, moment))
        if token > before and now - lived > self.longest:
            self.longest, self.since, self.until = now - lived, lived, now
        return max(moment, lived) if token == before else moment


class Gang:
    """The workers, and what is done to them."""

    def __init__(self, store: Store, folder: Path, planted: Sequence[str], draw: random.Random) -> None:
        self.store, self._folder, self._planted, self._draw = store, folder, planted, draw
        self._stems = [self._started() for _ in range(WORKERS)]
        self._still: dict[int, tuple[float, list[int]]] = {}
        self._told: list[tuple[datetime, str]] = []
        self.done: Counter[str] = Counter()

    def trouble(self) -> bool:
        """Do something to one of those that go on; False when there was nobody to do it to."""
        place = self._draw.randrange(WORKERS)
        stem = self._stems[place]
        branch = _branch(stem)
        if place in self._still or branch is None:
            return False
        [what] = self._draw.choices(list(TROUBLES), list(TROUBLES.values()))
        if what in ("freeze", "pause") and len(self._still) == WORKERS - 1:
            what = "kill"  # one must be left to take up what the others held
        self._told.append((datetime.now(UTC), what))
        if what == "stem":
            stem.kill()
            stem.wait()
            self._stems[place] = self._started()
        elif what == "kill":
            _send([branch], signal.SIGKILL)
        else:
            stopped = [branch] if what == "freeze" else [stem.pid, branch]
            _send(stopped, signal.SIGSTOP)
            until = time.monotonic() + (PAUSE.total_seconds() if what == "pause" else math.inf)
            self._still[place] = (until, stopped)
            self.done["writing"] += _held_up(self.store)
        self.done[what] += 1
        return True

    def thaw(self) -> None:
        """Let those go on whose time is over, and forget those whose stem has ended them."""
        for place, (until, stopped) in list(self._still.items()):
            if time.monotonic() > until:
                _send(stopped, signal.SIGCONT)
            if time.monotonic() > until or _branch(self._stems[place]) not in stopped:
                del self._still[place]

    def between(self, since: datetime, until: datetime) -> str:
        """What was done in that time."""
        return " ".join(what for moment, what in self._told if since <= moment <= until)

    def end(self) -> None:
        """Nobody is left, frozen or not."""
        for stem in self._stems:
            branch = _branch(stem)
            stem.kill()
            stem.wait()
            _send([branch] if branch is not None else [], signal.SIGKILL)

    def _started(self) -> subprocess.Popen[bytes]:
        address = self.store.url
        environment = os.environ | {"OUTREACH_DATA": str(self._folder), "OUTREACH_DATABASE": address}
        command = [sys.executable, "-m", "benchmarks.runs", "--worker", *self._planted]
        return subprocess.Popen(command, stdin=subprocess.PIPE, env=environment)


def _trouble(gang: Gang, watch: Watch, count: int) -> None:
    """Trouble the workers until no run is open, or patience ends."""
    deadline = time.monotonic() + PATIENCE_SECONDS + PATIENCE_SECONDS_A_RUN * count
    quiet = count
    try:
        while (left := watch.look()) and time.monotonic() < deadline:
            gang.thaw()
            if left <= quiet - TROUBLE_AFTER_RUNS and gang.trouble():
                quiet = left
            time.sleep(LOOK_EVERY_SECONDS)
    finally:
        gang.end()


def _held_up(store: Store) -> bool:
    """Whether somebody who stands still is in the middle of a transaction, longer than the living take."""
    if store.dialect == "sqlite":
        path = make_url(store.url).database or ""
        with closing(sqlite3.connect(path, timeout=LIVING_WRITE_SECONDS, isolation_level=None)) as line:
            try:
                line.execute("BEGIN IMMEDIATE")
                line.execute("ROLLBACK")
            except sqlite3.OperationalError:
                return True
        return False
    time.sleep(LIVING_WRITE_SECONDS)
    with store.reading() as session:
        return bool(session.scalar(text(HELD_UP), {"seconds": LIVING_WRITE_SECONDS}))


def _branch(stem: subprocess.Popen[bytes]) -> int | None:
    """The process that is at a run, or waits for one."""
    grown = Path(f"/proc/{stem.pid}/task/{stem.pid}/children").read_text().split()
    return int(grown[0]) if grown else None


def _send(processes: Sequence[int], what: signal.Signals) -> None:
    """To each of them, unless it has just ended by itself."""
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, what)


def _counted(store: Store, count: int, seconds: float, troubles: Counter[str]) -> Outcome:
    with store.reading() as session:
        rows = session.execute(select(Run.state, Run.token)).all()
        done = Counter(session.scalars(select(audit.Entry.subject).where(audit.Entry.act == "run.done")))
        whole = audit.verify(session).whole
    states = Counter(state for state, _ in rows)
    assert whole, "the audit chain is broken"
    return Outcome(
        database=store.dialect,
        runs=count,
        seconds=round(seconds, 1),
        kills=troubles["kill"],
        freezes=troubles["freeze"],
        pauses=troubles["pause"],
        frozen_writing=troubles["writing"],
        stems_killed=troubles["stem"],
        taken_up_again=sum(token > 1 for _, token in rows),
        longest_leases=0.0,
        meanwhile="",
        lost=count - states["done"] - states["failed"],
        failed=states["failed"],
        doubled=sum(times > 1 for times in done.values()),
    )


if __name__ == "__main__":
    main()
