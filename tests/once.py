"""What is dear to make is made once, by the worker that asks first; the others wait, and each gets a copy."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest


def copy_of(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder of this worker's own, as `make` filled the first one."""
    kept = _shared(factory) / f"{name}-for-all"
    with kept.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            begun = factory.mktemp(f"{name}-begun")
            make(begun)
            begun.rename(kept)
    return Path(shutil.copytree(kept, factory.mktemp(name), dirs_exist_ok=True))


def _shared(factory: pytest.TempPathFactory) -> Path:
    """Of all workers of this run; of this process alone where there are none."""
    own = factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
