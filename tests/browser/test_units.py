"""The pages' own unit tests, run on Node by the same command as everything else."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from tests.browser.chromium import WEB


def test_the_pages_unit_tests_pass():
    node = shutil.which("node")
    if node is None or not (WEB / "node_modules/vite").is_dir():
        pytest.skip("no Node on PATH or no web/node_modules (cd web && npm ci)")
    done = subprocess.run(
        [node, "dev/unit.mjs"], cwd=WEB, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    assert "# fail 0" in done.stdout
