"""What protects every request before a route sees it: strict headers, a bound on the body, same-site writes,
and JSON read strictly."""

from __future__ import annotations

import json
from typing import Any, Final, NoReturn
from urllib.parse import urlsplit

from fastapi import HTTPException, Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import unforeseen
from outreach.errors import Refused

MARK: Final = "x-outreach"
MAX_BODY: Final = 2 * 1024 * 1024
READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})

POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "object-src 'none'",
        "img-src 'self' data: blob:",
        "style-src 'self'",
        "worker-src 'self' blob:",
        "connect-src 'self'",
        "manifest-src 'self'",
    )
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), payment=(), usb=(), geolocation=(self)",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


def same_site(request: Request) -> None:
    """A write must come from our own pages: with our header, which another site cannot set, and our Origin.

    Raises: `Refused`.
    """
    if request.method in READS:
        return
    if request.headers.get(MARK) != "1":
        raise Refused("Send the header X-Outreach: 1 with every change.", code="header-missing")
    origin = request.headers.get("origin")
    if origin is not None and _site_of(origin) != request.headers.get("host"):
        raise Refused(
            "This change was asked for by another web site, so it was refused.", code="foreign-origin"
        )


def _site_of(origin: str) -> str | None:
    """The host an Origin names; None for what is no address at all."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None


class StrictRequest(Request):
    """JSON without NaN, infinities, endless numbers or endless nesting."""

    async def json(self) -> Any:  # noqa: ANN401 — the framework's own signature
        """The body. Raises: `json.JSONDecodeError` for anything that is not plain JSON."""
        body = await self.body()
        try:
            return json.loads(body, parse_constant=_no_constant)
        except json.JSONDecodeError:
            raise
        except (ValueError, RecursionError):
            raise json.JSONDecodeError("This is not JSON that can be read", "", 0) from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


class Shield:
    """ASGI middleware around the whole application: headers on every answer, no body above `MAX_BODY`, and a
    problem instead of a traceback for what nobody foresaw."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        passage = _Passage(scope, receive, send)
        try:
            await self._app(scope, passage.receive, passage.send)
        except Exception as error:
            # The one place that catches everything: past it the server would write a traceback, which may
            # quote what was sent, and break the line off without an answer.
            if passage.started:
                raise
            await unforeseen(error)(scope, receive, passage.send)


class _Passage:
    """One request on its way in, and its answer on its way out."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._receive, self._send = receive, send
        self._private = scope["path"].startswith("/api/")
        self._secure = scope["scheme"] == "https"
        self._left = MAX_BODY
        self.started = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise HTTPException(413)
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            if self._secure:
                headers.setdefault("Strict-Transport-Security", "max-age=31536000")
            if self._private:
                headers.setdefault("Cache-Control", "no-store")
        await self._send(message)
