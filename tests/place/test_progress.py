"""Progress: who leaves later never arrives earlier, and what is promised can be kept."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.place.progress import at_most, seconds
from outreach.place.traffic import BANDS, band_of
from outreach.place.travel import UNREACHABLE

BY_HOUR = st.lists(st.integers(0, 3), min_size=1, max_size=30)
DRIVES = st.lists(st.integers(0, 20_000), min_size=4, max_size=4)


def drives(times: list[int]) -> np.ndarray:
    """One drive's seconds in each of four bands, as `seconds` wants them."""
    return np.array(times, np.int64).reshape(-1, 1, 1)


@given(DRIVES, BY_HOUR, st.floats(0, 108_000), st.floats(0, 20_000))
def test_who_leaves_later_never_arrives_earlier(
    times: list[int], by_hour: list[int], leave: float, later: float
):
    first = leave + seconds(drives(times), by_hour, leave)[0, 0]
    second = leave + later + seconds(drives(times), by_hour, leave + later)[0, 0]
    assert second >= first - 1e-6


def test_a_time_looked_up_by_the_hour_of_leaving_breaks_that():
    """The fault the rule is there for: at 8:59 the slow band's 30 minutes, at 9:00 the other's 20."""
    looked_up = {8: 1800, 9: 1200}
    assert 8 * 3600 + 3540 + looked_up[8] > 9 * 3600 + looked_up[9]
    whole = drives([1800, 1200, 0, 0])
    by_hour = [0] * 9 + [1] * 21
    early, late = (leave + seconds(whole, by_hour, leave)[0, 0] for leave in (8 * 3600 + 3540, 9 * 3600))
    assert early < late


@given(DRIVES, BY_HOUR, st.floats(0, 108_000))
def test_a_drive_takes_no_less_than_in_the_best_and_no_more_than_in_the_worst_traffic(
    times: list[int], by_hour: list[int], leave: float
):
    taken = seconds(drives(times), by_hour, leave)[0, 0]
    met = [times[band] for band in by_hour]
    assert min(met) - 1e-6 <= taken <= max(met) + 1e-6


def test_a_drive_across_a_change_is_driven_at_both_speeds():
    """Half of a 20-minute drive is behind when speeds halve: 10 minutes and 20 more."""
    by_hour = [0] * 8 + [1] * 22
    taken = seconds(drives([1200, 2400, 0, 0]), by_hour, 8 * 3600 - 600)
    assert taken[0, 0] == pytest.approx(600 + 1200)


@given(
    st.lists(st.integers(0, 3_600), min_size=4, max_size=4),
    st.integers(0, 3),
    st.integers(0, 3),
    st.integers(0, 3_599),
)
def test_what_is_promised_for_an_hour_holds_whenever_in_it_the_van_leaves(
    times: list[int], here: int, then: int, into: int
):
    told = at_most(drives(times), here, then)[0, 0]
    assert seconds(drives(times), [here, then], into)[0, 0] <= told + 1e-6


def test_no_way_stays_no_way():
    whole = np.array([[[0, UNREACHABLE]], [[60, UNREACHABLE]]], np.int64)
    assert seconds(whole, [0, 1], 0.0).tolist() == [[0.0, np.inf]]


def test_a_whole_day_of_the_citys_bands_keeps_the_order_minute_by_minute():
    rng = np.random.default_rng(4)
    whole = rng.integers(300, 4_000, (len(BANDS), 6, 6))
    by_hour = [band_of(4, hour) for hour in range(30)]
    arrivals = np.array([60 * m + seconds(whole, by_hour, 60 * m) for m in range(0, 30 * 60, 5)])
    assert (np.diff(arrivals, axis=0) >= -1e-6).all()
