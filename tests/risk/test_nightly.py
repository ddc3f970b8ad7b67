"""The night: a spike becomes one alert, however often it is run, and one that was ended stays ended."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from outreach.errors import Missing
from outreach.place.areas import Area
from outreach.risk import alerts, nightly
from tests.risk.invented import bring, calls_with_an_outbreak
from tests.town import Town

NOW = datetime(2026, 8, 31, 6, 0, tzinfo=UTC)


@pytest.fixture
def outbreak(town: Town, tmp_path: Path) -> Town:
    """Eight months of invented calls, and a cluster at the south end on the last day."""
    bring(town, calls_with_an_outbreak(tmp_path / "incidents.csv"), NOW)
    return town


def test_a_spike_becomes_one_alert_however_often_the_night_is_run(outbreak: Town):
    with outbreak.store.transaction() as session:
        first = nightly.run(session, outbreak.programme_id, NOW)
        again = nightly.run(session, outbreak.programme_id, NOW + timedelta(hours=1))
        known = alerts.active(session, outbreak.programme_id, NOW.date())
        notes = [alerts.note_of(session, alert) for alert in known]
    assert len(first.new) == len(first.on) >= 1
    assert again.new == ()
    assert len(known) == len(first.new)
    assert any("It is over after a week with fewer than" in note for note in notes)
    assert again.alarms.raised == len(first.new)


def test_an_alert_that_somebody_ended_is_not_raised_again_while_its_spike_lasts(outbreak: Town):
    with outbreak.store.transaction() as session:
        for alert in nightly.run(session, outbreak.programme_id, NOW).new:
            alerts.end(session, outbreak.programme_id, alert.id, NOW)
        assert nightly.run(session, outbreak.programme_id, NOW + timedelta(hours=2)).new == ()


def test_a_spike_tells_where_it_is(outbreak: Town):
    with outbreak.store.transaction() as session:
        pid = outbreak.programme_id
        assert any(" km of 42.24" in spike.sentence for spike in nightly.run(session, pid, NOW).on)
        session.add(Area(programme_id=pid, name="South End", lon=-71.13, lat=42.245))
        session.flush()
        spikes = nightly.run(session, pid, NOW).on
    assert any(re.search(r"within \d\.\d km of South End, where", spike.sentence) for spike in spikes)


def test_a_night_without_incidents_says_what_to_do(town: Town):
    with town.store.transaction() as session, pytest.raises(Missing, match="outreach incidents import"):
        nightly.run(session, town.programme_id, NOW)
