"""A stay in a report is told by the clock on the wall, as a plan is."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from outreach import local_time
from outreach.report.period import wall_minutes
from outreach.report.reach import hours_by_band

NEW_YORK = ZoneInfo("America/New_York")
CLOCKS_GO_BACK, CLOCKS_GO_FORWARD = date(2026, 11, 1), date(2026, 3, 8)


@pytest.mark.parametrize("day", [CLOCKS_GO_BACK, CLOCKS_GO_FORWARD, date(2026, 11, 2)])
@pytest.mark.parametrize("minutes", [600, 840, 1500])
def test_ten_o_clock_is_ten_o_clock_on_a_day_of_any_length(day: date, minutes: int):
    moment = local_time.moment(day, minutes, NEW_YORK)
    assert wall_minutes(moment, day, NEW_YORK) == minutes


def test_a_stop_from_ten_to_two_stands_in_one_band_when_the_clocks_go_back():
    starts = local_time.moment(CLOCKS_GO_BACK, 600, NEW_YORK)
    wall = [
        wall_minutes(moment, CLOCKS_GO_BACK, NEW_YORK) for moment in (starts, starts + timedelta(hours=4))
    ]
    assert hours_by_band(*wall).tolist() == [0, 0, 4, 0, 0, 0]
