"""Logging in and out. The token travels in a cookie that no script can read."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SecretStr, StringConstraints

from api.access import router
from api.wire import Asked, Told

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
def sign_in(asked: Credentials) -> SignedIn:
    raise NotImplementedError


@routes.get("", summary="Who is logged in?")
def who_am_i() -> SignedIn:
    raise NotImplementedError


@routes.delete("", status_code=204, summary="Log out")
def sign_out() -> None:
    raise NotImplementedError
