"""A coordinator drags a stop on the timetable: the judge answers while it moves, nothing is saved until she
says so, and it can be undone. The same without a mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.conftest import PATIENCE, tablet
from tests.browser.office import Office
from tests.browser.test_pages import violations

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed").expect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator, Page

API = "/api/v1/dispatch"
ASKED = {"X-Outreach": "1"}
STEP = 15


@pytest.fixture
def board(demo: Office, browser: Browser) -> Iterator[Page]:
    """The board of the demo city; whatever draft a test leaves is thrown away."""
    with tablet(browser, viewport={"width": 1440, "height": 900}) as desk:
        login = {"login": "dispatch", "password": "outreach-demo"}
        desk.request.post(f"{demo.url}/api/v1/session", data=login, headers=ASKED)
        page = desk.new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(f"{demo.url}/board")
        page.locator("g.stop.movable").first.wait_for()
        yield page
        desk.request.delete(f"{demo.url}{API}/schedule/draft", headers=ASKED, max_retries=2)


def tried(board: Page, **edit: object) -> dict[str, Any]:
    """What the judge says of an edit, asked beside the page."""
    url = board.url.split("/board")[0]
    answer = board.request.post(f"{url}{API}/schedule/check", data={"edits": [edit]}, headers=ASKED)
    return dict(answer.json())


def schedule(board: Page) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Every stop that can be seen, with its van's day."""
    url = board.url.split("/board")[0]
    plan = board.request.get(f"{url}{API}/schedule", headers=ASKED).json()["published"]
    return [(stop, day) for day in plan["van_days"] for stop in day["stops"]]


def minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def clock(at: int) -> str:
    return f"{at // 60:02d}:{at % 60:02d}"


def free(board: Page, by: tuple[int, ...] = (STEP, -STEP, 2 * STEP, -2 * STEP)) -> tuple[dict[str, Any], int]:
    """A stop of days to come that may start so many minutes later or earlier, as the judge says."""
    today = min(day["date"] for _, day in schedule(board))
    for stop, day in schedule(board):
        for step in by if day["date"] > today and not stop["anchor"] else ():
            if not tried(board, uid=stop["uid"], starts=clock(minutes(stop["starts"]) + step))["broken"]:
                return stop, step
    raise AssertionError("no stop of the demo can be moved by a quarter of an hour")


def bar(board: Page, uid: str) -> Locator:
    """Where the stop is drawn, once nothing moves it any more."""
    found = board.locator(f'g.stop[data-uid="{uid}"]')
    found.scroll_into_view_if_needed()
    found.element_handle().wait_for_element_state("stable")
    return found


def dragged(
    board: Page, stop: dict[str, Any], step: int, *, at_end: bool = False, let_go: bool = True
) -> None:
    """The bar, or its end, so many minutes to the right, as a hand does it."""
    box = bar(board, stop["uid"]).locator("rect").first.bounding_box()
    assert box is not None
    pixels = box["width"] / (minutes(stop["ends"]) - minutes(stop["starts"]))
    x = box["x"] + box["width"] - 3 if at_end else box["x"] + 12
    y = box["y"] + box["height"] / 2
    board.mouse.move(x, y)
    board.mouse.down()
    for part in range(1, 9):
        board.mouse.move(x + step * pixels * part / 8, y)
    if let_go:
        board.mouse.up()


def test_a_stop_dragged_where_it_fits_is_saved_in_the_draft_and_undone(board: Page):
    stop, step = free(board)
    dragged(board, stop, step, let_go=False)
    expect(board.locator(".live")).to_contain_text(clock(minutes(stop["starts"]) + step))
    board.mouse.up()
    move = board.locator("#move")
    expect(move.get_by_text("It breaks no rule.")).to_be_visible()
    expect(move).to_contain_text("The plan is worth")
    assert violations(board) == []
    move.get_by_role("button", name="Save in the draft").click()
    board.get_by_role("heading", name="Draft with your changes").wait_for()
    expect(board.locator(".draft")).to_contain_text(f"was {stop['starts']}–{stop['ends']} before")
    board.get_by_role("button", name="Undo", exact=True).click()
    expect(board.get_by_role("heading", name="Draft with your changes")).to_be_hidden()


def test_a_stop_dragged_onto_its_neighbour_says_what_is_in_the_way_and_cannot_be_saved(board: Page):
    pairs = zip(schedule(board), schedule(board)[1:], strict=False)
    stop, other = next((a, b) for (a, day), (b, then) in pairs if day == then)
    dragged(board, stop, minutes(other["starts"]) - minutes(stop["starts"]))
    move = board.locator("#move")
    starts, length = other["starts"], minutes(stop["ends"]) - minutes(stop["starts"])
    would = f"{stop['site']['name']} {starts}–{clock(minutes(starts) + length)}"
    then = f"{other['site']['name']} {other['starts']}–{other['ends']}"
    expect(move.locator(".bad").first).to_contain_text(f"would be at {would} and at {then} at the same time.")
    expect(move.locator(".bad", has_text="drive")).to_have_count(0)
    expect(move.get_by_role("button", name="Save in the draft")).to_be_disabled()
    move.get_by_role("button", name="Put it back").click()
    expect(move).to_be_hidden()


def test_the_end_of_a_bar_makes_the_stay_shorter_and_asks_why(board: Page):
    today = min(day["date"] for _, day in schedule(board))
    stop = next(s for s, day in schedule(board) if day["date"] > today and not s["anchor"])
    dragged(board, stop, -30, at_end=True)
    move = board.locator("#move")
    expect(move.get_by_text("It breaks no rule.")).to_be_visible()
    move.get_by_role("button", name="Save in the draft").click()
    expect(move.get_by_text("Fill this in.")).to_be_visible()
    move.get_by_label("Reason", exact=False).select_option("Severe weather")
    move.get_by_role("button", name="Save in the draft").click()
    board.get_by_role("heading", name="Draft with your changes").wait_for()
    expect(board.locator(".draft")).to_contain_text("Severe weather")


def test_a_session_with_refills_due_asks_for_bridge_and_contact_first(board: Page):
    today = min(day["date"] for _, day in schedule(board))
    stop = next(s for s, day in schedule(board) if day["date"] > today and s["refills_due"])
    dragged(board, stop, -60, at_end=True)
    move = board.locator("#move")
    expect(move).to_contain_text("Refills due at this session")
    move.get_by_label("Reason", exact=False).select_option("Severe weather")
    move.get_by_role("button", name="Save in the draft").click()
    expect(move.get_by_text("Fill this in.").first).to_be_visible()
    move.get_by_label("How do people get to their next dose?").fill("Scripts at the pharmacy")
    move.get_by_label("Who contacts them?").fill("Nurse on call")
    move.get_by_role("button", name="Save in the draft").click()
    board.get_by_role("heading", name="Draft with your changes").wait_for()


def test_the_keyboard_does_what_the_mouse_does(board: Page):
    stop, step = free(board)
    bar(board, stop["uid"]).click()
    bar(board, stop["uid"]).focus()
    for _ in range(abs(step) // 5):
        board.keyboard.press("Alt+ArrowRight" if step > 0 else "Alt+ArrowLeft")
    move = board.locator("#move")
    expect(move.get_by_label("Start")).to_have_value(str(minutes(stop["starts"]) + step))
    expect(move.get_by_text("It breaks no rule.")).to_be_visible()
    board.keyboard.press("Shift+ArrowLeft")
    expect(move.get_by_label("Open for")).to_have_value(
        str(minutes(stop["ends"]) - minutes(stop["starts"]) - 15)
    )
    board.keyboard.press("Escape")
    expect(move).to_be_hidden()
    board.get_by_role("button", name="Move…").click()
    expect(move.get_by_label("Day")).to_be_focused()


def test_keys_move_the_stop_that_has_the_focus_even_where_another_is_chosen(board: Page):
    today = min(day["date"] for _, day in schedule(board))
    later = [stop for stop, day in schedule(board) if day["date"] > today]
    chosen, focused = later[0], next(stop for stop in later if stop["site"]["id"] != later[0]["site"]["id"])
    bar(board, chosen["uid"]).click()
    bar(board, focused["uid"]).focus()
    board.keyboard.press("Alt+ArrowRight")
    move = board.locator("#move")
    expect(move).to_contain_text(f"Move {focused['site']['name']}")
    expect(move.get_by_label("Start")).to_have_value(str(minutes(focused["starts"]) + 5))
    board.keyboard.press("Shift+ArrowRight")
    expect(move).to_contain_text(f"Move {focused['site']['name']}")
    longer = minutes(focused["ends"]) - minutes(focused["starts"]) + 15
    expect(move.get_by_label("Open for")).to_have_value(str(longer))
    board.keyboard.press("Escape")
    expect(move).to_be_hidden()


def test_a_tab_that_was_opened_before_a_colleagues_change_does_not_write_over_it(board: Page):
    stop, step = free(board)
    url, today = board.url.split("/board")[0], min(day["date"] for _, day in schedule(board))
    other = next(s for s, day in schedule(board) if day["date"] > today and s["uid"] != stop["uid"])
    dragged(board, stop, step)
    why = {"reason": "Severe weather", "bridge": "Scripts at the pharmacy", "contact": "Nurse on call"}
    asked = board.request.post(f"{url}{API}/stops/{other['uid']}/cancel", data=why, headers=ASKED)
    assert asked.ok, asked.text()
    board.locator("#move").get_by_role("button", name="Save in the draft").click()
    expect(board.get_by_text("Somebody changed the plan meanwhile.")).to_be_visible()
    board.get_by_role("heading", name="Draft with your changes").wait_for()
    expect(board.locator(".draft")).to_contain_text("Severe weather")
    expect(board.locator(".draft")).not_to_contain_text(f"was {stop['starts']}–{stop['ends']} before")

    board.request.post(f"{url}{API}/schedule/publish", data={}, headers=ASKED)
    board.get_by_role("button", name="Publish again").click()
    expect(board.get_by_text("was published meanwhile")).to_be_visible()
    expect(board.get_by_role("heading", name="Draft with your changes")).to_be_hidden()
