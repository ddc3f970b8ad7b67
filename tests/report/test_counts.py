"""Counts by neighbourhood and week, read by somebody who knows in which of them nobody was met."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from outreach.field import sync
from outreach.place import sites
from outreach.place.areas import Area
from outreach.place.roads import Network
from outreach.report.attack import Range, leaks
from outreach.report.counts import Counts, shown
from outreach.report.coverage import coverage
from outreach.report.figures import ALL, Key, Published, table
from outreach.report.period import Cell
from tests.report.conftest import LATER
from tests.shift import NINE, Planned, Shift, publish, tally, tap, uid
from tests.town import LAT, Town

THRESHOLD = 10
A, B, C = 1, 2, 3
WEEKS = (date(2026, 11, 2), date(2026, 11, 9), date(2026, 11, 16))
MET: dict[Cell, int] = {
    (A, WEEKS[0]): 10,
    (A, WEEKS[1]): 30,
    (B, WEEKS[2]): 40,
    (C, WEEKS[0]): 30,
    (C, WEEKS[2]): 15,
}
SKIPPED: Cell = (A, WEEKS[2])
STANDS = {A: ("mill", "one"), B: ("yard", "one"), C: ("square", "two")}


def worked_out(page: Counts, met: Mapping[Cell, int]) -> dict[Key, Range]:
    """What the page tells about small counts to somebody who knows every area and week without people."""
    areas = sorted(page.areas, key=str)
    everywhere = {(str(area), week.isoformat()) for area in areas for week in WEEKS}
    people = {(str(area), week.isoformat()): count for (area, week), count in met.items() if count}
    truth = table(people, known_zero=everywhere - people.keys(), only_margins=True)
    printed: dict[Key, int | None] = {(ALL, ALL): page.total}
    printed |= {(str(area), ALL): page.areas[area] for area in areas}
    printed |= {(ALL, week.isoformat()): page.weeks[week] for week in WEEKS}
    numbers = {key: count for key, count in printed.items() if count is not None}
    hidden = frozenset(printed.keys() - numbers.keys())
    return leaks(Published(numbers, hidden, truth.sums, truth.unpublished), truth, THRESHOLD)


def test_a_skipped_stop_gives_no_small_count_away():
    """No van came to A in the third week: 40 in A less the 30 of the second week would be 10."""
    page = shown({**MET, SKIPPED: 0}, (A, B, C), WEEKS, THRESHOLD)
    assert worked_out(page, MET) == {}
    everything = shown(MET, (A, B, C), WEEKS, None)
    assert worked_out(everything, MET) == {(str(A), WEEKS[0].isoformat()): Range(10, 10)}


def test_a_report_over_a_skipped_stop_gives_no_small_count_away(shift: Shift):
    town = shift.town
    with town.store.transaction() as session:
        areas = three_areas(session, town)
        uids = {cell: uid(100 + number) for number, cell in enumerate((*MET, SKIPPED))}
        for number, week in enumerate(WEEKS, start=2):
            planned = [Planned(*STANDS[a], week, 540, 660, uids[a, w]) for a, w in uids if a and w == week]
            publish(session, town, number, week, week + timedelta(6), planned)
        taps = [tap(90, "stop.skipped", uids[SKIPPED], {"reason": "weather"})]
        for number, (cell, count) in enumerate(MET.items()):
            at = NINE - (town.monday - cell[1])
            taps.append(tap(100 + number, "stop.arrived", uids[cell], at=at))
            taps.append(tally(200 + number, uids[cell], "contacts", count, at))
        sync.receive(session, town.programme_id, shift.crew, "tablet-1", taps, LATER)
    with town.store.reading() as session:
        network = Network.open(town.city)
        sunday = WEEKS[-1] + timedelta(6)
        found = coverage(session, town.programme_id, network, WEEKS[0], sunday, LATER)
    assert (found.total.stops_planned, found.total.stops_delivered) == (6, 5)
    contacts = {line.id: line.contacts for line in found.areas}
    page = Counts(
        {area: contacts[areas[area]] for area in STANDS},
        {line.week: line.contacts for line in found.trend if line.week is not None},
        found.total.contacts,
    )
    assert worked_out(page, MET) == {}


def three_areas(session: Session, town: Town) -> dict[int, int | None]:
    """The ids of the areas in which the mill, the yard and the square lie."""
    midtown = Area(programme_id=town.programme_id, name="Midtown", lon=-71.08, lat=LAT)
    session.add(midtown)
    session.flush()
    known = {site.id: site for site in sites.listed(session, town.programme_id)}
    known[town.sites["square"]].area_id = midtown.id
    return {area: known[town.sites[site]].area_id for area, (site, _) in STANDS.items()}


@settings(max_examples=40, deadline=None)
@given(
    counts=st.lists(st.one_of(st.just(0), st.integers(1, 12), st.integers(1, 90)), min_size=9, max_size=9),
)
def test_knowing_where_nobody_was_met_gives_no_small_count_away(counts: list[int]):
    cells: dict[Cell, int] = dict(
        zip([(area, week) for area in (A, B, C) for week in WEEKS], counts, strict=True)
    )
    page = shown(cells, (A, B, C), WEEKS, THRESHOLD)
    assert worked_out(page, cells) == {}


@pytest.mark.parametrize("threshold", [None, THRESHOLD])
def test_zeros_show(threshold: int | None):
    page = shown({(A, WEEKS[0]): 0, (B, WEEKS[0]): 30}, (A, B), WEEKS, threshold)
    assert (page.areas[A], page.areas[B], page.weeks[WEEKS[1]], page.total) == (0, 30, 0, 30)
