from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from outreach.errors import Invalid, Missing
from outreach.policies import Policy


def test_massachusetts_rests_on_its_holidays():
    holidays = Policy.load("massachusetts").holidays(2026)
    assert holidays[date(2026, 4, 20)] == "Patriots' Day"
    assert holidays[date(2026, 11, 26)] == "Thanksgiving Day"
    assert holidays[date(2026, 5, 25)] == "Memorial Day"
    assert len(holidays) == 12


def test_rhode_island_keeps_victory_day_and_massachusetts_does_not():
    victory = date(2026, 8, 10)
    assert Policy.load("rhode_island").holiday(victory) == "Victory Day"
    assert Policy.load("massachusetts").holiday(victory) is None


def test_a_holiday_on_a_sunday_is_kept_on_monday_too():
    policy = Policy.load("massachusetts")
    assert policy.holiday(date(2027, 7, 5)) == "Independence Day"
    assert policy.holiday(date(2026, 7, 6)) is None


def test_massachusetts_asks_for_a_meal_break_before_six_hours_are_over():
    policy = Policy.load("massachusetts")
    assert (policy.meal_after_minutes, policy.meal_minutes) == (360, 30)


def test_counts_up_to_ten_are_hidden_in_every_pack():
    assert {Policy.load(name).suppression_threshold for name in ("massachusetts", "rhode_island")} == {10}


@pytest.mark.parametrize("name", ["atlantis", "../secrets", "", "a/b"])
def test_an_unknown_pack_is_named_with_those_there_are(name: str):
    with pytest.raises(Missing, match="policy pack"):
        Policy.load(name)


@pytest.mark.parametrize(
    "text",
    [
        "name = 'X'\nsuppression_threshold = 0",
        "name = 'X'\nspeed_limit = 50",
        "suppression_threshold = 10",
        "name = ",
        "name = 'X'\n[[holidays]]\nname = 'Y'\nmonth = 13\nday = 1",
        "name = 'X'\nholidays = 'all'",
    ],
)
def test_a_pack_of_ones_own_that_is_wrong_is_refused(tmp_path: Path, text: str):
    path = tmp_path / "own.toml"
    path.write_text(text)
    with pytest.raises(Invalid, match=r"own\.toml"):
        Policy.load(str(path))


def test_a_pack_of_ones_own_is_read(tmp_path: Path):
    path = tmp_path / "own.toml"
    path.write_text("name = 'Own'\nserve_on_holidays = true\nsuppression_threshold = 20")
    assert Policy.load(str(path)).suppression_threshold == 20
