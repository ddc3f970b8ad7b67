"""The service as `outreach serve` runs it: a worker beside it, progress on the line, and a quick farewell."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import update

from outreach.plan.runs import Run
from tests.api.conftest import PASSWORD, House

API = "/api/v1"
START = """
import os, uvicorn
uvicorn.run("api.app:create", factory=True, host="127.0.0.1", port=int(os.environ["PORT"]),
            log_level="warning", timeout_graceful_shutdown=2)
"""
WEEK = {"from_date": "2026-11-23", "days": 3, "budget_seconds": 1}


@pytest.fixture
def server(published_house: House, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], httpx.Client]]:
    """The real server on the tiny town, in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {"OUTREACH_DATA": str(tmp_path), "PORT": str(port)}
    process = subprocess.Popen([sys.executable, "-c", START], env=environment)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            _wait_until_well(client, process)
            client.headers["X-Outreach"] = "1"
            client.post(f"{API}/session", json={"login": "dispatch", "password": PASSWORD})
            yield process, client
    finally:
        process.kill()
        process.wait()


def test_a_run_is_made_beside_the_server_and_watched(
    server: tuple[subprocess.Popen[bytes], httpx.Client],
) -> None:
    process, client = server
    run = client.post(f"{API}/dispatch/runs", json=WEEK).json()["id"]
    heard: list[tuple[str, dict[str, object]]] = []
    with client.stream("GET", f"{API}/dispatch/runs/{run}/progress", timeout=90) as line:
        name = ""
        for text in line.iter_lines():
            if text.startswith("event: "):
                name = text.removeprefix("event: ")
            elif text.startswith("data: "):
                heard.append((name, json.loads(text.removeprefix("data: "))))
    assert heard[0] == ("progress", heard[0][1])
    assert heard[-1][0] == "end"
    assert heard[-1][1]["state"] == "done", heard[-1]
    assert client.get(f"{API}/dispatch/runs/{run}/plan").json()["van_days"]
    _says_farewell_quickly(process)


def test_a_planning_process_that_is_really_stopped_is_told_on_the_line(
    server: tuple[subprocess.Popen[bytes], httpx.Client], published_house: House
) -> None:
    process, client = server
    [planner] = _children(process.pid)
    os.kill(planner, signal.SIGSTOP)
    run = client.post(f"{API}/dispatch/runs", json=WEEK).json()["id"]
    assert client.get(f"{API}/health").json()["planning"]
    with published_house.town.store.transaction() as session:
        past = datetime.now(UTC) - timedelta(minutes=5)
        session.execute(update(Run).values(created_at=past, finished_at=past))
    assert not client.get(f"{API}/health").json()["planning"]
    told = _messages(client, run)
    assert "has not answered for 5 minutes" in next(told)
    os.kill(planner, signal.SIGCONT)
    assert list(told)[-1] == "", "it goes on, and nothing is amiss any more"
    assert client.get(f"{API}/health").json()["planning"]


def _messages(client: httpx.Client, run: int) -> Iterator[str]:
    with client.stream("GET", f"{API}/dispatch/runs/{run}/progress", timeout=90) as line:
        for text in line.iter_lines():
            if text.startswith("data: "):
                yield json.loads(text.removeprefix("data: "))["message"]


def _says_farewell_quickly(process: subprocess.Popen[bytes]) -> None:
    children = _children(process.pid)
    assert children, "a worker process stands beside the server"
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.wait(20)
    assert time.monotonic() - began < 15
    assert not [child for child in children if Path(f"/proc/{child}").exists()]


def _children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _wait_until_well(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if client.get(f"{API}/health").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the server did not start")
