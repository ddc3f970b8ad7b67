"""Workers: keeps a worker process running beside the web process, and starts it again when it dies or stands
still."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from types import TracebackType
from typing import IO

from outreach.plan.runs import LEASE
from outreach.settings import Settings

log = logging.getLogger("outreach.plan")

LOOK_EVERY_SECONDS = 0.5
STILL_LOOKS = int(LEASE.total_seconds() / 2 / LOOK_EVERY_SECONDS)
COMPILING_LOOKS = int(600 / LOOK_EVERY_SECONDS)
"""How long it may show no life, and how long before its first sign: on a new installation it compiles. Looks
are counted, not seconds: while the whole machine sleeps nobody looks either. Half a lease, as a stem has for
its process: one that stands still in the middle of a transaction holds up everybody who wants to write."""
REST_AFTER_DEATH_SECONDS = 2.0
FAREWELL_SECONDS = 5.0


class Line:
    """What a worker writes to show that it lives, read at every look."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe
        self._silent_looks, self._patience = 0, COMPILING_LOOKS
        os.set_blocking(pipe.fileno(), False)

    def stopped(self) -> bool:
        """True when nothing was felt for too many looks."""
        try:
            felt = bool(os.read(self._pipe.fileno(), 1 << 16))
        except BlockingIOError:
            felt = False
        if felt:
            self._patience = STILL_LOOKS
        self._silent_looks = 0 if felt else self._silent_looks + 1
        return self._silent_looks >= self._patience


class Workers:
    """Use as a context manager: one worker process lives inside it, and none after it."""

    command: tuple[str, ...] = (sys.executable, "-m", "outreach.plan.stem", "--pulse")

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._over = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._line: Line | None = None
        self._thread = threading.Thread(target=self._watch, name="workers", daemon=True)

    def __enter__(self) -> Workers:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The worker's process, None while there is none."""
        return None if self._process is None or self._process.poll() is not None else self._process.pid

    def start(self) -> None:
        """Start the worker and keep watch over it."""
        self._begin()
        self._thread.start()

    def close(self) -> None:
        """End the worker; a run it was at is taken up again when its lease is over."""
        self._over.set()
        self._thread.join()
        if self._process is not None:
            _end(self._process)

    def _watch(self) -> None:
        while not self._over.wait(LOOK_EVERY_SECONDS):
            if self.pid is None:
                if self._over.wait(REST_AFTER_DEATH_SECONDS):
                    return
                self._begin()
            elif self._line is not None and self._line.stopped():
                log.error("the planning process stood still: it is ended and started again")
                _kill(self._process)

    def _begin(self) -> None:
        self._process = self._started()
        assert self._process.stdout is not None
        self._line = Line(self._process.stdout)

    def _started(self) -> subprocess.Popen[bytes]:
        # The address of the database holds a password: it goes through the environment, never on the
        # command line, where every user of the machine could read it.
        environment = os.environ | {
            "OUTREACH_DATA": str(self._settings.data_dir),
            "OUTREACH_DATABASE": self._settings.database_url,
            "OUTREACH_POLICY": self._settings.policy,
            "OUTREACH_KEYS": str(self._settings.keys),
        }
        pipe = subprocess.PIPE
        return subprocess.Popen(
            self.command, stdin=pipe, stdout=pipe, env=environment, start_new_session=True
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(FAREWELL_SECONDS)
    except subprocess.TimeoutExpired:
        _kill(process)
    if process.stdout is not None:
        process.stdout.close()


def _kill(process: subprocess.Popen[bytes] | None) -> None:
    """With the process it has grown, which may hold the database."""
    if process is not None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
