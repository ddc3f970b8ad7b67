"""The README tells the truth: its rooms are the tree's, its commands exist, its pages are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from outreach.cli import app

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
NOT_ROOMS = {"__pycache__", "migrations", "data"}


def test_every_room_in_the_readme_is_in_the_tree_and_the_other_way_round() -> None:
    told = set(re.findall(r"^\| `([a-z/]+)/` \|", README, re.MULTILINE))
    wings = {f"outreach/{wing.name}" for wing in (ROOT / "outreach").iterdir() if _is_room(wing)}
    tops = {top.name for top in ROOT.iterdir() if _is_room(top)} - {"outreach"}
    assert told == wings | tops


def test_every_command_in_the_readme_exists() -> None:
    typed = re.findall(r"^(?:pip install \. && )?outreach ([a-z]+)(?: ([a-z]+))?", README, re.MULTILINE)
    assert len(typed) >= 9
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for first, second in typed:
        assert first in commands
        if nested := getattr(commands[first], "commands", None):
            assert second in nested


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)h][^)]*)\)", README))
def test_every_link_in_the_readme_leads_somewhere(target: str) -> None:
    assert (ROOT / target).exists()


def _is_room(path: Path) -> bool:
    hidden = path.name.startswith((".", "_")) or path.name.endswith(".egg-info")
    empty = not path.is_dir() or not any(file for file in path.rglob("*") if file.is_file())
    return not hidden and not empty and path.name not in NOT_ROOMS - {"data"} and path.name != "build"
