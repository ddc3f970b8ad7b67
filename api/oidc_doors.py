"""The two doors of the identity provider's way: off to the provider, and back from it."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Query, Request
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from api import oidc
from api.access import PREFIX, page_router, router
from api.cookies import hand_over
from api.desk import Desk
from api.oidc import Provider
from api.request import AtDoor, desk_of
from api.wire import Told
from outreach import sessions

routes = page_router()
ways = router("/session", tags=["session"])
JOURNEY: Final = "outreach_journey"
PATH: Final = f"{PREFIX}/session/oidc"
Short = Annotated[str, Query(max_length=4000)]


class Ways(Told):
    """How people may sign in here."""

    password: bool = True
    provider: bool


@ways.get("/ways", summary="How people may sign in here")
def list_ways(request: Request) -> Ways:
    """The log-in page asks it before anybody is known."""
    return Ways(provider=_provider(request).there)


@routes.get(PATH)
def go(request: Request, desk: AtDoor) -> RedirectResponse:
    """404 when none is set up."""
    provider = _provider(request)
    journey = provider.journey()
    answer = RedirectResponse(provider.address(journey, _back(request)), 303)
    with desk.store.reading() as session:
        cookie = oidc.pack(session, journey)
    secure, seconds = request.url.scheme == "https", oidc.JOURNEY_SECONDS
    # Lax: the way back begins on the provider's site, and a strict cookie would stay at home.
    answer.set_cookie(
        JOURNEY, cookie, max_age=seconds, path=PATH, secure=secure, httponly=True, samesite="lax"
    )
    return answer


@routes.get(f"{PATH}/back")
async def come_back(request: Request, desk: AtDoor, code: Short = "", state: Short = "") -> RedirectResponse:
    """Sets the session's cookie and goes on to the first page."""
    token = await run_in_threadpool(_signed_in, request, desk, code, state)
    answer = RedirectResponse("/", 303)
    hand_over(request, answer, token)
    answer.delete_cookie(JOURNEY, path=PATH, httponly=True, samesite="lax")
    return answer


def _signed_in(request: Request, desk: Desk, code: str, state: str) -> str:
    """The provider is asked before the database is written: its answer may take seconds."""
    now = desk.now()
    with desk.store.reading() as session:
        journey = oidc.unpack(session, request.cookies.get(JOURNEY, ""), state)
    claims = _provider(request).claims(journey, code, _back(request))
    with desk.store.transaction() as session:
        return sessions.sign_in(session, oidc.account_of(session, claims, now), now)


def _back(request: Request) -> str:
    return f"{request.url.scheme}://{request.headers.get('host', '')}{PATH}/back"


def _provider(request: Request) -> Provider:
    return desk_of(request).provider
