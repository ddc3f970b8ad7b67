"""Why not: every site that a plan leaves out is named with its reason, in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import tablet
from tests.browser.test_pages import open_signed_in

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed").expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.office import Office


@pytest.mark.parametrize(
    ("locale", "tab", "as_of"),
    [
        ("en-US", "Not served", "As things stood when the plan was made: "),
        ("es-US", "Sin servicio", "Según estaban las cosas cuando se hizo el plan: "),
    ],
)
def test_every_site_left_out_has_its_reason_and_is_found(
    demo: Office, browser: Browser, locale: str, tab: str, as_of: str
):
    with tablet(browser, locale) as context:
        page = open_signed_in(context.new_page(), demo.url, "board", "dispatch")
        plan = page.request.get(f"{demo.url}/api/v1/dispatch/schedule", headers={"X-Outreach": "1"}).json()
        left_out = {one["site"]["name"] for one in plan["published"]["unserved"]}
        page.get_by_role("tab", name=tab).click()
        panel = page.get_by_role("tabpanel")
        expect(panel.get_by_text(as_of)).to_be_visible()
        assert set(panel.locator(".list .name").all_inner_texts()) == left_out
        reasons = panel.locator(".list .why")
        assert all(told.strip() and "{" not in told for told in reasons.all_inner_texts())
        assert [one for one in reasons.all() if one.get_attribute("lang")] == [], "a reason only in English"
        wanted = sorted(left_out)[0]
        panel.get_by_role("searchbox").fill(wanted)
        found = panel.get_by_role("button", name=wanted)
        found.first.click()
        expect(found.first).to_have_attribute("aria-pressed", "true")
