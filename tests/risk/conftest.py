"""What the tests of risk share: a file to write rows into, and the real files where they are at hand."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from outreach.risk.positions import Bounds

BOSTON: Bounds = (-71.185, 42.232, -70.985, 42.400)
CENTRES = [
    (-71.0685, 42.3325),
    (-71.0745, 42.3415),
    (-71.0490, 42.3345),
    (-71.0840, 42.3290),
    (-71.1140, 42.3100),
]
PLAIN = {"time": "time", "lat": "lat", "lon": "lon"}

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes rows under a header into a CSV file and answers its path."""

    def written(*rows: Iterable[object], header: Iterable[str] = ("time", "lat", "lon")) -> Path:
        path = tmp_path / "calls.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            writer.writerows(rows)
        return path

    return written


@pytest.fixture
def real() -> Path:
    """The folder of real incident files; skipped where there is none."""
    folder = os.environ.get("OUTREACH_REAL_DATA")
    if not folder or not (Path(folder) / "incidents").is_dir():
        pytest.skip("OUTREACH_REAL_DATA names no folder with real data")
    return Path(folder) / "incidents"
