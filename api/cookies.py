"""Cookies: the session's token, and the secret with which a tablet renews it. No script can read either."""

from __future__ import annotations

from typing import Final

from fastapi import Request, Response

from outreach.devices import SECRET_LIMIT
from outreach.sessions import ABSOLUTE_LIMIT

COOKIE: Final = "outreach_session"
SECRET: Final = "outreach_tablet"
SECRET_PATH: Final = "/api/v1/device"


def token_of(request: Request) -> str | None:
    """The session's token, if the browser sent one."""
    return request.cookies.get(COOKIE)


def secret_of(request: Request) -> str:
    """The tablet's secret; empty when there is none."""
    return request.cookies.get(SECRET, "")


def hand_over(request: Request, response: Response, token: str) -> None:
    """Give the browser its session."""
    seconds = int(ABSOLUTE_LIMIT.total_seconds())
    response.set_cookie(
        COOKIE, token, max_age=seconds, secure=_secure(request), httponly=True, samesite="strict"
    )


def hand_over_secret(request: Request, response: Response, secret: str) -> None:
    """Give the tablet its secret, which it sends to one address only."""
    seconds = int(SECRET_LIMIT.total_seconds())
    response.set_cookie(
        SECRET,
        secret,
        max_age=seconds,
        path=SECRET_PATH,
        secure=_secure(request),
        httponly=True,
        samesite="strict",
    )


def take_back(response: Response) -> None:
    """Let the browser forget its session, and the tablet its secret."""
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")
    response.delete_cookie(SECRET, path=SECRET_PATH, httponly=True, samesite="strict")


def _secure(request: Request) -> bool:
    return request.url.scheme == "https"
