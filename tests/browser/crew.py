"""What a crew does on its tablet, in the words of the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page


def sign_in(
    page: Page, url: str, login: str = "crew", password: str = "four plain words", van: str = "Van one"
) -> None:
    """Open the page with signal, sign in, take a van, and wait until the tablet may leave the signal."""
    page.goto(f"{url}/crew")
    page.get_by_label("Log-in name").fill(login)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    with page.expect_response("**/crew/events"):  # the office hears that the plan was seen
        page.get_by_role("button", name=van).click()
    wait_for_status(page, "Everything is sent.")


def status(page: Page) -> str:
    """What the status strip says."""
    return page.locator(".strip [role=status]").inner_text()


def wait_for_status(page: Page, words: str) -> None:
    """Wait until the strip says this."""
    page.locator(".strip [role=status]", has_text=words).wait_for()


def arrive(page: Page) -> None:
    """Say that the van is there; hours before the planned time the tablet asks once whether that is so."""
    page.get_by_role("button", name="We have arrived").click()
    yes = page.get_by_role("button", name="Yes, we are here")
    yes.or_(page.get_by_role("button", name="We are leaving")).first.wait_for()
    if yes.is_visible():
        yes.click()


def tap(page: Page, label: str, step: int = 1, times: int = 1) -> None:
    """Tap +1, +5 or +10 of something."""
    for _ in range(times):
        page.get_by_role("button", name=f"Add {step}: {label}").click()


def count(page: Page, label: str) -> int:
    """How many the screen shows."""
    return int(page.get_by_role("group", name=label, exact=True).locator("output").inner_text())


def wait_for_count(page: Page, label: str, number: int) -> None:
    """Wait until the screen counts this many."""
    group = page.get_by_role("group", name=label, exact=True)
    group.locator("output", has_text=str(number)).wait_for()
