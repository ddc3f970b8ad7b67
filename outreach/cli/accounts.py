"""`outreach accounts`: who may sign in. A real installation has no account until somebody adds one here."""

from __future__ import annotations

from typing import Annotated

import typer

from outreach import accounts as rooms
from outreach.cli.options import ACTOR, DataDir, installation, out
from outreach.errors import Invalid
from outreach.store import programme

accounts = typer.Typer(help="Who may sign in.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Hang this room's commands into the command line."""
    app.add_typer(accounts, name="accounts")


@accounts.callback()
def _only_subcommands() -> None:
    """Who may sign in."""


@accounts.command("add")
def add(
    login: Annotated[str, typer.Argument(help="What the person types to sign in.")],
    role: Annotated[str, typer.Option(help="dispatch, crew, manager or admin.")],
    name: Annotated[str, typer.Option(help="The name others see.")] = "",
    password: Annotated[str | None, typer.Option(help="Asked for when it is not given.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Add an account; the password is asked for when it is not given."""
    if role not in rooms.ROLES:
        raise Invalid(f"{role!r} is no role. Use one of: {', '.join(rooms.ROLES)}.")
    password = password or typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    with installation(data_dir) as (_, store), store.transaction() as session:
        rooms.create(session, programme(session).id, login, name or login, role, password, actor=ACTOR)
    out.print(f"{login} may now sign in as {role}.")
