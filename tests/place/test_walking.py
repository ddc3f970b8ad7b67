"""Walking: who can reach a van on foot."""

from __future__ import annotations

import json
import math
from pathlib import Path

import h3
import numpy as np
import pytest
import shapely

from outreach.errors import Invalid, Missing
from outreach.place import facts
from outreach.place.assembly import walked
from outreach.place.roads import Network
from outreach.place.walking import WALKERS
from tests.place.conftest import CORNERS, at, corners, street


def test_the_share_falls_with_the_walk_and_ends_at_twelve_hundred_metres():
    assert WALKERS["usual"].share(np.array([0.0, 450.0, 1200.0, 1201.0])).tolist() == pytest.approx(
        [1.0, math.exp(-1), math.exp(-1200 / 450), 0.0]
    )


def test_a_walk_goes_round_what_has_no_path(square: Network, tmp_path: Path):
    """Without the street between d and c, the cell of d is further from c than as the crow flies."""
    cell = h3.latlng_to_cell(*reversed(at(0, 100)), 11)
    before = square.walk_access([at(100, 100)], [cell])[0, 0]
    open_streets = [street("a", "b"), street("b", "c"), street("d", "a")]
    walked(corners(), np.zeros(len(CORNERS), bool), open_streets, "x").streets.save(tmp_path / "walk.npz")
    after = Network.open(tmp_path).walk_access([at(100, 100)], [cell])[0, 0]
    assert 0.6 < before < 0.9
    assert after == pytest.approx(before * math.exp(-200 / 450), rel=0.06)  # 300 m instead of 100 m


def test_one_ways_mean_nothing_on_foot(square: Network):
    cells = [h3.latlng_to_cell(*reversed(at(0, north)), 11) for north in (10, 90)]
    access = square.walk_access([at(0, 90), at(0, 10)], cells).toarray()
    assert access[0, 0] == pytest.approx(access[1, 1], rel=0.2)
    assert (access > 0.5).all()


def test_nobody_walks_more_than_twelve_hundred_metres(square: Network):
    far = h3.latlng_to_cell(*reversed(at(2_500, 0)), 9)
    access = square.walk_access([at(0, 0)], [far])
    assert access.shape == (1, 1)
    assert access.nnz == 0


def test_a_cell_off_every_path_has_no_share(square: Network):
    field = h3.latlng_to_cell(*reversed(at(0, 700)), 10)
    assert square.walk_access([at(0, 100)], [field])[0, 0] == 0


def test_without_paths_straight_lines_stand_in(tmp_path: Path):
    network = Network.open(tmp_path)
    cell = h3.latlng_to_cell(*reversed(at(450, 0)), 11)
    got = network.walk_access([at(0, 0)], [cell])[0, 0]
    lat, lon = h3.cell_to_latlng(cell)
    assert got == pytest.approx(math.exp(-1.3), rel=0.1)
    assert (lon, lat) != (0, 0)
    assert any("straight lines" in note for note in network.notes)


def test_on_a_long_street_people_walk_along_it_not_by_its_ends(tmp_path: Path):
    walked(corners(), np.zeros(len(CORNERS), bool), [street("b", "m")], "x").streets.save(
        tmp_path / "walk.npz"
    )
    cell = h3.latlng_to_cell(*reversed(at(560, 0)), 11)
    got = Network.open(tmp_path).walk_access([at(500, 0)], [cell])[0, 0]
    assert got > math.exp(-120 / 450)


def test_a_slow_walker_gives_the_same_minutes_to_fewer_metres():
    usual, slow = WALKERS["usual"], WALKERS["slow"]
    for metres in (100.0, 400.0, 800.0):
        minutes = metres / slow.metres_per_second
        assert slow.share(np.array([metres]))[0] == pytest.approx(
            usual.share(np.array([minutes * usual.metres_per_second]))[0]
        )
    assert slow.share(np.array([900.0]))[0] == 0 < usual.share(np.array([900.0]))[0]


def test_fewer_people_come_when_they_walk_slowly_and_the_city_may_say_so(square: Network, tmp_path: Path):
    cells = [h3.latlng_to_cell(*reversed(at(0, north)), 11) for north in (10, 90)]
    usual, slow = (square.walk_access([at(100, 50)], cells, who).toarray() for who in ("usual", "slow"))
    assert (slow < usual).all()
    (tmp_path / "city.toml").write_text('name = "Square"\n')
    facts.count_on(tmp_path, "slow")
    assert (Network.open(tmp_path).walk_access([at(100, 50)], cells).toarray() == slow).all()
    assert facts.read(tmp_path) == {"name": "Square", "walker": "slow"}
    with pytest.raises(Missing, match="no city"):
        facts.count_on(tmp_path / "nowhere", "slow")
    with pytest.raises(Invalid, match="no walker"):
        square.walk_access([at(0, 0)], cells, "flying")


def test_who_is_near_enough_in_ten_minutes_is_near_enough_in_fifteen(tmp_path: Path):
    walked(corners(), np.zeros(len(CORNERS), bool), [street("b", "m")], "x").streets.save(
        tmp_path / "walk.npz"
    )
    network = Network.open(tmp_path)
    cells = [h3.latlng_to_cell(*reversed(at(east, 0)), 11) for east in (150, 500, 800)]
    spot = [at(101, 0)]  # 700 m to the last: 9 minutes at 1.3 m/s, 13 at 0.91
    assert (network.walk_within(spot, cells, 10).toarray() > 0.9).all()
    ten, fifteen = (network.walk_within(spot, cells, minutes, "slow").toarray()[0] for minutes in (10, 15))
    assert ten[0] > 0.9
    assert ten[2] == 0
    assert fifteen[2] > 0.9
    for minutes in (0, -1, 61, math.nan):
        with pytest.raises(Invalid, match="minutes"):
            network.walk_within(spot, cells, minutes)


def test_an_isochrone_follows_the_paths_and_not_the_compass(square: Network):
    """From a the square's far corner c is 200 m of walking; a field as far away is not in it."""
    ground = shapely.from_geojson(json.dumps(square.isochrone(at(0, 0), 200 / 60 / 1.3)))
    assert shapely.contains_xy(ground, *at(100, 90))
    assert not shapely.contains_xy(ground, *at(-60, 0))
    less = shapely.from_geojson(json.dumps(square.isochrone(at(0, 0), 120 / 60 / 1.3)))
    assert shapely.contains_xy(less, *at(100, 15))
    assert not shapely.contains_xy(less, *at(100, 90))
    assert less.area < ground.area


def test_without_paths_an_isochrone_is_a_circle(tmp_path: Path):
    ground = shapely.from_geojson(json.dumps(Network.open(tmp_path).isochrone(at(0, 0), 10)))
    assert shapely.contains_xy(ground, *at(590, 0))
    assert not shapely.contains_xy(ground, *at(610, 0))


def test_where_no_path_is_near_nobody_can_come_from_anywhere(square: Network):
    assert square.isochrone(at(0, -5_000), 10) == {"type": "MultiPolygon", "coordinates": []}
