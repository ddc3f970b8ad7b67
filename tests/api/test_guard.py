"""What protects every request: headers, bounds, strict JSON, and errors that can always be written."""

from __future__ import annotations

import json

import pytest
from fastapi import Request
from fastapi.testclient import TestClient
from starlette.routing import Route

from api.guard import MAX_BODY
from tests.api.conftest import House
from tests.hostile.bodies import BODIES

SITES = "/api/v1/dispatch/sites"


@pytest.mark.parametrize("name", BODIES)
def test_hostile_bodies_get_a_sentence_and_change_nothing(shared_house: House, name: str) -> None:
    browser = shared_house.browser("dispatch")
    before = browser.get(SITES).json()
    answer = browser.post(SITES, content=BODIES[name], headers={"Content-Type": "application/json"})
    assert answer.status_code == 422, answer.text
    told = json.loads(answer.content)
    assert answer.headers["content-type"] == "application/problem+json"
    assert told["detail"]
    assert "Traceback" not in answer.text
    assert browser.get(SITES).json() == before


def test_a_body_that_is_no_json_at_all_gets_a_sentence(shared_house: House) -> None:
    browser = shared_house.browser("dispatch")
    for kind in ("text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "///"):
        answer = browser.post(SITES, content=b"name=x", headers={"Content-Type": kind})
        assert answer.status_code == 422, kind


def test_a_body_above_the_bound_is_refused_before_it_is_read(shared_house: House) -> None:
    browser = shared_house.browser("dispatch")
    answer = browser.post(SITES, content=b" " * (MAX_BODY + 1), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413
    assert "2 MB" in answer.json()["detail"]


def test_a_body_in_pieces_is_bounded_too(shared_house: House) -> None:
    browser = shared_house.browser("dispatch")
    pieces = (b" " * 65_536 for _ in range(MAX_BODY // 65_536 + 2))
    answer = browser.post(SITES, content=pieces, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


@pytest.mark.parametrize("origin", ["http://[::1", "http://[1.2.3.4]x/", "null", "https://elsewhere.example"])
def test_a_change_from_elsewhere_is_refused_however_its_origin_is_written(
    shared_house: House, origin: str
) -> None:
    answer = shared_house.browser("dispatch").post(SITES, json={}, headers={"Origin": origin})
    assert (answer.status_code, answer.json()["code"]) == (403, "foreign-origin")


@pytest.mark.parametrize("path", ["/", "/notice", "/api/v1/health", "/api/v1/session", "/nowhere", "/crew"])
def test_every_answer_carries_strict_headers(shared_house: House, path: str) -> None:
    answer = shared_house.browser().get(path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "camera=()" in answer.headers["permissions-policy"]


def test_answers_of_the_api_are_kept_nowhere(shared_house: House) -> None:
    assert shared_house.browser("dispatch").get(SITES).headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nowhere", 404),
        ("PUT", "/api/v1/dispatch/sites", 405),
        ("PATCH", "/api/v1/session", 405),
        ("GET", "/api/v1/dispatch/runs/nonsense", 422),
        ("GET", "/api/v1/dispatch/runs/0", 422),
        ("GET", "/api/v1/dispatch/runs/99999999999999999999", 422),
        ("GET", "/api/v1/dispatch/risk?days=1000", 422),
        ("GET", "/api/v1/dispatch/risk?date=20261123", 422),
        ("GET", "/api/v1/dispatch/risk?date=1764000000", 422),
        ("GET", "/api/v1/dispatch/risk?date=%00", 422),
        ("GET", "/api/v1/crew/bundle?van=-1", 422),
        ("GET", "/api/v1/crew/bundle?van=%ff", 422),
    ],
)
def test_wrong_addresses_and_queries_get_a_problem(
    shared_house: House, method: str, path: str, status: int
) -> None:
    answer = shared_house.browser("dispatch").request(method, path)
    assert answer.status_code == status
    told = answer.json()
    assert told["status"] == status
    assert told["detail"].endswith((".", '"')) or told["detail"]
    assert answer.headers["content-type"] == "application/problem+json"


def test_what_goes_wrong_inside_is_told_without_its_insides(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "SECRET-canary"

    def broken(_: Request) -> None:
        raise RuntimeError(secret)

    house.app.router.routes.insert(0, Route("/broken", broken))
    answer = house.browser("dispatch").get("/broken")
    assert answer.status_code == 500
    assert secret not in answer.text
    assert "RuntimeError" not in answer.text
    assert "reference" in answer.json()["detail"]
    assert "RuntimeError at test_guard.py:" in caplog.text
    assert secret not in caplog.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_an_encoding_bomb_is_not_unpacked(shared_house: House) -> None:
    browser: TestClient = shared_house.browser("dispatch")
    answer = browser.post(
        SITES, content=b"\x1f\x8b", headers={"Content-Encoding": "gzip", "Content-Type": "application/json"}
    )
    assert answer.status_code == 422
