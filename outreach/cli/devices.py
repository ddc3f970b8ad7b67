"""`outreach devices`: the tablets of the programme: bring one in, list them, shut one out."""

from __future__ import annotations

from typing import Annotated

import typer

from outreach import devices as rooms
from outreach.cli.options import ACTOR, DataDir, installation, now, numbered, out
from outreach.store import programme

devices = typer.Typer(help="The programme's tablets.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Hang this room's commands into the command line."""
    app.add_typer(devices, name="devices")


@devices.callback()
def _only_subcommands() -> None:
    """The programme's tablets."""


@devices.command("enrol")
def enrol(
    name: Annotated[str, typer.Argument(help="What the tablet is to be called, say “Tablet 3”.")],
    data_dir: DataDir = None,
) -> None:
    """Print a code to type on the tablet at /enrol; it is good once, for half an hour."""
    with installation(data_dir) as (_, store), store.transaction() as session:
        code = rooms.offer(session, programme(session).id, name, actor=ACTOR, now=now())
    out.print(f"{code}  Open /enrol on the tablet within half an hour and type this code.")


@devices.command("list")
def listed(data_dir: DataDir = None) -> None:
    """List the tablets, those in use first."""
    with installation(data_dir) as (_, store), store.reading() as session:
        known = rooms.listed(session, programme(session).id)
        if not known:
            out.print("There is no tablet yet. Bring one in: outreach devices enrol NAME")
            return
        out.print(f"{'number':>6}  {'name':<30} state")
        for each in known:
            state = (
                f"shut out {each.revoked_at:%Y-%m-%d}" if each.revoked_at else f"seen {each.seen_at:%Y-%m-%d}"
            )
            out.print(f"{each.id:>6}  {each.name:<30} {state}")


@devices.command("revoke")
def revoke(
    number: Annotated[
        int, typer.Argument(parser=numbered, help="The tablet's number, as `outreach devices list` tells it.")
    ],
    data_dir: DataDir = None,
) -> None:
    """Shut a tablet out at once: it reads nothing more, and what it still sends is held for a look."""
    with installation(data_dir) as (_, store), store.transaction() as session:
        gone = rooms.revoke(session, programme(session).id, number, actor=ACTOR, now=now())
    out.print(f"{gone.name} is shut out. What it still sends: outreach tablets held")
