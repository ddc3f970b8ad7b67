"""What the taps of a stop tell, and what is believed of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from outreach.field.stops import Stop
from outreach.field.taps import Tap
from outreach.field.visits import Story, stay, told
from tests.shift import NINE
from tests.town import MONDAY

HOUR = timedelta(hours=1)
STOP = Stop("u", 1, 1, MONDAY, NINE, NINE + 4 * HOUR, "planned")


def tapped(kind: str, hours: float, reason: str | None = None) -> Tap:
    return Tap(kind, "u", None, NINE + hours * HOUR, reason=reason)


def test_the_first_arrival_and_the_last_departure_count():
    story = told(
        [
            tapped("stop.arrived", 1),
            tapped("stop.left", 2),
            tapped("stop.left", 3),
            tapped("stop.arrived", 0),
        ],
        {},
    )
    assert (story.arrived_at, story.left_at, story.outcome) == (NINE, NINE + 3 * HOUR, "served")


def test_who_came_did_not_skip():
    story = told([tapped("stop.skipped", 0, "weather"), tapped("stop.arrived", 1)], {})
    assert (story.outcome, story.reason) == ("open", None)


def test_the_last_reason_of_a_skip_counts():
    story = told([tapped("stop.skipped", 1, "unsafe"), tapped("stop.skipped", 0, "weather")], {})
    assert (story.outcome, story.reason) == ("skipped", "unsafe")


def test_counting_without_arriving_is_noted_and_nothing_at_all_is_voided():
    assert told([], {"contacts": 3}).outcome == "noted"
    assert told([], {}).outcome == "voided"


def story(arrived: float | None, left: float | None) -> Story:
    times = [None if hours is None else NINE + hours * HOUR for hours in (arrived, left)]
    return Story(times[0], times[1], "served", None)


@pytest.mark.parametrize(
    ("arrived", "left", "believed"),
    [
        (None, 2, None),
        (0.5, 3.5, (0.5, 3.5)),
        (-11, None, (0, 4)),  # tapped in the small hours, with nobody saying they left
        (-11, -8, (-11, -8)),
        (-1, None, (-1, 4)),
        (1, None, (1, 4)),
        (5, None, (0, 4)),
        (2, 1, (0, 4)),
        (0, 19, (0, 4)),
        (13, 14, (0, 4)),
        (-13, -12, (0, 4)),
        (-1, 6, (-1, 6)),
    ],
)
def test_what_is_believed_of_when_a_van_was_there(
    arrived: float | None, left: float | None, believed: tuple[float, float] | None
):
    expected = None if believed is None else (NINE + believed[0] * HOUR, NINE + believed[1] * HOUR)
    assert stay(story(arrived, left), STOP) == expected
