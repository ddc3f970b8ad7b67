"""Accounts through their doors: a first password, another role, a way back in, and who is signed in where."""

from __future__ import annotations

from datetime import timedelta

from fastapi.testclient import TestClient
from httpx import Response

from outreach import factors
from outreach.passwords import FIRST_LIMIT
from tests.api.conftest import PASSWORD, House

API = "/api/v1"
OWN = "a password of my own"


def _open(house: House, login: str = "nia", role: str = "clinician") -> str:
    """Somebody new; their first password."""
    new = {"login": login, "name": login.title(), "role": role}
    answer = house.browser("admin").post(f"{API}/accounts", json=new)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["password"])


def _number(house: House, login: str) -> int:
    known = house.browser("admin").get(f"{API}/accounts").json()
    return int(next(one["id"] for one in known if one["login"] == login))


def _sign_in(house: House, login: str, password: str) -> tuple[TestClient, Response]:
    browser = house.browser()
    return browser, browser.post(f"{API}/session", json={"login": login, "password": password})


def test_a_first_password_opens_nothing_until_another_is_chosen(house: House) -> None:
    first = _open(house)
    nia, answer = _sign_in(house, "nia", first)
    assert (answer.json()["enrolling"], answer.json()["first_password"]) == (True, True)
    refused = nia.get(f"{API}/crew/bundle")
    assert (refused.status_code, refused.json()["code"]) == (403, "enrol-first")
    same = nia.put(f"{API}/session/password", json={"old": first, "new": first})
    assert same.status_code == 422
    chosen = nia.put(f"{API}/session/password", json={"old": first, "new": OWN})
    assert (chosen.json()["enrolling"], chosen.json()["first_password"]) == (False, False)
    assert nia.get(f"{API}/crew/bundle").status_code == 200
    assert _sign_in(house, "nia", first)[1].status_code == 401
    assert _sign_in(house, "nia", OWN)[1].status_code == 200


def test_a_first_password_is_good_for_a_week(house: House) -> None:
    first, desk = _open(house), house.app.state.desk
    start = desk.now()
    desk.now = lambda: start + FIRST_LIMIT + timedelta(seconds=1)
    answer = _sign_in(house, "nia", first)[1]
    assert (answer.status_code, answer.json()["code"]) == (401, "first-password")
    assert _sign_in(house, "crew", PASSWORD)[1].status_code == 200, "a password of their own stays good"


def test_a_managers_first_password_comes_before_the_second_factor_and_neither_alone_opens(
    strict: House,
) -> None:
    admin = strict.browser("admin")
    secret = admin.post(f"{API}/session/factor").json()["secret"]
    now = strict.app.state.desk.now()
    admin.put(f"{API}/session/factor", json={"digits": factors.digits_at(secret, now)})
    first = _open(strict, "mo", "manager")
    mo, _ = _sign_in(strict, "mo", first)
    own = mo.post(f"{API}/session/factor").json()["secret"]
    halfway = mo.put(f"{API}/session/factor", json={"digits": factors.digits_at(own, now)})
    assert halfway.json()["enrolling"] is True, "the first password is still there"
    assert mo.get(f"{API}/manage/releases").status_code == 403
    mo.put(f"{API}/session/password", json={"old": first, "new": OWN})
    assert mo.get(f"{API}/manage/releases").status_code == 200

    first = _open(strict, "max", "manager")
    other, _ = _sign_in(strict, "max", first)
    chosen = other.put(f"{API}/session/password", json={"old": first, "new": OWN})
    assert (chosen.json()["enrolling"], chosen.json()["first_password"]) == (True, False)
    assert other.get(f"{API}/manage/releases").status_code == 403


def test_a_new_password_needs_the_old_one_and_ends_the_other_sessions(house: House) -> None:
    one, other = house.browser("crew"), _sign_in(house, "crew", PASSWORD)[0]
    wrong = one.put(f"{API}/session/password", json={"old": "wrong password", "new": OWN})
    assert wrong.status_code == 403
    assert other.get(f"{API}/session").status_code == 200
    assert one.put(f"{API}/session/password", json={"old": PASSWORD, "new": OWN}).status_code == 200
    assert one.get(f"{API}/session").status_code == 200
    assert other.get(f"{API}/session").status_code == 401


def test_an_administrator_signs_out_and_gives_a_new_first_password(house: House) -> None:
    admin, crew = house.browser("admin"), house.browser("crew")
    number = _number(house, "crew")
    assert admin.delete(f"{API}/accounts/{number}/sessions").status_code == 204
    assert crew.get(f"{API}/session").status_code == 401
    renewed = admin.post(f"{API}/accounts/{number}/password").json()
    assert _sign_in(house, "crew", PASSWORD)[1].status_code == 401
    assert _sign_in(house, "crew", renewed["password"])[1].json()["first_password"] is True


def test_another_role_is_in_force_at_the_next_log_in(house: House) -> None:
    admin, crew = house.browser("admin"), house.browser("crew")
    number = _number(house, "crew")
    changed = admin.put(f"{API}/accounts/{number}/role", json={"role": "dispatch"})
    assert changed.status_code == 204, changed.text
    assert crew.get(f"{API}/session").status_code == 401
    assert _sign_in(house, "crew", PASSWORD)[1].json()["role"] == "dispatch"
    [told] = [one for one in admin.get(f"{API}/manage/audit").json() if one["act"] == "account.role"]
    assert told["body"] == {"from": "crew", "to": "dispatch"}


def test_there_is_no_role_to_change_to_for_tablets_or_police(house: House) -> None:
    admin = house.browser("admin")
    for login, role in (("crew", "police"), ("crew", "device"), ("device", "crew")):
        answer = admin.put(f"{API}/accounts/{_number(house, login)}/role", json={"role": role})
        assert answer.status_code == 422, answer.text


def test_the_role_of_one_administrator_of_two_may_change(house: House) -> None:
    admin = house.browser("admin")
    admin.put(f"{API}/accounts/{_number(house, 'crew')}/role", json={"role": "admin"})
    assert (
        admin.put(f"{API}/accounts/{_number(house, 'admin')}/role", json={"role": "crew"}).status_code == 204
    )
    assert admin.get(f"{API}/session").status_code == 401


def test_a_closed_account_comes_back_with_a_new_password_and_no_old_session(house_on_both: House) -> None:
    house = house_on_both
    admin, crew = house.browser("admin"), house.browser("crew")
    number = _number(house, "crew")
    assert admin.delete(f"{API}/accounts/{number}").status_code == 204
    back = admin.post(f"{API}/accounts/{number}/reopen").json()
    assert crew.get(f"{API}/session").status_code == 401
    assert _sign_in(house, "crew", PASSWORD)[1].status_code == 401
    assert _sign_in(house, "crew", back["password"])[1].status_code == 200
    assert admin.post(f"{API}/accounts/{number}/reopen").status_code == 409


def test_a_tablet_that_was_shut_out_is_not_let_in_again(house: House) -> None:
    admin = house.browser("admin")
    number = _number(house, "device")
    admin.delete(f"{API}/accounts/{number}")
    assert admin.post(f"{API}/accounts/{number}/reopen").status_code == 422


def test_who_is_signed_in_and_where_is_told(house_on_both: House) -> None:
    house = house_on_both
    _sign_in(house, "crew", PASSWORD), house.browser("crew")
    known = {one["login"]: one for one in house.browser("operator").get(f"{API}/accounts").json()}
    assert (known["crew"]["open_sessions"], known["clinician"]["open_sessions"]) == (2, 0)
    assert known["crew"]["seen_at"] == "2026-11-21T17:00:00.000Z"
    assert known["clinician"]["seen_at"] is None
