"""Logging in and out, and what keeps others from doing it in your name."""

from __future__ import annotations

from fastapi.testclient import TestClient
from sqlalchemy import update

from outreach.accounts import Account
from tests.api.conftest import PASSWORD, House

SESSION = "/api/v1/session"


def test_logging_in_says_who_you_are_and_keeps_it_in_a_cookie_no_script_can_read(house: House) -> None:
    answer = house.browser().post(SESSION, json={"login": "crew", "password": PASSWORD})
    told = {"login": "crew", "name": "Crew", "role": "crew", "timezone": "America/New_York", "demo": True}
    assert answer.json() == told | {"enrolling": False, "first_password": False}
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith("outreach_session=")
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "secure" not in cookie  # plain http on loopback: the browser would throw it away


def test_over_https_the_cookie_is_secure(house: House) -> None:
    browser = TestClient(house.app, base_url="https://localhost", headers={"X-Outreach": "1"})
    answer = browser.post(SESSION, json={"login": "crew", "password": PASSWORD})
    assert "secure" in answer.headers["set-cookie"].lower()


def test_after_logging_out_the_cookie_is_worth_nothing(house: House) -> None:
    browser = house.browser("manager")
    stolen = browser.cookies["outreach_session"]
    assert browser.delete(SESSION).status_code == 204
    thief = house.browser()
    thief.cookies.set("outreach_session", stolen)
    assert thief.get(SESSION).status_code == 401


def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(house: House) -> None:
    one = house.browser().post(SESSION, json={"login": "nobody", "password": PASSWORD})
    other = house.browser().post(SESSION, json={"login": "crew", "password": "wrong password"})
    assert one.status_code == other.status_code == 401
    assert one.json() == other.json()


def test_a_wrong_password_never_waits_for_those_who_write(house: House) -> None:
    with house.town.store.transaction() as session:
        session.execute(update(Account).values(active=True))  # somebody writes, and takes their time
        answer = house.browser().post(SESSION, json={"login": "crew", "password": "wrong password"})
    assert answer.status_code == 401


def test_guessing_is_stopped_even_with_the_right_password_at_last(house: House) -> None:
    guesser = house.browser()
    for _ in range(8):
        assert guesser.post(SESSION, json={"login": "crew", "password": "guess"}).status_code == 401
    answer = guesser.post(SESSION, json={"login": "crew", "password": PASSWORD})
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "300"
    assert "Wait five minutes" in answer.json()["detail"]


def test_another_person_at_the_same_desk_is_not_locked_out(house: House) -> None:
    for _ in range(8):
        house.browser().post(SESSION, json={"login": "crew", "password": "guess"})
    assert house.browser("dispatch").get(SESSION).status_code == 200


def test_the_password_is_in_no_answer(house: House) -> None:
    answer = house.browser().post(SESSION, json={"login": "crew", "password": "SECRET-canary", "x": 1})
    assert answer.status_code == 422
    assert "SECRET-canary" not in answer.text


def test_a_change_without_our_header_is_refused(house: House) -> None:
    browser = house.browser("dispatch")
    answer = browser.post("/api/v1/dispatch/sites", json={}, headers={"X-Outreach": ""})
    assert answer.status_code == 403
    assert answer.json()["code"] == "header-missing"


def test_a_change_asked_for_by_another_site_is_refused(house: House) -> None:
    browser = house.browser("dispatch")
    for origin in ("http://evil.example", "null", "http://localhost:9999"):
        answer = browser.post("/api/v1/dispatch/sites", json={}, headers={"Origin": origin})
        assert (answer.status_code, answer.json()["code"]) == (403, "foreign-origin")
    ours = browser.post("/api/v1/dispatch/sites", json={}, headers={"Origin": "http://localhost:8000"})
    assert ours.status_code == 422
