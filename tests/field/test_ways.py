"""Ways: how a van drives through its day, told turn by turn and drawn to print."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest

from outreach.errors import Missing
from outreach.field import sync, way_sheet
from outreach.field.bundle import van_day
from outreach.field.ways import HOME, StepSeen
from outreach.place.roads import Network
from outreach.plan import schedules
from outreach.policies import Policy
from tests.commands import run
from tests.shift import NINE, Shift
from tests.streets import long_street


@pytest.fixture
def roads(shift: Shift) -> Network:
    """The town with its streets."""
    return long_street(shift.town.city)


def test_the_bundle_leads_from_base_over_every_stop_and_home(shift: Shift, roads: Network):
    with shift.town.store.reading() as session:
        found = sync.bundle(session, shift.town.programme_id, shift.town.monday, NINE, network=roads)
    first = found.days[0]
    assert [[(s.turn, s.name) for s in stop.way] for stop in first.stops] == [
        [("depart", "Long <Street>")],  # from the square, where the base is, west to the mill
        [
            ("depart", "Mill Lane"),
            ("right", "Hill Road"),
            ("right", "Square Lane"),
            ("left", "Long <Street>"),
        ],
    ]
    assert [step.name for step in first.way_home] == ["Long <Street>"]
    assert first.stops[0].way[0].metres == pytest.approx(822, abs=3)


def test_a_cancelled_stop_is_driven_past(shift: Shift, roads: Network):
    town, before = shift.town, NINE - timedelta(hours=3)
    with town.store.transaction() as session:
        draft = schedules.cancel_stop(session, town.programme_id, shift.yard, "No driver", "dispatch", before)
        schedules.publish(session, town.programme_id, draft, "dispatch", before, policy=Policy.load())
    with town.store.reading() as session:
        day, legs = van_day(session, town.programme_id, town.monday, "one", roads, before)
    assert list(legs) == [shift.mill, HOME]
    assert day.stops[1].way == ()
    assert [step.name for step in day.way_home] == ["Mill Lane", "Hill Road", "Square Lane"]


def test_each_leg_is_found_in_the_traffic_of_its_hour(shift: Shift, roads: Network):
    with shift.town.store.reading() as session:
        _, legs = van_day(session, shift.town.programme_id, shift.town.monday, "one", roads, NINE)
    assert [roads.bands[leg.band] for leg in legs.values()] == [
        "weekday morning", "weekday midday", "weekday midday",
    ]  # fmt: skip


def test_without_roads_the_bundle_has_no_ways_and_is_whole(shift: Shift, tmp_path: Path):
    with shift.town.store.reading() as session:
        bare = sync.bundle(
            session, shift.town.programme_id, shift.town.monday, NINE, network=Network.open(tmp_path)
        )
    assert [stop.way for stop in bare.days[0].stops] == [(), ()]


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (StepSeen("left", "Mill Street", 640), "Left into Mill Street, 0.4 mi (640 m)"),
        (StepSeen("depart", "Yard", 90), "Start on Yard, 300 ft (90 m)"),
        (StepSeen("u_turn", "", 3_200), "Turn round, into a street without a name, 2.0 mi (3.2 km)"),
    ],
)
def test_a_step_is_told_in_feet_and_metres(step: StepSeen, words: str):
    assert way_sheet.told(step) == words


def test_the_sheet_is_one_page_of_svg_with_every_stop_and_step(shift: Shift, roads: Network):
    with shift.town.store.reading() as session:
        day, legs = van_day(session, shift.town.programme_id, shift.town.monday, "Van one", roads, NINE)
    sheet = ElementTree.fromstring(way_sheet.drawn(day, legs, roads))
    texts = [text.text for text in sheet.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[0] == "Van one, Monday 23 November 2026"
    assert {"A1", "A2", "Base", "A1 Mill, 09:00-11:00", "A2 Yard, 12:00-14:00"} <= set(texts)
    assert "SYNTHETIC streets and stops. drawn by hand" in texts
    assert any(text and text.startswith("Left into Long <Street>") for text in texts)
    assert "risk" not in " ".join(filter(None, texts)).lower()
    width, height = float(sheet.attrib["width"]), float(sheet.attrib["height"])
    for line in sheet.iter("{http://www.w3.org/2000/svg}polyline"):
        for x, y in (map(float, spot.split(",")) for spot in line.attrib["points"].split()):
            assert 0 <= x <= width
            assert 0 <= y <= height


def test_a_long_way_goes_on_over_further_sheets_to_its_last_turn(shift: Shift, roads: Network):
    with shift.town.store.reading() as session:
        day, legs = van_day(session, shift.town.programme_id, shift.town.monday, "one", roads, NINE)
    endless = tuple(StepSeen("left", f"Street {n} " + "of a very long name " * 5, 100) for n in range(400))
    longer = replace(day, stops=(replace(day.stops[0], way=endless), *day.stops[1:]))
    sheet = way_sheet.drawn(longer, legs, roads)
    assert [int(n) for n in re.findall(r"Left into Street (\d+) ", sheet)] == list(range(400))
    height = int(ElementTree.fromstring(sheet).attrib["height"])
    assert height == 4 * way_sheet.HEIGHT
    spots = [(x, float(y)) for x, y in re.findall(r'<text x="([\d.]+)" y="([\d.]+)"', sheet)]
    assert max(y for _, y in spots) < height - way_sheet.EDGE
    assert len({spot for spot in spots if spot[1] > way_sheet.FIRST_LINE}) > 400
    assert not [y for _, y in spots if y % way_sheet.HEIGHT < 13]
    assert max(len(text) for text in re.findall(r"<text[^>]*>([^<]*)<", sheet)) < 130


def test_the_command_draws_or_tells_the_day(shift: Shift, roads: Network, tmp_path: Path):
    with shift.town.store.reading() as session:
        pid = shift.town.programme_id
        with pytest.raises(Missing, match=r"There is no van 'nine'\. The vans are: one, two"):
            van_day(session, pid, shift.town.monday, "nine", roads, NINE)
        with pytest.raises(Missing, match="Van two has no stops on 2026-12-25"):
            van_day(session, pid, shift.town.monday + timedelta(32), "two", roads, NINE)
    assert run("route", "tomorrow", "one", data_dir=tmp_path).code == 1
