"""A coordinator who waits for a plan learns when nobody makes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from outreach.plan.runs import Run
from tests.browser.conftest import Tiny
from tests.browser.office import Office
from tests.browser.test_board import opened

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed").expect

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_the_board_says_that_no_planning_process_answers(office: Office, tiny: Tiny, page: Page):
    """The tiny town's server has none that does."""
    board = opened(page, office.url)
    board.get_by_role("tab", name="New plan").click()
    board.get_by_role("button", name="Make a plan").click()
    told = board.get_by_text("The planning process has not answered for 5 minutes")
    board.locator(".watch").wait_for()
    expect(told).to_have_count(0)
    with tiny.store.transaction() as session:
        session.execute(update(Run).values(created_at=datetime.now(UTC) - timedelta(minutes=5)))
    expect(told).to_be_visible()
    with tiny.store.transaction() as session:
        session.execute(update(Run).values(created_at=datetime.now(UTC)))
    expect(told).to_have_count(0)
