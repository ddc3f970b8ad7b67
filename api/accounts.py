"""The programme's accounts, for its administrators: who may sign in, as what, and until when."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import Field, SecretStr, StringConstraints

from api.access import router
from api.request import Asking, AtDesk, Now, Reading, Writing
from api.session import Role
from api.wire import Asked, PathKey, Told
from outreach import accounts, factors, sessions
from outreach.accounts import Account

routes = router("/accounts", tags=["accounts"])
AccountKey = Annotated[PathKey, Path()]
Secret = Annotated[SecretStr, Field(min_length=1, max_length=200)]


class NewAccount(Asked):
    """Somebody who may sign in."""

    login: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    name: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    role: Annotated[str, StringConstraints(max_length=20)] = Field(examples=["crew"])
    password: Secret


class Reset(Asked):
    """A new password, to be told to its owner and changed by them."""

    password: Secret


class AccountSeen(Told):
    """An account, without anything that opens it."""

    id: int
    login: str
    name: str
    role: Role
    active: bool
    second_factor: bool


@routes.get("", summary="Who may sign in")
def list_accounts(session: Reading, desk: AtDesk) -> list[AccountSeen]:
    """Closed accounts too, and tablets."""
    return [_seen(account) for account in accounts.listed(session, desk.programme_id)]


@routes.post("", status_code=201, summary="Open an account")
def add_account(asked: NewAccount, session: Writing, desk: AtDesk, actor: Asking) -> AccountSeen:
    """409 for a log-in that is taken."""
    facts = (asked.login, asked.name, asked.role, asked.password.get_secret_value())
    return _seen(accounts.create(session, desk.programme_id, *facts, actor=actor.login))


@routes.put("/{account_id}/password", status_code=204, summary="Give somebody a new password")
def reset_password(
    account_id: AccountKey, asked: Reset, session: Writing, desk: AtDesk, actor: Asking, now: Now
) -> None:
    """Ends their sessions."""
    account = accounts.one(session, desk.programme_id, account_id)
    new = asked.password.get_secret_value()
    accounts.set_password(session, account, new, actor=actor.login, now=now)
    sessions.end_all(session, account, now)


@routes.delete("/{account_id}/factor", status_code=204, summary="Take off a second factor, for a lost phone")
def take_off_factor(account_id: AccountKey, session: Writing, desk: AtDesk, actor: Asking, now: Now) -> None:
    """Ends their sessions; the next log-in sets up another."""
    account = accounts.one(session, desk.programme_id, account_id)
    factors.take_off(session, account, actor=actor.login, now=now)
    sessions.end_all(session, account, now)


@routes.delete("/{account_id}/sessions", status_code=204, summary="Sign somebody out everywhere")
def end_sessions(account_id: AccountKey, session: Writing, desk: AtDesk, now: Now) -> None:
    """They may sign in again."""
    sessions.end_all(session, accounts.one(session, desk.programme_id, account_id), now)


@routes.delete("/{account_id}", status_code=204, summary="Close an account")
def close_account(account_id: AccountKey, session: Writing, desk: AtDesk, actor: Asking, now: Now) -> None:
    """At once; its history stays."""
    account = accounts.one(session, desk.programme_id, account_id)
    accounts.close(session, account, actor=actor.login, now=now)


def _seen(account: Account) -> AccountSeen:
    facts = {name: getattr(account, name) for name in ("id", "login", "name", "role", "active")}
    return AccountSeen.model_validate(facts | {"second_factor": account.factor_since is not None})
