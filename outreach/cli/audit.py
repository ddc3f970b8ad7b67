"""`outreach audit verify`: has anybody touched the record of changes?"""

from __future__ import annotations

import typer

from outreach import audit as chain
from outreach.cli.options import DataDir, installation, out
from outreach.errors import Conflict

audit = typer.Typer(help="The append-only record of every change.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Hang this room's commands into the command line."""
    app.add_typer(audit, name="audit")


@audit.callback()
def _only_subcommands() -> None:
    """The append-only record of every change of plan, visit and account."""


@audit.command("verify")
def verify(data_dir: DataDir = None) -> None:
    """Recompute the whole hash chain; exit 1 and name the first entry that does not fit."""
    with installation(data_dir) as (_, store), store.reading() as session:
        verdict = chain.verify(session)
    if verdict.broken_at is not None:
        raise Conflict(
            f"The audit chain is broken at entry {verdict.broken_at}: from there on it cannot be trusted. "
            "Restore the last backup whose head hash you know, and find out who had access."
        )
    out.print(f"{verdict.count} entries, unbroken; head {verdict.head}")
