"""Accounts: who may sign in, as what, and with which password. Only its hash is kept."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach import audit, passwords
from outreach.errors import Conflict, Invalid, Missing, Refused
from outreach.store import Base, Owned, Programme, canonical

ROLES = ("dispatch", "crew", "clinician", "manager", "admin", "auditor", "operator", "device")
DEVICE = "device"
ADMIN = "admin"
FOR_PEOPLE = tuple(role for role in ROLES if role != DEVICE)


class SignedOut(Refused):
    """Nobody is signed in (401)."""

    status = 401
    kind = "signed-out"


class Account(Owned, Base):
    """A person who may sign in, or an enrolled tablet. `factor` is the sealed secret of the second factor, in
    force since `factor_since`; `factor_step` is the last half minute whose digits were used. `subject` is who
    they are to the programme's own identity provider. `password_until`: the password was made by the house,
    opens nothing until its owner has chosen another, and is worth nothing from then on."""

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
    password_until: Mapped[datetime | None]
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
    until: datetime | None = None,
) -> Account:
    """Open an account; `until` marks a first password (`passwords.first`).

    Raises: `Conflict` for a log-in that is taken, `Invalid` for what cannot be used, an easy password too.
    """
    role = _role(role)
    login = _login(login)
    if session.scalars(select(Account.id).where(Account.login == login)).first() is not None:
        raise Conflict(f"The log-in {login} is taken. Choose another.", code="login-taken")
    account = Account(
        programme_id=programme_id,
        login=login,
        name=_name(name),
        role=role,
        password_until=until,
        active=True,
    )
    account.password_hash = _hash(session, account, password, first=until is not None)
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


def set_password(
    session: Session,
    account: Account,
    password: str,
    *,
    actor: str,
    now: datetime,
    until: datetime | None = None,
) -> None:
    """Give an account a new password; `until` marks a first one. Its sessions are the caller's to end
    (`sessions.end_all`)."""
    if account.role == DEVICE:
        raise Invalid("A tablet has no password; enrol it again.", code="device")
    account.password_hash = _hash(session, account, password, first=until is not None)
    account.password_until = until
    audit.record(session, account.programme_id, actor, "account.password", account.login, {}, now=now)


def change_password(session: Session, account: Account, old: str, new: str, *, now: datetime) -> None:
    """Somebody's own new password. Raises: `Refused` for a wrong old one, `Invalid` for the same again."""
    if not verify(account, old):
        raise Refused("The old password is wrong. Nothing was changed.", code="wrong-password")
    if new == old:
        raise Invalid("This is the password you have. Choose another one.", code="password")
    set_password(session, account, new, actor=account.login, now=now)


def change_role(session: Session, account: Account, role: str, *, actor: str, now: datetime) -> None:
    """Let somebody work in another role. Its sessions are the caller's to end: the new role may ask for a
    second factor. Raises: `Invalid` for what is no role of a person, `Conflict` for the last administrator.
    """
    if account.role == DEVICE:
        raise Invalid("A tablet stays a tablet. Open an account for the person.", code="device")
    facts: dict[str, object] = {"from": account.role, "to": _role(role)}
    if role != ADMIN:
        _keep_one_administrator(session, account)
    account.role = role
    audit.record(session, account.programme_id, actor, "account.role", account.login, facts, now=now)


def close(session: Session, account: Account, *, actor: str, now: datetime) -> None:
    """Let nobody sign in with this account any more; every session of it is worth nothing at once.

    Raises: `Conflict` for the last administrator: nobody could open an account on the pages any more.
    """
    _keep_one_administrator(session, account)
    account.active = False
    audit.record(session, account.programme_id, actor, "account.closed", account.login, {}, now=now)


def reopen(session: Session, account: Account, *, actor: str, now: datetime) -> None:
    """Let somebody sign in again. Their password and what was left of their sessions are the caller's to
    renew and to end. Raises: `Invalid` for a tablet, `Conflict` for an account that is open."""
    if account.role == DEVICE:
        raise Invalid("A tablet that was shut out stays out; enrol it again with a code.", code="device")
    if account.active:
        raise Conflict(f"{account.login} may sign in already.", code="open")
    account.active = True
    audit.record(session, account.programme_id, actor, "account.reopened", account.login, {}, now=now)


def verify(account: Account, password: str) -> bool:
    """Whether it is the account's password; takes its time."""
    return passwords.matches(account.password_hash, password)


def recognise(session: Session, login: str, password: str) -> Account:
    """The account of a log-in and its password; only reads, and takes its time: never call it in a
    transaction that writes. An unknown log-in takes as long as a wrong password.

    Raises: `SignedOut` when the two do not belong together.
    """
    account = _by_login(session, login)
    known = passwords.matches(account.password_hash if account else None, password)
    if account is None or not known or not account.active:
        raise SignedOut("The log-in or the password is wrong. Try again.", code="wrong-password")
    return account


def still_good(account: Account, now: datetime) -> None:
    """Raises: `SignedOut` for a first password that nobody used in time."""
    if account.password_until is not None and now > account.password_until:
        raise SignedOut(
            "This first password is too old. Ask your administrator for another.", code="first-password"
        )


def _keep_one_administrator(session: Session, account: Account) -> None:
    alone = account.active and account.role == ADMIN
    if alone and _admins(session, account.programme_id) == [account.id]:
        raise Conflict(
            f"{account.login} is the last administrator. Make somebody else one first, then try again.",
            code="last-admin",
        )


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


def _role(role: str) -> str:
    if role not in FOR_PEOPLE:
        raise Invalid(f"This is no role. Use one of: {', '.join(FOR_PEOPLE)}.", code="role")
    return role


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


def _hash(session: Session, account: Account, password: str, *, first: bool) -> str:
    """What is kept of a password. A first one is the house's own, and a demonstration's are everybody's."""
    ours = session.get_one(Programme, account.programme_id)
    if not first and not ours.demo:
        passwords.refuse_easy(password, (account.login, account.name, ours.name, ours.slug, ours.city))
    return passwords.hashed(password)
