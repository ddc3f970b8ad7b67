"""Reports that were given out are remembered: no two of them can be subtracted."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from outreach.errors import Conflict, Invalid, Missing
from outreach.field.visits import Tally, Visit
from outreach.place.roads import Network
from outreach.report import pages, releases
from outreach.report.coverage import Coverage, coverage
from outreach.report.releases import Release
from tests.town import Town

MONDAY = date(2026, 9, 7)
NUMBERS = count(1)


def met(town: Town, site: str, day: date, people: int) -> None:
    """A visit at which so many people were met."""
    number = next(NUMBERS)
    with town.store.transaction() as session:
        visit = Visit(
            programme_id=town.programme_id,
            stop_uid=f"00000000-0000-7000-8000-{number:012}",
            site_id=town.sites[site],
            van_id=town.vans["one"],
            date=day,
            outcome="noted",
        )
        session.add(visit)
        session.flush()
        session.add(
            Tally(
                programme_id=town.programme_id,
                visit_id=visit.id,
                event_uid=f"10000000-0000-7000-8000-{number:012}",
                counter="contacts",
                quantity=people,
                voided=False,
            )
        )


def report(town: Town, first: date, last: date, now: datetime, threshold: int | None = 10) -> Coverage:
    with town.store.reading() as session:
        network = Network.open(town.city)
        return coverage(session, town.programme_id, network, first, last, now, threshold=threshold or 10)


def released(town: Town, first: date, last: date, now: datetime) -> Release:
    made = report(town, first, last, now)
    with town.store.transaction() as session:
        return releases.release(session, town.programme_id, made, 10, actor="mia", today=now.date(), now=now)


@pytest.fixture
def weeks(town: Town) -> Town:
    """Six weeks at the mill: thirty people in each of five, three in the last."""
    for week in range(5):
        met(town, "mill", MONDAY + timedelta(7 * week), 30)
    met(town, "mill", MONDAY + timedelta(35), 3)
    return town


FIVE = (MONDAY, MONDAY + timedelta(34))
SIX = (MONDAY, MONDAY + timedelta(41))


def test_six_weeks_less_five_would_be_the_sixth(weeks: Town, now: datetime):
    """Each page alone is safe, and yet: 153 less 150 is three people in one week at one place."""
    whole, part = report(weeks, *SIX, now), report(weeks, *FIVE, now)
    assert (whole.total.contacts, part.total.contacts) == (153, 150)
    released(weeks, *SIX, now)
    with pytest.raises(Conflict, match="2026-09-07 to 2026-10-18"):
        released(weeks, *FIVE, now)


def test_and_so_it_is_the_other_way_round(weeks: Town, now: datetime):
    released(weeks, *FIVE, now)
    with pytest.raises(Conflict, match="subtracting"):
        released(weeks, *SIX, now)


def test_weeks_that_are_cut_differently_give_nothing_away_when_what_differs_is_large(
    weeks: Town, now: datetime
):
    released(weeks, *FIVE, now)
    assert released(weeks, MONDAY, MONDAY + timedelta(27), now).id


def test_three_pages_tell_what_no_two_of_them_do(town: Town, now: datetime):
    """The first three weeks and the last three overlap in the third, which is small; nobody may have all
    five weeks beside them: first + last - all is the third."""
    for week, people in enumerate((40, 40, 4, 40, 40)):
        met(town, "mill", MONDAY + timedelta(7 * week), people)
    first, last = (MONDAY, MONDAY + timedelta(20)), (MONDAY + timedelta(14), MONDAY + timedelta(34))
    released(town, *FIVE, now)
    with pytest.raises(Conflict):
        [released(town, *days, now) for days in (first, last)]


def test_periods_that_share_no_day_are_free(weeks: Town, now: datetime):
    released(weeks, *FIVE, now)
    assert released(weeks, MONDAY + timedelta(35), MONDAY + timedelta(41), now).id


def test_the_same_days_again_are_the_same_report(weeks: Town, now: datetime):
    one = released(weeks, *FIVE, now)
    assert released(weeks, *FIVE, now).id == one.id


def kept(town: Town, number: int, language: str = "en") -> Coverage:
    with town.store.reading() as session:
        return releases.shown(session, town.programme_id, number, language=language)[1]


def test_what_was_given_out_can_be_shown_to_the_letter_years_later(town_on_both: Town, now: datetime):
    town = town_on_both
    for week in range(5):
        met(town, "mill", MONDAY + timedelta(7 * week), 30)
    met(town, "east", MONDAY + timedelta(7), 4)
    then, told_then = report(town, *FIVE, now), released(town, *FIVE, now)
    met(town, "mill", MONDAY + timedelta(1), 40)
    assert report(town, *FIVE, now).total.contacts == 194
    assert kept(town, told_then.id) == then
    assert "contacts" in then.areas[0].hidden, (
        "four people at one place are hidden, and another figure with them"
    )
    assert "del 2026-09-07" in kept(town, told_then.id, "es").sentence
    with pytest.raises(Missing), town.store.reading() as session:
        releases.shown(session, town.programme_id, told_then.id + 1)


@pytest.mark.parametrize("careful", [False, True])
def test_a_page_changed_in_the_database_is_not_shown_as_given_out(weeks: Town, now: datetime, careful: bool):
    """The planted fault; also by somebody who mends the hash beside it: the audit has it too."""
    number = released(weeks, *FIVE, now).id
    assert kept(weeks, number).total.contacts == 150
    with weeks.store.transaction() as session:
        one = session.get_one(Release, number)
        one.page = one.page.replace("150", "250")
        one.digest = pages.digest_of(one.page) if careful else one.digest
    with pytest.raises(Conflict, match="not what was given out"):
        kept(weeks, number)


def test_a_kept_page_holds_no_figure_that_was_hidden(weeks: Town, now: datetime):
    met(weeks, "east", MONDAY, 7)
    number = released(weeks, *FIVE, now).id
    with weeks.store.reading() as session:
        told = pages.people_of(session.get_one(Release, number).page)
    counted = {line["contacts"] for line in told.values()}
    assert None in counted
    assert 7 not in counted


def test_what_changed_since_cannot_be_compared_and_is_refused(weeks: Town, now: datetime):
    released(weeks, *FIVE, now)
    met(weeks, "mill", MONDAY + timedelta(1), 4)
    with pytest.raises(Conflict):
        released(weeks, MONDAY, MONDAY + timedelta(27), now)


def test_days_that_are_not_settled_are_not_released(weeks: Town, now: datetime):
    with pytest.raises(Invalid, match="may still come in"):
        released(weeks, MONDAY, now.date() - timedelta(1), now)


def test_without_the_register_the_two_would_go_out(weeks: Town, now: datetime):
    """The planted fault: forget the first release, and the second is let go."""
    released(weeks, *SIX, now)
    with weeks.store.transaction() as session:
        session.delete(releases.listed(session, weeks.programme_id)[0])
    assert released(weeks, *FIVE, now).id


def test_a_year_of_releases_is_judged_in_seconds(town: Town, now: datetime, tmp_path: Path):
    start = date(2025, 11, 3)
    for week in range(52):
        for site, people in (("mill", 25 + week % 7), ("east", week % 5), ("square", 12)):
            if people:
                met(town, site, start + timedelta(7 * week), people)
    for first in range(0, 48, 12):
        days = (start + timedelta(7 * first), start + timedelta(7 * first + 83))
        assert released(town, *days, now).id
