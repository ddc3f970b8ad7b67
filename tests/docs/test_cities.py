"""What docs/cities.md tells of commands, options and figures is what there is."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
import typer.main

from outreach.cli import app
from outreach.place.traffic import DELAYS, GROUPS
from outreach.place.walking import WALKERS
from outreach.risk.suggestions import FAR_METRES, WEIGHTS

ROOT = Path(__file__).parents[2]
CITIES = (ROOT / "docs" / "cities.md").read_text("utf-8")
COMMANDS = typer.main.get_command(app)


def found(words: list[str]) -> click.Command:
    """The command of these words."""
    command: click.Command = COMMANDS
    while words and (nested := getattr(command, "commands", None)):
        command = nested[words.pop(0)]
    return command


@pytest.mark.parametrize("typed", sorted(set(re.findall(r"`outreach ([^`]+)`", CITIES))))
def test_every_command_and_option_told_exists(typed: str):
    words = re.sub(r"[\[\]]", "", typed).split()
    command = found([word for word in words if re.fullmatch(r"[a-z]+", word)])
    options = {name for parameter in command.params for name in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options


def test_every_figure_of_the_traffic_file_is_told():
    told = set(re.findall(r"`(\w+)`", "\n".join(re.findall(r"^\| (`.+?) \|", CITIES, re.MULTILINE))))
    assert {*GROUPS, *DELAYS} <= told


def test_the_walkers_and_weights_are_those_of_the_code():
    slow = WALKERS["slow"]
    assert f"{slow.metres_per_second} m/s" in CITIES
    assert f"{slow.farthest_metres:.0f} m" in CITIES
    assert "60 % of the score" in CITIES
    assert WEIGHTS == {"risk": 0.6, "spread": 0.2, "services": 0.2}
    assert f"full from {FAR_METRES / 1000} km" in CITIES
