"""How soon is a cold server ready? `python -m benchmarks.starts --json OUT [--starts 5]`

The web process is started on an installation that is there already, until it says that it is well; the time,
and the processor's time of it (which other work on the machine does not lengthen). Then pages, the crew's
bundle and a report are asked for, and the process says which modules it holds: optimizer, osmnx and sklearn
must not be among them. Planted fault that it must find: `--plant` (the server imports osmnx).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from benchmarks.sync import PASSWORD, found, free_port, settings_of
from outreach import accounts
from outreach.store import open_store, programme

NEVER = ("osmnx", "networkx", "sklearn", "pandas", "geopandas", "numba", "ortools", "solver.solve")
ASKED_FOR = (
    "/api/v1/health",
    "/api/v1/manage/coverage?from=2026-11-01&until=2026-11-30",
    "/api/v1/dispatch/schedule",
    "/api/v1/crew/bundle",
    "/api/v1/dispatch/risk",
)
SERVE = """
import signal, sys, uvicorn
from pathlib import Path
from api import app
from outreach.settings import Settings

def tell(*_):
    print([name for name in {never!r} if name in sys.modules], flush=True)

signal.signal(signal.SIGUSR1, tell)
{plant}
uvicorn.run(app.create(Settings(Path({folder!r}), {url!r}), planning=False),
            host="127.0.0.1", port={port}, log_level="warning")
"""


@dataclass(frozen=True, slots=True)
class Start:
    """One start: until ready, and what was in the process after it had served."""

    seconds: float
    processor_seconds: float
    unwanted: str


def main(arguments: Sequence[str] | None = None) -> int:
    """Start as often as asked; 1 when the median takes over three seconds or something unwanted is loaded."""
    asked = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        settings = settings_of(Path(name), asked.database)
        with closing(open_store(settings.database_url)) as store:
            found(store, 1)
            with store.transaction() as session:
                ours = programme(session)
                ours.demo = True  # the manager has no second factor
                accounts.create(session, ours.id, "boss", "Boss", "manager", PASSWORD)
        starts = [_start(Path(name), settings.database_url, asked.plant) for _ in range(asked.starts)]
    facts = {
        "seconds": round(statistics.median(each.seconds for each in starts), 2),
        "processor_seconds": round(statistics.median(each.processor_seconds for each in starts), 2),
        "unwanted": starts[-1].unwanted,
    }
    print(json.dumps(facts, indent=1))
    if asked.json:
        asked.json.write_text(json.dumps(facts, indent=1))
    return 0 if facts["unwanted"] == "[]" and starts and float(str(facts["seconds"])) <= 3 else 1


def _start(folder: Path, url: str, plant: bool) -> Start:
    port = free_port()
    code = SERVE.format(
        never=NEVER, folder=str(folder), url=url, port=port, plant="import osmnx" if plant else ""
    )
    began = time.perf_counter()
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        try:
            while not _well(port):
                time.sleep(0.01)
            seconds, used = time.perf_counter() - began, _processor_seconds(process.pid)
            _use(port)
            process.send_signal(10)  # SIGUSR1
            assert process.stdout is not None
            unwanted = process.stdout.readline().strip()
        finally:
            process.kill()
    return Start(seconds, used, unwanted)


def _well(port: int) -> bool:
    line = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        line.request("GET", "/api/v1/health")
        return line.getresponse().status == 200
    except ConnectionRefusedError:
        return False
    finally:
        line.close()


def _use(port: int) -> None:
    """Let a manager look at everything; what a bare installation has nothing of may say so."""
    line = HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Content-Type": "application/json", "X-Outreach": "1", "Origin": f"http://127.0.0.1:{port}"}
    body = json.dumps({"login": "boss", "password": PASSWORD})
    line.request("POST", "/api/v1/session", body, headers)
    answer = line.getresponse()
    answer.read()
    headers["Cookie"] = (answer.getheader("Set-Cookie") or "").split(";")[0]
    for address in ASKED_FOR:
        line.request("GET", address, headers=headers)
        line.getresponse().read()
    line.close()


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--database", help="an empty database; by default a SQLite file")
    parser.add_argument("--plant", action="store_true")
    parser.add_argument("--json", type=Path)
    return parser


if __name__ == "__main__":
    sys.exit(main())
