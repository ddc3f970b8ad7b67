"""The web process stays light: no optimizer, no osmnx, and quick to start."""

from __future__ import annotations

import subprocess
import sys

FORBIDDEN = (
    "osmnx",
    "networkx",
    "ortools",
    "numba",
    "sklearn",
    "pandas",
    "geopandas",
    "scipy.stats",
    "solver.solve",
)


def test_the_web_process_never_pays_for_the_optimizer() -> None:
    code = f"import sys, api.app; print([n for n in {FORBIDDEN!r} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
