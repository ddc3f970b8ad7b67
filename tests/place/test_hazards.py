"""Hazards: what maps of real cities contain, and what files of them get wrong."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from outreach.errors import Invalid
from outreach.place import cities
from outreach.place.cities.tags import kph_of
from outreach.place.roads import UNREACHABLE, Network
from outreach.place.streets import Streets

STEP = 0.002


def grid(
    lon: float, lat: float, *, side: int = 4, unit: float = 1.0, name: str = "Row", swap: bool = False
) -> str:
    """A graphml of `side` × `side` crossings, every street both ways; lengths are metres times `unit`."""
    keys = "".join(
        f'<key id="{key}" for="{owner}" attr.name="{called}" attr.type="string"/>'
        for key, owner, called in (
            ("x", "node", "x"),
            ("y", "node", "y"),
            ("l", "edge", "length"),
            ("n", "edge", "name"),
        )
    )
    spots = {(i, j): (lon + i * STEP, lat + j * STEP) for i in range(side) for j in range(side)}
    nodes = ""
    for (i, j), (x, y) in spots.items():
        x = x - 360 if x > 180 else x
        x, y = (y, x) if swap else (x, y)
        nodes += f'<node id="{i}.{j}"><data key="x">{x}</data><data key="y">{y}</data></node>'
    edges = ""
    for (i, j), (di, dj) in ((spot, way) for spot in spots for way in ((1, 0), (0, 1), (-1, 0), (0, -1))):
        if (i + di, j + dj) in spots:
            metres = 111_195 * STEP * (math.cos(math.radians(lat)) if di else 1.0) * unit
            edges += (
                f'<edge source="{i}.{j}" target="{i + di}.{j + dj}"><data key="l">{metres}</data>'
                f'<data key="n">{name} {j if di else i}</data></edge>'
            )
    graph = f'{keys}<graph edgedefault="directed">{nodes}{edges}</graph>'
    return f'<graphml xmlns="http://graphml.graphdrawing.org/xmlns">{graph}</graphml>'


def made(tmp_path: Path, text: str, zone: str = "America/New_York") -> tuple[cities.CityReport, Network]:
    """The city of a graphml."""
    path = tmp_path / "town.graphml"
    path.write_text(text, "utf-8")
    report = cities.create(tmp_path / "data" / "city", "T", graphml=path, timezone=zone)
    return report, Network.open(tmp_path / "data" / "city")


@pytest.mark.parametrize("lon", [-71.1, -8.6])
def test_swapped_coordinates_are_told_whether_nobody_lives_there_or_the_lengths_do_not_fit(
    tmp_path: Path, lon: float
):
    with pytest.raises(Invalid, match="look swapped"):
        made(tmp_path, grid(lon, 42.0, swap=True))
    assert not (tmp_path / "data" / "city").exists()


@pytest.mark.parametrize("unit", [3.2808, 0.001, 1 / 111_195])
def test_lengths_in_feet_kilometres_or_degrees_are_measured_anew_and_told(tmp_path: Path, unit: float):
    report, network = made(tmp_path, grid(-71.1, 42.3, unit=unit))
    assert any("no metres" in note for note in report.notes)
    assert network._drive is not None
    assert network._drive.metres.max() == pytest.approx(111_195 * STEP, rel=0.01)


def test_lengths_in_metres_are_taken_as_they_are(tmp_path: Path):
    report, _ = made(tmp_path, grid(-71.1, 42.3, unit=1.04))
    assert not any("no metres" in note for note in report.notes)


def test_a_city_on_the_180th_meridian_is_one_city(tmp_path: Path):
    _, network = made(tmp_path, grid(179.997, -16.8), "Pacific/Fiji")
    west, east = (179.9971, -16.8), (-179.9971, -16.8)
    assert network.snap([west, east]).max() < 20
    seconds = network.drive_seconds([west, east], 2)
    assert 0 < seconds[0, 1] < 200
    bounds = network.city["bounds"]
    assert isinstance(bounds, list)
    assert bounds[2] - bounds[0] < 0.1
    line = network.drive_route(west, east)[1:-1]
    assert max(abs(a[0] - b[0]) for a, b in pairwise(line)) < 0.01


def test_streets_drawn_across_the_180th_meridian_go_on_and_do_not_turn_round_the_globe(tmp_path: Path):
    drive, _ = opened(tmp_path, overpass(SQUARE, lon=179.999))
    for edge in range(drive.edge_count):
        lons = [lon for lon, _ in drive.line_of(edge)]
        assert max(lons) - min(lons) < 0.01
    assert drive.bounds[2] > 180
    west, east = (179.9991, 42.33), (-179.9989, 42.33)
    assert Network.open(tmp_path / "data" / "city").snap([west, east]).max() < 20


def test_names_in_any_script_are_kept(tmp_path: Path):
    _, network = made(tmp_path, grid(139.7, 35.68, name="中央通り شارع"), "Asia/Tokyo")
    assert "中央通り شارع" in network.directions((139.7001, 35.68), (139.7059, 35.68))[0].name


def test_a_time_zone_from_another_part_of_the_world_is_doubted(tmp_path: Path):
    report, _ = made(tmp_path, grid(139.7, 35.68), "America/New_York")
    assert any("the sun is 10 hours off" in note for note in report.notes)
    for zone, lon in (("Asia/Tokyo", 139.7), ("Europe/Madrid", -8.6), ("Asia/Shanghai", 76.0)):
        told, _ = made(tmp_path, grid(lon, 40.0), zone)
        assert not any("the sun" in note for note in told.notes), zone


def test_two_places_and_one_street_are_a_city_of_their_own(tmp_path: Path):
    report, network = made(tmp_path, grid(-71.1, 42.3, side=2))
    assert report.nodes == 4
    assert network.drive_seconds([(-71.1, 42.3), (-71.098, 42.302)], 0).max() < UNREACHABLE


def test_a_graph_that_mostly_falls_apart_is_doubted(tmp_path: Path):
    text = grid(-71.1, 42.3)
    for i in range(2, 4):  # the outer columns and what leads there become one-way outwards
        for j in range(4):
            text = text.replace(f'source="{i}.{j}"', f'source="gone{i}{j}"')
    extra = "".join(
        f'<node id="gone{i}{j}"><data key="x">-71</data><data key="y">42</data></node>'
        for i in range(2, 4)
        for j in range(4)
    )
    report, _ = made(tmp_path, text.replace("<edge", extra + "<edge", 1))
    assert report.nodes == 8
    assert any(note.startswith("CAREFUL: only") for note in report.notes)


NODES = {
    1: (0, 0),
    2: (200, 0),
    3: (200, 200),
    4: (0, 200),
    5: (100, 0),
    6: (100, 200),
    7: (600, 0),
    8: (800, 0),
}
SQUARE: dict[int, tuple[list[int], dict[str, str]]] = {
    1: ([1, 5, 2], {"highway": "residential", "name": "South"}),
    2: ([2, 3], {"highway": "residential", "name": "East"}),
    3: ([3, 6, 4], {"highway": "residential", "name": "North"}),
    4: ([4, 1], {"highway": "residential", "name": "West"}),
}


def overpass(
    ways: dict[int, tuple[list[int], dict[str, str]]],
    tagged: dict[int, dict[str, str]] | None = None,
    missing: tuple[int, ...] = (),
    lon: float = -71.08,
) -> dict[str, object]:
    """An Overpass answer over NODES, in metres from a corner at Boston's latitude."""
    nodes = [
        {
            "type": "node",
            "id": n,
            "lon": (lon + x / 82_400 + 180) % 360 - 180,
            "lat": 42.33 + y / 111_195,
            "tags": (tagged or {}).get(n, {}),
        }
        for n, (x, y) in NODES.items()
        if n not in missing
    ]
    return {
        "elements": [*nodes, *({"type": "way", "id": w, "nodes": n, "tags": t} for w, (n, t) in ways.items())]
    }


def opened(tmp_path: Path, answer: dict[str, object]) -> tuple[Streets, Streets]:
    """The drive and walk networks of an Overpass answer."""
    path, folder = tmp_path / "t.json", tmp_path / "data" / "city"
    path.write_text(json.dumps(answer), "utf-8")
    cities.create(folder, "T", osm=path)
    return Streets.opened(folder / "drive.npz"), Streets.opened(folder / "walk.npz")


def driven_metres(streets: Streets) -> dict[str, float]:
    """Metres driven by name of street, both ways counted."""
    found: dict[str, float] = {}
    for edge in range(streets.edge_count):
        name = streets.names[streets.name[edge]]
        found[name] = found.get(name, 0.0) + float(streets.metres[edge])
    return {name: round(metres, -1) for name, metres in found.items()}


def test_a_bollard_stops_vans_and_not_walkers(tmp_path: Path):
    drive, walk = opened(tmp_path, overpass(SQUARE, {5: {"barrier": "bollard"}}))
    assert driven_metres(drive)["South"] == 400  # both halves, up to the bollard and back
    network = Network.open(tmp_path / "data" / "city")
    a, b = (-71.08 + 95 / 82_400, 42.33), (-71.08 + 105 / 82_400, 42.33)
    assert network.drive_seconds([a, b], 0)[0, 1] > 60  # all round the square, for ten metres
    assert walk.node_count <= drive.node_count
    assert driven_metres(walk)["South"] == 400


@pytest.mark.parametrize(
    ("barrier", "passes"),
    [
        ({"barrier": "gate"}, True),
        ({"barrier": "gate", "access": "private"}, False),
        ({"barrier": "bollard", "motor_vehicle": "yes"}, True),
        ({"barrier": "block"}, False),
        ({"barrier": "toll_booth"}, True),
    ],
)
def test_gates_are_passed_unless_they_are_shut(tmp_path: Path, barrier: dict[str, str], passes: bool):
    opened(tmp_path, overpass(SQUARE, {5: barrier}))
    a, b = (-71.08 + 95 / 82_400, 42.33), (-71.08 + 105 / 82_400, 42.33)
    seconds = Network.open(tmp_path / "data" / "city").drive_seconds([a, b], 0)[0, 1]
    assert bool(seconds < 10) is passes


@pytest.mark.parametrize(
    ("tags", "driven"),
    [
        ({"highway": "residential", "access": "private"}, False),
        ({"highway": "residential", "access": "no", "motor_vehicle": "yes"}, True),
        ({"highway": "residential", "vehicle": "no"}, False),
        ({"highway": "residential", "access": "destination"}, True),
        ({"highway": "primary", "oneway": "reversible"}, False),
        ({"highway": "primary", "route": "ferry"}, False),
        ({"highway": "pedestrian"}, False),
    ],
)
def test_only_what_a_van_may_use_is_driven(tmp_path: Path, tags: dict[str, str], driven: bool):
    ways = {**SQUARE, 5: ([2, 7, 8], {**tags, "name": "Pier"})}
    drive, _ = opened(tmp_path, overpass(ways))
    assert ("Pier" in driven_metres(drive)) is driven


def test_a_busway_is_driven_only_where_nothing_else_leads(tmp_path: Path):
    opened(tmp_path, overpass({**SQUARE, 5: ([5, 6], {"highway": "busway", "name": "Buses"})}))
    steps = Network.open(tmp_path / "data" / "city").directions(
        (-71.08 + 80 / 82_400, 42.33), (-71.08 + 80 / 82_400, 42.33 + 200 / 111_195)
    )
    assert "Buses" not in [step.name for step in steps]


def test_a_way_cut_off_at_the_edge_of_the_file_ends_there_and_never_jumps(tmp_path: Path):
    ways = {**SQUARE, 5: ([2, 7, 8, 3], {"highway": "residential", "name": "Loop"})}
    drive, _ = opened(tmp_path, overpass(ways, missing=(8,)))
    assert driven_metres(drive)["Loop"] == 800  # out to the last node known, and back


def test_an_answer_with_geometry_in_its_ways_needs_no_nodes(tmp_path: Path):
    whole = overpass(SQUARE)
    nodes = {e["id"]: e for e in whole["elements"] if e["type"] == "node"}  # type: ignore[attr-defined]
    ways = [
        {**e, "geometry": [{"lon": nodes[n]["lon"], "lat": nodes[n]["lat"]} for n in e["nodes"]]}
        for e in whole["elements"]  # type: ignore[attr-defined]
        if e["type"] == "way"
    ]
    drive, _ = opened(tmp_path, {"elements": ways})
    assert driven_metres(drive)["South"] == 400


def test_numbers_below_zero_from_an_editor_do_not_collide_with_our_own(tmp_path: Path):
    answer = json.loads(json.dumps(overpass(SQUARE, {5: {"barrier": "bollard"}})))
    for element in answer["elements"]:
        element["id"] = -element["id"]
        element["nodes"] = [-n for n in element.get("nodes", [])]
    drive, _ = opened(tmp_path, answer)
    assert driven_metres(drive)["South"] == 400


def test_streets_side_by_side_stay_two_and_each_finds_its_way_back(tmp_path: Path):
    ways = {**SQUARE, 5: ([1, 6, 2], {"highway": "residential", "name": "Detour"})}
    del ways[3]
    ways[3] = ([3, 4], {"highway": "residential", "name": "North"})
    drive, _ = opened(tmp_path, overpass(ways))
    assert (drive.twin >= 0).all()
    assert (drive.metres == drive.metres[drive.twin]).all()
    assert {"South", "Detour"} <= set(driven_metres(drive))


@pytest.mark.parametrize(
    ("text", "kph"),
    [
        ("30", 30), ("30 mph", 48.28), ("20MPH", 32.19), ("50 km/h", 50), ("50;30", 50), ("none", None),
        ("RU:urban", None), ("signals", None), ("walk", None), ("999", None), ("", None), ("-5", None),
    ],
)  # fmt: skip
def test_speed_limits_are_read_as_they_are_written_round_the_world(text: str, kph: float | None):
    assert kph_of(text) == (None if kph is None else pytest.approx(kph, abs=0.01))


def test_footpaths_of_their_own_go_with_a_drive_graph(tmp_path: Path):
    drive, walk = tmp_path / "drive.graphml", tmp_path / "walk.graphml"
    drive.write_text(grid(-71.1, 42.3, side=3), "utf-8")
    walk.write_text(grid(-71.1, 42.3, side=5), "utf-8")
    report = cities.create(tmp_path / "data" / "city", "T", graphml=drive, walk_graphml=walk)
    assert (report.nodes, report.walk_nodes) == (9, 25)
    with pytest.raises(Invalid, match="goes with --graphml"):
        cities.create(tmp_path / "data" / "other", "T", osm=drive, walk_graphml=walk)
    assert tomllib.loads((tmp_path / "data" / "city" / "city.toml").read_text("utf-8"))["name"] == "T"


def test_half_of_a_real_extract_is_no_city(tmp_path: Path, real_roads: Callable[[str], Path]):
    half = tmp_path / "half.osm.pbf"
    half.write_bytes(real_roads("porto_metro.osm.pbf").read_bytes()[:1_000_000])
    with pytest.raises(Invalid, match=r"cannot be read as \.osm\.pbf"):
        cities.create(tmp_path / "data" / "city", "Porto", pbf=half)
    assert not (tmp_path / "data").exists()


def test_a_real_network_of_footpaths_is_doubted_as_a_city_to_drive_in(
    tmp_path: Path, real_roads: Callable[[str], Path]
):
    paths = real_roads("boston_downtown_walk_overpass.json.gz")
    report = cities.create(tmp_path / "city", "Downtown", osm=paths)
    assert any(note.startswith("CAREFUL: only") for note in report.notes)
