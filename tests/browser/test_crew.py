"""The crew's tablet, against the real server: nothing that was counted is lost, and the strip never lies."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, select

from outreach.field import visits
from outreach.field.events import Event
from outreach.plan.schedules import PlannedStop
from tests.browser import crew
from tests.browser.conftest import ZONE, Tiny, tablet
from tests.browser.office import Office
from tests.streets import long_street

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Route

MET, KITS, SYRINGES = "People met", "Naloxone kits given", "Syringes given"


def counted(tiny: Tiny, stop: str) -> dict[str, int]:
    """What the office counts at a stop."""
    with tiny.store.reading() as session:
        found = visits.of_stops(session, tiny.town.programme_id, [stop])
        return dict(visits.counted(session, tiny.town.programme_id, found)[found[0].id]) if found else {}


def stored(tiny: Tiny, kind: str) -> list[Event]:
    """The events of a kind the office has."""
    with tiny.store.reading() as session:
        return list(session.scalars(select(Event).where(Event.kind == kind).order_by(Event.sequence)))


def test_taps_with_signal_reach_the_office_once(office: Office, tiny: Tiny, page: Page):
    crew.sign_in(page, office.url)
    crew.arrive(page)
    crew.tap(page, MET, 5, times=2)
    crew.tap(page, MET, 1, times=2)
    crew.tap(page, SYRINGES, 10)
    crew.wait_for_count(page, MET, 12)
    crew.wait_for_count(page, SYRINGES, 10)
    crew.wait_for_status(page, "Everything is sent.")
    assert counted(tiny, tiny.mill) == {"contacts": 12, "syringes_out": 10}


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_a_tablet_set_to_another_zone_goes_by_the_citys_clocks(office: Office, browser: Browser, zone: str):
    """At any moment one of the two is on another date than the city; both tell the city's day and time."""
    with tablet(browser, timezone_id=zone) as context:
        page = context.new_page()
        crew.sign_in(page, office.url)
        before = datetime.now(ZoneInfo(ZONE))
        crew.arrive(page)
        told = page.locator(".state", has_text="Arrived").inner_text()
        times = {f"Arrived {at:%H:%M}" for at in (before, datetime.now(ZoneInfo(ZONE)))}
        assert told.strip() in times


def test_after_one_load_the_day_opens_and_counts_without_signal(
    office: Office, tiny: Tiny, page: Page, context: BrowserContext
):
    crew.sign_in(page, office.url)
    office.close()
    context.set_offline(True)
    page.reload()
    page.get_by_role("heading", name="Mill").wait_for()
    crew.tap(page, MET, times=3)
    crew.wait_for_count(page, MET, 3)
    assert crew.status(page) == "3 saved on this tablet, not sent yet — no signal."
    page.reload()
    crew.wait_for_count(page, MET, 3)
    context.set_offline(False)
    office.open()
    crew.wait_for_status(page, "Everything is sent.")
    assert counted(tiny, tiny.mill) == {"contacts": 3}


def test_the_way_to_a_stop_is_told_without_signal_and_only_when_asked_for(
    office: Office, tiny: Tiny, page: Page, context: BrowserContext
):
    long_street(tiny.folder / "city")
    crew.sign_in(page, office.url)
    office.close()
    context.set_offline(True)
    page.reload()
    page.get_by_role("heading", name="Mill").wait_for()
    assert page.get_by_text("Start on Long").count() == 0
    page.get_by_role("button", name="Directions").click()
    page.get_by_text("Start on Long <Street>").wait_for()
    page.get_by_text("0.5 mi · 822 m").wait_for()
    crew.arrive(page)
    page.get_by_text("Start on Long <Street>").wait_for(state="detached")
    context.set_offline(False)
    office.open()


def test_a_captive_portal_swallows_nothing(office: Office, tiny: Tiny, page: Page, context: BrowserContext):
    crew.sign_in(page, office.url)
    portal = "<html>Welcome to the hotel's network. Please accept our terms.</html>"
    context.route("**/api/**", lambda route: route.fulfill(status=200, content_type="text/html", body=portal))
    crew.tap(page, MET)
    crew.wait_for_status(page, "1 saved on this tablet, not sent yet — no signal.")
    context.unroute("**/api/**")
    page.get_by_role("button", name="Details").click()
    page.get_by_role("button", name="Try to send now").click()
    crew.wait_for_status(page, "Everything is sent.")
    assert counted(tiny, tiny.mill) == {"contacts": 1}


def test_an_answer_lost_on_the_way_back_counts_once(
    office: Office, tiny: Tiny, page: Page, context: BrowserContext
):
    crew.sign_in(page, office.url)
    lost: list[int] = []

    def deliver_and_lose(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    context.route("**/crew/events", deliver_and_lose)
    crew.tap(page, KITS)
    crew.wait_for_status(page, "not sent yet")
    crew.wait_for_status(page, "Everything is sent.")
    assert lost == [200]
    assert counted(tiny, tiny.mill) == {"naloxone_kits": 1}


def test_undo_takes_back_the_last_tap_and_says_which(office: Office, tiny: Tiny, page: Page):
    crew.sign_in(page, office.url)
    crew.tap(page, MET)
    crew.tap(page, SYRINGES, 10)
    page.get_by_text("+10 Syringes given").wait_for()
    page.get_by_role("button", name="Undo").click()
    crew.wait_for_count(page, SYRINGES, 0)
    page.get_by_text("+1 People met").wait_for()
    crew.wait_for_status(page, "Everything is sent.")
    assert counted(tiny, tiny.mill) == {"contacts": 1}
    assert len(stored(tiny, "tally")) == 2
    assert len(stored(tiny, "void")) == 1


def test_a_tablet_that_takes_over_shows_what_the_other_recorded_beside_its_own(
    office: Office, tiny: Tiny, page: Page, browser: Browser
):
    crew.sign_in(page, office.url)
    crew.arrive(page)
    crew.tap(page, MET, times=3)
    crew.wait_for_status(page, "Everything is sent.")
    with tablet(browser) as context:
        second = context.new_page()
        crew.sign_in(second, office.url)
        group = second.get_by_role("group", name=MET, exact=True)
        group.get_by_text("3 recorded on another tablet").wait_for()
        second.get_by_text("Recorded on another tablet.").wait_for()
        assert crew.count(second, MET) == 0
        crew.tap(second, MET)
        crew.wait_for_count(second, MET, 1)
        group.get_by_text("3 recorded on another tablet").wait_for()
        second.get_by_role("button", name="We are leaving").click()
        crew.wait_for_status(second, "Everything is sent.")
    page.reload()
    page.get_by_role("group", name=MET, exact=True).get_by_text("1 recorded on another tablet").wait_for()
    assert crew.count(page, MET) == 3
    assert counted(tiny, tiny.mill) == {"contacts": 4}


def test_an_overdose_response_is_a_few_big_choices(office: Office, tiny: Tiny, page: Page):
    crew.sign_in(page, office.url)
    page.get_by_role("button", name="Overdose response").click()
    page.get_by_role("group", name="Was 911 called?").get_by_role("button", name="Yes").click()
    page.keyboard.press("Escape")  # put away: nothing of it stays for the next
    page.get_by_role("button", name="Overdose response").click()
    page.get_by_role("group", name="Naloxone doses used by the crew").get_by_role("button", name="2").click()
    page.get_by_role("group", name="Is the person alive?").get_by_role("button", name="Yes").click()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("1 response recorded").wait_for()
    crew.wait_for_status(page, "Everything is sent.")
    body = json.loads(stored(tiny, "overdose.response")[0].body)
    assert body["payload"] == {"naloxone_doses": 2, "survived": True, "ems_called": None}


def test_a_stop_that_could_not_be_held_is_skipped_with_a_reason(office: Office, tiny: Tiny, page: Page):
    crew.sign_in(page, office.url)
    page.get_by_role("button", name="Could not stop here").click()
    page.get_by_role("button", name="Weather").click()
    page.get_by_role("heading", name="Yard").wait_for()
    page.get_by_role("button", name="Mill").click()
    page.get_by_text("Not held: Weather").wait_for()
    crew.wait_for_status(page, "Everything is sent.")
    assert [json.loads(event.body)["payload"] for event in stored(tiny, "stop.skipped")] == [
        {"reason": "weather"}
    ]


def test_a_cancelled_stop_is_told_and_the_office_hears_it_was_seen(office: Office, tiny: Tiny, page: Page):
    crew.sign_in(page, office.url)
    tiny.publish(mill="cancelled")
    page.reload()
    alert = page.get_by_role("alert")
    alert.get_by_text("Mill at 09:00 is cancelled.").wait_for()
    assert [json.loads(event.body)["payload"]["version"] for event in stored(tiny, "schedule.seen")] == [1]
    page.get_by_role("button", name="We have seen this").click()
    alert.wait_for(state="detached")
    crew.wait_for_status(page, "Everything is sent.")
    assert [json.loads(event.body)["payload"]["version"] for event in stored(tiny, "schedule.seen")] == [1, 2]
    page.reload()
    page.get_by_role("heading", name="Yard").wait_for()
    assert alert.count() == 0


def test_what_the_office_sets_aside_is_listed_in_plain_words(office: Office, tiny: Tiny, page: Page):
    crew.sign_in(page, office.url)
    with tiny.store.transaction() as session:
        session.execute(delete(PlannedStop).where(PlannedStop.uid == tiny.mill))
    crew.tap(page, MET)
    crew.wait_for_status(page, "1 set aside for the office to look at.")
    page.get_by_role("button", name="Details").click()
    page.get_by_text("Mill · +1 People met").wait_for()
    page.get_by_text("This stop is not in any published plan.").wait_for()


def test_a_log_in_that_ran_out_keeps_the_day_and_sends_after_signing_in(
    office: Office, tiny: Tiny, page: Page, context: BrowserContext
):
    crew.sign_in(page, office.url)
    context.clear_cookies()
    crew.tap(page, MET)
    crew.wait_for_status(page, "1 saved on this tablet, not sent yet — sign in to send it.")
    crew.wait_for_count(page, MET, 1)
    page.locator(".strip").get_by_role("button", name="Sign in").click()
    page.get_by_label("Password").fill("four plain words")
    page.get_by_role("dialog").get_by_role("button", name="Sign in").click()
    crew.wait_for_status(page, "Everything is sent.")
    assert counted(tiny, tiny.mill) == {"contacts": 1}


def test_the_last_resort_file_holds_every_record(office: Office, page: Page, context: BrowserContext):
    crew.sign_in(page, office.url)
    context.set_offline(True)
    crew.tap(page, MET, times=2)
    crew.wait_for_status(page, "2 saved on this tablet")
    page.get_by_role("button", name="Details").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save to a file").click()
    file = json.loads(download.value.path().read_text())
    assert len(file["unsent"]) == 2
    assert [event["kind"] for event in file["events"]] == ["schedule.seen", "tally", "tally"]


def test_a_manager_cannot_take_the_tablet(office: Office, page: Page):
    page.goto(f"{office.url}/crew")
    page.get_by_label("Log-in name").fill("boss")
    page.get_by_label("Password").fill("four plain words")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("This log-in is not for a crew.").wait_for()


def test_the_worker_keeps_files_of_the_page_and_no_answer_of_the_server(office: Office, page: Page):
    crew.sign_in(page, office.url)
    crew.tap(page, MET)
    crew.wait_for_status(page, "Everything is sent.")
    kept = page.evaluate(
        """async () => {
            const shelves = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
            const kept = await Promise.all(shelves.map((shelf) => shelf.keys()));
            return kept.flat().map((request) => new URL(request.url).pathname);
        }"""
    )
    assert "/crew" in kept
    assert len(kept) >= 5
    assert [path for path in kept if path != "/crew" and not path.startswith("/assets/")] == []


def test_a_new_build_replaces_the_old_one_whole(office: Office, page: Page):
    crew.sign_in(page, office.url)
    page.evaluate("caches.open('outreach-crew-of-an-older-build')")
    page.evaluate("navigator.serviceWorker.getRegistration('/crew').then((worker) => worker.unregister())")
    page.reload()
    crew.wait_for_status(page, "Everything is sent.")
    assert len(page.evaluate("caches.keys()")) == 1


@pytest.mark.parametrize(
    "size", [(1280, 800), (800, 1280), (1024, 768)], ids=["landscape", "portrait", "small"]
)
def test_every_target_is_big_enough_for_gloves(office: Office, page: Page, size: tuple[int, int]):
    crew.sign_in(page, office.url)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    boxes = [box for button in page.get_by_role("button").all() if (box := button.bounding_box())]
    assert len(boxes) > 25
    assert [box for box in boxes if box["height"] < 64 or box["width"] < 64] == []
    assert [pair for pair in _pairs(boxes) if _gap(*pair) < 12] == []


Box = dict[str, float]


def _pairs(boxes: list[Box]) -> list[tuple[Box, Box]]:
    return [(one, other) for number, one in enumerate(boxes) for other in boxes[:number]]


def _gap(one: Box, other: Box) -> float:
    """How far apart two targets are, in CSS pixels."""
    across = max(one["x"], other["x"]) - min(one["x"] + one["width"], other["x"] + other["width"])
    down = max(one["y"], other["y"]) - min(one["y"] + one["height"], other["y"] + other["height"])
    return max(across, down)
