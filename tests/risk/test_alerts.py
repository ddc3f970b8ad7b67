"""Alerts and presence: what people enter and what visits leave behind."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from outreach.errors import Conflict, Invalid, Missing
from outreach.risk import alerts, presence
from outreach.risk.alerts import Alert
from outreach.risk.presence import Stay
from tests.town import Town

NOW = datetime(2026, 11, 21, 17, 0, tzinfo=UTC)
SPIKE = {"kind": "spike", "lon": -71.08, "lat": 42.33, "radius_m": 1000, "factor": 2.0}
MONDAY = date(2026, 11, 23)


def enter(town: Town, **changes: object) -> Alert:
    asked = {**SPIKE, "starts": MONDAY, "ends": MONDAY + timedelta(days=6), **changes}
    with town.store.transaction() as session:
        return alerts.enter(session, town.programme_id, now=NOW, **asked)  # type: ignore[arg-type]


def active(town: Town, day: date) -> list[int]:
    with town.store.reading() as session:
        return [alert.id for alert in alerts.active(session, town.programme_id, day)]


def test_an_alert_holds_from_its_first_to_its_last_day(town_on_both: Town):
    alert = enter(town_on_both)
    days = [MONDAY + timedelta(days=ahead) for ahead in (-1, 0, 6, 7)]
    assert [active(town_on_both, day) for day in days] == [[], [alert.id], [alert.id], []]


def test_an_alert_that_was_ended_no_longer_holds(town_on_both: Town):
    alert = enter(town_on_both)
    with town_on_both.store.transaction() as session:
        assert alerts.end(session, town_on_both.programme_id, alert.id, NOW).ended_at == NOW
    assert active(town_on_both, MONDAY) == []


def test_an_alert_is_ended_once_and_only_where_there_is_one(town: Town):
    alert = enter(town)
    with town.store.transaction() as session:
        alerts.end(session, town.programme_id, alert.id, NOW)
    with town.store.transaction() as session, pytest.raises(Conflict):
        alerts.end(session, town.programme_id, alert.id, NOW)
    with town.store.transaction() as session, pytest.raises(Missing):
        alerts.end(session, town.programme_id, 999, NOW)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"kind": "rumour"}, "no kind of alert"),
        ({"lat": 142.0}, "no position on the globe"),
        ({"lon": float("nan")}, "no position on the globe"),
        ({"radius_m": 3}, "50 metres to 50 km"),
        ({"factor": 1.0}, "more than 1"),
        ({"factor": float("inf")}, "at most 20"),
        ({"ends": MONDAY - timedelta(days=1)}, "before it starts"),
        ({"ends": MONDAY + timedelta(days=400)}, "three months at most"),
    ],
)
def test_an_alert_that_cannot_be_true_is_refused(town: Town, changes: dict[str, object], sentence: str):
    with pytest.raises(Invalid, match=sentence):
        enter(town, **changes)


def test_a_visit_recorded_twice_is_kept_once_as_last_told(town_on_both: Town):
    town = town_on_both
    for contacts in (5, 9):
        with town.store.transaction() as session:
            stay = Stay(7, town.sites["mill"], MONDAY, NOW, NOW + timedelta(hours=3), contacts)
            presence.record(session, town.programme_id, [stay])
    with town.store.reading() as session:
        kept = presence.between(session, town.programme_id, MONDAY, MONDAY)
    assert [(row.visit_id, row.contacts) for row in kept] == [(7, 9)]


def test_a_visit_that_ends_before_it_starts_is_refused(town: Town):
    with pytest.raises(Invalid):
        Stay(7, town.sites["mill"], MONDAY, NOW, NOW, 1)
