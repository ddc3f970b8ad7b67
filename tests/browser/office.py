"""The real server in a process of its own, over a small data folder, on loopback."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

REPO = Path(__file__).parents[2]
MAIN = "from outreach.cli import main; main()"
OUTREACH = (sys.executable, "-c", MAIN)
UNPLANNED = (
    sys.executable,
    "-c",
    f"from outreach.plan.workers import Workers; Workers.command = ('cat',); {MAIN}",
)
"""The same with a process beside the server that only waits for its end: loading the optimizer takes seconds."""
STARTS_WITHIN = 60.0


@dataclass
class Office:
    """A server that can be stopped and started again at the same address; with `planning` it makes plans."""

    data_dir: Path
    port: int
    planning: bool = False
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Where the pages are."""
        return f"http://127.0.0.1:{self.port}"

    def open(self) -> None:
        """Start serving, and wait until it answers."""
        outreach = OUTREACH if self.planning else UNPLANNED
        command = [*outreach, "serve", "--port", str(self.port), "--data-dir", str(self.data_dir)]
        with (self.data_dir / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=REPO, env=_environment(), stdout=log, stderr=log, start_new_session=True
            )
        self._wait()

    def close(self) -> None:
        """Stop serving, the workers too."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(15)
        self.process = None

    def _wait(self) -> None:
        deadline = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < deadline:
            if self.process is None or self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/api/v1/health", timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        log = (self.data_dir / "server.log").read_text(errors="replace")
        raise RuntimeError(f"The server did not start:\n{log[-4000:]}")


def run(arguments: Sequence[str], data_dir: Path, timeout: float) -> str:
    """One `outreach` command on this data folder; its output. Raises: `RuntimeError` when it fails."""
    command = [*OUTREACH, *arguments, "--data-dir", str(data_dir)]
    done = subprocess.run(
        command, cwd=REPO, env=_environment(), capture_output=True, text=True, timeout=timeout, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"outreach {' '.join(arguments)} failed:\n{done.stdout}\n{done.stderr}")
    return done.stdout


@contextmanager
def serving(data_dir: Path, planning: bool = False) -> Iterator[Office]:
    """A server over this data folder for the length of a `with`."""
    office = Office(data_dir, _free_port(), planning)
    office.open()
    try:
        yield office
    finally:
        office.close()


def _environment() -> dict[str, str]:
    own = ("OUTREACH_DATA", "OUTREACH_DATABASE", "OUTREACH_POLICY")
    return {name: value for name, value in os.environ.items() if name not in own}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
