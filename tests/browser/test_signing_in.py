"""The front door: a manager's second factor, and a tablet brought in by a code and shut out by a word."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from outreach import devices, factors
from tests.browser import crew
from tests.browser.conftest import PASSWORD, Tiny
from tests.browser.office import Office

if TYPE_CHECKING:
    from playwright.sync_api import Page


def _sign_in(page: Page, url: str, login: str) -> None:
    page.goto(url)
    page.get_by_label("Log-in name").fill(login)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_a_manager_sets_up_a_second_factor_once_and_is_asked_for_it_after(page: Page, office: Office):
    _sign_in(page, office.url, "boss")
    page.get_by_role("heading", name="Set up your second factor").wait_for()
    secret = page.locator("code").inner_text().replace(" ", "")
    page.get_by_label("Six digits").fill("000000")
    page.get_by_role("button", name="Confirm").click()
    page.get_by_text("These digits do not fit").wait_for()
    page.get_by_label("Six digits").fill(factors.digits_at(secret, datetime.now(UTC)))
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url("**/report")

    page.context.clear_cookies()
    _sign_in(page, office.url, "boss")
    page.get_by_label("Six digits").fill(factors.digits_at(secret, datetime.now(UTC) + timedelta(seconds=30)))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/report")


def test_a_tablet_comes_in_by_a_code_works_and_is_shut_out(page: Page, tiny: Tiny, office: Office):
    pid, now = tiny.town.programme_id, datetime.now(UTC)
    with tiny.store.transaction() as session:
        code = devices.offer(session, pid, "Tablet 3", actor="dispatch", now=now)
    page.goto(f"{office.url}/enrol")
    page.get_by_label("Code").fill("WRONG-CODE2")
    page.get_by_role("button", name="Enrol").click()
    page.get_by_text("This code is not good").wait_for()
    page.get_by_label("Code").fill(code.lower())
    page.get_by_role("button", name="Enrol").click()
    page.wait_for_url("**/crew")
    with page.expect_response("**/crew/events"):
        page.get_by_role("button", name="Van one").click()
    crew.wait_for_status(page, "Everything is sent.")

    with tiny.store.transaction() as session:
        [tablet] = devices.listed(session, pid)
        devices.revoke(session, pid, tablet.id, actor="dispatch", now=now)
    with page.expect_response("**/crew/events") as sent:
        crew.arrive(page)
    assert sent.value.status == 200
    assert [one["state"] for one in sent.value.json()["receipts"]] == ["held"]
    assert page.request.get(f"{office.url}/api/v1/crew/bundle").status == 401
