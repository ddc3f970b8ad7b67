"""The service as an ordinary database user, whom row-level security binds, with two programmes in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from api.access import POLICY, PREFIX
from outreach.store import Store
from tests.api.conftest import House, _peopled, open_house
from tests.town import build

WEEK = "from=2026-11-23&until=2026-11-29"


@pytest.fixture
def apart(plain_store: Store, tmp_path: Path, now: datetime) -> Iterator[House]:
    """Two towns on PostgreSQL, opened by a user who is no superuser."""
    with open_house(plain_store, tmp_path, now) as house:
        _peopled(build(plain_store, tmp_path / "cities" / "other", slug="other"), "other-")
        yield house


def test_the_user_is_bound_by_the_policies(apart: House) -> None:
    with apart.town.store.reading() as session:
        assert session.scalar(text("SHOW is_superuser")) == "off"
        assert session.scalar(text("SELECT rolbypassrls FROM pg_roles WHERE rolname = current_user")) is False


@pytest.mark.parametrize("who", ["", "other-"])
def test_every_list_answers(apart: House, who: str) -> None:
    for key in POLICY:
        path = key.removeprefix("GET ")
        if path == key or "{" in path or "oidc" in path or path == "/session":
            continue
        role = "auditor" if path == "/manage/audit" else "crew" if "/crew" in path else "admin"
        address = path if path.startswith("/notice") else PREFIX + path
        query = f"?{WEEK}" if path.endswith("coverage") else "?programme=tiny"
        answer = apart.browser(f"{who}{role}").get(address + query)
        asks_for_more = answer.status_code == 422 and "fill this in" in answer.text
        assert answer.status_code == 200 or asks_for_more, (key, answer.text)


@pytest.mark.parametrize("who", ["", "other-"])
def test_a_day_of_work_is_done(apart: House, who: str) -> None:
    dispatch, crew, admin = (apart.browser(f"{who}{role}") for role in ("dispatch", "crew", "admin"))
    window = {"weekday": 0, "opens": "09:00", "closes": "17:00"}
    site = {"name": "New", "lon": -71.08, "lat": 42.331, "services": ["moud"], "windows": [window]}
    made = dispatch.post(f"{PREFIX}/dispatch/sites", json=site)
    assert made.status_code in (200, 201), made.text
    code = dispatch.post(f"{PREFIX}/devices/codes", json={"name": "Tablet"}).json()["code"]
    tablet = apart.browser()
    assert tablet.post(f"{PREFIX}/device", json={"code": code}).status_code == 200
    batch = {"device": "tablet-1", "events": [{"id": "x", "kind": "y", "payload": {}}]}
    assert tablet.post(f"{PREFIX}/crew/events", json=batch).json()["receipts"][0]["state"] == "held"
    person = {"code": "somebody I chose", "scope": "funder"}
    assert crew.post(f"{PREFIX}/crew/participants/consents", json=person).status_code == 200
    exact = admin.get(f"{PREFIX}/manage/coverage?{WEEK}&exact=true")
    assert exact.json()["exact"] is True
    acts = {entry["act"] for entry in admin.get(f"{PREFIX}/manage/audit").json()}
    assert {"site.added", "device.enrolled", "consent.given", "coverage.exact"} <= acts


def test_the_other_sees_nothing_of_it(apart: House) -> None:
    test_a_day_of_work_is_done(apart, "")
    other = apart.browser("other-admin")
    assert "New" not in {site["name"] for site in other.get(f"{PREFIX}/dispatch/sites").json()}
    assert other.get(f"{PREFIX}/devices").json() == []
    looked = apart.browser("other-crew").post(
        f"{PREFIX}/crew/participants/look", json={"code": "somebody I chose"}
    )
    assert looked.status_code == 404
