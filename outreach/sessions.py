"""Sessions: who is signed in, on which browser or tablet, and until when. Only hashes of tokens are kept."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, UniqueConstraint, and_, case, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach import audit
from outreach.accounts import Account, SignedOut
from outreach.store import Base, Owned

IDLE_LIMIT = timedelta(hours=14)
ABSOLUTE_LIMIT = timedelta(days=14)
DEVICE_LIMIT = timedelta(hours=24)
SEALED_LIMIT = timedelta(days=90)
SEEN_EVERY = timedelta(minutes=5)


class LoginSession(Owned, Base):
    """A signed-in browser or tablet. `enrolling`: it may only choose the password and set up the second
    factor that are missing."""

    __tablename__ = "login_sessions"
    __table_args__ = (UniqueConstraint("token_hash"),)

    token_hash: Mapped[str] = mapped_column(String(64))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    enrolling: Mapped[bool] = mapped_column(default=False)


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose token it is. `sealed`: shut out, but what the tablet still holds is taken in and held."""

    account: Account
    enrolling: bool = False
    sealed: bool = False


@dataclass(frozen=True, slots=True)
class Presence:
    """How many sessions of an account are open, and when one was last used."""

    open: int
    seen_at: datetime


def sign_in(session: Session, account: Account, now: datetime, *, enrolling: bool = False) -> str:
    """The token of a new session of somebody recognised. A tablet's is short: it renews it by itself."""
    token = secrets.token_urlsafe(32)
    session.add(
        LoginSession(
            programme_id=account.programme_id,
            token_hash=hashed(token),
            account_id=account.id,
            created_at=now,
            seen_at=now,
            expires_at=now + (DEVICE_LIMIT if account.role == "device" else ABSOLUTE_LIMIT),
            enrolling=enrolling,
        )
    )
    who = account.login
    audit.record(session, account.programme_id, who, "account.signed_in", who, {}, now=now)
    return token


def who(session: Session, token: str, now: datetime, *, may_be_sealed: bool = False) -> Holder:
    """Who holds the token; only reads. Where a shut-out tablet `may_be_sealed`, its closed account is told
    for ninety days: a record that it still holds may exist nowhere else.

    Raises: `SignedOut` when the session is over.
    """
    found = session.execute(
        select(LoginSession, Account)
        .join(Account, Account.id == LoginSession.account_id)
        .where(LoginSession.token_hash == hashed(token))
    ).first()
    held, account = found if found is not None else (None, None)
    if held is not None and account is not None:
        if account.active and _open(held, now):
            return Holder(account, held.enrolling)
        if may_be_sealed and not account.active and now < held.created_at + SEALED_LIMIT:
            return Holder(account, sealed=True)
    raise SignedOut("You are not signed in, or the session is over. Sign in again.")


def touch(session: Session, token: str, now: datetime) -> None:
    """Keep a used session from idling out; writes at most every five minutes."""
    session.execute(
        update(LoginSession)
        .where(LoginSession.token_hash == hashed(token), LoginSession.seen_at < now - SEEN_EVERY)
        .values(seen_at=now)
    )


def sign_out(session: Session, token: str, now: datetime) -> None:
    """End the session; a token that is not known is no mistake."""
    session.execute(
        update(LoginSession)
        .where(LoginSession.token_hash == hashed(token), LoginSession.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def end_all(session: Session, account: Account, now: datetime) -> int:
    """End every open session of an account; how many."""
    asked = update(LoginSession).where(
        LoginSession.programme_id == account.programme_id,
        LoginSession.account_id == account.id,
        LoginSession.revoked_at.is_(None),
    )
    ended = session.execute(asked.values(revoked_at=now).returning(LoginSession.id)).all()
    return len(ended)


def presence(session: Session, programme_id: int, now: datetime) -> dict[int, Presence]:
    """By the account's number, for whoever signed in as far back as sessions are kept."""
    live = and_(
        LoginSession.revoked_at.is_(None),
        LoginSession.expires_at > now,
        LoginSession.seen_at > now - IDLE_LIMIT,
    )
    asked = (
        select(LoginSession.account_id, func.sum(case((live, 1), else_=0)), func.max(LoginSession.seen_at))
        .where(LoginSession.programme_id == programme_id)
        .group_by(LoginSession.account_id)
    )
    return {account_id: Presence(int(count), seen) for account_id, count, seen in session.execute(asked)}


def hashed(token: str) -> str:
    """What the database keeps of a token."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def _open(held: LoginSession, now: datetime) -> bool:
    return held.revoked_at is None and now < held.expires_at and now < held.seen_at + IDLE_LIMIT
