"""The command line: one room per thing people do with it. Heavy libraries load only in the command that
needs them."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer
from typer.core import TyperGroup

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

PANELS = {
    "Start here": ("demo", "city", "serve", "doctor"),
    "What you bring": (
        "templates", "sites", "staff", "vans", "anchors", "due", "areas", "providers", "incidents", "feeds",
    ),
    "Where the risk and the roads are": ("risk", "spikes", "roads"),
    "Plan and publish": ("plan", "check", "publish", "replan", "replay"),
    "Crews on the road": ("route", "devices", "tablets"),
    "Keep it well": ("accounts", "codes", "audit", "backup", "restore", "retention"),
}  # fmt: skip
"""The commands as the help shows them: in the order in which a newcomer needs them."""
PANEL_OF = {name: panel for panel, names in PANELS.items() for name in names}


class InOrder(TyperGroup):
    """The commands in the order of `PANELS`."""

    def list_commands(self, ctx: object) -> list[str]:
        """Every command once; `PANELS` has them all."""
        return sorted(self.commands, key=list(PANEL_OF).index)


app = typer.Typer(
    name="outreach",
    cls=InOrder,
    help="Plan, route and record mobile outreach vans: risk, plan, crew, log, report.\n\n"
    "Start here: `outreach demo` shows the whole walk on an invented city. For your own: "
    "`outreach city create`, `outreach templates DIR`, the imports, `outreach plan`, `outreach serve`.",
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
for command in app.registered_commands:
    command.rich_help_panel = PANEL_OF[command.name or ""]
for group in app.registered_groups:
    group.rich_help_panel = PANEL_OF[group.name or ""]


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
