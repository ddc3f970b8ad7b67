"""Accounts: who may sign in, and the sessions they hold. Only hashes of passwords and tokens are kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach import audit
from outreach.errors import Conflict, Invalid, Missing, Refused
from outreach.store import Base, Owned, canonical

ROLES = ("dispatch", "crew", "manager", "admin")
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200
IDLE_LIMIT = timedelta(hours=14)
ABSOLUTE_LIMIT = timedelta(days=14)
SEEN_EVERY = timedelta(minutes=5)


class SignedOut(Refused):
    """Nobody is signed in (401)."""

    status = 401
    kind = "signed-out"


class Account(Owned, Base):
    """A person who may sign in."""

    __tablename__ = "accounts"
    __table_args__ = (
        UniqueConstraint("login"),
        CheckConstraint(f"role IN {ROLES}", name="role"),
    )

    login: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(20))
    password_hash: Mapped[str] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(default=True)


class LoginSession(Owned, Base):
    """A signed-in browser. Only the hash of its token is kept."""

    __tablename__ = "login_sessions"
    __table_args__ = (UniqueConstraint("token_hash"),)

    token_hash: Mapped[str] = mapped_column(String(64))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


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
    if role not in ROLES:
        raise Invalid(f"“{role}” is no role. Use one of: {', '.join(ROLES)}.", code="role")
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


def set_password(
    session: Session, programme_id: int, login: str, password: str, *, actor: str, now: datetime
) -> None:
    """Give an account a new password and end its sessions."""
    account = _found(session, programme_id, login)
    account.password_hash = _hasher().hash(_password(password))
    _revoke_all(session, account, now)
    audit.record(session, programme_id, actor, "account.password", account.login, {}, now=now)


def close(session: Session, programme_id: int, login: str, *, actor: str, now: datetime) -> None:
    """Let nobody sign in with this account any more and end its sessions at once."""
    account = _found(session, programme_id, login)
    account.active = False
    _revoke_all(session, account, now)
    audit.record(session, programme_id, actor, "account.closed", account.login, {}, now=now)


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


def sign_in(session: Session, account: Account, now: datetime) -> str:
    """The token of a new session of somebody recognised."""
    token = secrets.token_urlsafe(32)
    session.add(
        LoginSession(
            programme_id=account.programme_id,
            token_hash=_hashed(token),
            account_id=account.id,
            created_at=now,
            seen_at=now,
            expires_at=now + ABSOLUTE_LIMIT,
        )
    )
    audit.record(
        session, account.programme_id, account.login, "account.signed_in", account.login, {}, now=now
    )
    return token


def who(session: Session, token: str, now: datetime) -> Account:
    """The account behind a token; only reads. Raises: `SignedOut` when the session is over."""
    found = session.execute(
        select(LoginSession, Account)
        .join(Account, Account.id == LoginSession.account_id)
        .where(LoginSession.token_hash == _hashed(token))
    ).first()
    held, account = found if found is not None else (None, None)
    if held is None or account is None or not account.active or not _open(held, now):
        raise SignedOut("You are not signed in, or the session is over. Sign in again.")
    return account


def touch(session: Session, token: str, now: datetime) -> None:
    """Keep a used session from idling out; writes at most every five minutes."""
    session.execute(
        update(LoginSession)
        .where(LoginSession.token_hash == _hashed(token), LoginSession.seen_at < now - SEEN_EVERY)
        .values(seen_at=now)
    )


def sign_out(session: Session, token: str, now: datetime) -> None:
    """End the session; a token that is not known is no mistake."""
    session.execute(
        update(LoginSession)
        .where(LoginSession.token_hash == _hashed(token), LoginSession.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def _open(held: LoginSession, now: datetime) -> bool:
    return held.revoked_at is None and now < held.expires_at and now < held.seen_at + IDLE_LIMIT


def _revoke_all(session: Session, account: Account, now: datetime) -> None:
    session.execute(
        update(LoginSession)
        .where(LoginSession.account_id == account.id, LoginSession.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def _found(session: Session, programme_id: int, login: str) -> Account:
    account = _by_login(session, login)
    if account is None or account.programme_id != programme_id:
        raise Missing(f"There is no account {login}.", code="no-account")
    return account


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


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
