"""The whole walk in a real browser: plan, publish, lose the signal, log, lose the tablet's power, come back,
sync, and find every tap once in the manager's report."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser import chromium, crew
from tests.browser.conftest import TABLET, ZONE, tablet, today
from tests.browser.office import Office

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Playwright

PASSWORD = "outreach-demo"
PATIENCE = 120_000
MET, KITS = "People met", "Naloxone kits given"


@pytest.mark.slow
def test_twelve_contacts_and_three_kits_survive_a_dead_tablet_and_count_once(
    demo: Office, browser: Browser, playwright: Playwright, tmp_path: Path
):
    with tablet(browser, viewport={"width": 1440, "height": 900}) as desk:
        plan_and_publish(desk.new_page(), demo.url)

    with power(playwright, tmp_path) as switched_on:
        page = open_page(switched_on)
        day, stop = take_a_van(page, demo.url)
        switched_on.set_offline(True)
        crew.arrive(page)
        crew.tap(page, MET, 5, times=2)
        crew.tap(page, MET, 1, times=2)
        crew.tap(page, KITS, 1, times=3)
        crew.wait_for_count(page, MET, 12)
        crew.wait_for_count(page, KITS, 3)
        crew.wait_for_status(page, "8 saved on this tablet, not sent yet — no signal.")
        assert chromium.kill(tmp_path) == 1

    with power(playwright, tmp_path, offline=True) as switched_on:
        page = open_page(switched_on)
        page.goto(f"{demo.url}/crew")
        page.get_by_role("heading", name=stop).wait_for()
        crew.wait_for_count(page, MET, 12)
        crew.wait_for_count(page, KITS, 3)
        crew.wait_for_status(page, "8 saved on this tablet, not sent yet — no signal.")
        switched_on.set_offline(False)
        sign_in_again_if_asked(page)
        crew.wait_for_status(page, "Everything is sent.")
        page.reload()
        crew.wait_for_count(page, MET, 12)

    with tablet(browser, viewport={"width": 1440, "height": 900}) as desk:
        page = open_page(desk)
        read_report(page, demo.url, day)
        assert (figure(page, MET), figure(page, KITS)) == ("12", "hidden")
        page.get_by_role("switch", name="Exact figures").click()
        page.get_by_text("This reading is recorded in the audit.").wait_for()
        assert (figure(page, MET), figure(page, KITS)) == ("12", "3")
        assert recorded_reading(page) == {"from": day.isoformat(), "until": day.isoformat()}


def plan_and_publish(page: Page, url: str) -> None:
    """The coordinator asks for a week from today, watches it being made, and publishes it."""
    page.set_default_timeout(PATIENCE)
    sign_in(page, url, "dispatch")
    page.get_by_role("tab", name="New plan").click()
    page.get_by_label("First day").fill(today().isoformat())
    page.get_by_label("For", exact=True).select_option("7")
    page.get_by_label("Time to search").select_option("15")
    page.get_by_role("button", name="Make a plan").click()
    page.get_by_text("searching").first.wait_for()
    page.get_by_role("button", name="Publish", exact=True).click()
    page.get_by_text("is published. Crews get it at their next sync.").wait_for()


def take_a_van(page: Page, url: str) -> tuple[date, str]:
    """Sign in, take the first van out today (tomorrow on a holiday); the day and the first stop's name."""
    sign_in(page, url, "crew")
    page.locator(".vans button").or_(page.get_by_text("Nothing is planned for")).first.wait_for()
    day = today()
    if page.get_by_text("Nothing is planned for").is_visible():
        page.get_by_role("button", name="Tomorrow").click()
        day += timedelta(1)
    with page.expect_response("**/crew/events"):
        page.locator(".vans button").first.click()
    crew.wait_for_status(page, "Everything is sent.")
    return day, page.locator("#stop-name").inner_text()


def sign_in_again_if_asked(page: Page) -> None:
    """Chromium writes a new log-in to disk after half a minute: one that dies sooner has forgotten it."""
    asked = page.locator(".strip").get_by_role("button", name="Sign in")
    asked.or_(page.locator(".strip", has_text="Everything is sent.")).first.wait_for()
    if asked.is_visible():
        crew.wait_for_status(page, "8 saved on this tablet, not sent yet — sign in to send them.")
        asked.click()
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("dialog").get_by_role("button", name="Sign in").click()


def sign_in(page: Page, url: str, login: str) -> None:
    """Through the front door."""
    page.goto(url)
    page.get_by_label("Log-in name").fill(login)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def read_report(page: Page, url: str, day: date) -> None:
    """The manager's report of one day."""
    page.set_default_timeout(PATIENCE)
    sign_in(page, url, "manager")
    page.wait_for_url("**/report")
    page.goto(f"{url}/report?from={day}&until={day}")
    page.locator(".answer").wait_for()


def figure(page: Page, column: str) -> str:
    """What stands in the report's last line, under this heading."""
    headings = page.locator("thead th").all_inner_texts()
    place = next(number for number, text in enumerate(headings) if text.startswith(column))
    return page.locator("tfoot tr").locator("th, td").nth(place).inner_text().strip()


def recorded_reading(page: Page) -> dict[str, str]:
    """The newest reading of exact figures in the audit."""
    entries = page.evaluate("fetch('/api/v1/manage/audit').then((answer) => answer.json())")
    return next(entry["body"] for entry in entries if entry["act"] == "coverage.exact")


@contextmanager
def power(playwright: Playwright, profile: Path, *, offline: bool = False) -> Iterator[BrowserContext]:
    """A tablet whose memory is the folder `profile`, from switching on to switching off, or being killed."""
    from playwright.sync_api import Error

    context = playwright.chromium.launch_persistent_context(
        str(profile / "profile"),
        executable_path=chromium.executable(),
        args=list(chromium.FLAGS),
        offline=offline,
        locale="en-US",
        timezone_id=ZONE,
        viewport=TABLET,  # type: ignore[arg-type]
    )
    try:
        yield context
    finally:
        with suppress(Error):  # one that was killed may be found dead just while it closes
            context.close()


def open_page(context: BrowserContext) -> Page:
    """A page that waits patiently: the machine may be busy."""
    page = context.new_page()
    page.set_default_timeout(30_000)
    return page
