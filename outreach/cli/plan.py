"""`outreach plan`, `check`, `publish`: from a question to a schedule crews can pull."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from outreach.cli.city import ACTOR
from outreach.cli.options import DataDir, JsonFile, day, installation, now, out
from outreach.cli.progress import solving
from outreach.errors import Conflict, Invalid
from outreach.plan import runs, schedules
from outreach.settings import Settings
from outreach.store import Store, programme

RunNumber = Annotated[int, typer.Argument(help="The run's number, as `outreach plan` printed it.")]


def register(app: typer.Typer) -> None:
    """Hang this room's commands into the command line."""
    app.command("plan")(plan)
    app.command("check")(check)
    app.command("publish")(publish)
