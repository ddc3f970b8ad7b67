"""Workers: keeps a worker process running beside the web process, and starts it again when it dies."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from types import TracebackType

from outreach.settings import Settings

LOOK_EVERY_SECONDS = 0.5
REST_AFTER_DEATH_SECONDS = 2.0
FAREWELL_SECONDS = 5.0


class Workers:
    """Use as a context manager: one worker process lives inside it, and none after it."""

    command = (sys.executable, "-m", "outreach.plan.stem")

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._over = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
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
        self._process = self._started()
        self._thread.start()

    def close(self) -> None:
        """End the worker; a run it was at is taken up again when its lease is over."""
        self._over.set()
        self._thread.join()
        if self._process is not None:
            _end(self._process)

    def _watch(self) -> None:
        while not self._over.wait(LOOK_EVERY_SECONDS):
            if self._process is not None and self._process.poll() is not None:
                if self._over.wait(REST_AFTER_DEATH_SECONDS):
                    return
                self._process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        # The address of the database holds a password: it goes through the environment, never on the
        # command line, where every user of the machine could read it.
        environment = os.environ | {
            "OUTREACH_DATA": str(self._settings.data_dir),
            "OUTREACH_DATABASE": self._settings.database_url,
            "OUTREACH_POLICY": self._settings.policy,
            "OUTREACH_KEYS": str(self._settings.keys),
        }
        return subprocess.Popen(self.command, stdin=subprocess.PIPE, env=environment, start_new_session=True)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(FAREWELL_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
