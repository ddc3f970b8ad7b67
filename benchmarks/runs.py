"""Is any run lost or finished twice when workers die? `python -m benchmarks.runs [--runs 500] [--json OUT]`

Real workers, each a stem with a process for every run, share a queue of real solves of the tiny town. Again
and again a process at work is killed (kill -9) or frozen for good, a stem is killed, or a whole worker (stem
and process) is frozen: on SQLite the web process's watch ends it, as it would beside a server, on PostgreSQL
nobody does, and it is thawed when its lease is over. Fails also when a run of a dead worker waited more than
two leases. Planted faults, with nobody to watch a whole worker either: `--unfenced` lets a thawed worker
store its result whatever its token says, and the drill must find runs that were finished twice; with
`--unwatched` no stem ends what is frozen nor gives back what it held, and the drill must find processes that
nobody ended.
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
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread

from sqlalchemy import select

from benchmarks.gang import LEASE, LONGEST_LEASES, Gang
from outreach import audit
from outreach.plan import runs
from outreach.plan.runs import Run
from outreach.store import Store, open_store
from tests.planned import with_risk
from tests.town import Town, build

WORK_PER_SECOND = 200
"""A fifth of what a second of the budget buys otherwise: the drill is about who finishes, not about plans."""
TROUBLE_AFTER_RUNS = 5
LOOK_EVERY_SECONDS = 0.1
PATIENCE_SECONDS, PATIENCE_SECONDS_A_RUN = 60.0, 2.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a drill: `lost` runs never ended, `doubled` were finished more than once.

    `longest_leases`: how long the slowest to be taken up again had waited since the last sign of life of its
    dead worker, in leases, and `meanwhile` what was done to the workers in that time. `frozen_writing`:
    freezes and pauses in the middle of a transaction, which hold up everybody until the end of them. `stuck`:
    processes frozen for good that their stem had not ended two leases later.
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
    stuck: int


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
    for name in ("worker", "pulse"):
        parser.add_argument(f"--{name}", action="store_true", help=argparse.SUPPRESS)
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
    bad = outcome.lost + outcome.doubled + outcome.failed + outcome.stuck
    if bad or outcome.longest_leases > LONGEST_LEASES:
        sys.exit(1)


def drill(count: int, seed: int, planted: Sequence[str] = (), database: str | None = None) -> Outcome:
    """Ask for `count` runs, trouble the workers until all are over, and count."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = open_store(database or f"sqlite:///{folder / 'outreach.db'}")
        now = datetime.now(UTC)
        _ask(with_risk(build(store, folder / "city"), folder, now), count, now)
        began = time.monotonic()
        watch = Watch(store, count)
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
        stem.Pulse.stopped = lambda _: False  # type: ignore[method-assign,assignment]
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
    """Watches the runs, whatever is done to the workers meanwhile: how many are `left`, and how `longest`
    those of dead workers wait until another takes them up, and when."""

    def __init__(self, store: Store, count: int) -> None:
        self._store = store
        self._held: dict[int, tuple[int, datetime]] = {}
        self.left = count
        self.longest = timedelta(0)
        self.since = self.until = datetime.now(UTC)

    @contextmanager
    def looking(self) -> Iterator[None]:
        """Look again and again, in a thread of its own."""
        over = Event()
        thread = Thread(target=self._go_on, args=(over,))
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _go_on(self, over: Event) -> None:
        while not over.wait(LOOK_EVERY_SECONDS):
            self.left = self._look()

    def _look(self) -> int:
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


def _trouble(gang: Gang, watch: Watch, count: int) -> None:
    """Trouble the workers until no run is open, or patience ends."""
    deadline = time.monotonic() + PATIENCE_SECONDS + PATIENCE_SECONDS_A_RUN * count
    quiet = count
    try:
        with watch.looking():
            while watch.left and time.monotonic() < deadline:
                gang.thaw()
                if watch.left <= quiet - TROUBLE_AFTER_RUNS and gang.trouble():
                    quiet = watch.left
                time.sleep(LOOK_EVERY_SECONDS)
    finally:
        gang.end()


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
        stuck=troubles["stuck"],
    )


if __name__ == "__main__":
    main()
