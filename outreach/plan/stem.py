"""The stem: loads the optimizer once, and grows a process of its own for every run.

`python -m outreach.plan.stem` works until its standard input closes. What a run does is in `worker`. A
process that is killed, or that ran out of memory, takes only its turn with it; the next is there in
milliseconds.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from multiprocessing.context import ForkProcess

from outreach.plan.worker import LOOK_EVERY_SECONDS, work_once
from outreach.policies import Policy
from outreach.settings import Settings
from outreach.store import Store, open_store
from solver.warm import warm

POLITENESS = 10
"""A plan takes what processor is left: tablets and pages come first."""

_over = threading.Event()


def main() -> None:
    """Work on what waits until standard input closes or a signal says stop: the run at work is then seen
    through, or left to whoever takes it up after its lease."""
    os.nice(POLITENESS)
    settings = Settings.load()
    policy = Policy.load(settings.policy)
    signal.signal(signal.SIGTERM, lambda *_: _over.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warm()
    store = open_store(settings.database_url, keys=settings.keys)
    while not _over.is_set():
        store.engine.dispose()  # a connection must not be shared with the process that is about to grow
        branch = get_context("fork").Process(target=_branch, args=(store, settings, policy))
        branch.start()
        if not _seen_through(branch):
            break
        if branch.exitcode:
            _over.wait(LOOK_EVERY_SECONDS)
    store.close()


def _seen_through(branch: ForkProcess) -> bool:
    """Wait for a process to end; False when whoever started us is gone: nobody reads what an orphan finds."""
    while branch.is_alive():
        ready = wait([branch.sentinel, sys.stdin.fileno()], LOOK_EVERY_SECONDS)
        if sys.stdin.fileno() in ready and not os.read(sys.stdin.fileno(), 1):
            branch.kill()
            branch.join()
            return False
        if _over.is_set():
            branch.terminate()
    branch.join()
    return True


def _branch(store: Store, settings: Settings, policy: Policy) -> None:
    """Wait for a run, see it through, and end."""
    threading.Thread(target=_end_with_the_stem, daemon=True).start()
    while not _over.is_set() and work_once(store, settings.city, policy=policy) is None:
        _over.wait(LOOK_EVERY_SECONDS)


def _end_with_the_stem() -> None:
    stem = parent_process()
    assert stem is not None
    stem.join()
    os._exit(0)


if __name__ == "__main__":
    main()
