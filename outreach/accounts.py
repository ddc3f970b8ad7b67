"""Accounts: who may sign in, as what, and with which password. Only its hash is kept."""

from __future__ import annotations

import secrets
from datetime import datetime
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import CheckConstraint, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach import audit
from outreach.errors import Conflict, Invalid, Missing, Refused
from outreach.store import Base, Owned, canonical

ROLES = ("dispatch", "crew", "clinician", "manager", "admin", "auditor", "operator", "device")
DEVICE = "device"
ADMIN = "admin"
FOR_PEOPLE = tuple(role for role in ROLES if role != DEVICE)
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200


class SignedOut(Refused):
    """Nobody is signed in (401)."""

    status = 401
    kind = "signed-out"


class Account(Owned, Base):
    """A person who may sign in, or an enrolled tablet. `factor` is the sealed secret of the second factor, in
    force since `factor_since`; `factor_step` is the last half minute whose digits were used. `subject` is who
    they are to the programme's own identity provider."""

    __tablename__ = "accounts"
    __table_args__ = (
        UniqueConstraint("login"),
        UniqueConstraint("subject"),
        CheckConstraint(f"role IN {ROLES}", name="role"),
    )

    login: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(20))
    password_hash: Mapped[str] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(default=True)
    factor: Mapped[str | None] = mapped_column(Text)
    factor_since: Mapped[datetime | None]
    factor_step: Mapped[int | None]
    subject: Mapped[str | None] = mapped_column(String(255))


def create(
    session: Session,
    programme_id: int,
    login: str,
    name: str,
    role: str,
    password: str,
    *,
    actor: str = "system",
) -> Account:
    """Open an account. Raises: `Conflict` for a log-in that is taken, `Invalid` for what cannot be used."""
    if role not in FOR_PEOPLE:
        raise Invalid(f"This is no role. Use one of: {', '.join(FOR_PEOPLE)}.", code="role")
    login = _login(login)
    if session.scalars(select(Account.id).where(Account.login == login)).first() is not None:
        raise Conflict(f"The log-in {login} is taken. Choose another.", code="login-taken")
    account = Account(
        programme_id=programme_id,
        login=login,
        name=_name(name),
        role=role,
        password_hash=_hasher().hash(_password(password)),
        active=True,
    )
    session.add(account)
    session.flush()
    audit.record(session, programme_id, actor, "account.created", login, {"role": role})
    return account


def listed(session: Session, programme_id: int) -> list[Account]:
    """Every account by log-in."""
    return list(
        session.scalars(select(Account).where(Account.programme_id == programme_id).order_by(Account.login))
    )


def one(session: Session, programme_id: int, account_id: int) -> Account:
    """The account of this number. Raises: `Missing`, also for another programme's."""
    asked = select(Account).where(Account.programme_id == programme_id, Account.id == account_id)
    found = session.scalar(asked)
    if found is None:
        raise Missing("There is no such account.", code="no-account")
    return found


def named(session: Session, programme_id: int, login: str) -> Account:
    """The account of this log-in. Raises: `Missing`, also for another programme's."""
    account = _by_login(session, login)
    if account is None or account.programme_id != programme_id:
        raise Missing(f"There is no account {login}.", code="no-account")
    return account


def set_password(session: Session, account: Account, password: str, *, actor: str, now: datetime) -> None:
    """Give an account a new password. Its sessions are the caller's to end (`sessions.end_all`)."""
    if account.role == DEVICE:
        raise Invalid("A tablet has no password; enrol it again.", code="device")
    account.password_hash = _hasher().hash(_password(password))
    audit.record(session, account.programme_id, actor, "account.password", account.login, {}, now=now)


def close(session: Session, account: Account, *, actor: str, now: datetime) -> None:
    """Let nobody sign in with this account any more; every session of it is worth nothing at once.

    Raises: `Conflict` for the last administrator: nobody could open an account on the pages any more.
    """
    if account.active and account.role == ADMIN and _admins(session, account.programme_id) == [account.id]:
        raise Conflict(
            f"{account.login} is the last administrator. Add another one first, then close this account.",
            code="last-admin",
        )
    account.active = False
    audit.record(session, account.programme_id, actor, "account.closed", account.login, {}, now=now)


def verify(account: Account, password: str) -> bool:
    """Whether it is the account's password; takes its time."""
    return _matches(account.password_hash, password)


def recognise(session: Session, login: str, password: str) -> Account:
    """The account of a log-in and its password; only reads, and takes its time: never call it in a
    transaction that writes. An unknown log-in takes as long as a wrong password.

    Raises: `SignedOut` when the two do not belong together.
    """
    account = _by_login(session, login)
    known = _matches(account.password_hash if account else _nobody(), password)
    if account is None or not known or not account.active:
        raise SignedOut("The log-in or the password is wrong. Try again.", code="wrong-password")
    return account


def _admins(session: Session, programme_id: int) -> list[int]:
    """The numbers of those who may administer, locked on PostgreSQL: two cannot close each other at once."""
    asked = select(Account.id).where(
        Account.programme_id == programme_id, Account.role == ADMIN, Account.active
    )
    return list(session.scalars(asked.order_by(Account.id).with_for_update()))


def _by_login(session: Session, login: str) -> Account | None:
    if "\0" in login:
        return None
    return session.scalars(select(Account).where(Account.login == login.strip().lower())).first()


def _login(text: str) -> str:
    login = text.strip().lower()
    if not 1 <= len(login) <= 60 or not all(sign.isalnum() or sign in ".-_@" for sign in login):
        raise Invalid("A log-in has 1 to 60 letters, digits or . - _ @.", code="login")
    return login


def _name(text: str) -> str:
    name = text.strip()
    canonical(name)
    if not 1 <= len(name) <= 120:
        raise Invalid("A name has 1 to 120 characters.", code="name")
    return name


def _password(text: str) -> str:
    if not SHORTEST_PASSWORD <= len(text) <= LONGEST_PASSWORD:
        raise Invalid(
            f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters. Try four words.",
            code="password",
        )
    return text


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _hasher().verify(password_hash, password[:LONGEST_PASSWORD])
    except (VerificationError, InvalidHashError, UnicodeEncodeError):
        return False


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobody() -> str:
    return _hasher().hash(secrets.token_hex(16))
