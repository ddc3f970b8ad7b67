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
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

from outreach.cli import main
from outreach.plan.workers import Workers

REPO = Path(__file__).parents[2]
OUTREACH = (sys.executable, "-c", "from outreach.cli import main; main()")
FORKED = get_context("forkserver")
FORKED.set_forkserver_preload(["outreach.cli.serve", "api.app"])
"""One process loads the service, in two seconds; each server is forked from that one."""
STARTS_WITHIN = 60.0


@dataclass
class Office:
    """A server that can be stopped and started again at the same address; with `planning` it makes plans."""

    data_dir: Path
    port: int
    planning: bool = False
    process: BaseProcess | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Where the pages are."""
        return f"http://127.0.0.1:{self.port}"

    def open(self) -> None:
        """Start serving, and wait until it answers."""
        self.process = FORKED.Process(
            target=_serve, args=(self.port, self.data_dir, self.planning, _environment()), daemon=True
        )
        self.process.start()
        self._wait()

    def close(self) -> None:
        """Stop serving, the workers too."""
        if self.process is None or self.process.pid is None:
            return
        self.process.terminate()
        self.process.join(15)
        if self.process.is_alive():
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.join(15)
        self.process = None

    def _wait(self) -> None:
        deadline = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < deadline:
            if self.process is None or not self.process.is_alive():
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


def _serve(port: int, data_dir: Path, planning: bool, environment: dict[str, str]) -> None:
    """`outreach serve`, in a session of its own."""
    os.setsid()
    os.chdir(REPO)
    with (data_dir / "server.log").open("ab") as log:
        for stream in (1, 2):
            os.dup2(log.fileno(), stream)
    os.environ.clear()
    os.environ.update(environment)
    if not planning:
        Workers.command = ("cat",)  # waits for its end, as a worker does; loading the optimizer takes seconds
    sys.argv = ["outreach", "serve", "--port", str(port), "--data-dir", str(data_dir)]
    main()


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
