"""Logging in and out. The token travels in a cookie that no script can read."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Request, Response
from pydantic import Field, SecretStr, StringConstraints

from api.access import router
from api.desk import COOKIE
from api.request import Asking, AtDoor, Now, ReadingAll, Writing, WritingAll
from api.wire import Asked, Told
from outreach import accounts
from outreach.accounts import ABSOLUTE_LIMIT, SignedOut

routes = router("/session", tags=["session"])

Role = Literal["dispatch", "crew", "manager", "admin"]


class Credentials(Asked):
    """Who logs in."""

    login: Annotated[str, StringConstraints(min_length=1, max_length=64), Field(examples=["dispatch"])]
    password: Annotated[SecretStr, Field(min_length=1, max_length=200, examples=["outreach-demo"])]


class SignedIn(Told):
    """Who is logged in."""

    login: str
    name: str
    role: Role


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
        account = accounts.recognise(reading, asked.login, asked.password.get_secret_value())
    except SignedOut:
        desk.attempts.failed(asked.login, address, now)
        raise
    desk.attempts.succeeded(asked.login, address)
    token = accounts.sign_in(session, account, now)
    _hand_over(response, token, secure=request.url.scheme == "https")
    return SignedIn.model_validate(account)


@routes.get("", summary="Who is logged in?")
def who_am_i(actor: Asking) -> SignedIn:
    """401 when nobody is."""
    return SignedIn.model_validate(actor)


@routes.delete("", status_code=204, summary="Log out")
def sign_out(request: Request, response: Response, session: Writing, now: Now) -> None:
    """Ends the session on the server, not only in the browser."""
    accounts.sign_out(session, request.cookies.get(COOKIE, ""), now)
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")


def _hand_over(response: Response, token: str, *, secure: bool) -> None:
    seconds = int(ABSOLUTE_LIMIT.total_seconds())
    response.set_cookie(COOKIE, token, max_age=seconds, httponly=True, samesite="strict", secure=secure)
