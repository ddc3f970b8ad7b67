"""The newcomer's first command, from an empty folder to a published fortnight."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import Told, run

DAY = "2026-11-23"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Told]:
    """A demo folder and what the command said."""
    folder = tmp_path_factory.mktemp("demo")
    return folder, run("demo", "--no-serve", "--seconds", 8, "--today", DAY, data_dir=folder)


@pytest.mark.slow
def test_the_demo_plans_checks_and_publishes_a_fortnight(demo: tuple[Path, Told]) -> None:
    _, told = demo
    assert told.code == 0, told.err
    assert "120 candidate sites" in told.out
    assert "12 staff, 3 vans, 4 promised clinics a week" in told.out
    assert "The judge accepts the plan" in told.out
    assert f"{DAY} to 2026-12-06" in told.out
    assert "Thanksgiving Day: no van goes out" in told.out
    assert "SYNTHETIC" in told.out


@pytest.mark.slow
def test_what_was_built_without_serving_ends_with_the_command_that_serves_it(demo: tuple[Path, Told]) -> None:
    folder, told = demo
    assert told.out.splitlines()[-1] == f"Serve it: outreach serve --data-dir {folder}"


@pytest.mark.slow
def test_a_second_run_reuses_what_is_there(demo: tuple[Path, Told]) -> None:
    folder, _ = demo
    again = run("demo", "--no-serve", "--today", DAY, data_dir=folder)
    assert again.code == 0, again.err
    assert again.out.count("already there") == 8
    assert "already covers today" in again.out


@pytest.mark.slow
def test_the_demo_is_served_on_this_machine_only(demo: tuple[Path, Told]) -> None:
    folder, _ = demo
    told = run("serve", "--host", "0.0.0.0", data_dir=folder)
    assert told.code == 1
    assert "on this machine only" in told.err


@pytest.mark.slow
def test_everything_that_happened_is_in_an_unbroken_audit(demo: tuple[Path, Told]) -> None:
    folder, _ = demo
    assert "unbroken" in run("audit", "verify", data_dir=folder).out


@pytest.mark.slow
def test_ctrl_c_while_planning_keeps_the_best_plan_so_far(demo: tuple[Path, Told]) -> None:
    folder, _ = demo
    typed = ["plan", "--from", DAY, "--days", "7", "--seconds", "600", "--data-dir", str(folder)]
    started = subprocess.Popen(
        [sys.executable, "-c", "from outreach.cli import main; main()", *typed],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert started.stdout is not None
    try:
        assert "value" in started.stdout.readline()
        started.send_signal(signal.SIGINT)
        told = started.stdout.read()
        assert started.wait(120) == 0, told
    finally:
        started.kill()
    assert "Stopping with the best plan so far" in told
    assert "outreach publish" in told
    assert "Traceback" not in told
