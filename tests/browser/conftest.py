"""What browser tests need: a Chromium, the built pages, and the real server over the tiny town.

Without a Chromium, without Playwright or without built pages they are skipped, and pytest's header says why;
OUTREACH_REQUIRE_BROWSER=1 makes that an error.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from outreach import accounts
from outreach.store import open_store
from tests import once
from tests.browser import chromium
from tests.browser.office import Office, run, serving
from tests.shift import Planned, publish, uid
from tests.town import Town, build

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Playwright

HERE = Path(__file__).parent
ZONE = "America/New_York"
PASSWORD = "four plain words"
PEOPLE = {"dispatch": "dispatch", "crew": "crew", "boss": "manager"}
TABLET = {"width": 1280, "height": 800}
PATIENCE = 30_000
"""Milliseconds that a page may take on a busy machine; what works is not waited for."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark this folder's tests; skip them, or fail at once where a browser is required."""
    mine = [item for item in items if HERE in Path(item.fspath).parents]
    why = chromium.missing()
    if mine and why and os.environ.get("OUTREACH_REQUIRE_BROWSER") == "1":
        raise pytest.UsageError(f"OUTREACH_REQUIRE_BROWSER=1, but {why}")
    for item in mine:
        item.add_marker(pytest.mark.browser)
        if why:
            item.add_marker(pytest.mark.skip(reason=why))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Under a failed test, what its pages said and what its browser complained of, refused answers too."""
    report = yield
    if report.when == "call" and report.failed:
        for name, page in getattr(item, "funcargs", {}).items():
            if hasattr(page, "console_messages"):
                report.sections.append((f"what {name} showed", _shown(page)))
    return report


def _shown(page: Page) -> str:
    """The page's words and its browser's complaints, or why they cannot be read any more."""
    try:
        complaints = [said.text for said in page.console_messages() if said.type == "error"]
        return "\n".join([page.url, page.locator("body").inner_text(timeout=5_000), *complaints])
    except Exception as gone:  # a page that is closed or has crashed must not hide the failure itself
        return str(gone)


def today() -> date:
    """The tiny town's local date, now: the pages under test look at the real clock."""
    return datetime.now(ZoneInfo(ZONE)).date()


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Playwright's driver. It ends with the file: while it lives, no other test in this process may run
    an event loop of its own."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """One Chromium for tests that need no profile of their own."""
    started = playwright.chromium.launch(executable_path=chromium.executable(), args=list(chromium.FLAGS))
    yield started
    started.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh tablet: English, New York, landscape."""
    with tablet(browser) as fresh:
        yield fresh


@contextmanager
def tablet(browser: Browser, locale: str = "en-US", **more: object) -> Iterator[BrowserContext]:
    """A browser context that fails the test when the page breaks its own security policy or throws."""
    options: dict[str, object] = {"locale": locale, "timezone_id": ZONE, "viewport": TABLET} | more
    fresh = browser.new_context(**options)  # type: ignore[arg-type]
    complaints: list[str] = []
    fresh.on("weberror", lambda error: complaints.append(str(error.error)))
    fresh.on("console", lambda said: complaints.append(said.text) if _is_policy(said.text) else None)
    yield fresh
    fresh.close()
    assert complaints == [], "the page broke its security policy or threw"


def _is_policy(text: str) -> bool:
    return "Content Security Policy" in text


class Tiny:
    """The tiny town with accounts and today's plan: van one at mill and yard, van two at the square."""

    mill, yard, square = uid(1), uid(2), uid(3)

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = open_store(f"sqlite:///{folder / 'outreach.db'}")
        self.town: Town = build(self.store, folder / "city")
        with self.store.transaction() as session:
            for login, role in PEOPLE.items():
                accounts.create(session, self.town.programme_id, login, login.title(), role, PASSWORD)
        self.versions = 0
        self.publish()

    def publish(self, **states: str) -> None:
        """A new version of today and tomorrow; `mill="cancelled"` changes the state of a stop."""
        self.versions += 1
        day = today()
        planned = [
            Planned("mill", "one", day, 540, 660, self.mill, states.get("mill", "planned")),
            Planned("yard", "one", day, 1320, 1430, self.yard, states.get("yard", "planned")),
            Planned("square", "two", day, 600, 840, self.square, states.get("square", "planned")),
            Planned("east", "one", day + timedelta(1), 600, 840, uid(4)),
        ]
        with self.store.transaction() as session:
            publish(session, self.town, self.versions, day, day + timedelta(6), planned)

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Tiny]:
    """The tiny town with a plan for today, in a data folder of its own."""
    made = Tiny(tmp_path)
    yield made
    made.close()


@pytest.fixture
def office(tiny: Tiny) -> Iterator[Office]:
    """The real server over the tiny town; nobody asks it for a plan."""
    with serving(tiny.folder) as running:
        yield running


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A page of a fresh tablet."""
    fresh = context.new_page()
    fresh.set_default_timeout(PATIENCE)
    return fresh


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo city, planned and published, made once for all tests that need a real one."""

    def build(folder: Path) -> None:
        run(["demo", "--no-serve", "--seconds", "5"], folder, timeout=300)

    return once.copy_of(tmp_path_factory, "demo", build)


@pytest.fixture(scope="session")
def demo(demo_folder: Path) -> Iterator[Office]:
    """The real server over the demo city, with its worker. Tests share it: add to it, but break nothing."""
    with serving(demo_folder, planning=True) as running:
        yield running
