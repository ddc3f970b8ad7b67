"""`outreach accounts`: who may sign in. A real installation has no account until somebody adds one here."""

from __future__ import annotations

from typing import Annotated

import typer

from outreach import accounts as rooms
from outreach import factors, sessions
from outreach.cli.options import ACTOR, DataDir, installation, now, out
from outreach.errors import Invalid
from outreach.store import programme

accounts = typer.Typer(help="Who may sign in.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Hang this room's commands into the command line."""
    app.add_typer(accounts, name="accounts")


@accounts.callback()
def _only_subcommands() -> None:
    """Who may sign in."""


Login = Annotated[str, typer.Argument(help="What the person types to sign in.")]
Password = Annotated[str | None, typer.Option(help="Asked for when it is not given.")]


@accounts.command("add")
def add(
    login: Login,
    role: Annotated[str, typer.Option(help=f"{', '.join(rooms.FOR_PEOPLE)}.")],
    name: Annotated[str, typer.Option(help="The name others see.")] = "",
    password: Password = None,
    data_dir: DataDir = None,
) -> None:
    """Add an account; the password is asked for when it is not given."""
    if role not in rooms.FOR_PEOPLE:
        raise Invalid(f"{role!r} is no role. Use one of: {', '.join(rooms.FOR_PEOPLE)}.")
    password = password or _asked()
    with installation(data_dir) as (_, store), store.transaction() as session:
        ours = programme(session)
        account = rooms.create(session, ours.id, login, name or login, role, password, actor=ACTOR)
        needs = factors.needed(session, account)
    out.print(f"{login} may now sign in as {role}.")
    if needs:
        out.print("  The first log-in sets up a second factor: have a phone with an authenticator at hand.")


@accounts.command("list")
def listed(data_dir: DataDir = None) -> None:
    """List who may sign in."""
    with installation(data_dir) as (_, store), store.reading() as session:
        known = rooms.listed(session, programme(session).id)
        if not known:
            out.print("Nobody may sign in yet. Add somebody: outreach accounts add LOGIN --role admin")
            return
        out.print(f"{'log-in':<24} {'role':<10} {'factor':<14} state")
        for account in known:
            factor = "second factor" if account.factor_since else ""
            state = "" if account.active else "closed"
            out.print(f"{account.login:<24} {account.role:<10} {factor:<14} {state}".rstrip())


@accounts.command("password")
def change_password(login: Login, password: Password = None, data_dir: DataDir = None) -> None:
    """Give an account a new password and end its sessions."""
    password = password or _asked()
    with installation(data_dir) as (_, store), store.transaction() as session:
        account = rooms.named(session, programme(session).id, login)
        rooms.set_password(session, account, password, actor=ACTOR, now=now())
        ended = sessions.end_all(session, account, now())
    out.print(f"{login} has a new password; {ended} open sessions ended.")


@accounts.command("sign-out")
def sign_out(login: Login, data_dir: DataDir = None) -> None:
    """Sign somebody out everywhere."""
    with installation(data_dir) as (_, store), store.transaction() as session:
        ended = sessions.end_all(session, rooms.named(session, programme(session).id, login), now())
    out.print(f"{ended} sessions of {login} ended.")


@accounts.command("factor-off")
def take_off_factor(login: Login, data_dir: DataDir = None) -> None:
    """Take off a second factor, for a lost phone; the next log-in sets up another."""
    with installation(data_dir) as (_, store), store.transaction() as session:
        account = rooms.named(session, programme(session).id, login)
        factors.take_off(session, account, actor=ACTOR, now=now())
        sessions.end_all(session, account, now())
    out.print(f"{login} sets up another second factor at the next log-in.")


@accounts.command("close")
def close(login: Login, data_dir: DataDir = None) -> None:
    """Let nobody sign in with an account any more, at once; its history stays."""
    with installation(data_dir) as (_, store), store.transaction() as session:
        rooms.close(session, rooms.named(session, programme(session).id, login), actor=ACTOR, now=now())
    out.print(f"{login} is closed.")


def _asked() -> str:
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
