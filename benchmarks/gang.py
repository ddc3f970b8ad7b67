"""The workers of `benchmarks.runs`, and what is done to them: killed, frozen for good, paused and thawed.

Each is kept by the web process's own `Workers`. On SQLite, where workers are on the web process's machine,
that ends one that stands still; on PostgreSQL they may stand elsewhere, with nobody to watch them, and thaw.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import make_url, text

from outreach.plan import workers
from outreach.plan.workers import Workers
from outreach.settings import Settings
from outreach.store import Store

WORKERS = 3
LEASE = timedelta(seconds=3)
LONGEST_LEASES = 2
PAUSE = 1.25 * LEASE
LIVING_WRITE_SECONDS = 1.0
REST_SECONDS = 0.3
NEVER = 10**9
TROUBLES = {"stem": 0.1, "kill": 0.4, "freeze": 0.25, "pause": 0.25}
"""How often what is done: a stem killed, a process killed, a process frozen for good, a worker paused."""
HELD_UP = """
SELECT count(*) FROM pg_stat_activity
WHERE state = 'idle in transaction' AND state_change < now() - make_interval(secs => :seconds)
"""


class Gang:
    """The workers, and what is done to them."""

    def __init__(self, store: Store, folder: Path, planted: Sequence[str], draw: random.Random) -> None:
        self.store, self._draw = store, draw
        half = int(LEASE.total_seconds() / 2 / workers.LOOK_EVERY_SECONDS)
        workers.STILL_LOOKS = half if store.dialect == "sqlite" and not planted else NEVER
        workers.REST_AFTER_DEATH_SECONDS = REST_SECONDS
        settings = Settings(data_dir=folder, database_url=store.url)
        self._workers = [_Worker(settings, planted) for _ in range(WORKERS)]
        for worker in self._workers:
            worker.start()
        self._still: dict[int, tuple[float, list[int]]] = {}
        self._told: list[tuple[datetime, str]] = []
        self.done: Counter[str] = Counter()

    def trouble(self) -> bool:
        """Do something to one of those that go on; False when there was nobody to do it to."""
        place = self._draw.randrange(WORKERS)
        stem, branch = self._workers[place].pid, _branch(self._workers[place])
        if place in self._still or stem is None or branch is None:
            return False
        [what] = self._draw.choices(list(TROUBLES), list(TROUBLES.values()))
        if what in ("freeze", "pause") and len(self._busy()) < 2:
            what = "kill"  # one must be left to take up what the others held
        self._told.append((datetime.now(UTC), what))
        if what == "stem":
            _send([stem], signal.SIGKILL)
        elif what == "kill":
            _send([branch], signal.SIGKILL)
        else:
            stopped = [branch] if what == "freeze" else [stem, branch]
            _send(stopped, signal.SIGSTOP)
            patience = PAUSE if what == "pause" else LONGEST_LEASES * LEASE
            self._still[place] = (time.monotonic() + patience.total_seconds(), stopped)
            self.done["writing"] += _held_up(self.store)
        self.done[what] += 1
        return True

    def thaw(self) -> None:
        """Let those go on whose time is over, and forget those that were ended."""
        for place, (until, stopped) in list(self._still.items()):
            ended = _branch(self._workers[place]) not in stopped
            if not ended and time.monotonic() > until:
                self.done["stuck"] += len(stopped) == 1
                _send(stopped, signal.SIGCONT)
            if ended or time.monotonic() > until:
                del self._still[place]

    def between(self, since: datetime, until: datetime) -> str:
        """What was done in that time."""
        return " ".join(what for moment, what in self._told if since <= moment <= until)

    def end(self) -> None:
        """Nobody is left, frozen or not."""
        for _, stopped in self._still.values():
            _send(stopped, signal.SIGCONT)
        for worker in self._workers:
            worker.close()

    def _busy(self) -> list[int]:
        """Those that go on and have a process that is at a run, or waits for one."""
        return [n for n, one in enumerate(self._workers) if n not in self._still and _branch(one) is not None]


class _Worker(Workers):
    """A worker with the short lease of the drill."""

    def __init__(self, settings: Settings, planted: Sequence[str]) -> None:
        super().__init__(settings)
        self.command = (sys.executable, "-m", "benchmarks.runs", "--worker", "--pulse", *planted)


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


def _branch(worker: Workers) -> int | None:
    """The process that is at a run, or waits for one."""
    stem = worker.pid
    try:
        grown = Path(f"/proc/{stem}/task/{stem}/children").read_text().split() if stem is not None else []
    except FileNotFoundError:
        return None
    return int(grown[0]) if grown else None


def _send(processes: Sequence[int], what: signal.Signals) -> None:
    """To each of them, unless it has just ended by itself."""
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, what)
