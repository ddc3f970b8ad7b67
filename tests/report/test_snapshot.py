"""A report reads one moment: tablets go on sending, and neither waits for the other."""

from __future__ import annotations

from datetime import timedelta

from outreach.field import sync, visits
from outreach.place.roads import Network
from outreach.report.coverage import coverage
from tests.report.conftest import LATER
from tests.shift import begin, morning
from tests.town import Town


def test_a_report_sees_one_moment_while_tablets_send(town_on_both: Town):
    town = town_on_both
    shift = begin(town)
    sunday = town.monday + timedelta(6)
    with town.store.reading() as report:
        assert visits.between(report, town.programme_id, town.monday, sunday) == []
        with town.store.transaction() as tablet:
            sync.receive(tablet, town.programme_id, shift.crew, "tablet-1", list(morning(shift)), LATER)
        found = coverage(report, town.programme_id, Network.open(town.city), town.monday, sunday, LATER)
        assert (found.total.stops_delivered, found.total.contacts) == (0, 0)
    with town.store.reading() as report:
        found = coverage(report, town.programme_id, Network.open(town.city), town.monday, sunday, LATER)
        assert (found.total.stops_delivered, found.total.contacts) == (1, 12)
