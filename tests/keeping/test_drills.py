"""Each drill runs as its command line says, and finds the fault that is planted for it. Sizes are small; what
the drills measure at full size is in docs/operations.md."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOUND = [
    "kills --events 800 --kills 1",
    "cuts --cuts 12",
    "restores --rows 3000",
    "sync --tablets 4 --rounds 1 --batches 1",
]
PLANTED = [
    "kills --events 800 --kills 1 --plant early",
    "cuts --cuts 30 --plant off",
    "restores --rows 3000 --plant changed",
]


def run(drill: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A drill as somebody types it, with a folder of its own for what it leaves."""
    command = [sys.executable, "-m", *f"benchmarks.{drill} --json {folder / 'found.json'}".split()]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)


@pytest.mark.slow
@pytest.mark.parametrize("drill", SOUND)
def test_a_drill_ends_well_where_nothing_is_planted(drill: str, tmp_path: Path) -> None:
    done = run(drill, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "found.json").stat().st_size > 2


@pytest.mark.slow
def test_a_cold_server_loads_neither_the_optimizer_nor_osmnx_and_the_drill_would_tell(tmp_path: Path) -> None:
    """How many seconds it takes says nothing here."""
    told = [json.loads(run(f"starts --starts 1{plant}", tmp_path).stdout) for plant in ("", " --plant")]
    assert told[0]["unwanted"] == "[]"
    assert "osmnx" in told[1]["unwanted"]


@pytest.mark.slow
@pytest.mark.parametrize("drill", PLANTED)
def test_a_drill_finds_the_fault_that_is_planted(drill: str, tmp_path: Path) -> None:
    done = run(drill, tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
