"""Roads: times that can be reckoned by hand, one-ways that count, and places no van can reach."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from outreach.errors import Invalid
from outreach.place.assembly import driven
from outreach.place.ground import metres_apart, metres_between
from outreach.place.roads import UNREACHABLE, Network
from tests.place.conftest import CORNERS, PLAIN, as_graph, at, corners, square_streets, street

MIDDAY = 2


def test_a_van_drives_along_the_streets_not_through_the_block(square: Network):
    times = square.drive_seconds([at(0, 0), at(100, 100)], MIDDAY)
    assert times[0, 1] == 20  # a-b-c: 200 m at 10 m/s
    assert times[1, 0] == 20  # c-d-a or c-b-a, the same length


def test_a_one_way_street_is_driven_one_way_only(square: Network):
    times = square.drive_seconds([at(0, 75), at(0, 25)], MIDDAY)
    assert times[0, 1] == 5  # 50 m down the one-way
    assert times[1, 0] == 35  # 25 m on to a, 300 m round by b, c and d, 25 m down again


def test_two_sites_on_one_street_are_joined_along_it(square: Network):
    times = square.drive_seconds([at(20, 0), at(80, 0)], MIDDAY)
    assert times.tolist() == [[0, 6], [6, 0]]


def test_the_last_metres_off_the_street_go_at_walking_traffic_speed(square: Network):
    there = square.drive_seconds([at(50, 0), at(50, -100)], MIDDAY)
    assert there[0, 1] == 36  # 100 m at 10 km/h


def test_a_van_never_stops_on_a_motorway(square: Network):
    beside_the_motorway = at(300, 0)
    assert square.snap([beside_the_motorway])[0] == pytest.approx(200, abs=1)


def test_a_place_without_a_street_near_is_unreachable_and_said_so(square: Network):
    far = at(0, 2_000)
    times = square.drive_seconds([at(0, 0), far], MIDDAY)
    assert square.reachable([at(0, 0), far]).tolist() == [True, False]
    assert times[0, 1] == times[1, 0] == UNREACHABLE
    assert times[1, 1] == 0


def test_no_points_have_an_empty_matrix(square: Network):
    assert square.drive_seconds([], MIDDAY).shape == (0, 0)
    assert square.walk_access([], []).shape == (0, 0)


def test_a_route_follows_the_streets_and_is_as_long_as_the_drive(square: Network):
    route = square.drive_route(at(0, 25), at(100, 50))
    metres = float(metres_apart(np.array(route[:-1]), np.array(route[1:])).sum())
    assert metres == pytest.approx(25 + 100 + 50, abs=1)
    corner = min(metres_between(spot, at(100, 0)) for spot in route)
    assert corner < 1


def test_times_equal_those_of_networkx_on_the_same_graph(square: Network):
    streets = square._drive
    assert streets is not None
    cost = square._cost(MIDDAY)
    judge = as_graph(streets, cost)
    points = [tuple(spot) for spot in streets.nodes.tolist()][:4]
    ours = square.drive_seconds(points, MIDDAY)
    theirs = [[round(nx.dijkstra_path_length(judge, a, b) / 1000) for b in range(4)] for a in range(4)]
    assert ours.tolist() == theirs


def test_without_a_graph_times_are_straight_lines_and_it_is_said_aloud(tmp_path: Path):
    network = Network.open(tmp_path / "nothing-here")
    times = network.drive_seconds([at(0, 0), at(1000, 0)], MIDDAY)
    assert network.is_fallback
    assert times[0, 1] == round(1000 * 1.3 / (25 / 3.6))
    assert any("straight lines" in note for note in network.notes)
    assert network.reachable([at(0, 0)]).all()
    assert network.drive_route(at(0, 0), at(9, 9)) == [at(0, 0), at(9, 9)]
    assert network.basemap() == {"type": "FeatureCollection", "features": []}


def test_a_damaged_network_is_refused_with_what_to_do(tmp_path: Path):
    (tmp_path / "drive.npz").write_bytes(b"PK\x03\x04 not a network")
    with pytest.raises(Invalid, match="Run `outreach city create` again"):
        Network.open(tmp_path)


def test_a_damaged_city_file_is_refused(tmp_path: Path):
    (tmp_path / "city.toml").write_text("name = ")
    with pytest.raises(Invalid, match="city create"):
        Network.open(tmp_path)


def test_sites_off_the_roads_are_named(square: Network):
    told = square.strays({"S1 Mill": at(50, 3), "S2 Field": at(50, -120), "S3 Island": at(50, -5_000)})
    assert told == [
        "S2 Field lies 120 m off the streets: vans stop at the nearest one.",
        "S3 Island cannot be reached: the nearest street a van may stop on is 5,000 m away.",
    ]


def test_of_two_streets_between_the_same_crossings_the_quicker_is_driven(tmp_path: Path):
    slow = replace(street("a", "b"), kph=9.0, name="slow")
    both = [*square_streets(), slow, slow.backwards()]
    driven(corners(), np.zeros(len(CORNERS), bool), both, "x").streets.save(tmp_path / "drive.npz")
    PLAIN.save(tmp_path / "traffic.toml")
    times = Network.open(tmp_path).drive_seconds([at(0, 0), at(100, 0)], MIDDAY)
    assert times.tolist() == [[0, 10], [10, 0]]


def test_at_a_corner_every_street_is_open_even_half_a_metre_into_a_one_way(square: Network):
    times = square.drive_seconds([at(0, 99.5), at(100, 100)], MIDDAY)
    assert times[0, 1] == 10  # straight along d-c, not round the block


def test_a_traffic_light_costs_its_seconds_to_those_who_drive_up_to_it(tmp_path: Path):
    lights = np.array([corner == "b" for corner in CORNERS])
    driven(corners(), lights, square_streets(), "x").streets.save(tmp_path / "drive.npz")
    replace(PLAIN, delays={**PLAIN.delays, "signal": 8.0}).save(tmp_path / "traffic.toml")
    times = Network.open(tmp_path).drive_seconds([at(0, 0), at(100, 0), at(100, 100)], MIDDAY)
    assert times[0, 1] == 18  # 10 s and the light at b
    assert times[1, 2] == 10  # away from it
