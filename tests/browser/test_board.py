"""The coordinator's board against the real server: everything a working day needs, without a command line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

import pytest
from sqlalchemy import ColumnElement, delete, select, update

from outreach.place import providers
from outreach.place.sites import Site
from outreach.plan import schedules
from outreach.plan.absences import Absence
from outreach.risk.alerts import Alert
from tests.browser.conftest import PASSWORD, Tiny, tablet, today
from tests.browser.office import Office, serving
from tests.browser.test_pages import violations

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed").expect
Row = TypeVar("Row", Site, Absence, Alert)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page, Route


@pytest.fixture
def board(office: Office, page: Page) -> Page:
    """The board as a coordinator first sees it, on today."""
    return opened(page, office.url)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tiny]:
    """One tiny town for the tests that leave the schedule as it is."""
    made = Tiny(tmp_path_factory.mktemp("town"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def desk(town: Tiny) -> Iterator[Office]:
    """The server over that town."""
    with serving(town.folder) as running:
        yield running


@pytest.fixture
def look(desk: Office, page: Page) -> Page:
    """The board over that town."""
    return opened(page, desk.url)


def opened(page: Page, url: str, password: str = "Password", enter: str = "Sign in") -> Page:
    """Through the front door."""
    page.goto(url)
    page.locator("input[autocomplete=username]").fill("dispatch")
    page.get_by_label(password).fill(PASSWORD)
    page.get_by_role("button", name=enter).click()
    page.wait_for_url("**/board")
    page.locator(".stops").first.wait_for()
    return page


def change(board: Page, site: str, what: str) -> None:
    """Open a stop in the list and ask for a change of it; what is over by now cannot be changed."""
    board.locator(".stops .stop", has_text=site).click()
    board.locator(".stops .chosen").get_by_role("button", name=what).click()


def test_a_cancelled_stop_waits_in_a_draft_until_it_is_published(board: Page, tiny: Tiny):
    change(board, "Yard", "Cancel this stop")
    board.get_by_role("dialog").get_by_label("Reason", exact=False).select_option("The site is closed")
    board.get_by_role("dialog").get_by_role("button", name="Cancel this stop").click()
    board.get_by_role("heading", name="Draft with your changes").wait_for()
    expect(board.get_by_role("heading", name="1 change to the published schedule")).to_be_visible()
    expect(board.locator(".draft")).to_contain_text(
        re.compile(r"Yard, .+ 22:00–23:50 is cancelled: The site is closed\.")
    )
    assert state_of(tiny, tiny.yard) == ("planned", "")
    board.get_by_role("button", name="Publish again").click()
    board.get_by_role("heading", name="Published, version 2").wait_for()
    assert state_of(tiny, tiny.yard) == ("cancelled", "The site is closed")


def test_a_shortened_stop_ends_when_the_coordinator_said(board: Page, tiny: Tiny):
    change(board, "Yard", "Shorten")
    board.get_by_label("New end").select_option("23:15")
    board.get_by_role("dialog").get_by_label("Reason", exact=False).select_option("Another reason")
    board.get_by_role("dialog").get_by_role("button", name="Shorten").click()
    expect(board.get_by_text("Fill this in.")).to_be_visible()
    board.get_by_label("The reason in your words").fill("Water main burst")
    board.get_by_role("dialog").get_by_role("button", name="Shorten").click()
    board.get_by_role("button", name="Publish again").click()
    board.get_by_role("heading", name="Published, version 2").wait_for()
    assert state_of(tiny, tiny.yard) == ("shortened", "Water main burst")
    expect(board.locator(".stops .stop", has_text="Yard")).to_contain_text("22:00–23:15")


def test_what_is_published_is_changed_in_the_draft_that_is_open(board: Page, tiny: Tiny):
    change(board, "Yard", "Cancel this stop")
    board.get_by_role("dialog").get_by_label("Reason", exact=False).select_option("The site is closed")
    board.get_by_role("dialog").get_by_role("button", name="Cancel this stop").click()
    board.get_by_role("heading", name="Draft with your changes").wait_for()
    board.get_by_role("group", name="Which plan").get_by_role("button", name="Published").click()
    board.locator(".stops .stop", has_text="Square").click()
    expect(board.get_by_text("A draft is open, and changes are made there.")).to_be_visible()
    expect(board.get_by_role("button", name="Shorten")).to_have_count(0)
    expect(board.locator("g.movable")).to_have_count(0)
    board.locator(".card").get_by_role("button", name="Look at the draft").click()
    expect(board.get_by_role("button", name="Shorten")).to_be_visible()


def test_a_draft_can_be_undone(board: Page, tiny: Tiny):
    change(board, "Yard", "Cancel this stop")
    board.get_by_role("dialog").get_by_role("button", name="Cancel this stop").click()
    expect(board.get_by_text("Fill this in.")).to_be_visible()  # what the public reads is nobody's default
    board.get_by_role("dialog").get_by_label("Reason", exact=False).select_option("Severe weather")
    board.get_by_role("dialog").get_by_role("button", name="Cancel this stop").click()
    board.get_by_role("button", name="Undo the draft").click()
    board.get_by_role("heading", name="Published, version 1").wait_for()
    expect(board.get_by_text("The draft is undone.")).to_be_visible()
    assert state_of(tiny, tiny.yard) == ("planned", "")


def state_of(tiny: Tiny, uid: str) -> tuple[str, str]:
    """What crews and the public are told about a stop."""
    with tiny.store.reading() as session:
        version = schedules.current(session, tiny.town.programme_id, today())
        assert version is not None
        return next((stop.state, stop.reason) for stop in version.stops if stop.uid == uid)


def test_a_site_is_added_where_the_map_was_pressed(look: Page, town: Tiny):
    look.get_by_role("button", name="Add a site").click()
    expect(look.get_by_text("Press the map where the van would stand.")).to_be_visible()
    look.locator(".maplibregl-canvas").click(position={"x": 800, "y": 300})
    dialog = look.get_by_role("dialog", name="New site")
    dialog.get_by_role("button", name="Add a site").click()
    expect(dialog.get_by_text("Fill this in.")).to_be_visible()
    dialog.get_by_label("Name").fill("x" * 121)
    expect(dialog.get_by_text("Write at most 120 characters; these are 121.")).to_be_visible()
    dialog.get_by_label("Name").fill("Corner of the park")
    dialog.get_by_label("wound care").check()
    dialog.get_by_label("Until").select_option("20:00")
    dialog.get_by_role("button", name="Add a site").click()
    look.get_by_text("Corner of the park is added").wait_for()
    made = added(town, Site, Site.name == "Corner of the park")
    assert sorted(made.services) == ["harm_reduction", "wound_care"]
    assert -71.2 < made.lon < -70.9


def test_a_site_is_added_without_a_mouse(look: Page, town: Tiny):
    look.get_by_role("button", name="Add a site").press("Enter")
    look.get_by_role("button", name="Use the middle of the map").press("Enter")
    dialog = look.get_by_role("dialog", name="New site")
    dialog.get_by_label("Name").fill("Corner of the market")
    dialog.get_by_label("Name").press("Enter")
    look.get_by_text("Corner of the market is added").wait_for()
    assert added(town, Site, Site.name == "Corner of the market")


def test_a_van_is_marked_away_and_taken_back(look: Page, town: Tiny):
    look.get_by_role("tab", name="Staff and vans").click()
    look.get_by_role("button", name="Mark away: Van one").click()
    dialog = look.get_by_role("dialog", name="Van one is away")
    dialog.get_by_label("Reason").fill("Brakes")
    dialog.get_by_role("button", name="Mark away").click()
    look.get_by_text("Van one is marked away.").wait_for()
    assert added(town, Absence, Absence.kind == "van").reason.startswith("sealed1:")
    look.get_by_role("button", name="Undo").click()
    look.get_by_text("Van one is available again.").wait_for()
    with town.store.reading() as session:
        assert session.scalars(select(Absence)).all() == []


def test_an_alert_is_entered_and_ended(look: Page, town: Tiny):
    look.get_by_role("button", name="Enter an alert").first.click()
    look.locator(".maplibregl-canvas").click(position={"x": 760, "y": 260})
    dialog = look.get_by_role("dialog", name="Enter an alert")
    dialog.get_by_label("What it is").select_option("Dangerous batch, from drug checking")
    dialog.get_by_label("What is known").fill("Three reports of medetomidine")
    dialog.get_by_role("button", name="Enter an alert").click()
    look.get_by_role("tabpanel").get_by_text("Three reports of medetomidine").wait_for()
    assert added(town, Alert, Alert.kind == "drug_checking").ended_at is None
    look.get_by_role("button", name="End").click()
    look.get_by_text("The alert has ended.").wait_for()
    assert added(town, Alert, Alert.kind == "drug_checking").ended_at is not None


def added(tiny: Tiny, kind: type[Row], which: ColumnElement[bool]) -> Row:
    """The one row that was made."""
    with tiny.store.reading() as session:
        return session.scalars(select(kind).where(which)).one()


def test_list_timetable_and_map_choose_the_same_stop(look: Page):
    look.locator(".stops .stop", has_text="Square").click()
    expect(look.locator(".time [role=button][aria-pressed=true]")).to_have_attribute(
        "aria-label", re.compile("^B1 Square")
    )
    expect(look.locator(".stop-mark.chosen")).to_have_text("B1")
    look.locator(".stop-mark", has_text="A1").press("Enter")  # B1 may lie over it
    expect(look.locator(".stops .chosen")).to_contain_text("Mill")


def test_stops_of_two_vans_at_one_site_stand_side_by_side_on_the_map(board: Page, tiny: Tiny):
    with tiny.store.transaction() as session:
        stops = {stop.uid: stop for stop in session.scalars(select(schedules.PlannedStop))}
        stops[tiny.square].site_id = stops[tiny.mill].site_id
    board.reload()
    board.locator(".stop-mark", has_text="B1").wait_for()
    boxes = [board.locator(".stop-mark", has_text=letter).bounding_box() for letter in ("A1", "B1")]
    left, right = sorted((box for box in boxes if box), key=lambda box: box["x"])
    assert left["x"] + left["width"] <= right["x"]
    assert abs(left["y"] - right["y"]) < 1


@pytest.mark.parametrize("size", [(640, 400), (1280, 560)])
def test_a_stop_can_be_moved_in_a_small_window_to_the_last_button(
    desk: Office, browser: Browser, size: tuple[int, int]
):
    with tablet(browser, viewport={"width": size[0], "height": size[1]}) as context:
        page = opened(context.new_page(), desk.url)
        page.locator("g.stop", has_text="Square").focus()
        page.keyboard.press("Alt+ArrowRight")
        back = page.get_by_role("button", name="Put it back")
        back.wait_for()
        reached = back.evaluate(
            """button => {
              const part = button.closest("section");
              const cut = part.scrollHeight > part.clientHeight + 1;
              return !cut || ["auto", "scroll"].includes(getComputedStyle(part).overflowY);
            }"""
        )
        assert reached, "the buttons of the move lie below what is shown and cannot be scrolled to"
        page.keyboard.press("Escape")


def test_other_providers_and_notes_are_layers_where_there_are_any(board: Page, tiny: Tiny, tmp_path: Path):
    for layer in ("Other providers", "Notes"):
        expect(board.get_by_label(layer, exact=True)).to_have_count(0)
    file = tmp_path / "others.csv"
    clinic, next_door = "Clinic,-71.0650,42.3450,moud", "Next door,-71.0650,42.3450,kits"
    rows = (f"{clinic},Mon,09:00,17:00", f"{clinic},Wed,09:00,17:00", f"{next_door},Mon,09:00,17:00")
    file.write_text("\n".join(("name,lon,lat,service,weekday,opens,closes", *rows)))
    providers.import_csv(tiny.folder / "city", file)
    with tiny.store.transaction() as session:
        session.execute(update(Site).where(Site.name.contains("Mill")).values(note="Gate on the left."))
    board.reload()
    for layer, mark, told in (
        ("Other providers", "Clinic", "addiction medication: Mon and Wed 09:00–17:00"),
        ("Notes", "Mill", "Gate on the left."),
    ):
        board.get_by_label(layer, exact=True).check()
        board.locator(".provider-mark, .note-mark").and_(board.get_by_role("button", name=mark)).press(
            "Enter"
        )
        expect(board.locator(".why")).to_contain_text(told)
        assert violations(board) == []
        board.keyboard.press("Escape")
        expect(board.locator(".why")).to_have_count(0)
    expect(board.locator(".provider-mark")).to_have_count(2)
    expect(board.locator(".provider-mark:visible")).to_have_count(1)


def test_no_mark_of_the_map_stands_over_a_panel(look: Page):
    look.locator(".stops .stop", has_text="Square").click()
    look.locator(".stop-mark.chosen").wait_for()
    inside = look.evaluate(
        """() => {
          const panel = document.querySelector(".tools .legend"), box = panel.getBoundingClientRect();
          const [x, y] = [box.x + box.width / 2, box.y + 20];
          const there = { position: "fixed", transform: "none", left: `${x - 10}px`, top: `${y - 10}px` };
          Object.assign(document.querySelector(".stop-mark.chosen").style, there);
          return panel.contains(document.elementFromPoint(x, y));
        }"""
    )
    assert inside


@pytest.mark.parametrize(("size", "is_open"), [((1280, 800), True), ((640, 400), False), ((960, 540), False)])
def test_the_legend_waits_behind_its_button_where_it_would_cover_the_map(
    desk: Office, browser: Browser, size: tuple[int, int], is_open: bool
):
    """640 by 400 is a window of 1280 by 800 at 200 % zoom."""
    with tablet(browser, viewport={"width": size[0], "height": size[1]}) as context:
        page = opened(context.new_page(), desk.url)
        button = page.get_by_role("button", name="Layers and what the colours mean")
        expect(page.get_by_label("All sites")).to_be_visible(visible=is_open)
        button.click()
        expect(page.get_by_label("All sites")).to_be_visible(visible=not is_open)
        expect(button).to_have_attribute("aria-expanded", str(not is_open).lower())


def test_what_is_said_goes_by_itself_but_waits_for_who_points_at_it_and_bad_news_stays(
    office: Office, page: Page
):
    page.clock.install()
    board = opened(page, office.url)
    change(board, "Yard", "Cancel this stop")
    board.get_by_role("dialog").get_by_label("Reason", exact=False).select_option("The site is closed")
    board.get_by_role("dialog").get_by_role("button", name="Cancel this stop").click()
    said = board.locator(".toast")
    expect(said).to_contain_text("is cancelled in the draft")
    said.hover()
    page.clock.fast_forward("01:00")
    expect(said).to_be_visible()
    board.mouse.move(5, 5)
    page.clock.fast_forward("00:10")
    expect(said).to_have_count(0)

    board.route("**/dispatch/schedule/publish*", lambda route: route.abort())
    for _ in range(2):
        board.get_by_role("button", name="Publish again").click()
        expect(said).to_contain_text("The server did not answer.")
    page.clock.fast_forward("10:00")
    expect(said).to_have_count(1)
    said.get_by_role("button", name="Close").click()
    expect(said).to_have_count(0)


def test_a_night_that_ends_after_midnight_is_drawn_to_its_end(look: Page):
    """Van one is back at 00:20 the next morning; its line runs forward, not back to the evening before."""
    expect(look.locator(".van").first).to_contain_text("08:30–00:20\u202f+1")
    drive = look.locator(".time .drive").first
    assert float(drive.get_attribute("x2")) > float(drive.get_attribute("x1"))


def test_arrow_keys_walk_through_the_timetable(look: Page):
    bars = look.locator(".time [role=button]")
    bars.first.focus()
    bars.first.press("Enter")
    expect(look.locator(".stops .chosen")).to_contain_text("Mill")
    look.keyboard.press("ArrowRight")
    expect(look.locator(".stops .chosen")).to_contain_text("Yard")
    look.keyboard.press("ArrowDown")
    expect(look.locator(".stops .chosen")).to_contain_text("Square")
    assert look.evaluate("document.activeElement.getAttribute('aria-label')").startswith("B1 Square")


def test_the_board_speaks_spanish_at_once_and_remembers(look: Page):
    look.get_by_label("Language").select_option("Español")
    expect(look.get_by_role("heading", name="Publicado, versión 1")).to_be_visible()
    look.reload()
    expect(look.get_by_role("heading", name="Publicado, versión 1")).to_be_visible()


def test_what_is_known_about_the_roads_is_told_in_the_pages_language(look: Page):
    def noted(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(
            response=answer, json=answer.json() | {"notes": ["Traffic factors are assumed, not measured."]}
        )

    look.route("**/dispatch/city", noted)
    look.reload()
    look.get_by_label("Language").select_option("Español")
    look.get_by_role("tab", name="Datos y versiones").click()
    expect(look.get_by_text("Los factores de tráfico son supuestos, no medidos.")).to_be_visible()


def test_a_server_that_is_gone_is_said_and_the_page_opens_again(board: Page, office: Office):
    office.close()
    board.get_by_role("tab", name="Staff and vans").click()
    board.get_by_role("button", name="Mark away: Van one").click()
    board.get_by_role("dialog").get_by_role("button", name="Mark away").click()
    expect(board.get_by_role("dialog").get_by_text("The server did not answer.")).to_be_visible()
    office.open()
    board.get_by_role("dialog").get_by_role("button", name="Mark away").click()
    board.get_by_text("Van one is marked away.").wait_for()


def test_an_empty_programme_is_told_the_next_step(office: Office, tiny: Tiny, page: Page):
    with tiny.store.transaction() as session:
        for table in (schedules.PlannedStop, schedules.ShiftPlan, schedules.Version):
            session.execute(delete(table))
    page.goto(office.url)
    page.locator("input[autocomplete=username]").fill("dispatch")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("There is no schedule yet").first.wait_for()
    page.get_by_role("button", name="Make a plan").first.click()
    expect(page.get_by_label("First day")).to_be_visible()


def test_every_dialog_and_view_of_the_board_can_be_read_aloud(desk: Office, browser: Browser):
    with tablet(browser, "es-US", color_scheme="dark") as context:
        page = opened(context.new_page(), desk.url, "Contraseña", "Iniciar sesión")
        for view in page.get_by_role("tab").all():
            view.click()
            assert violations(page) == [], view.inner_text()
        page.get_by_role("tab").first.click()
        change(page, "Mill", "Cancelar esta parada")
        assert violations(page) == []
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Agregar un lugar").click()
        page.get_by_role("button", name="Usar el centro del mapa").click()
        assert violations(page) == []
