"""Tablets: brought in by a code, signed in by themselves, shut out by a word; second factors at the door."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api import desk
from outreach import factors
from outreach.devices import CODE_LIMIT
from outreach.field import events
from outreach.sessions import DEVICE_LIMIT
from tests.api.conftest import PASSWORD, House

API = "/api/v1"


class Clock:
    """The house's clock, which a test may put on."""

    def __init__(self, house: House) -> None:
        self._desk = house.app.state.desk
        self.start = self._desk.now()

    def after(self, time: timedelta) -> datetime:
        self._desk.now = lambda: self.start + time
        return self.start + time


def _code(house: House, name: str = "Tablet 3") -> str:
    answer = house.browser("dispatch").post(f"{API}/devices/codes", json={"name": name})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["code"])


def _tablet(house: House) -> TestClient:
    tablet = house.browser()
    answer = tablet.post(f"{API}/device", json={"code": _code(house)})
    assert answer.status_code == 200, answer.text
    return tablet


def _batch(uid: str) -> dict[str, Any]:
    tap = {"id": "01932c6e-5b7a-7c3e-8f10-00000000000b", "kind": "stop.arrived", "subject": uid}
    rest = {"replaces": None, "occurred_at": "2026-11-21T15:00:00.000Z", "payload": {}}
    return {"device": "tablet-3", "events": [tap | rest]}


def test_a_code_brings_in_one_tablet_and_no_second(house: House) -> None:
    code = _code(house)
    tablet = house.browser()
    signed_in = tablet.post(f"{API}/device", json={"code": code.lower().replace("-", " ")})
    assert signed_in.json()["role"] == "device"
    assert tablet.get(f"{API}/crew/bundle").status_code == 200
    assert tablet.get(f"{API}/dispatch/sites").status_code == 403
    second = house.browser().post(f"{API}/device", json={"code": code})
    assert (second.status_code, second.json()["code"]) == (401, "code")


def test_a_code_is_good_for_half_an_hour(house: House) -> None:
    code, clock = _code(house), Clock(house)
    clock.after(CODE_LIMIT)
    assert house.browser().post(f"{API}/device", json={"code": code}).status_code == 401


def test_guessing_codes_is_stopped(house: House) -> None:
    guesser = house.browser()
    answers = [guesser.post(f"{API}/device", json={"code": f"AAAAA-AAAA{n}"}).status_code for n in range(9)]
    assert answers == [401] * 8 + [429]


def test_a_tablet_renews_its_short_log_in_by_itself(house: House) -> None:
    tablet, clock = _tablet(house), Clock(house)
    clock.after(DEVICE_LIMIT)
    assert tablet.get(f"{API}/crew/bundle").status_code == 401
    assert tablet.post(f"{API}/device/token").status_code == 200
    assert tablet.get(f"{API}/crew/bundle").status_code == 200


def test_the_secret_goes_to_one_address_only(house: House) -> None:
    answer = house.browser().post(f"{API}/device", json={"code": _code(house)})
    cookies = [value.lower() for value in answer.headers.get_list("set-cookie")]
    secret = next(cookie for cookie in cookies if cookie.startswith("outreach_tablet="))
    assert "path=/api/v1/device" in secret
    assert all("httponly" in cookie and "samesite=strict" in cookie for cookie in cookies)


def test_a_tablet_shut_out_reads_nothing_and_what_it_sends_is_held(published_house: House) -> None:
    house, tablet = published_house, _tablet(published_house)
    listed = house.browser("dispatch").get(f"{API}/devices").json()
    assert [(one["name"], one["revoked_at"]) for one in listed] == [("Tablet 3", None)]
    gone = house.browser("operator").delete(f"{API}/devices/{listed[0]['id']}").json()
    assert gone["revoked_at"] is not None
    for path in ("crew/bundle", "crew/summary", "session"):
        assert tablet.get(f"{API}/{path}").status_code == 401
    assert tablet.post(f"{API}/device/token").status_code == 401
    sent = tablet.post(f"{API}/crew/events", json=_batch(house.promised))
    assert sent.status_code == 200, sent.text
    assert [(one["state"], one["code"]) for one in sent.json()["receipts"]] == [("held", "no-permission")]
    with house.town.store.reading() as session:
        [kept] = events.held(session, house.town.programme_id)
        assert house.promised in kept.body


def test_a_closed_crew_account_on_a_tablet_is_sealed_too(published_house: House) -> None:
    house, crew = published_house, published_house.browser("crew")
    admin = house.browser("admin")
    number = next(one["id"] for one in admin.get(f"{API}/accounts").json() if one["login"] == "crew")
    assert admin.delete(f"{API}/accounts/{number}").status_code == 204
    assert crew.get(f"{API}/crew/bundle").status_code == 401
    [receipt] = crew.post(f"{API}/crew/events", json=_batch(house.promised)).json()["receipts"]
    assert receipt["state"] == "held"


def test_a_tablet_that_was_shut_out_cannot_flood(
    published_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, tablet = published_house, _tablet(published_house)
    house.browser("dispatch").delete(f"{API}/devices/1")
    monkeypatch.setattr(desk, "MOST_SEALED", 1)
    assert tablet.post(f"{API}/crew/events", json=_batch(house.promised)).status_code == 200
    again = tablet.post(f"{API}/crew/events", json=_batch(house.promised))
    assert (again.status_code, again.json()["code"]) == (403, "sealed")


def test_a_stranger_may_not_send_even_sealed(house: House) -> None:
    stranger = house.browser()
    stranger.cookies.set("outreach_session", "made-up")
    assert stranger.post(f"{API}/crew/events", json=_batch("x")).status_code == 401


def test_an_old_session_asks_to_sign_in_and_holds_nothing(house: House) -> None:
    crew, clock = house.browser("crew"), Clock(house)
    clock.after(timedelta(days=15))
    assert crew.post(f"{API}/crew/events", json=_batch("x")).status_code == 401


def _enrolled(house: House, login: str = "manager") -> tuple[TestClient, str]:
    browser = house.browser(login)
    secret = browser.post(f"{API}/session/factor").json()["secret"]
    shown = factors.digits_at(secret, house.app.state.desk.now())
    answer = browser.put(f"{API}/session/factor", json={"digits": f"{shown[:3]} {shown[3:]}"})
    told = {"login": login, "name": login.title(), "role": login, "timezone": "America/New_York"}
    assert answer.json() == told | {"demo": False, "enrolling": False, "first_password": False}
    return browser, secret


def test_a_manager_without_a_second_factor_sets_one_up_first(strict: House) -> None:
    browser = strict.browser("manager")
    assert browser.get(f"{API}/session").json()["enrolling"] is True
    refused = browser.get(f"{API}/manage/audit")
    assert (refused.status_code, refused.json()["code"]) == (403, "enrol-first")
    browser, secret = _enrolled(strict)
    assert browser.get(f"{API}/manage/audit").status_code == 200
    assert browser.post(f"{API}/session/factor").status_code == 409
    with strict.town.store.reading() as session:
        assert secret not in str(session.connection().exec_driver_sql("SELECT factor FROM accounts").all())


def test_a_password_alone_opens_nothing_once_there_is_a_second_factor(strict: House) -> None:
    _, secret = _enrolled(strict)
    clock, stranger = Clock(strict), strict.browser()
    later = clock.after(timedelta(minutes=2))
    words = {"login": "manager", "password": PASSWORD}
    wanted = stranger.post(f"{API}/session", json=words)
    assert (wanted.status_code, wanted.json()["code"]) == (401, "second-factor")
    assert "set-cookie" not in wanted.headers
    shown = factors.digits_at(secret, later)
    assert stranger.post(f"{API}/session", json=words | {"digits": shown}).status_code == 200
    again = strict.browser().post(f"{API}/session", json=words | {"digits": shown})
    assert again.status_code == 401, "the same digits twice"


def test_guessing_digits_is_stopped(strict: House) -> None:
    _enrolled(strict)
    words = {"login": "manager", "password": PASSWORD, "digits": "000000"}
    answers = [strict.browser().post(f"{API}/session", json=words).status_code for _ in range(9)]
    assert answers == [401] * 8 + [429]


def test_a_crew_needs_no_second_factor(strict: House) -> None:
    assert strict.browser("crew").get(f"{API}/session").json()["enrolling"] is False
    assert strict.browser("crew").get(f"{API}/crew/bundle").status_code == 200
