"""A coordinator cancels a published stop; tablet and public notice say so, and where to go instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.browser import crew
from tests.browser.conftest import PATIENCE, tablet
from tests.browser.office import Office

if TYPE_CHECKING:
    from playwright.sync_api import APIRequestContext, Browser, Page

PASSWORD = "outreach-demo"
WHY = "The street is closed"


def test_a_cancelled_stop_reaches_tablet_and_notice_with_the_nearest_alternative(
    demo: Office, browser: Browser
):
    with tablet(browser) as crew_tablet, tablet(browser) as desk:
        page = crew_tablet.new_page()
        page.set_default_timeout(PATIENCE)
        take_a_van_tomorrow(page, demo.url)
        site = page.locator("#stop-name").inner_text()
        cancelled = cancel_and_publish(desk.request, demo.url, site, starts(page))

        page.reload()
        alert = page.get_by_role("alert")
        alert.get_by_text(f"{site} at {cancelled['starts']} is cancelled.").wait_for()
        alert.get_by_text(f"Reason: {WHY}.").wait_for()
        told = alert.get_by_text("Send people to").inner_text()
        assert cancelled["alternative"]["name"] in told
        page.get_by_role("button", name="We have seen this").click()
        crew.wait_for_status(page, "Everything is sent.")

        page.goto(f"{demo.url}/notice?language=en")
        assert site in page.inner_text("body")
        assert WHY in page.inner_text("body")


def take_a_van_tomorrow(page: Page, url: str) -> None:
    """Tomorrow's first van; the day after a plan's first there always is one in the demo."""
    page.goto(f"{url}/crew")
    page.get_by_label("Log-in name").fill("crew")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Tomorrow").click()
    with page.expect_response("**/crew/events"):
        page.locator(".vans button").first.click()
    crew.wait_for_status(page, "Everything is sent.")


def starts(page: Page) -> str:
    """When the stop on screen opens."""
    return page.locator("article .time").inner_text()[:5]


def cancel_and_publish(ask: APIRequestContext, url: str, site: str, opens: str) -> dict[str, Any]:
    """What the board does when a coordinator cancels that stop and publishes again."""
    change = {"X-Outreach": "1", "Origin": url}
    api = f"{url}/api/v1"
    assert ask.post(f"{api}/session", data={"login": "dispatch", "password": PASSWORD}, headers=change).ok
    plan = ask.get(f"{api}/dispatch/schedule").json()["published"]
    uid = next(
        stop["uid"] for stop in _stops(plan) if stop["site"]["name"] == site and stop["starts"] == opens
    )
    draft = ask.post(f"{api}/dispatch/stops/{uid}/cancel", data={"reason": WHY}, headers=change)
    assert draft.ok, draft.text()
    published = ask.post(f"{api}/dispatch/schedule/publish", data={}, headers=change)
    assert published.ok, published.text()
    date = next(day["date"] for day in plan["van_days"] if any(stop["uid"] == uid for stop in day["stops"]))
    days = ask.get(f"{api}/crew/bundle?date={date}").json()["days"]
    return next(stop for day in days for stop in day["stops"] if stop["uid"] == uid)


def _stops(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [stop for day in plan["van_days"] for stop in day["stops"]]
