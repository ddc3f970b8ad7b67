"""History: what counts, how much, and what was known when."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from outreach.errors import Invalid, Missing
from outreach.risk import feeds, history
from tests.risk.conftest import PLAIN, Write
from tests.risk.invented import bring
from tests.town import Town

NOW = datetime(2026, 11, 21, 17, 0, tzinfo=UTC)
DAYS = [(f"2026-11-{when}", 42.33, -71.07) for when in ("18 12:00", "19 12:00", "20 01:10")]


@pytest.fixture
def three(town: Town, write: Write) -> Town:
    """The tiny town with three incidents on the last three days."""
    bring(town, write(*DAYS), NOW, PLAIN)
    return town


def known(town: Town, now: datetime = NOW) -> history.Known | None:
    with town.store.reading() as session:
        return history.known(session, town.programme_id, now)


def test_the_forecast_begins_the_day_after_the_last_event(three: Town):
    seen = known(three)
    assert seen is not None
    assert seen.origin == date(2026, 11, 21)
    assert len(seen.events) == len(seen.clocked) == 3


def test_what_was_received_later_was_not_known_before(three: Town):
    assert known(three, NOW - timedelta(hours=1)) is None


def test_days_a_feed_has_not_completed_are_left_out(three: Town):
    with three.store.transaction() as session:
        feeds.one(session, three.programme_id, "ems").lag_days = 3
    seen = known(three)
    assert seen is not None
    assert len(seen.events) == 1
    assert seen.origin == date(2026, 11, 19)


def test_a_feed_weighs_what_its_incidents_stand_for(three: Town):
    with three.store.transaction() as session:
        feeds.one(session, three.programme_id, "ems").weight = 2.5
    seen = known(three)
    assert seen is not None
    assert seen.events.weight.tolist() == [2.5, 2.5, 2.5]


def test_a_feed_that_weighs_nothing_is_shown_but_not_counted(three: Town):
    with three.store.transaction() as session:
        feeds.one(session, three.programme_id, "ems").weight = 0.0
    assert known(three) is None


def test_a_feed_needs_a_name_and_a_kind(town: Town):
    with town.store.transaction() as session:
        for name, kind in (("", "ems"), ("x" * 81, "ems"), ("calls", "rumour")):
            with pytest.raises(Invalid):
                feeds.register(session, town.programme_id, name, kind=kind)
        with pytest.raises(Missing, match="no feed named"):
            feeds.one(session, town.programme_id, "calls")


def test_a_feed_is_registered_once(town_on_both: Town):
    with town_on_both.store.transaction() as session:
        first = feeds.register(session, town_on_both.programme_id, "calls", kind="ems", lag_days=2)
        again = feeds.register(session, town_on_both.programme_id, "calls", kind="deaths")
        assert (first.id, again.kind, again.lag_days) == (again.id, "ems", 2)
