"""Who may do what: one table of every route, and the guard that reads it before anything else of a request.

A route that is not in the table cannot be made, so a forgotten policy fails the start, not a person.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from api import guard
from api.cookies import token_of
from api.desk import Actor, Terms
from api.request import desk_of
from outreach.accounts import ROLES

PREFIX: Final = "/api/v1"

Roles = frozenset[str]
ANYONE: Final[Roles] = frozenset({"anyone"})
SIGNED_IN: Final[Roles] = frozenset(ROLES)
PEOPLE: Final[Roles] = SIGNED_IN - {"device"}
PLANNERS: Final[Roles] = frozenset({"dispatch", "admin"})
LOOKERS: Final[Roles] = PLANNERS | {"manager"}
CREWS: Final[Roles] = frozenset({"crew", "clinician", "device", "dispatch", "admin"})
MANAGERS: Final[Roles] = frozenset({"manager", "admin"})
AUDITORS: Final[Roles] = MANAGERS | {"auditor"}
ADMINS: Final[Roles] = frozenset({"admin"})
CARERS: Final[Roles] = frozenset({"crew", "clinician"})
KEEPERS: Final[Roles] = ADMINS | {"operator"}

POLICY: Final[dict[str, Roles]] = {
    "GET /health": ANYONE,
    "GET /notice": ANYONE,
    "GET /notice.css": ANYONE,
    "GET /public/notice": ANYONE,
    "POST /session": ANYONE,
    "GET /session/ways": ANYONE,
    "GET /session/oidc": ANYONE,
    "GET /session/oidc/back": ANYONE,
    "GET /session": SIGNED_IN,
    "DELETE /session": SIGNED_IN,
    "POST /session/factor": PEOPLE,
    "PUT /session/factor": PEOPLE,
    "PUT /session/password": PEOPLE,
    "GET /accounts": KEEPERS | {"auditor"},
    "POST /accounts": ADMINS,
    "PUT /accounts/{account_id}/role": ADMINS,
    "POST /accounts/{account_id}/password": ADMINS,
    "POST /accounts/{account_id}/reopen": ADMINS,
    "DELETE /accounts/{account_id}/factor": ADMINS,
    "DELETE /accounts/{account_id}/sessions": KEEPERS,
    "DELETE /accounts/{account_id}": ADMINS,
    "POST /device": ANYONE,
    "POST /device/token": ANYONE,
    "GET /devices": KEEPERS | {"dispatch"},
    "POST /devices/codes": PLANNERS,
    "DELETE /devices/{device_id}": KEEPERS | {"dispatch"},
    "GET /dispatch/city": LOOKERS,
    "GET /dispatch/basemap": LOOKERS,
    "GET /dispatch/areas": LOOKERS,
    "GET /dispatch/risk": LOOKERS,
    "GET /dispatch/risk/why": LOOKERS,
    "GET /dispatch/sites": LOOKERS,
    "POST /dispatch/sites": PLANNERS,
    "GET /dispatch/sites/{site_id}/walk": LOOKERS,
    "GET /dispatch/staff": LOOKERS,
    "GET /dispatch/vans": LOOKERS,
    "POST /dispatch/absences": PLANNERS,
    "DELETE /dispatch/absences/{absence_id}": PLANNERS,
    "GET /dispatch/alerts": LOOKERS,
    "POST /dispatch/alerts": PLANNERS,
    "DELETE /dispatch/alerts/{alert_id}": PLANNERS,
    "GET /dispatch/due": PLANNERS,
    "POST /dispatch/due": PLANNERS,
    "DELETE /dispatch/due/{due_id}": PLANNERS,
    "GET /dispatch/runs": LOOKERS,
    "POST /dispatch/runs": PLANNERS,
    "GET /dispatch/runs/{run_id}": LOOKERS,
    "GET /dispatch/runs/{run_id}/progress": LOOKERS,
    "POST /dispatch/runs/{run_id}/cancel": PLANNERS,
    "GET /dispatch/runs/{run_id}/plan": LOOKERS,
    "POST /dispatch/runs/{run_id}/publish": PLANNERS,
    "POST /dispatch/runs/{run_id}/check": PLANNERS,
    "GET /dispatch/schedule": LOOKERS,
    "POST /dispatch/schedule/check": PLANNERS,
    "POST /dispatch/schedule/replan": PLANNERS,
    "POST /dispatch/schedule/publish": PLANNERS,
    "DELETE /dispatch/schedule/draft": PLANNERS,
    "POST /dispatch/stops/{uid}/cancel": PLANNERS,
    "POST /dispatch/stops/{uid}/shorten": PLANNERS,
    "POST /dispatch/stops/{uid}/move": PLANNERS,
    "GET /dispatch/versions": LOOKERS,
    "GET /crew/bundle": CREWS,
    "POST /crew/events": CREWS,
    "GET /crew/summary": CREWS,
    "POST /crew/participants/code": CARERS,
    "POST /crew/participants/look": CARERS,
    "POST /crew/participants/consents": CARERS,
    "POST /crew/participants/note": CARERS,
    "POST /crew/participants/erase": CARERS,
    "GET /manage/coverage": MANAGERS,
    "GET /manage/exports": AUDITORS,
    "POST /manage/exports": MANAGERS,
    "POST /manage/exports/{export_id}/approve": MANAGERS,
    "POST /manage/exports/{export_id}/decline": MANAGERS,
    "POST /manage/exports/{export_id}/hand-over": MANAGERS,
    "GET /manage/terms": AUDITORS,
    "GET /manage/releases": AUDITORS,
    "GET /manage/releases/{release_id}": AUDITORS,
    "POST /manage/releases": MANAGERS,
    "GET /manage/audit": AUDITORS,
    "GET /manage/audit/state": AUDITORS,
    "POST /manage/audit/verify": AUDITORS,
}
"""Every route of the API and the roles it serves. The tests spell the same table out by hand."""

WHILE_ENROLLING: Final = frozenset(
    {
        "GET /session",
        "DELETE /session",
        "POST /session/factor",
        "PUT /session/factor",
        "PUT /session/password",
    }
)
"""All that is open to somebody who has still to choose a password or to set up a second factor."""

SEALED: Final = frozenset({"POST /crew/events"})
"""Where a tablet that was shut out may still knock: what it sends is held, and it is told nothing."""


class UnguardedRouteError(RuntimeError):
    """A route was added without saying in `POLICY` who may use it."""


class Guarded(APIRoute):
    """A route that looks up its policy when it is made, and asks it before the body is read."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        key = _key(self.path, self.methods or set())
        roles = policy_of(self.path, self.methods or set())
        terms = Terms(roles, while_enrolling=key in WHILE_ENROLLING, sealed=key in SEALED)
        answer = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            guard.same_site(request)
            if roles is not ANYONE:
                request.state.actor = await _admit(request, terms)
            return await answer(guard.StrictRequest(request.scope, request.receive))

        return guarded


def router(prefix: str, *, tags: list[str]) -> APIRouter:
    """A router whose every route must stand in `POLICY`."""
    return APIRouter(
        prefix=PREFIX + prefix,
        tags=[*tags],
        route_class=Guarded,
        generate_unique_id_function=lambda route: route.name,
    )


def page_router() -> APIRouter:
    """A router for pages people read, outside the API and its written contract; guarded all the same."""
    return APIRouter(route_class=Guarded, include_in_schema=False)


def policy_of(path: str, methods: set[str]) -> Roles:
    """Who may call it. Raises: `UnguardedRouteError` when nobody said."""
    key = _key(path, methods)
    if key not in POLICY:
        raise UnguardedRouteError(f"{key} has no line in api/access.py: say which roles may use it")
    return POLICY[key]


def _key(path: str, methods: set[str]) -> str:
    return " and ".join(f"{method} {path.removeprefix(PREFIX)}" for method in sorted(methods))


async def _admit(request: Request, terms: Terms) -> Actor:
    desk = desk_of(request)
    async with desk.readers.turn():
        return await run_in_threadpool(desk.admit, token_of(request), terms)
