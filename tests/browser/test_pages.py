"""Every page in both languages and themes: no accessibility violation, no broken policy, none too heavy."""

from __future__ import annotations

import gzip
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from tests.browser.chromium import BUILT, WEB
from tests.browser.conftest import ZONE, tablet
from tests.browser.office import Office

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

AXE = WEB / "node_modules/axe-core/axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
KILOBYTE = 1024
READY = {
    "crew": ".vans button, section > .empty",
    "report": ".answer",
    "board": ".timetable, [role=tab]",
    "admin": "tbody tr",
    "releases": "section.panel form",
    "participant": "main form .answers",
}
PAGES = [
    ("board", "dispatch"),
    ("crew", "crew"),
    ("report", "manager"),
    ("admin", "admin"),
    ("releases", "manager"),
    ("participant", "crew"),
]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["en-US", "es-US"])
@pytest.mark.parametrize(("name", "login"), PAGES)
def test_page_has_no_accessibility_violation(
    demo: Office, browser: Browser, name: str, login: str, locale: str, theme: str
):
    with tablet(browser, locale, color_scheme=theme) as context:
        page = open_signed_in(context.new_page(), demo.url, name, login)
        assert violations(page) == []


@pytest.mark.parametrize("locale", ["en-US", "es-US"])
def test_the_crew_at_a_stop_has_no_accessibility_violation(demo: Office, browser: Browser, locale: str):
    with tablet(browser, locale) as context:
        page = open_signed_in(context.new_page(), demo.url, "crew", "crew")
        page.locator(".dates button").nth(0 if page.locator(".vans button").count() else 1).click()
        page.locator(".vans button").first.click()
        page.locator(".tiles").wait_for()
        assert violations(page) == []
        page.locator(".overdose").click()
        page.get_by_role("dialog").wait_for()
        assert violations(page) == []


@pytest.mark.parametrize("locale", ["en-US", "es-US"])
def test_the_front_door_has_no_accessibility_violation(demo: Office, browser: Browser, locale: str):
    with tablet(browser, locale) as context:
        page = context.new_page()
        page.goto(demo.url)
        page.locator("form").wait_for()
        assert violations(page) == []


@pytest.mark.parametrize("name", ["admin", "releases", "participant", "report"])
def test_a_page_is_read_at_twice_the_size_without_scrolling_sideways(
    demo: Office, browser: Browser, name: str
):
    """200 % on a screen of 1280 is a window of 640; tables scroll in themselves."""
    with tablet(browser, "es-US", viewport={"width": 640, "height": 512}) as context:
        page = open_signed_in(context.new_page(), demo.url, name, dict(PAGES)[name])
        wide, window = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide <= window
        own = page.locator("a[href='/password']")
        assert own.inner_text().strip()
        box = own.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 24


def test_a_report_that_was_given_out_is_opened_as_it_was(demo: Office, browser: Browser):
    until = datetime.now(ZoneInfo(ZONE)).date() - timedelta(8)
    days = {"from": (until - timedelta(6)).isoformat(), "until": until.isoformat()}
    with tablet(browser) as context:
        page = open_signed_in(context.new_page(), demo.url, "releases", "manager")
        made = page.request.post(
            f"{demo.url}/api/v1/manage/releases", data=days, headers={"X-Outreach": "1", "Origin": demo.url}
        )
        assert made.status == 201, made.text()
        page.reload()
        page.locator(f"a[href='/report?release={made.json()['id']}']").click()
        page.locator(".answer").wait_for()
        assert page.locator(".given").inner_text().startswith("As given out on ")
        assert violations(page) == []


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_public_notice_has_no_accessibility_violation(demo: Office, browser: Browser, language: str):
    with tablet(browser) as context:
        page = context.new_page()
        page.goto(f"{demo.url}/notice?language={language}")
        assert page.locator("html").get_attribute("lang") == language
        assert violations(page) == []


def open_signed_in(page: Page, url: str, name: str, login: str) -> Page:
    """A page as its user first sees it."""
    page.set_default_timeout(60_000)
    sign_in_any_language(page, f"{url}/?next=/{name}", login)
    page.wait_for_url(re.compile(f"^[^?]*/{name}(#.*)?$"))
    page.locator(READY[name]).first.wait_for()
    return page


def sign_in_any_language(page: Page, url: str, login: str) -> None:
    """By the fields' purpose: the words differ."""
    page.goto(url)
    page.locator("input[autocomplete=username]").fill(login)
    page.locator("input[autocomplete=current-password]").fill("outreach-demo")
    page.locator("button[type=submit]").click()


def violations(page: Page) -> list[str]:
    """What axe finds, each with the elements it is about."""
    if not AXE.is_file():
        pytest.skip("axe-core is not in web/node_modules (npm ci)")
    page.evaluate(AXE.read_text())
    found = page.evaluate("(tags) => axe.run(document, { runOnly: tags })", TAGS)
    return [f"{one['id']}: {[node['target'] for node in one['nodes']]}" for one in found["violations"]]


def weight(page: str) -> int:
    """Gzipped bytes of a page and everything it loads at once, its service worker too."""
    html = BUILT / f"{page}.html"
    named = re.findall(r'(?:src|href)="/(assets/[^"]+)"', html.read_text())
    files = [html, *(BUILT / name for name in named)]
    return sum(len(gzip.compress(path.read_bytes())) for path in _closure(files))


def _closure(files: list[Path]) -> set[Path]:
    """The files, and the scripts they import without being asked."""
    seen: set[Path] = set()
    while files:
        path = files.pop()
        if path in seen:
            continue
        seen.add(path)
        if path.suffix == ".js":
            files += [path.parent / name for name in re.findall(r'from"\./([^"]+\.js)"', path.read_text())]
    return seen


def test_the_crew_page_weighs_at_most_eighty_kilobytes():
    assert weight("crew") <= 80 * KILOBYTE


@pytest.mark.parametrize("page", ["index", "report", "admin", "releases", "participant"])
def test_a_page_without_a_map_weighs_at_most_sixty_kilobytes(page: str):
    assert weight(page) <= 60 * KILOBYTE


def test_the_crew_page_draws_no_map_of_risk():
    scripts = [path.read_text() for path in (BUILT / "assets").glob("crew-*.js")]
    assert scripts
    assert not any("/dispatch/risk" in text or "per_week_km2" in text for text in scripts)
