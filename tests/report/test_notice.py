"""The public notice: where the vans will be, and where to go instead of a stop that was cancelled."""

from __future__ import annotations

from datetime import timedelta

from outreach.plan import schedules
from outreach.policies import Policy
from outreach.report.notice import notice
from tests.shift import NINE, Planned, Shift, publish, uid


def test_the_notice_lists_the_stops_of_the_coming_days_in_order(shift: Shift):
    with shift.town.store.reading() as session:
        rows = notice(session, shift.town.programme_id, shift.town.monday)
    assert [(row.site, row.starts, row.state) for row in rows] == [
        ("Mill", 540, "planned"),
        ("Square", 600, "planned"),
        ("Yard", 720, "planned"),
    ]
    assert rows[0].area == "Westside"


def test_a_cancelled_stop_stays_on_the_notice_with_its_reason_and_the_nearest_alternative(shift: Shift):
    town, before = shift.town, NINE - timedelta(hours=3)
    with town.store.transaction() as session:
        draft = schedules.cancel_stop(
            session, town.programme_id, shift.mill, "Street closed", "dispatch", before
        )
        assert notice(session, town.programme_id, town.monday)[0].state == "planned"
        schedules.publish(session, town.programme_id, draft, "dispatch", before, policy=Policy.load())
    with town.store.reading() as session:
        row = notice(session, town.programme_id, town.monday)[0]
    assert (row.site, row.state, row.reason) == ("Mill", "cancelled", "Street closed")
    assert row.alternative is not None
    assert (row.alternative.name, row.alternative.date, row.alternative.starts) == (
        "Square",
        town.monday,
        600,
    )


def test_a_newer_version_takes_the_place_of_the_days_it_covers_only(shift: Shift):
    town = shift.town
    tuesday = town.monday + timedelta(1)
    with town.store.transaction() as session:
        publish(session, town, 2, tuesday, tuesday, [Planned("east", "one", tuesday, 600, 720, uid(9))])
    with town.store.reading() as session:
        rows = notice(session, town.programme_id, town.monday)
    assert [row.site for row in rows] == ["Mill", "Square", "Yard", "East"]


def test_the_past_is_not_on_the_notice(shift: Shift):
    with shift.town.store.reading() as session:
        assert notice(session, shift.town.programme_id, shift.town.monday + timedelta(1)) == []
