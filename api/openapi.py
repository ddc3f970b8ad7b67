"""The written contract: what OpenAPI cannot know by itself (roles, the cookie, the header, problem+json)."""

from __future__ import annotations

import inspect
from typing import Any, Final

from fastapi import FastAPI

from api.access import ANYONE, POLICY, PREFIX
from api.cookies import COOKIE
from api.crew import EventSent
from api.dispatch.city import Basemap
from api.dispatch.runs import RunProgress
from api.problems import MEDIA_TYPE, TITLES, Problem
from api.wire import Told

ABOUT: Final[dict[str, Any]] = {
    "title": "Outreach",
    "version": "1",
    "summary": "Plan, publish, log and report the work of mobile outreach vans.",
    "description": inspect.cleandoc(
        """
        Dates are local dates; times of day are `HH:MM` and run past 24:00 for work after midnight; moments
        are UTC. Every change needs the header `X-Outreach: 1`. Every error is `application/problem+json`.
        """
    ),
    "docs_url": None,
    "redoc_url": None,
    "openapi_url": f"{PREFIX}/openapi.json",
    "license_info": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
}
SCHEMES: Final = {
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
    "same_site": {"type": "apiKey", "in": "header", "name": "X-Outreach", "description": "Always `1`"},
}


def describe(app: FastAPI) -> None:
    """Let the application's schema tell the whole contract."""
    plain = app.openapi

    def told() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _complete(plain())
        return app.openapi_schema

    app.openapi = told  # type: ignore[method-assign]  # FastAPI's documented way to extend the schema


def _complete(schema: dict[str, Any]) -> dict[str, Any]:
    shapes = schema.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        shapes.pop(unused, None)
    for shape in (Problem, RunProgress, EventSent, Basemap):
        _add_shape(shapes, shape)
    schema["components"]["securitySchemes"] = SCHEMES
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            _tell(operation, method.upper(), path)
    return schema


def _add_shape(shapes: dict[str, Any], shape: type[Told]) -> None:
    own = shape.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    shapes.update(own.pop("$defs", {}))
    shapes[shape.__name__] = own


def _tell(operation: dict[str, Any], method: str, path: str) -> None:
    roles = POLICY[f"{method} {path.removeprefix(PREFIX)}"]
    changes = method != "GET"
    needs = [*([] if roles is ANYONE else ["session"]), *(["same_site"] if changes else [])]
    operation["security"] = [{scheme: [] for scheme in needs}] if needs else []
    operation["x-roles"] = sorted(roles)
    for status in _statuses(operation, public=roles is ANYONE, changes=changes):
        operation["responses"][str(status)] = {
            "description": TITLES[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }


def _statuses(operation: dict[str, Any], *, public: bool, changes: bool) -> list[int]:
    named = {int(status) for status in operation["responses"] if int(status) >= 400}
    asks = bool(operation.get("parameters") or operation.get("requestBody"))
    named |= {422} if asks else set()
    named |= {413} if operation.get("requestBody") else set()
    named |= {404} if asks or changes else set()  # what is named, or is to be changed, may be gone
    named |= {401, 429} if public and changes else set()  # the doors that signing in goes through
    named |= set() if public else {401, 403}
    return sorted(named | ({403, 409} if changes else set()) | {503})
