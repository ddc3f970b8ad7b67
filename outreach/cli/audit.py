"""`outreach audit verify`: has anybody touched the record of changes?"""

from __future__ import annotations

from typing import Annotated

import typer
from sqlalchemy import select

from outreach import audit as chain
from outreach.cli.options import ACTOR, DataDir, installation, now, out
from outreach.errors import Conflict
from outreach.store import Programme

audit = typer.Typer(help="The append-only record of every change.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Hang this room's commands into the command line."""
    app.add_typer(audit, name="audit")


@audit.callback()
def _only_subcommands() -> None:
    """The append-only record of every change of plan, visit and account."""


@audit.command("verify")
def verify(
    head: Annotated[
        list[str] | None,
        typer.Option(help="A head you noted earlier, say with a backup; repeat it for one per programme."),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Recompute every hash chain; exit 1 and name the first entry that does not fit. That it was read, up to
    which head, and what came of it, becomes an entry of each chain."""
    with installation(data_dir) as (_, store):
        with store.reading() as session:
            verdicts = chain.verify_each(session)
            names = {each.id: each.slug for each in session.scalars(select(Programme))}
            gone = [each for each in head or () if not chain.holds(session, each)]
        for programme_id, verdict in verdicts.items():
            with store.transaction(programme_id) as session:
                chain.note_verified(session, programme_id, verdict, actor=ACTOR, now=now())
    for programme_id, verdict in verdicts.items():
        if verdict.broken_at is not None:
            raise Conflict(
                f"The audit chain of {names[programme_id]} is broken at entry {verdict.broken_at}: from "
                "there on it cannot be trusted. Restore the last backup whose head hash you know, and find "
                "out who had access."
            )
    if gone:
        raise Conflict(
            f"The record no longer goes on from the head {gone[0]}: the end of a programme's chain was cut "
            "off, or the head is of another installation. Restore the backup it came with, and find out who "
            "had access."
        )
    for programme_id, verdict in verdicts.items():
        out.print(f"{names[programme_id]}: {verdict.count} entries, unbroken; head {verdict.head}")
    if len(verdicts) > 1:
        out.print(f"All programmes together: head {chain.together(verdicts)}")
