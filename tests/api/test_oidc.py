"""Signing in through an identity provider: what it vouches for, and every way it must not be believed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from joserfc.jwk import RSAKey
from sqlalchemy import update

from api import oidc
from api.app import create
from outreach.accounts import Account
from outreach.errors import Refused
from outreach.settings import Settings
from outreach.store import Programme, Store
from tests.api.conftest import House, _peopled
from tests.api.provider import CLIENT, SECRET, Provider, provider
from tests.town import build

API = "/api/v1"


@pytest.fixture
def idp() -> Iterator[Provider]:
    with provider() as made:
        made.claims = {"email": "Cem@Example.org", "email_verified": True}
        yield made


@pytest.fixture
def house(idp: Provider, store: Store, tmp_path: Path, now: datetime) -> Iterator[House]:
    """A real installation with that provider, where crew and manager sign in with their addresses."""
    town = _peopled(build(store, tmp_path / "city"))
    with store.transaction() as session:
        session.execute(update(Programme).values(demo=False))
        for login, address in (("crew", "cem@example.org"), ("manager", "mia@example.org")):
            session.execute(update(Account).where(Account.login == login).values(login=address))
    oidc_settings = {"oidc_issuer": idp.address, "oidc_client": CLIENT, "oidc_secret": SECRET}
    app = create(Settings(tmp_path, store.url, **oidc_settings), planning=False, clock=lambda: now)
    with TestClient(app) as served:
        yield House(town, app, served)


def _at_provider(browser: TestClient) -> str:
    """Off to the provider, through its log-in, and the address it sends the browser back to."""
    off = browser.get(f"{API}/session/oidc", follow_redirects=False)
    assert off.status_code == 303, off.text
    at = httpx.get(off.headers["location"])
    return at.headers["location"]


def _come_in(browser: TestClient) -> httpx.Response:
    return browser.get(_at_provider(browser), follow_redirects=False)


def test_who_the_provider_vouches_for_comes_in(house: House) -> None:
    browser = house.browser()
    assert browser.get(f"{API}/session/ways").json() == {"password": True, "provider": True}
    back = _come_in(browser)
    assert (back.status_code, back.headers["location"]) == (303, "/")
    told = browser.get(f"{API}/session").json()
    assert (told["login"], told["role"], told["enrolling"]) == ("cem@example.org", "crew", False)
    assert browser.get(f"{API}/crew/bundle").status_code == 200


def test_the_account_is_bound_to_the_providers_own_name(house: House, idp: Provider) -> None:
    _come_in(house.browser())
    idp.claims = {"email": "new@example.org", "email_verified": True}
    assert _come_in(house.browser()).status_code == 303, "another address, the same person"
    idp.claims = {"email": "cem@example.org", "email_verified": True, "sub": "s-2"}
    assert _come_in(house.browser()).status_code == 401, "the same address, another person"


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "nobody@example.org", "email_verified": True},
        {"email": "cem@example.org", "email_verified": False},
        {"email": "cem@example.org"},
        {"email_verified": True},
    ],
)
def test_nobody_gets_in_by_having_an_address(house: House, idp: Provider, claims: dict[str, object]) -> None:
    idp.claims = claims
    browser = house.browser()
    back = _come_in(browser)
    assert (back.status_code, back.json()["code"]) == (401, "no-account")
    assert browser.get(f"{API}/session").status_code == 401


@pytest.mark.parametrize(
    "lie",
    [
        {"iss": "https://evil.example"},
        {"aud": "another-client"},
        {"nonce": "another"},
        {"exp": 1_600_000_000},
        {"sub": None},
    ],
)
def test_an_answer_that_does_not_hold_is_refused(house: House, idp: Provider, lie: dict[str, object]) -> None:
    idp.lies = {"claims": lie}
    back = _come_in(house.browser())
    assert (back.status_code, back.json()["code"]) == (401, "oidc")


def test_an_answer_signed_by_somebody_else_is_refused(house: House, idp: Provider) -> None:
    idp.signing = RSAKey.generate_key(2048)
    assert _come_in(house.browser()).status_code == 401


def test_a_provider_that_is_another_is_refused(house: House, idp: Provider) -> None:
    idp.lies = {"issuer": "https://evil.example"}
    assert house.browser().get(f"{API}/session/oidc", follow_redirects=False).status_code == 401


def test_a_journey_belongs_to_one_browser_and_happens_once(house: House) -> None:
    mine, thief = house.browser(), house.browser()
    address = _at_provider(mine)
    assert thief.get(address, follow_redirects=False).status_code == 401
    assert mine.get(address.replace("state=", "state=x"), follow_redirects=False).status_code == 401
    assert mine.get(address, follow_redirects=False).status_code == 303
    assert mine.get(address, follow_redirects=False).status_code == 401


def test_a_journey_ends_after_ten_minutes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = house.browser()
    address = _at_provider(browser)
    late = oidc.time.time() + oidc.JOURNEY_SECONDS + 1
    monkeypatch.setattr(oidc.time, "time", lambda: late)
    assert browser.get(address, follow_redirects=False).status_code == 401


def test_a_manager_comes_in_only_with_a_second_factor(house: House, idp: Provider) -> None:
    idp.claims = {"email": "mia@example.org", "email_verified": True, "sub": "s-9"}
    weak = _come_in(house.browser())
    assert (weak.status_code, weak.json()["code"]) == (401, "weak")
    idp.claims |= {"amr": ["pwd", "mfa"]}
    browser = house.browser()
    assert _come_in(browser).status_code == 303
    assert browser.get(f"{API}/manage/audit").status_code == 200


def test_a_closed_account_stays_out(house: House) -> None:
    with house.town.store.transaction() as session:
        session.execute(update(Account).values(active=False))
    assert _come_in(house.browser()).status_code == 401


def test_without_a_provider_the_door_is_not_there(tmp_path: Path, sqlite_store: Store, now: datetime) -> None:
    with TestClient(create(Settings(tmp_path, sqlite_store.url), planning=False)) as browser:
        assert browser.get(f"{API}/session/oidc").status_code == 404
        assert browser.get(f"{API}/session/ways").json()["provider"] is False


@pytest.mark.parametrize(
    "given",
    [
        {"oidc_issuer": "https://id.example"},
        {"oidc_issuer": "https://id.example", "oidc_client": "x"},
        {"oidc_issuer": "http://id.example", "oidc_client": "x", "oidc_secret": "y"},
    ],
)
def test_a_provider_half_set_up_fails_the_start(tmp_path: Path, given: dict[str, str]) -> None:
    with pytest.raises(Refused, match="OUTREACH_OIDC"):
        create(Settings(tmp_path, "sqlite://", **given), planning=False)
