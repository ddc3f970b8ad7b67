"""`outreach retention`, `outreach codes`: letting go of what is past its time, and changing keys."""

from __future__ import annotations

from typing import Annotated

import typer

from outreach import participants
from outreach.cli.options import ACTOR, DataDir, installation, now, out
from outreach.keeping.retention import retain
from outreach.policies import Policy
from outreach.store import programme

codes = typer.Typer(help="The keys that participants' codes are hashed with.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Hang this room's commands into the command line."""
    app.command("retention")(retention)
    app.add_typer(codes, name="codes")


@codes.callback()
def _only_subcommands() -> None:
    """The keys that participants' codes are hashed with."""


def retention(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go; change nothing.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Let go of every class of records that is past the time its jurisdiction's pack gives it."""
    with installation(data_dir) as (settings, store), store.transaction() as session:
        ours, policy = programme(session).id, Policy.load(settings.policy)
        found = retain(session, ours, policy, actor=ACTOR, now=now(), dry_run=dry_run)
    for due in found:
        word = "would go" if dry_run else "gone"
        out.print(f"{due.name:<16} kept {due.days:>5} days  {due.count:>8,} {word}")


@codes.command("rotate")
def rotate(data_dir: DataDir = None) -> None:
    """Begin a new key; whoever comes again moves to it by themselves."""
    with installation(data_dir) as (_, store), store.transaction() as session:
        name = participants.rotate(session, programme(session).id, actor=ACTOR, now=now())
    out.print(f"{name} is the newest key. Once people have come again: outreach codes retire")


@codes.command("retire")
def retire(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False, data_dir: DataDir = None
) -> None:
    """Destroy every key but the newest: who has not come since is nobody any more."""
    if not yes:
        typer.confirm("Codes not met since the last rotation will be known to nobody. Go on?", abort=True)
    with installation(data_dir) as (_, store), store.transaction() as session:
        gone = participants.retire(session, programme(session).id, actor=ACTOR, now=now())
    out.print(f"{len(gone)} keys destroyed.")
