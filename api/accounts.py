"""The programme's accounts, for its administrators: who may sign in, as what, and until when."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Path
from pydantic import Field, StringConstraints
from sqlalchemy.orm import Session

from api.access import router
from api.request import Asking, AtDesk, Now, Reading, Writing
from api.session import Role
from api.wire import Asked, MomentShown, PathKey, Told
from outreach import accounts, factors, passwords, sessions
from outreach.accounts import Account
from outreach.passwords import FIRST_LIMIT
from outreach.sessions import Presence

routes = router("/accounts", tags=["accounts"])
AccountKey = Annotated[PathKey, Path()]
RoleAsked = Annotated[str, StringConstraints(max_length=20), Field(examples=["crew"])]


class NewAccount(Asked):
    """Somebody who may sign in."""

    login: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    name: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    role: RoleAsked


class NewRole(Asked):
    """What somebody is to work as."""

    role: RoleAsked


class AccountSeen(Told):
    """An account, without anything that opens it."""

    id: int
    login: str
    name: str
    role: Role
    active: bool
    second_factor: bool
    first_password: bool = Field(description="They have not chosen a password of their own yet")
    open_sessions: int
    seen_at: MomentShown | None = Field(description="When a session was last used, as far as it is kept")


class FirstPassword(Told):
    """Tell it to its owner: it is shown once, and good only for choosing a password of their own."""

    login: str
    password: str = Field(examples=["otter-maple-canal-fern-0482"])
    good_until: MomentShown


@routes.get("", summary="Who may sign in")
def list_accounts(session: Reading, desk: AtDesk, now: Now) -> list[AccountSeen]:
    """Closed accounts too, and tablets."""
    present = sessions.presence(session, desk.programme_id, now)
    return [_seen(one, present.get(one.id)) for one in accounts.listed(session, desk.programme_id)]


@routes.post("", status_code=201, summary="Open an account")
def add_account(asked: NewAccount, session: Writing, desk: AtDesk, actor: Asking, now: Now) -> FirstPassword:
    """With a first password; 409 for a log-in that is taken."""
    first, until = passwords.first(), now + FIRST_LIMIT
    facts = (asked.login, asked.name, asked.role, first)
    made = accounts.create(session, desk.programme_id, *facts, actor=actor.login, until=until)
    return FirstPassword(login=made.login, password=first, good_until=until)


@routes.put("/{account_id}/role", status_code=204, summary="Let somebody work in another role")
def change_role(
    account_id: AccountKey, asked: NewRole, session: Writing, desk: AtDesk, actor: Asking, now: Now
) -> None:
    """Ends their sessions; 409 for the last administrator."""
    account = accounts.one(session, desk.programme_id, account_id)
    accounts.change_role(session, account, asked.role, actor=actor.login, now=now)
    sessions.end_all(session, account, now)


@routes.post("/{account_id}/password", summary="Give somebody a new first password")
def renew_password(
    account_id: AccountKey, session: Writing, desk: AtDesk, actor: Asking, now: Now
) -> FirstPassword:
    """Ends their sessions."""
    return _renewed(session, accounts.one(session, desk.programme_id, account_id), actor.login, now)


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
    """At once; its history stays. 409 for the last administrator."""
    account = accounts.one(session, desk.programme_id, account_id)
    accounts.close(session, account, actor=actor.login, now=now)
    sessions.end_all(session, account, now)


@routes.post("/{account_id}/reopen", summary="Let somebody sign in again")
def reopen_account(
    account_id: AccountKey, session: Writing, desk: AtDesk, actor: Asking, now: Now
) -> FirstPassword:
    """With a new first password; 409 when they may already."""
    account = accounts.one(session, desk.programme_id, account_id)
    accounts.reopen(session, account, actor=actor.login, now=now)
    return _renewed(session, account, actor.login, now)


def _renewed(session: Session, account: Account, who: str, now: datetime) -> FirstPassword:
    first, until = passwords.first(), now + FIRST_LIMIT
    accounts.set_password(session, account, first, actor=who, now=now, until=until)
    sessions.end_all(session, account, now)
    return FirstPassword(login=account.login, password=first, good_until=until)


def _seen(account: Account, present: Presence | None) -> AccountSeen:
    facts = {name: getattr(account, name) for name in ("id", "login", "name", "role", "active")}
    facts["second_factor"] = account.factor_since is not None
    facts["first_password"] = account.password_until is not None
    facts["open_sessions"] = present.open if present and account.active else 0
    return AccountSeen.model_validate(facts | {"seen_at": present and present.seen_at})
