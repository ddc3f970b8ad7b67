"""The command line: one room per thing people do with it. Heavy libraries load only in the command that
needs them."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from outreach.cli import (
    accounts,
    audit,
    city,
    demo,
    devices,
    feeds,
    keeping,
    plan,
    privacy,
    records,
    replan,
    replay,
    risk,
    roads,
    serve,
    tablets,
)
from outreach.errors import OutreachError

app = typer.Typer(
    name="outreach",
    help="Plan, route and record mobile outreach vans: risk, plan, crew, log, report.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for room in (
    demo,
    city,
    roads,
    records,
    feeds,
    risk,
    plan,
    replan,
    replay,
    serve,
    tablets,
    accounts,
    devices,
    audit,
    keeping,
    privacy,
):
    room.register(app)


@app.callback()
def _options(
    programme: Annotated[
        str | None,
        typer.Option(
            "--programme", help="Which programme, where there are several (or $OUTREACH_PROGRAMME)."
        ),
    ] = None,
) -> None:
    if programme is not None:
        os.environ["OUTREACH_PROGRAMME"] = programme


def main() -> None:
    """Run the command; a mistake the user can mend is a sentence on stderr and exit code 1."""
    try:
        app()
    except OutreachError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(1) from None
