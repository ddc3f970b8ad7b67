"""Devices: tablets that belong to a programme, not a person. A code brings one in; a word shuts it out.

A tablet signs in by itself with a secret of its own, as an account of the role `device`: it may pull a day's
schedule and send what its crew logged, and nothing else. Only hashes of codes and secrets are kept.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ForeignKey, String, UniqueConstraint, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach import audit, codes
from outreach.accounts import DEVICE, Account, SignedOut, close
from outreach.errors import Invalid, Missing
from outreach.sessions import hashed, sign_in
from outreach.store import Base, Owned, canonical

CODE_SIGNS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_LENGTH: Final = 10
CODE_LIMIT: Final = timedelta(minutes=30)
SECRET_LIMIT: Final = timedelta(days=365)
NO_PASSWORD: Final = "!"


class Enrolment(Owned, Base):
    """A code that brings in one tablet, for half an hour."""

    __tablename__ = "enrolments"
    __table_args__ = (UniqueConstraint("code_hash"),)

    code_hash: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(120))
    made_by: Mapped[str] = mapped_column(String(120))
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Device(Owned, Base):
    """A tablet, with the account it signs in as."""

    __tablename__ = "devices"
    __table_args__ = (UniqueConstraint("secret_hash"), UniqueConstraint("account_id"))

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    name: Mapped[str] = mapped_column(String(120))
    secret_hash: Mapped[str] = mapped_column(String(64))
    enrolled_at: Mapped[datetime]
    enrolled_by: Mapped[str] = mapped_column(String(120))
    seen_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


def offer(session: Session, programme_id: int, name: str, *, actor: str, now: datetime) -> str:
    """A code to type on a tablet within half an hour. Raises: `Invalid` for a name that is none,
    or holds a participant's code."""
    name = name.strip()
    canonical(codes.refuse_in(name))
    if not 1 <= len(name) <= 120:
        raise Invalid("Give the tablet a name of 1 to 120 characters.", code="name")
    code = "".join(secrets.choice(CODE_SIGNS) for _ in range(CODE_LENGTH))
    facts = {"name": name, "made_by": actor, "made_at": now}
    session.add(Enrolment(programme_id=programme_id, code_hash=hashed(code), **facts))
    audit.record(session, programme_id, actor, "device.offered", name, {}, now=now)
    return f"{code[:5]}-{code[5:]}"


def enrol(session: Session, code: str, now: datetime) -> tuple[Account, str]:
    """The account of a new tablet, and the secret with which it renews its log-in. A code is good once.

    Raises: `SignedOut` for a code that is unknown, used or too old.
    """
    plain = "".join(sign for sign in code.upper() if sign in CODE_SIGNS)
    used = session.execute(
        update(Enrolment)
        .where(Enrolment.code_hash == hashed(plain), Enrolment.used_at.is_(None))
        .where(Enrolment.made_at > now - CODE_LIMIT)
        .values(used_at=now)
        .returning(Enrolment.id)
    ).scalar()
    if used is None:
        raise SignedOut("This code is not good, or no longer. Ask the office for a new one.", code="code")
    enrolment = session.get_one(Enrolment, used)
    account = _account(session, enrolment)
    secret = secrets.token_urlsafe(32)
    session.add(
        Device(
            programme_id=enrolment.programme_id,
            account_id=account.id,
            name=enrolment.name,
            secret_hash=hashed(secret),
            enrolled_at=now,
            enrolled_by=enrolment.made_by,
            seen_at=now,
        )
    )
    audit.record(session, account.programme_id, account.login, "device.enrolled", account.login, {}, now=now)
    return account, secret


def renew(session: Session, secret: str, now: datetime) -> tuple[Account, str]:
    """A fresh token for a tablet that shows its secret. Raises: `SignedOut` once it was shut out."""
    device = session.scalar(select(Device).where(Device.secret_hash == hashed(secret)))
    account = session.get(Account, device.account_id) if device is not None else None
    if device is None or account is None or not account.active or now > device.enrolled_at + SECRET_LIMIT:
        raise SignedOut(
            "This tablet is not enrolled any more. Ask the office for a code.", code="not-enrolled"
        )
    device.seen_at = now
    return account, sign_in(session, account, now)


def revoke(session: Session, programme_id: int, device_id: int, *, actor: str, now: datetime) -> Device:
    """Shut a tablet out at once: it reads nothing more; what it still sends is held. Raises: `Missing`."""
    asked = select(Device).where(Device.programme_id == programme_id, Device.id == device_id)
    device = session.scalar(asked)
    if device is None:
        raise Missing("There is no such tablet.", code="no-device")
    if device.revoked_at is None:
        device.revoked_at = now
        close(session, session.get_one(Account, device.account_id), actor=actor, now=now)
        audit.record(session, programme_id, actor, "device.revoked", device.name, {}, now=now)
    return device


def listed(session: Session, programme_id: int) -> list[Device]:
    """Every tablet, those in use first."""
    asked = select(Device).where(Device.programme_id == programme_id)
    return list(session.scalars(asked.order_by(Device.revoked_at.is_not(None), Device.id)))


def _account(session: Session, enrolment: Enrolment) -> Account:
    ours = select(func.count()).select_from(Account).where(Account.programme_id == enrolment.programme_id)
    number = (session.scalar(ours.where(Account.role == DEVICE)) or 0) + 1
    account = Account(
        programme_id=enrolment.programme_id,
        login=f"tablet-{enrolment.programme_id}-{number}",
        name=enrolment.name,
        role=DEVICE,
        password_hash=NO_PASSWORD,
        active=True,
    )
    session.add(account)
    session.flush()
    return account
