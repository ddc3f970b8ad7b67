"""The stem: loads the optimizer once, and grows a process of its own for every run.

`python -m outreach.plan.stem` works until its standard input closes; with `--pulse` it writes a byte to its
standard output at every look, so that whoever started it feels that it lives. What a run does is in `worker`.
A process that is killed, or that ran out of memory, takes only its turn with it: the stem gives its run back,
and the next is there in milliseconds. One that stands still for half a lease is ended, for it may hold up
everybody who wants to write.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from multiprocessing.context import ForkProcess
from multiprocessing.sharedctypes import RawArray

from sqlalchemy.exc import DBAPIError

from outreach.plan import runs
from outreach.plan.runs import Claim
from outreach.plan.worker import LOOK_EVERY_SECONDS, work_once
from outreach.policies import Policy
from outreach.settings import Settings
from outreach.store import Store, open_store
from solver.warm import warm

log = logging.getLogger("outreach.plan")

LOST = 4
PULSE = "--pulse"
BEAT = b"."
POLITENESS = 10
"""A plan takes what processor is left: tablets and pages come first."""

_over = threading.Event()


class Pulse:
    """What a branch leaves where its stem can see it: that it lives, and which run it holds."""

    def __init__(self) -> None:
        self._shared = RawArray("q", 3)
        self._seen = self._silent_looks = 0

    def beat(self) -> None:
        """In the branch: I live."""
        self._shared[0] += 1

    def holds(self, claim: Claim) -> None:
        """In the branch: I took up a run."""
        self._shared[2], self._shared[1] = claim.token, claim.run_id

    @property
    def held(self) -> tuple[int, int] | None:
        """In the stem: the run and the token, None before anything was taken up."""
        run_id, token = self._shared[1], self._shared[2]
        return (run_id, token) if run_id else None

    def stopped(self) -> bool:
        """In the stem, at every look: True when nothing was felt for as many looks as half a lease has. Looks
        are counted, not seconds: while the whole machine sleeps the stem does not look either."""
        self._silent_looks = 0 if self._shared[0] != self._seen else self._silent_looks + 1
        self._seen = self._shared[0]
        return self._silent_looks * LOOK_EVERY_SECONDS >= runs.LEASE.total_seconds() / 2


def main() -> None:
    """Work on what waits until standard input closes or a signal says stop: the run at work is then seen
    through, or given back for the next worker."""
    os.nice(POLITENESS)
    settings = Settings.load()
    policy = Policy.load(settings.policy)
    signal.signal(signal.SIGTERM, lambda *_: _over.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    felt = PULSE in sys.argv[1:]
    if felt:
        os.set_blocking(sys.stdout.fileno(), False)  # nobody who feels no more may hold us up
    warm()
    store = open_store(settings.database_url, keys=settings.keys)
    _rehearse(store)
    wanted = True
    while wanted and not _over.is_set():
        store.engine.dispose()  # a connection must not be shared with the process that is about to grow
        pulse = Pulse()
        branch = get_context("fork").Process(target=_branch, args=(store, settings, policy, pulse))
        branch.start()
        wanted = _seen_through(branch, pulse, felt)
        if branch.exitcode:
            _give_back(store, pulse)
            _over.wait(LOOK_EVERY_SECONDS)
    store.close()


def _rehearse(store: Store) -> None:
    """Look for a run once and leave it. What the first question of a process costs, forty times the next, is
    paid here: every process that grows inherits it, and holds up nobody who wants to write meanwhile."""
    with suppress(DBAPIError), store.transaction() as session:
        runs.claim(session, datetime.now(UTC))
        session.rollback()


def _seen_through(branch: ForkProcess, pulse: Pulse, felt: bool) -> bool:
    """Wait for a process to end; False when whoever started us is gone: nobody reads what an orphan finds."""
    while branch.is_alive():
        if felt:
            with suppress(BlockingIOError, BrokenPipeError):
                os.write(sys.stdout.fileno(), BEAT)
        ready = wait([branch.sentinel, sys.stdin.fileno()], LOOK_EVERY_SECONDS)
        orphaned = sys.stdin.fileno() in ready and not os.read(sys.stdin.fileno(), 1)
        if orphaned or pulse.stopped():
            branch.kill()
            branch.join()
            return not orphaned
        if _over.is_set():
            branch.terminate()
    branch.join()
    return True


def _give_back(store: Store, pulse: Pulse) -> None:
    if pulse.held is None:
        return
    try:
        with store.transaction() as session:
            runs.give_back(session, *pulse.held, datetime.now(UTC))
    except DBAPIError:
        return  # the database is busy or away; then the lease tells that nobody is at work


def _branch(store: Store, settings: Settings, policy: Policy, pulse: Pulse) -> None:
    """Wait for a run, see it through, and end."""
    threading.Thread(target=_live_with_the_stem, args=(pulse,), daemon=True).start()
    try:
        while not _over.is_set() and work_once(store, settings.city, policy, pulse.holds) is None:
            _over.wait(LOOK_EVERY_SECONDS)
    except DBAPIError as error:
        # Its text quotes the statement and what was in it; the log gets the kind of error only.
        log.error("a planning process lost the database: %s", type(error.orig).__name__)
        sys.exit(LOST)


def _live_with_the_stem(pulse: Pulse) -> None:
    stem = parent_process()
    assert stem is not None
    while stem.is_alive():
        pulse.beat()
        stem.join(LOOK_EVERY_SECONDS)
    os._exit(0)


if __name__ == "__main__":
    main()
