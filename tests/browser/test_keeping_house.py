"""Pages for those who keep the house: accounts, tablets, the audit, what leaves, a participant's record."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from outreach import accounts
from outreach.store import Programme
from tests.browser.conftest import PASSWORD, PATIENCE, Tiny, tablet, today
from tests.browser.office import Office

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

MORE = {"ada": "admin", "mia": "manager", "noa": "manager", "odo": "operator", "uma": "auditor"}
OWN = "a password of my own"


@pytest.fixture
def house(tiny: Tiny, office: Office) -> Office:
    """The tiny town with one account a role; like a demonstration, without second factors."""
    with tiny.store.transaction() as session:
        session.get_one(Programme, tiny.town.programme_id).demo = True
        for login, role in MORE.items():
            accounts.create(session, tiny.town.programme_id, login, login.title(), role, PASSWORD)
    return office


class Desks:
    """A browser of their own for everybody."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser, self.url = browser, url
        self._open: list[object] = []

    def of(self, login: str | None, path: str) -> Page:
        """A page of somebody who has signed in; None: of nobody yet."""
        context = tablet(self._browser)
        page = context.__enter__().new_page()
        self._open.append(context)
        page.set_default_timeout(PATIENCE)
        if login is not None:
            answer = page.request.post(
                f"{self.url}/api/v1/session",
                data={"login": login, "password": PASSWORD},
                headers={"X-Outreach": "1"},
            )
            assert answer.ok, answer.text()
        page.goto(f"{self.url}{path}")
        return page

    def close(self) -> None:
        """Every browser; fails when one of their pages threw."""
        for context in self._open:
            context.__exit__(None, None, None)  # type: ignore[attr-defined]


@pytest.fixture
def desks(browser: Browser, house: Office) -> Iterator[Desks]:
    """Browsers for this test."""
    made = Desks(browser, house.url)
    yield made
    made.close()


def press(page: Page, name: str) -> None:
    """A button by what it says."""
    page.get_by_role("button", name=name, exact=True).click()


def test_an_administrator_adds_somebody_who_chooses_a_password_of_their_own(desks: Desks):
    ada = desks.of("ada", "/admin")
    press(ada, "Add somebody")
    sheet = ada.get_by_role("dialog")
    sheet.get_by_label("Name", exact=True).fill("Nia Okafor")
    sheet.get_by_label("Log-in name").fill("nia")
    sheet.get_by_label("Role").select_option("clinician")
    press(ada, "Open the account")
    first = sheet.locator(".words").inner_text()
    press(ada, "I have told them")
    row = ada.get_by_role("row").filter(has_text="Nia Okafor")
    row.get_by_text("first password").wait_for()

    nia = desks.of(None, "/crew")
    nia.get_by_label("Log-in").fill("nia")
    nia.get_by_label("Password").fill(first)
    nia.locator("button[type=submit]").click()
    nia.get_by_role("heading", name="Choose your password").wait_for()
    nia.get_by_label("The password you were given").fill(first)
    nia.get_by_label("New password", exact=True).fill(OWN)
    nia.get_by_label("The same again").fill(OWN + " not")
    press(nia, "Set the password")
    nia.get_by_text("The two are not the same").wait_for()
    nia.get_by_label("The same again").fill(OWN)
    press(nia, "Set the password")
    nia.wait_for_url("**/crew")

    ada.reload()
    row.get_by_role("button", name="Change Nia Okafor").click()
    sheet.get_by_label("Role").select_option("dispatch")
    press(ada, "Change the role")
    row.get_by_text("Dispatch").wait_for()
    assert nia.request.get(f"{desks.url}/api/v1/session").status == 401
    press(ada, "Close the account")
    press(ada, "Yes, close it")
    sheet.get_by_text("may not sign in. What they did stays").wait_for()


def test_the_last_administrator_stays_and_the_page_says_why(desks: Desks):
    ada = desks.of("ada", "/admin")
    press(ada, "Change Ada")
    press(ada, "Close the account")
    press(ada, "Yes, close it")
    ada.get_by_text("ada is the last administrator").wait_for()


def test_a_tablet_comes_in_by_the_code_on_the_screen_and_is_shut_out_at_once(desks: Desks):
    ada = desks.of("ada", "/admin#tablets")
    ada.get_by_text("No tablet yet").wait_for()
    press(ada, "Bring in a tablet")
    ada.get_by_label("Name of the tablet").fill("Tablet 3")
    press(ada, "Show the code")
    ada.get_by_role("img", name="Code to bring in Tablet 3").wait_for()
    code = ada.locator(".typed").inner_text()

    scanned = desks.of(None, f"/enrol#{code}")
    assert scanned.get_by_label("Code").input_value() == code
    assert code not in scanned.url
    press(scanned, "Enrol")
    scanned.wait_for_url("**/crew")
    ada.get_by_text("Tablet 3 is in.").wait_for()
    assert ada.get_by_role("dialog").count() == 0

    bundle = f"{desks.url}/api/v1/crew/bundle"
    assert scanned.request.get(bundle).status == 200
    press(ada, "Shut out")
    press(ada, "Yes, shut it out")
    ada.get_by_role("row").filter(has_text="Tablet 3").get_by_text("shut out", exact=True).wait_for()
    assert scanned.request.get(bundle).status == 401


def test_the_auditor_reads_sentences_and_has_the_record_checked(desks: Desks):
    uma = desks.of("uma", "/admin#record")
    uma.get_by_text("Not yet").wait_for()
    press(uma, "Check the whole record")
    uma.get_by_text("whole", exact=True).wait_for()
    uma.get_by_role("cell", name="Had the whole record read again").wait_for()
    uma.get_by_label("Find in these entries").fill("opened the account uma")
    uma.get_by_role("cell", name="Opened the account uma").wait_for()
    assert uma.locator("tbody tr").count() == 1


@pytest.mark.parametrize(
    ("login", "tabs", "adds"),
    [
        ("ada", ["Accounts", "Tablets", "Audit"], True),
        ("odo", ["Accounts", "Tablets"], False),
        ("uma", ["Accounts", "Audit"], False),
        ("dispatch", ["Tablets"], True),
        ("noa", ["Audit"], False),
    ],
)
def test_everybody_finds_what_is_theirs(desks: Desks, login: str, tabs: list[str], adds: bool):
    page = desks.of(login, "/admin")
    page.get_by_role("tabpanel").get_by_role("heading").first.wait_for()
    assert page.get_by_role("tab").all_inner_texts() == tabs
    assert (page.get_by_role("button", name=re.compile("Add somebody|Bring in a tablet")).count() > 0) is adds


def test_a_crew_has_no_business_with_administration(desks: Desks):
    page = desks.of("crew", "/admin")
    page.wait_for_url("**/crew")


def test_a_manager_asks_another_approves_and_the_file_leaves_once(desks: Desks):
    mia = desks.of("mia", "/releases")
    press(mia, "Ask for rows")
    sheet = mia.get_by_role("dialog")
    press(mia, "Ask for it")
    sheet.get_by_text("Fill this in.").first.wait_for()
    sheet.get_by_label("From").fill(f"{today():%Y-%m}-01")
    sheet.get_by_label("Until").fill(today().isoformat())
    sheet.get_by_label("Who is to have it").select_option("health_department")
    sheet.get_by_label("Its name").fill("City health department")
    sheet.get_by_label("What for").fill("Yearly audit")
    press(mia, "Ask for it")
    mia.get_by_text("You asked for this, so somebody else has to approve it.").wait_for()
    assert mia.get_by_role("button", name="Approve").count() == 0

    noa = desks.of("noa", "/releases")
    noa.get_by_text("Asked for by Mia").wait_for()
    press(noa, "Approve")
    noa.get_by_text("Only Mia may take the file.").wait_for()

    mia.reload()
    with mia.expect_download() as leaving:
        press(mia, "Take the file")
    saved = Path(leaving.value.path()).read_text()
    assert leaving.value.suggested_filename.startswith("export-")
    assert saved.startswith("# 42 CFR part 2 prohibits")
    assert "# For City health department: Yearly audit" in saved
    with mia.expect_download() as again:
        press(mia, "Save it again")
    assert Path(again.value.path()).read_text() == saved
    mia.reload()
    register = mia.get_by_role("region", name="Who got what", exact=True)
    register.get_by_text("Visits for City health department").wait_for()
    register.get_by_text("handed over").wait_for()
    assert mia.get_by_role("button", name="Take the file").count() == 0


def test_a_report_that_is_not_settled_stays_in_the_house(desks: Desks):
    mia = desks.of("mia", "/releases")
    mia.get_by_label("From").fill(f"{today():%Y-%m}-01")
    mia.get_by_label("Until").fill(today().isoformat())
    press(mia, "Give this report out")
    mia.get_by_text("Records may still come in.").wait_for()
    mia.get_by_text("No report was given out yet").wait_for()


def test_a_participant_allows_takes_back_and_is_forgotten(desks: Desks):
    crew = desks.of("crew", "/participant")
    press(crew, "Offer a random code")
    crew.get_by_text("Nothing is kept under this code.").wait_for()
    code = crew.get_by_label("Code", exact=True).input_value()
    press(crew, "They allow it: Being followed up")
    crew.get_by_text("First came on").wait_for()
    crew.get_by_label("Note").fill("prefers mornings")
    press(crew, "Keep it")
    crew.get_by_text("The note is kept, sealed.").wait_for()
    press(crew, "Done, empty the page")
    assert crew.get_by_label("Code", exact=True).input_value() == ""

    crew.get_by_label("Code", exact=True).fill(code.upper())
    press(crew, "Look it up")
    crew.get_by_label("Note").wait_for()
    assert crew.get_by_label("Note").input_value() == "prefers mornings"
    press(crew, "They take it back: Being followed up")
    crew.get_by_text("taken back", exact=True).wait_for()
    assert crew.get_by_label("Note").count() == 0

    press(crew, "Forget them for good")
    crew.get_by_label("Type the code once more").fill("another-code-12345")
    press(crew, "Forget them")
    crew.get_by_text("This is not the code above.").wait_for()
    crew.get_by_label("Type the code once more").fill(code)
    press(crew, "Forget them")
    crew.get_by_text("They are forgotten.").wait_for()
    crew.get_by_label("Code", exact=True).fill(code)
    press(crew, "Look it up")
    crew.get_by_text("Nothing is kept under this code.").wait_for()
    assert code not in crew.url
