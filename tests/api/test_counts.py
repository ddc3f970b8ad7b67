"""List pages ask the database a fixed number of questions, however long the list."""

from __future__ import annotations

import pytest

from outreach.place import sites
from tests.api.conftest import House
from tests.questions import counted

# What a page may ask, the question who is asking (1) included. A list that asks once a row breaks these.
MOST = {
    "/api/v1/dispatch/sites": 5,
    "/api/v1/dispatch/staff": 5,
    "/api/v1/dispatch/vans": 4,
    "/api/v1/dispatch/alerts": 2,
    "/api/v1/dispatch/runs": 2,
    "/api/v1/dispatch/versions": 3,
    "/api/v1/dispatch/schedule": 20,
    "/api/v1/dispatch/areas": 2,
    "/api/v1/dispatch/due": 15,
    "/api/v1/crew/bundle?date=2026-11-24": 12,
    "/api/v1/crew/bundle?date=2026-11-24&device=tablet-1": 15,
    "/api/v1/crew/summary?date=2026-11-24": 5,
    "/api/v1/manage/audit": 2,
    "/api/v1/public/notice": 6,
}
ROLE = {"crew": "crew", "manage": "manager"}


@pytest.mark.parametrize("path", MOST)
def test_a_page_asks_no_more_than_it_must(published_house: House, path: str) -> None:
    browser = published_house.browser(ROLE.get(path.split("/")[3], "dispatch"))
    browser.get(path)
    with counted() as asked:
        assert browser.get(path).status_code == 200
    assert 0 < len(asked) <= MOST[path], "\n".join(asked)


def test_more_sites_ask_no_more_questions(published_house: House) -> None:
    browser = published_house.browser("dispatch")
    browser.get("/api/v1/dispatch/sites")
    with published_house.town.store.transaction() as session:
        for number in range(50):
            sites.add(session, published_house.town.programme_id, _site(number))
    with counted() as asked:
        assert len(browser.get("/api/v1/dispatch/sites").json()) == 55
    assert 0 < len(asked) <= MOST["/api/v1/dispatch/sites"], "\n".join(asked)


def _site(number: int) -> sites.NewSite:
    return sites.NewSite(name=f"Site {number}", lon=-71.05, lat=42.33, windows=(sites.Opening(0, 480, 600),))
