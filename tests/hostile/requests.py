"""Requests made from the written contract, plain ones and hostile ones, of whoever asks."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from hypothesis import strategies as st

from api import schema
from tests.api.conftest import ROLES
from tests.hostile import shapes
from tests.hostile.bodies import BODIES, HEADERS, RAW

CONTRACT: dict[str, Any] = json.loads(schema.text())
SHAPES = CONTRACT["components"]["schemas"]
OPERATIONS = [(method, path) for path, methods in CONTRACT["paths"].items() for method in methods]
STOP = "00000000-aaaa-bbbb-cccc-5709ed000000"
"""Stands for the uid of a stop that is there."""
ODD_TEXT = ["", "0", "-1", "1e3", "١", "\x00", "%", "é", "2026-02-30", "9" * 30, "null", "a" * 3000, "1", "2"]
ADDRESSES = (
    *("/", "/crew", "/board", "/report", "/enrol", "/notice", "/notice.css", "/assets/", "/crew/sw.js"),
    *(
        "/api",
        "/api/v1",
        "/api/v1/",
        "/api/v1/nowhere",
        "/api/v2/session",
        "//api/v1/session",
        "/api/v1//session",
    ),
    *("/%00", "/%ff%fe", "/..%2f..%2fetc%2fpasswd", "/assets/..%2f..%2f..%2fetc%2fpasswd", "/assets/%00.js"),
    *(
        "/" + "a" * 5000,
        "/" + "a/" * 500,
        "/%E2%80%AE",
        "/api/v1/session/",
        "/API/V1/SESSION",
        "/api/v1/session;x",
    ),
    *(
        "/api/v1/openapi.json",
        "/crew/" + "x" * 300,
        "/assets/" + "%2e%2e/" * 20 + "etc/passwd",
        "/favicon.ico",
    ),
    *(
        "/notice?lang=%00",
        "/notice?programme=" + "9" * 400,
        "/notice?lang=es&lang=en",
        "/notice?%ff=%fe",
        "/?a[]=1",
    ),
)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "get", "É")


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `role` is who is signed in (None: a stranger); `headers` come on top of the usual ones."""

    method: str
    address: str
    role: str | None
    headers: tuple[tuple[str, bytes], ...] = ()
    body: bytes | None = None

    def __str__(self) -> str:
        words = [self.role or "stranger", self.method, self.address[:200]]
        return " ".join([*words, *(f"{n}={v!r}"[:80] for n, v in self.headers), repr(self.body)[:300]])


def asks_for(method: str, path: str) -> dict[str, Any] | None:
    """The shape of the body an operation asks for."""
    content = CONTRACT["paths"][path][method].get("requestBody", {}).get("content", {})
    wanted: dict[str, Any] | None = content.get("application/json", {}).get("schema")
    return wanted


@st.composite
def requests(draw: st.DrawFn, method: str, path: str) -> Request:
    """What somebody might send to one operation."""
    operation = CONTRACT["paths"][path][method]
    address, query = path, {}
    for one in operation.get("parameters", []):
        value = draw(_value(one["schema"]))
        if one["in"] == "path":
            known = one["name"] == "uid" and draw(st.booleans())
            address = address.replace(f"{{{one['name']}}}", STOP if known else quote(value, safe="") or "%20")
        elif one.get("required") or draw(st.booleans()):
            query[one["name"]] = value
    shape = asks_for(method, path)
    body = draw(shapes.bodies(shape, SHAPES)) if shape else None
    if query:
        address += "?" + urlencode(query, errors="replace")
    headers = draw(_headers) if draw(st.integers(0, 3)) == 0 else ()
    return Request(method.upper(), address, draw(_role(operation)), headers, body)


def _role(operation: dict[str, Any]) -> st.SearchStrategy[str | None]:
    """Mostly somebody who may."""
    may = [role for role in operation["x-roles"] if role in ROLES] or [None, "crew", "admin"]
    return st.one_of(st.sampled_from(may), st.sampled_from(may), st.sampled_from([None, *ROLES]))


def _value(one: dict[str, Any]) -> st.SearchStrategy[str]:
    return shapes.of(one, SHAPES).map(_plain) | st.sampled_from(ODD_TEXT)


def _plain(value: object) -> str:
    return str(value).encode(errors="replace").decode()


_headers = st.lists(st.sampled_from(HEADERS), min_size=1, max_size=2).map(tuple)


@st.composite
def batches(draw: st.DrawFn) -> Request:
    """What a broken tablet might send: taps that are almost right."""
    events = draw(st.lists(_tap(), min_size=1, max_size=5))
    if draw(st.booleans()):
        events.append(events[0])
    body = json.dumps(
        {"device": draw(st.sampled_from(["t-1", "t-1", "t-1", "", "é", "x" * 65])), "events": events}
    )
    role = draw(st.sampled_from(["crew", "device", "dispatch"]))
    return Request("POST", "/api/v1/crew/events", role, (), body.encode())


KINDS = (
    *(
        "stop.arrived",
        "stop.left",
        "stop.skipped",
        "tally",
        "void",
        "note",
        "overdose.response",
        "schedule.seen",
    ),
    *("stop.danced", "", "tally\x00"),
)
PAYLOADS: tuple[dict[str, object], ...] = (
    *(
        {"item": "contacts", "quantity": 1},
        {"item": "naloxone_kits", "quantity": 2**31},
        {"item": "contacts"},
    ),
    *(
        {"item": "contacts", "quantity": 10**400},
        {"item": "contacts", "quantity": 0.5},
        {"reason": "nobody_there"},
    ),
    *(
        {"naloxone_doses": 2, "survived": True},
        {"version": 2**63},
        {"text": "a\x00b"},
        {"text": "\ud800"},
        {},
    ),
)
MOMENTS = (
    *(
        "2026-11-23T14:05:00.000Z",
        "2026-11-23T14:05:00Z",
        "2026-11-23T10:05:00-05:00",
        "0001-01-01T00:00:00+14:00",
    ),
    *("9999-12-31T23:59:59-14:00", "2026-11-23", "2026-11-23T25:00:00Z", "2026-11-23T14:05:00", "", "now"),
)


@st.composite
def _tap(draw: st.DrawFn) -> object:
    tap: object = {
        "id": draw(st.uuids(version=4).map(str)),
        "kind": draw(st.sampled_from(KINDS)),
        "subject": draw(st.sampled_from([STOP, STOP, STOP.upper(), "x", None])),
        "occurred_at": draw(st.sampled_from(MOMENTS)),
        "payload": draw(st.sampled_from(PAYLOADS)),
    }
    return shapes.spoiled(tap, draw) if draw(st.integers(0, 2)) == 0 else tap


def corpus() -> Iterator[Request]:
    """Every known bad body to every operation that takes one, and raw content of other kinds."""
    for method, path in OPERATIONS:
        operation = CONTRACT["paths"][path][method]
        role = next(
            (role for role in ("admin", "crew", "manager", "device") if role in operation["x-roles"]), None
        )
        address = path.replace("{uid}", STOP)
        for one in operation.get("parameters", []):
            address = address.replace(f"{{{one['name']}}}", "1")
        if asks_for(method, path):
            for body in BODIES.values():
                yield Request(method.upper(), address, role, (), body)
            for kind, body in RAW:
                yield Request(method.upper(), address, role, (("Content-Type", kind),), body)
            for coding, pack in (("gzip", gzip.compress), ("deflate", zlib.compress), ("br", bytes)):
                packed = pack(b'{"name": "x"}')
                yield Request(method.upper(), address, role, (("Content-Encoding", coding.encode()),), packed)


def odd_headers() -> Iterator[Request]:
    """Every odd header to a few operations of each kind."""
    for method, path in OPERATIONS[::3]:
        operation = CONTRACT["paths"][path][method]
        role = next((role for role in ("admin", "crew") if role in operation["x-roles"]), None)
        address = path.replace("{uid}", STOP)
        for one in operation.get("parameters", []):
            address = address.replace(f"{{{one['name']}}}", "1")
        for header in HEADERS:
            yield Request(
                method.upper(), address, role, (header,), b"{}" if method in ("post", "put") else None
            )


def odd_addresses() -> Iterator[Request]:
    """Addresses outside the contract, by every method."""
    for address in ADDRESSES:
        for method in METHODS:
            yield Request(method, address, None)
            yield Request(method, address, "admin", (("Accept-Encoding", b"gzip;q=x"),))
