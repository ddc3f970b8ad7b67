"""Whatever is sent to whichever address: never a 500, always a problem one can read, and the same verdict on
SQLite and PostgreSQL. `OUTREACH_FUZZ=5000` tries as many requests an operation."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api import schema
from api.dispatch import watching
from outreach.store import open_store
from tests.api import shapes
from tests.api.conftest import STILL, House, open_house
from tests.conftest import database
from tests.planned import published, with_risk

CONTRACT: dict[str, Any] = json.loads(schema.text())
SHAPES = CONTRACT["components"]["schemas"]
OPERATIONS = [
    (method, path)
    for path, methods in CONTRACT["paths"].items()
    for method in methods
    if (method, path) != ("delete", "/api/v1/session")  # it would only log the tester out
]
TRIES = int(os.environ.get("OUTREACH_FUZZ", "10"))
ODD_TEXT = ["", "0", "-1", "1e3", "١", "\x00", "%", "é", "2026-02-30", "9" * 30, "null", "a" * 3000, "1", "2"]


@pytest.fixture(scope="module")
def houses(
    tmp_path_factory: pytest.TempPathFactory, _sqlite_template: Path, postgres_server: str
) -> Iterator[list[House]]:
    """The same town with a published week and some of everything, on both databases."""
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.setattr(watching, "POLL_SECONDS", 0)
        patch.setattr(watching, "LONGEST_POLLS", 2)
        opened = []
        for url in (None, stack.enter_context(database(postgres_server))):
            folder = tmp_path_factory.mktemp("fuzzed")
            store = open_store(url or f"sqlite:///{folder / 'outreach.db'}")
            stack.callback(store.close)
            opened.append(stack.enter_context(open_house(store, folder, STILL)))
            _furnish(opened[-1], folder)
        yield opened


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_no_request_breaks_it_and_both_databases_agree(houses: list[House], method: str, path: str) -> None:
    operation = CONTRACT["paths"][path][method]

    @settings(
        max_examples=TRIES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(_requests(path, operation))
    def tried(request: tuple[str, bytes | None]) -> None:
        answers = [_sent(house, method, *request) for house in houses]
        for answer in answers:
            _is_no_break(answer)
        verdicts = [(answer.status_code, _code(answer)) for answer in answers]
        assert verdicts[0] == verdicts[1]

    tried()


@st.composite
def _requests(draw: st.DrawFn, path: str, operation: dict[str, Any]) -> tuple[str, bytes | None]:
    """An address with its query, and a body where one is asked for."""
    address, query = path, {}
    for one in operation.get("parameters", []):
        value = draw(_value(one["schema"]))
        if one["in"] == "path":
            address = address.replace(f"{{{one['name']}}}", quote(value, safe="") or "%20")
        elif one.get("required") or draw(st.booleans()):
            query[one["name"]] = value
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    body = draw(shapes.bodies(content["schema"], SHAPES)) if content else None
    return f"{address}?{urlencode(query, errors='replace')}", body


def _value(one: dict[str, Any]) -> st.SearchStrategy[str]:
    return shapes.of(one, SHAPES).map(_plain) | st.sampled_from(ODD_TEXT)


def _plain(value: object) -> str:
    return str(value).encode(errors="replace").decode()


def _sent(house: House, method: str, address: str, body: bytes | None) -> httpx.Response:
    headers = {"Content-Type": "application/json"} if body is not None else {}
    return house.browser("admin").request(method, address, content=body, headers=headers)


def _is_no_break(answer: httpx.Response) -> None:
    assert answer.status_code < 500, f"{answer.request.method} {answer.request.url}: {answer.text}"
    assert "Traceback" not in answer.text
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"]


def _code(answer: httpx.Response) -> str:
    return str(answer.json()["code"]) if answer.status_code >= 400 else ""


def _furnish(house: House, folder: Path) -> None:
    """A published week, a run that waits, an open draft, an absence and an alert."""
    with_risk(house.town, folder, STILL)
    version = published(house.town, STILL)
    uid = version.shifts[0].stops[0].uid
    board = house.browser("admin")
    for address, body in (
        ("runs", {"from_date": "2026-11-30", "days": 2}),
        (f"stops/{uid}/cancel", {"reason": "Snow"}),
        ("absences", {"kind": "van", "subject_id": 1, "from_date": "2026-11-23", "until_date": "2026-11-23"}),
    ):
        assert board.post(f"/api/v1/dispatch/{address}", json=body).is_success
