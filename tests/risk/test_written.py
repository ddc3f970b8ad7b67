"""Written times and points: whatever form a publisher chose, it means the same moment and the same place."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from outreach.risk import points
from outreach.risk.clocks import Clock, zone

CLOCK = Clock(zone("America/New_York"))
SAME = datetime(2016, 8, 23, 18, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        *("2016-08-23T14:20:00.000", "2016-08-23 14:20", "2016-08-23 02:20:00 PM", "2016-08-23 2:20 p.m."),
        *("2016/08/23 18:20:00+00", "2016-08-23 18:20:00 UTC", "2016-08-23 14:20:00 EDT"),
        *("2016-08-23 14:20:00.000 GMT-4", "2016-08-23T14:20:00.1234567-04:00"),
        *(
            "8/23/2016 2:20:00 PM",
            "08/23/2016 14:20",
            "8/23/16 14:20",
            "8-23-2016 14:20:00",
            "8/23/2016 1420",
        ),
        *("8/23/2016 2:20\u202fPM", "08/23/2016 06:20:00 PM +0000", "2016 8 23 1420"),
        *("23-AUG-16 02.20.00.000000 PM", "23 Aug 2016 14:20", "23AUG16:14:20:00", "Aug 23, 2016 2:20 PM"),
        *("Tuesday, August 23, 2016 2:20 PM", "Tue Aug 23 14:20:00 EDT 2016"),
        *("201608231420", "20160823142000", "20160823T1420"),
        *("1471976400", "1471976400000", "1471976400.0", "1.4719764E12", "42605.597222222"),
    ],
)
def test_every_usual_way_of_writing_a_moment_means_the_same(text: str):
    told = CLOCK.read(text)
    assert abs((told.moment - SAME).total_seconds()) < 1
    assert (told.day, told.minute) == (date(2016, 8, 23), 14 * 60 + 20)


@pytest.mark.parametrize("text", ["2016-08-23", "8/23/2016", "20160823", "23 Aug 2016", "42605", "2016/8/23"])
def test_a_day_without_a_clock_tells_no_hour(text: str):
    told = CLOCK.read(text)
    assert (told.day, told.minute, told.month_only) == (date(2016, 8, 23), None, False)


@pytest.mark.parametrize("text", ["2016-08", "08/2016", "Aug 2016", "August 2016"])
def test_a_month_says_that_it_is_only_a_month(text: str):
    assert CLOCK.read(text).month_only


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("2016", "only the year"),
        ("13/13/2016 13:13", "no date or time"),
        ("8/23/2016 25:00", "no date or time"),
        ("8/23/2016 13:20 PM", "no date or time"),
        ("2016-02-30", "no date or time"),
        ("2016-08-23 14:20 XYZ", "no time zone known"),
        ("hello", "no date or time"),
        ("nan", "no date or time"),
        ("1e400", "no date or time"),
        ("9999-12-31 23:59", "in the future"),
    ],
)
def test_what_is_no_time_gets_a_sentence(text: str, sentence: str):
    with pytest.raises(ValueError, match=sentence):
        CLOCK.read(text)


def test_midnight_written_as_24_is_the_next_day():
    told = CLOCK.read("2016-08-23 24:00:00")
    assert (told.day, told.minute) == (date(2016, 8, 24), 0)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "POINT (-84.5 39.1)",
            "POINT(-84.5 39.1)",
            "SRID=4326;POINT (-84.5 39.1)",
            "POINT Z (-84.5 39.1 7)",
        ),
        *(
            "(39.1, -84.5)",
            "39.1,-84.5",
            "39.1 -84.5",
            "CINCINNATI, OH\n(39.1, -84.5)",
            "12 MAIN ST (39.1, -84.5)",
        ),
        *('{"type": "Point", "coordinates": [-84.5, 39.1]}', "{'latitude': '39.1', 'longitude': '-84.5'}"),
    ],
)
def test_every_usual_way_of_writing_a_point_is_read(text: str):
    assert points.read(text) == ("39.1", "-84.5")


@pytest.mark.parametrize(
    "text", ["", "12 MAIN ST", "POINT EMPTY", "{", "{}", "(39.1)", '{"coordinates": []}']
)
def test_what_is_no_point_is_none(text: str):
    assert points.read(text) is None
