"""The synthetic city: the same from the same seed, shaped like a real one, with its barriers and traps."""

from __future__ import annotations

import csv
import io
import json
import time
from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import h3
import numpy as np
import pytest
import shapely

from outreach.place import cities, sites, synthetic
from outreach.place.areas import import_geojson
from outreach.place.assembly import Edge
from outreach.place.ground import Position, metres_apart
from outreach.place.roads import UNREACHABLE, Network
from outreach.place.streets import MICRO, Streets
from outreach.place.synthetic.facts import boston
from outreach.store import Store
from tests.place.test_sites import founded

SEED = 1


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The synthetic city, made once."""
    folder = tmp_path_factory.mktemp("data") / "city"
    started = time.process_time()
    report = cities.create(folder, "Boston", synthetic=True, seed=SEED)
    assert time.process_time() - started < 15
    assert 4_000 <= report.nodes <= 8_000
    return folder


@pytest.fixture(scope="module")
def network(folder: Path) -> Network:
    """The synthetic city's network."""
    return Network.open(folder)


def middle(name: str) -> Position:
    """A neighbourhood's middle."""
    return next((q.lon, q.lat) for q in boston().quarters if q.name == name)


def shape_of(streets: Streets) -> dict[str, float]:
    """Length, directness, one-ways and arms: what makes a street network look like a city's."""
    once = (streets.twin < 0) | (np.arange(streets.edge_count) < streets.twin)
    straight = metres_apart(streets.nodes[streets.tails], streets.nodes[streets.heads])
    through = once & (streets.tails != streets.heads)
    arms = np.bincount(np.concatenate([streets.tails[once], streets.heads[once]]))
    return {
        "mean street metres": float(streets.metres[once].mean()),
        "median street metres": float(np.median(streets.metres[once])),
        "circuity": float(streets.metres[through].sum() / straight[through].sum()),
        "one-way share": float((streets.twin < 0).mean()),
        "arms per crossing": float(arms.mean()),
        "dead ends": float((arms == 1).mean()),
        "T-crossings": float((arms == 3).mean()),
    }


# Real Cambridge MA, measured from its OpenStreetMap drive graph (1,868 crossings) with `shape_of`.
CAMBRIDGE = {
    "mean street metres": 89.4,
    "median street metres": 72.7,
    "circuity": 1.026,
    "one-way share": 0.297,
    "arms per crossing": 2.92,
    "dead ends": 0.130,
    "T-crossings": 0.638,
}


def test_the_streets_are_shaped_like_those_of_a_real_city(network: Network):
    streets = network._drive
    assert streets is not None
    for measure, value in shape_of(streets).items():
        slack = 0.02 if measure == "circuity" else 0.30
        assert value == pytest.approx(CAMBRIDGE[measure], rel=slack), measure


def test_the_figures_of_cambridge_are_those_of_the_real_graph(
    real_roads: Callable[[str], Path], tmp_path: Path
):
    cities.create(tmp_path / "city", "Cambridge", graphml=real_roads("cambridge_ma.graphml.gz"))
    streets = Network.open(tmp_path / "city")._drive
    assert streets is not None
    assert shape_of(streets) == pytest.approx(CAMBRIDGE, rel=0.01)


def test_the_same_seed_grows_the_same_city_and_another_another():
    one = synthetic.grown(SEED)
    synthetic.grown.cache_clear()
    again, other = synthetic.grown(SEED), synthetic.grown(SEED + 1)
    assert np.array_equal(one.nodes, again.nodes)
    assert [facts(edge) for edge in one.drive] == [facts(edge) for edge in again.drive]
    assert [facts(edge) for edge in one.walk] == [facts(edge) for edge in again.walk]
    assert len(one.nodes) != len(other.nodes)


def facts(edge: Edge) -> tuple[object, ...]:
    """What an edge is, to compare."""
    return edge.tail, edge.head, edge.metres, edge.kind, edge.flags, edge.name, edge.line.tobytes()


def test_the_harbour_is_a_barrier_with_a_tunnel(network: Network):
    """East Boston is 1.4 km from the North End; the way leads through a tunnel, far round on foot."""
    here, there = (-71.0520, 42.3655), (-71.0385, 42.3720)
    seconds = network.drive_seconds([here, there], 2)
    assert seconds.max() < 20 * 60
    streets = network._drive
    assert streets is not None
    owner = np.repeat(np.arange(streets.edge_count), np.diff(streets.line_starts))
    lines = shapely.linestrings(boston().flat.metres(streets.line / MICRO), indices=owner)
    wet = shapely.length(shapely.intersection(lines, boston().sea)) > 60
    assert wet.any()
    assert streets.flags[wet].all()  # every way over water is a bridge or a tunnel


def test_walkers_do_not_cross_the_harbour(network: Network):
    across = h3.latlng_to_cell(42.3700, -71.0400, 9)
    assert network.walk_access([(-71.0500, 42.3660)], [across]).nnz == 0


def test_no_road_reaches_the_island(network: Network):
    island = boston().island
    assert network.reachable([(island.lon, island.lat)]).tolist() == [False]


def test_who_enters_the_trap_would_not_come_back_so_it_is_left_out(network: Network):
    grown = synthetic.grown(SEED)
    (lon, lat), count = grown.facts.trap
    near = metres_apart(grown.nodes, np.array([lon, lat])).argsort()[: count // 2]
    streets = network._drive
    assert streets is not None
    kept = {tuple(node) for node in streets.nodes.round(7).tolist()}
    assert not any(tuple(grown.nodes[node].round(7).tolist()) in kept for node in near)


def test_every_neighbourhood_can_be_driven_to_from_every_other(network: Network):
    middles = [(quarter.lon, quarter.lat) for quarter in boston().quarters]
    assert (network.drive_seconds(middles, 3) < UNREACHABLE).all()
    assert (network.drive_seconds(middles, 3) != network.drive_seconds(middles, 3).T).any()


def test_drives_bend_as_much_as_in_a_real_city(network: Network):
    middles = [(quarter.lon, quarter.lat) for quarter in boston().quarters][::3]
    ways = []
    for a, b in pairwise(middles):
        route = np.array(network.drive_route(a, b))
        driven = metres_apart(route[:-1], route[1:]).sum()
        ways.append(driven / metres_apart(np.array(a), np.array(b)))
    assert 1.15 < float(np.median(ways)) < 1.7


def test_the_map_is_small_and_says_synthetic(network: Network, folder: Path):
    assert (folder / "basemap.geojson").stat().st_size < 1_500_000
    kinds = Counter(feature["properties"]["kind"] for feature in network.basemap()["features"])  # type: ignore[index, union-attr, attr-defined]
    assert {"major", "minor", "water", "park", "area"} <= set(kinds)
    assert network.city["synthetic"] is True
    assert "SYNTHETIC" in str(network.city["attribution"])
    assert any("SYNTHETIC" in note for note in network.notes)


def test_the_demonstrations_sites_and_areas_import_whole(
    network: Network, sqlite_store: Store, tmp_path: Path
):
    places, neighbourhoods = tmp_path / "sites.csv", tmp_path / "areas.geojson"
    places.write_text(synthetic.demo_sites(SEED), "utf-8")
    neighbourhoods.write_text(synthetic.demo_areas(), "utf-8")
    with sqlite_store.transaction() as session:
        pid = founded(session)
        assert import_geojson(session, pid, neighbourhoods).added == len(boston().quarters)
        assert sites.import_csv(session, pid, places).added == 120
        found = sites.listed(session, pid)
        points = [(site.lon, site.lat) for site in found]
        unreached = [site.code for site, ok in zip(found, network.reachable(points), strict=True) if not ok]
        assert unreached == ["S120"]
        assert {site.area.name for site in found[:4] if site.area} == {"Dudley Square", "West End"}
        assert all("SYNTHETIC" in site.note for site in found)


def test_about_one_weekday_in_eight_is_closed():
    rows = list(csv.DictReader(io.StringIO(synthetic.demo_sites(SEED))))
    closed = sum(7 - len(row["windows"].split(" ")[0].split(",")) for row in rows[4:])
    assert 0.08 < closed / (7 * len(rows[4:])) < 0.16


def test_no_two_sites_have_one_name():
    names = [row["name"] for row in csv.DictReader(io.StringIO(synthetic.demo_sites(SEED)))]
    assert len(set(names)) == len(names) == 120
    assert any(" end" in name for name in names), "several sites lie on one street"


def test_areas_do_not_overlap():
    shapes = [
        shapely.from_geojson(json.dumps(feature["geometry"]))
        for feature in json.loads(synthetic.demo_areas())["features"]
    ]
    whole = shapely.union_all(shapes)
    assert float(whole.area) == pytest.approx(sum(float(shape.area) for shape in shapes), rel=0.001)
