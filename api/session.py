"""Logging in and out. The token travels in a cookie that no script can read."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import Request, Response
from pydantic import Field, SecretStr, StringConstraints
from sqlalchemy.orm import Session

from api.access import router
from api.cookies import hand_over, take_back, token_of
from api.desk import Actor
from api.office import Ground
from api.request import Asking, AtDesk, AtDoor, Now, ReadingAll, Writing, WritingAll
from api.wire import Asked, Told
from outreach import accounts, factors, sessions
from outreach.accounts import Account, SignedOut
from outreach.store import Programme

routes = router("/session", tags=["session"])

Role = Literal["dispatch", "crew", "clinician", "manager", "admin", "auditor", "operator", "device"]
Digits = Annotated[str, StringConstraints(pattern=r"^ *[0-9]{3} ?[0-9]{3} *$"), Field(examples=["287 082"])]
Password = Annotated[SecretStr, Field(min_length=1, max_length=200)]


class Credentials(Asked):
    """Who logs in; `digits` only when the account has a second factor."""

    login: Annotated[str, StringConstraints(min_length=1, max_length=64), Field(examples=["dispatch"])]
    password: Annotated[SecretStr, Field(min_length=1, max_length=200, examples=["outreach-demo"])]
    digits: Digits | None = None


class SignedIn(Told):
    """Who is logged in. `enrolling`: nothing is open to them until they have chosen a password of their own
    (`first_password`: they have not) and set up a second factor where their role needs one. `timezone`: the
    city's, in which pages tell time whatever the device's own clock is set to. `demo`: everything they see is
    invented, so every page says SYNTHETIC."""

    login: str
    name: str
    role: Role
    timezone: str = Field(examples=["America/New_York"])
    demo: bool
    enrolling: bool = False
    first_password: bool = False

    @classmethod
    def of(cls, session: Session, account: Account, *, enrolling: bool = False) -> SignedIn:
        """An account as the wire tells it."""
        ground = Ground.of(session.get_one(Programme, account.programme_id))
        return cls._told(account, ground, enrolling, account.password_until is not None)

    @classmethod
    def asking(cls, actor: Actor, ground: Ground) -> SignedIn:
        """Whoever asks, as the wire tells it."""
        return cls._told(actor, ground, actor.enrolling, actor.first_password)

    @classmethod
    def _told(cls, who: Account | Actor, ground: Ground, enrolling: bool, first_password: bool) -> SignedIn:
        place = {"timezone": ground.timezone.key, "demo": ground.demo}
        state = {"enrolling": enrolling, "first_password": first_password}
        return cls.model_validate({"login": who.login, "name": who.name, "role": who.role} | place | state)


class FactorOffered(Told):
    """Put this into an authenticator, then confirm with the digits it shows."""

    secret: str = Field(examples=["JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"])
    address: str = Field(description="The same as an otpauth address, which a phone opens by itself")


class Confirming(Asked):
    """What the authenticator shows."""

    digits: Digits


class NewPassword(Asked):
    """The password so far, and the new one."""

    old: Password
    new: Password


@routes.post("", summary="Log in; sets the cookie")
def sign_in(
    asked: Credentials,
    request: Request,
    response: Response,
    reading: ReadingAll,
    session: WritingAll,
    desk: AtDoor,
    now: Now,
) -> SignedIn:
    """A wrong log-in and a wrong password give the same answer; after a few, wait (429)."""
    address = request.client.host if request.client else ""
    desk.attempts.check(asked.login, address, now)
    try:
        known = accounts.recognise(reading, asked.login, asked.password.get_secret_value())
        account = session.get_one(Account, known.id)
        accounts.still_good(account, now)
        factors.check(session, account, asked.digits and asked.digits.replace(" ", ""), now)
    except SignedOut:
        desk.attempts.failed(asked.login, address, now)
        raise
    desk.attempts.succeeded(asked.login, address)
    return _begin(request, response, session, account, now)


@routes.get("", summary="Who is logged in?")
def who_am_i(actor: Asking, desk: AtDesk) -> SignedIn:
    """401 when nobody is."""
    return SignedIn.asking(actor, desk.ground)


@routes.delete("", status_code=204, summary="Log out")
def sign_out(request: Request, response: Response, session: Writing, now: Now) -> None:
    """Ends the session on the server, not only in the browser."""
    sessions.sign_out(session, token_of(request) or "", now)
    take_back(response)


@routes.post("/factor", summary="Begin to set up a second factor")
def offer_factor(session: Writing, actor: Asking) -> FactorOffered:
    """The secret is told once; it counts when its digits were confirmed."""
    account = session.get_one(Account, actor.id)
    secret = factors.offer(session, account)
    return FactorOffered(secret=secret, address=factors.address(account, secret))


@routes.put("/factor", summary="Confirm the second factor; opens what is yours")
def confirm_factor(
    asked: Confirming, request: Request, response: Response, session: Writing, actor: Asking, now: Now
) -> SignedIn:
    """With the digits the authenticator shows now. The session is replaced by one that may do everything."""
    account = session.get_one(Account, actor.id)
    factors.confirm(session, account, asked.digits.replace(" ", ""), now)
    sessions.end_all(session, account, now)
    return _begin(request, response, session, account, now)


@routes.put("/password", summary="Change your password; ends your other sessions")
def change_password(
    asked: NewPassword, request: Request, response: Response, session: Writing, actor: Asking, now: Now
) -> SignedIn:
    """Whoever found an open browser does not know the old one. The session is replaced by a new one."""
    account = session.get_one(Account, actor.id)
    old, new = asked.old.get_secret_value(), asked.new.get_secret_value()
    accounts.change_password(session, account, old, new, now=now)
    sessions.end_all(session, account, now)
    return _begin(request, response, session, account, now)


def _begin(
    request: Request, response: Response, session: Session, account: Account, now: datetime
) -> SignedIn:
    """A new session. It opens nothing while a password of their own or a needed second factor is missing."""
    lacks_factor = factors.needed(session, account) and account.factor_since is None
    enrolling = lacks_factor or account.password_until is not None
    hand_over(request, response, sessions.sign_in(session, account, now, enrolling=enrolling))
    return SignedIn.of(session, account, enrolling=enrolling)
