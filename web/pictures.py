"""Takes the README's pictures from a running demo: `python web/pictures.py [http://127.0.0.1:8000]`.

Needs the test extra and a Chromium on PATH. Writes `docs/pictures/`.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
PASSWORD = "outreach-demo"
FLAGS = (
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
)


def main(server: str) -> None:
    """One picture of each page, at the size people use it."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        raise SystemExit("No Chromium on PATH.")
    PICTURES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=list(FLAGS))
        board(page(browser, server, "dispatch", 1440, 900), server)
        crew(page(browser, server, "crew", 1024, 768), server)
        report(page(browser, server, "manager", 1280, 900), server)
        browser.close()


def page(browser: Browser, server: str, login: str, width: int, height: int) -> Page:
    """A page of somebody who has signed in."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale="en-US", color_scheme="light"
    )
    context.request.post(
        f"{server}/api/v1/session", data={"login": login, "password": PASSWORD}, headers={"X-Outreach": "1"}
    )
    return context.new_page()


def board(shown: Page, server: str) -> None:
    """The map with a working day's routes, and the timetable."""
    shown.goto(f"{server}/board", wait_until="networkidle")
    shown.get_by_role("button", name="Tue").first.click()
    shown.wait_for_timeout(6000)  # the map draws in software here
    shown.screenshot(path=PICTURES / "board.png")


def crew(shown: Page, server: str) -> None:
    """A stop under way with its counters."""
    shown.goto(f"{server}/crew", wait_until="networkidle")
    shown.wait_for_timeout(1000)
    shown.get_by_role("button", name="Tomorrow").click()
    shown.get_by_role("button", name="Van").first.click()
    shown.wait_for_timeout(1000)
    shown.screenshot(path=PICTURES / "crew.png")


def report(shown: Page, server: str) -> None:
    """The coverage report."""
    shown.goto(f"{server}/report", wait_until="networkidle")
    shown.wait_for_timeout(1000)
    shown.screenshot(path=PICTURES / "report.png")


if __name__ == "__main__":
    main(*(sys.argv[1:] or ["http://127.0.0.1:8000"]))
