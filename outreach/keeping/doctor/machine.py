"""A look at the machine: Python, the rules, the data folder, the disk and the city's files."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from outreach.errors import OutreachError
from outreach.keeping.doctor.finding import Finding
from outreach.policies import Policy
from outreach.settings import Settings

LEAST_FREE_BYTES = 1 << 30


def python() -> Iterator[Finding]:
    """A Python that we test on."""
    here = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info >= (3, 11)
    yield Finding(
        "good" if good else "bad", "python", f"Python {here}.", "" if good else "Use 3.11 or newer."
    )


def policy(settings: Settings) -> Iterator[Finding]:
    """The jurisdiction's rules can be read."""
    try:
        pack = Policy.load(settings.policy)
    except OutreachError as error:
        yield Finding("bad", "policy", error.message, "Set OUTREACH_POLICY to a pack there is.")
    else:
        yield Finding("good", "policy", f"Rules of {pack.name}.")


def data_folder(settings: Settings) -> Iterator[Finding]:
    """It is there, we may write in it, and nobody else may read it."""
    folder = settings.data_dir
    if not folder.is_dir():
        yield Finding("bad", "folder", f"There is no data folder {folder}.", "Run `outreach city create`.")
    elif not os.access(folder, os.W_OK):
        yield Finding("bad", "folder", f"{folder} cannot be written.", "Give its owner the right to write.")
    else:
        yield from _readable_by_others([folder, *_database_files(settings)])


def disk(settings: Settings) -> Iterator[Finding]:
    """There is room to write."""
    folder = next(
        (path for path in (settings.data_dir, *settings.data_dir.parents) if path.exists()), Path("/")
    )
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        yield Finding("bad", "disk", f"Only {free >> 20} MB are free.", "Make room, or tablets cannot sync.")
    else:
        yield Finding("good", "disk", f"{free >> 30} GB are free.")


def city(settings: Settings) -> Iterator[Finding]:
    """The road network was made."""
    if (settings.city / "drive.npz").exists():
        yield Finding("good", "city", "The road network is there.")
    else:
        yield Finding(
            "warning", "city", "There is no road network; travel is guessed.", "Run `outreach city create`."
        )


def _readable_by_others(paths: list[Path]) -> Iterator[Finding]:
    open_ones = [path for path in paths if path.exists() and path.stat().st_mode & stat.S_IROTH]
    if open_ones:
        names = ", ".join(path.name or str(path) for path in open_ones)
        yield Finding(
            "warning", "folder", f"Everybody on this machine can read {names}.", "chmod -R o-rwx it."
        )
    else:
        yield Finding("good", "folder", f"{paths[0]} is ours alone.")


def _database_files(settings: Settings) -> list[Path]:
    if not settings.database_url.startswith("sqlite:///"):
        return []
    return [Path(settings.database_url.removeprefix("sqlite:///"))]
