"""From the tablet's "Come back" to the coordinator's list: a number, a service and a window, never who."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from outreach.plan import due
from tests.browser import crew
from tests.browser.conftest import Tiny, tablet, today
from tests.browser.office import Office
from tests.browser.test_board import opened
from tests.browser.test_pages import violations

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed").expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


def waiting(tiny: Tiny) -> list[tuple[int, str, int, int, int]]:
    """Site, service, first and last day from today, and how many."""
    with tiny.store.reading() as session:
        rows = due.listed(session, tiny.town.programme_id, today())
    return [
        (
            row.site_id,
            row.service,
            (row.from_date - today()).days,
            (row.until_date - today()).days,
            row.people,
        )
        for row in rows
    ]


def test_two_taps_ask_somebody_back_and_an_undo_asks_nobody(office: Office, tiny: Tiny, page: Page):
    crew.sign_in(page, office.url)
    page.get_by_role("button", name="Come back").click()
    dialog = page.get_by_role("dialog", name="Ask people to come back")
    assert violations(page) == []
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("1 person asked to come back")).to_be_visible()
    crew.wait_for_status(page, "Everything is sent.")
    assert waiting(tiny) == [(tiny.town.sites["mill"], "harm_reduction", 6, 8, 1)]
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("1 person asked to come back")).to_be_hidden()
    crew.wait_for_status(page, "Everything is sent.")
    assert waiting(tiny) == []


def test_what_a_crew_notes_is_on_the_board_with_why_it_is_missed(
    office: Office, tiny: Tiny, page: Page, browser: Browser
):
    crew.sign_in(page, office.url)
    page.get_by_role("button", name="Come back").click()
    dialog = page.get_by_role("dialog", name="Ask people to come back")
    dialog.get_by_role("button", name="Within 3 days").click()
    dialog.get_by_role("button", name="2", exact=True).click()
    dialog.get_by_role("button", name="Save").click()
    crew.wait_for_status(page, "Everything is sent.")
    with tablet(browser, viewport={"width": 1440, "height": 900}) as context:
        board = context.new_page()
        opened(board, office.url)
        back = board.get_by_role("region", name="People due back")
        expect(back).to_contain_text("2 people for harm reduction:")
        expect(back).to_contain_text("2 cannot come")
        expect(back).to_contain_text("No van stops there on these days.")
        assert violations(board) == []


def test_a_coordinator_notes_people_by_hand_and_takes_them_back(office: Office, tiny: Tiny, browser: Browser):
    with tablet(browser, viewport={"width": 1440, "height": 900}) as context:
        board = context.new_page()
        opened(board, office.url)
        board.get_by_role("button", name="Add people due back").click()
        dialog = board.get_by_role("dialog", name="Add people due back")
        expect(dialog.get_by_label("Site")).to_have_value("0")
        dialog.get_by_label("How many people").fill("3")
        dialog.get_by_role("button", name="Add", exact=True).click()
        expect(dialog.get_by_text("Fill this in.")).to_be_visible()
        assert waiting(tiny) == []
        dialog.get_by_label("Site").select_option("Square")
        dialog.get_by_label("First day").fill((today() + timedelta(1)).isoformat())
        dialog.get_by_label("How many people").fill("3")
        assert violations(board) == []
        dialog.get_by_role("button", name="Add", exact=True).click()
        back = board.get_by_role("region", name="People due back")
        expect(back).to_contain_text("3 people for addiction medication:")
        assert [people for *_, people in waiting(tiny)] == [3]
        back.get_by_role("button", name="Take back: Square").click()
        expect(back).to_contain_text("Nobody is noted as due back")
        assert waiting(tiny) == []
