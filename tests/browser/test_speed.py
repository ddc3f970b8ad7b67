"""The crew page is there quickly: on a slow line the first time, from the tablet itself ever after."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tests.browser import crew
from tests.browser.office import Office

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

SLOW_3G = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
"""What browsers call slow 3G: 400 kbit/s each way, 400 ms to and fro."""


def test_the_days_vans_are_there_within_five_seconds_on_slow_3g(
    office: Office, page: Page, context: BrowserContext
):
    signed_in = context.request.post(
        f"{office.url}/api/v1/session",
        data={"login": "crew", "password": "four plain words"},
        headers={"X-Outreach": "1", "Origin": office.url},
    )
    assert signed_in.ok
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.emulateNetworkConditions", SLOW_3G)
    began = time.monotonic()
    page.goto(f"{office.url}/crew", wait_until="commit")
    page.get_by_role("button", name="Van one").wait_for()
    took = time.monotonic() - began
    assert took <= 5, f"{took:.1f} s"


def test_the_stops_are_there_within_a_second_without_signal(
    office: Office, page: Page, context: BrowserContext
):
    crew.sign_in(page, office.url)
    context.set_offline(True)
    assert min(seconds_to_open(page) for _ in range(4)) <= 1  # the quickest of four: the machine may be busy


def seconds_to_open(page: Page) -> float:
    """From asking for the page to the stop on screen."""
    began = time.monotonic()
    page.reload(wait_until="commit")
    page.get_by_role("heading", name="Mill").wait_for()
    return time.monotonic() - began
