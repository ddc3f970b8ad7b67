"""OpenStreetMap: extracts in three formats give one city, and a place's name is asked for once only."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Collection
from pathlib import Path
from typing import NoReturn

import pytest

from outreach.errors import Invalid
from outreach.place import cities
from outreach.place.roads import Network
from outreach.place.streets import KINDS, Streets

# fmt: off
# A square 1-2-3-4 of two-way streets with a bend (5) on one side, a one-way diagonal 1→3, a footpath into
# the middle (6), a private drive (7), a motorway past it (8-9) and a street that hangs in the air (10-11).
NODES = {
    1: (-71.080, 42.330), 2: (-71.078, 42.330), 3: (-71.078, 42.332), 4: (-71.080, 42.332),
    5: (-71.0775, 42.331), 6: (-71.079, 42.3305), 7: (-71.081, 42.330), 8: (-71.082, 42.329),
    9: (-71.076, 42.329), 10: (-71.0700, 42.33), 11: (-71.0690, 42.33),
}
# fmt: on
WAYS: dict[int, tuple[list[int], dict[str, str]]] = {
    100: ([1, 2], {"highway": "residential", "name": "Mill Street", "maxspeed": "25 mph"}),
    101: ([2, 5, 3], {"highway": "residential", "name": "Bend Street"}),
    102: ([3, 4, 1], {"highway": "tertiary", "name": "Corner Street"}),
    103: ([3, 1], {"highway": "residential", "oneway": "-1", "name": "Diagonal"}),
    104: ([1, 6], {"highway": "footway"}),
    105: ([1, 7], {"highway": "residential", "access": "private"}),
    106: ([8, 9], {"highway": "motorway"}),
    107: ([10, 11], {"highway": "residential"}),
    108: ([2, 3, 4], {"building": "yes"}),
}
DRIVABLE = (100, 101, 102, 103, 107)
LIGHT = 3


def as_xml() -> str:
    """The extract as .osm."""
    nodes = "".join(
        f'<node id="{n}" lon="{lon}" lat="{lat}">'
        + ('<tag k="highway" v="traffic_signals"/>' if n == LIGHT else "")
        + "</node>"
        for n, (lon, lat) in NODES.items()
    )
    ways = "".join(
        f'<way id="{w}">'
        + "".join(f'<nd ref="{n}"/>' for n in refs)
        + "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags.items())
        + "</way>"
        for w, (refs, tags) in WAYS.items()
    )
    return f"<?xml version='1.0' encoding='UTF-8'?><osm version='0.6'>{nodes}{ways}</osm>"


def as_elements(chosen: Collection[int] = tuple(WAYS)) -> dict[str, object]:
    """The extract, or the `chosen` ways of it, as Overpass answers it."""
    nodes = [
        {"type": "node", "id": n, "lon": lon, "lat": lat}
        | ({"tags": {"highway": "traffic_signals"}} if n == LIGHT else {})
        for n, (lon, lat) in NODES.items()
    ]
    ways = [
        {"type": "way", "id": w, "nodes": refs, "tags": tags}
        for w, (refs, tags) in WAYS.items()
        if w in chosen
    ]
    return {"version": 0.6, "elements": [*nodes, *ways]}


def as_pbf(path: Path) -> Path:
    """The extract as .osm.pbf, written by pyosmium."""
    osmium = pytest.importorskip("osmium")
    with osmium.SimpleWriter(str(path)) as writer:
        for n, position in NODES.items():
            tags = {"highway": "traffic_signals"} if n == LIGHT else {}
            writer.add_node(osmium.osm.mutable.Node(id=n, location=position, tags=tags, version=1))
        for w, (refs, words) in WAYS.items():
            writer.add_way(osmium.osm.mutable.Way(id=w, nodes=refs, tags=words, version=1))
    return path


def made(tmp_path: Path, form: str) -> tuple[Streets, Streets]:
    """The drive and walk networks of a city made from the extract in one of its forms."""
    folder = tmp_path / "data" / "city"
    if form == "pbf":
        cities.create(folder, "T", pbf=as_pbf(tmp_path / "t.osm.pbf"))
    else:
        path = tmp_path / f"t.{form}"
        path.write_text(as_xml() if form == "osm" else json.dumps(as_elements()), "utf-8")
        cities.create(folder, "T", osm=path)
    return Streets.opened(folder / "drive.npz"), Streets.opened(folder / "walk.npz")


@pytest.mark.parametrize("form", ["osm", "json", "pbf"])
def test_each_format_gives_the_same_city(tmp_path: Path, form: str):
    drive, walk = made(tmp_path, form)
    assert drive.node_count == 2 + 1  # 1, 3 and 2; the bends 4 and 5 are no crossings, the rest is apart
    assert drive.edge_count == 3 * 2 + 1  # three two-way streets and the one-way diagonal
    assert int((drive.twin < 0).sum()) == 1
    assert set(drive.names) == {"", "Mill Street", "Bend Street", "Corner Street", "Diagonal"}
    assert drive.signals.sum() == 1
    assert {KINDS[kind] for kind in drive.kind} == {"residential", "tertiary"}
    assert "path" in {KINDS[kind] for kind in walk.kind}
    assert "motorway" not in {KINDS[kind] for kind in walk.kind}


def test_the_one_way_runs_the_way_it_is_tagged(tmp_path: Path):
    drive, _ = made(tmp_path, "osm")
    (diagonal,) = [edge for edge in range(drive.edge_count) if drive.names[drive.name[edge]] == "Diagonal"]
    assert drive.line_of(diagonal)[0] == pytest.approx(NODES[1])
    assert drive.line_of(diagonal)[-1] == pytest.approx(NODES[3])


def test_a_bend_keeps_its_length_though_it_is_no_crossing(tmp_path: Path):
    drive, _ = made(tmp_path, "osm")
    bend = next(edge for edge in range(drive.edge_count) if drive.names[drive.name[edge]] == "Bend Street")
    assert len(drive.line_of(bend)) == 3
    assert drive.metres[bend] == pytest.approx(236, abs=3)


BOMB = '<!DOCTYPE osm [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (as_xml().replace("<osm ", BOMB + "<osm "), "entities"),
        (as_xml()[:400], "cannot be read as OpenStreetMap XML"),
        (as_xml().replace("highway", "waterway"), "no streets"),
        ("<osm></osm>", "no streets"),
        ('{"elements": []}', "no streets"),
        ('{"remark": "runtime error: timeout", "elements": []}', "is cut short"),
        ('{"elements": [{"type": "way"}]}', "no Overpass answer"),
        ('{"elements": [{"type": "way", "id": 1, "nodes": "abc", "tags": {"highway": "x"}}]}', "Overpass"),
        ("[1, 2]", "cannot be read"),
        ("", "cannot be read"),
    ],
)
def test_hostile_and_broken_extracts_are_refused(tmp_path: Path, content: str, sentence: str):
    path = tmp_path / "t.osm"
    path.write_text(content, "utf-8")
    with pytest.raises(Invalid, match=sentence):
        cities.create(tmp_path / "city", "T", osm=path)
    assert not (tmp_path / "city").exists()


def test_a_broken_pbf_is_refused(tmp_path: Path):
    path = tmp_path / "t.osm.pbf"
    path.write_bytes(b"\x00\x00\x00\x0dnot a pbf file at all")
    with pytest.raises(Invalid, match=r"cannot be read as \.osm\.pbf"):
        cities.create(tmp_path / "city", "T", pbf=path)
    with pytest.raises(Invalid, match="There is no file"):
        cities.create(tmp_path / "city", "T", pbf=tmp_path / "nowhere.osm.pbf")


class ClosedError(OSError):
    """A test touched the network."""


@pytest.fixture
def closed_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody may open a connection."""

    def refuse(*_: object, **__: object) -> NoReturn:
        raise ClosedError

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


OUTLINE = [[-71.083, 42.328], [-71.066, 42.328], [-71.066, 42.334], [-71.083, 42.334], [-71.083, 42.328]]
# fmt: off
FOUND = {
    "display_name": "Tiny Town", "lat": "42.331", "lon": "-71.079", "class": "boundary", "type": "town",
    "boundingbox": ["42.328", "42.334", "-71.083", "-71.066"], "importance": 1, "name": "Tiny Town",
    "geojson": {"type": "Polygon", "coordinates": [OUTLINE]}, "addresstype": "town", "place_rank": 16,
    "osm_type": "relation", "osm_id": 1, "place_id": 1,
}
# fmt: on


@pytest.fixture
def seeded_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """osmnx's own cache, filled with our answers under the addresses osmnx asks at."""
    osmnx = pytest.importorskip("osmnx")
    ask = osmnx._http._retrieve_from_cache
    cache = tmp_path / "data" / "osm-cache"

    def answer(url: str) -> object:
        there = ask(url)
        if there is None:
            answered = [FOUND] if "nominatim" in url else as_elements(DRIVABLE if "motorcar" in url else WAYS)
            osmnx._http._save_to_cache(url, answered, ok=True)
            there = ask(url)
        return there

    with monkeypatch.context() as patched:
        patched.setattr(osmnx._http, "_retrieve_from_cache", answer)
        cities.create(tmp_path / "data" / "first", "Tiny Town", place="Tiny Town, Nowhere", buffer_metres=500)
    assert len(list(cache.glob("*.json"))) >= 3
    return tmp_path / "data"


def test_a_place_asked_for_before_needs_no_network(seeded_cache: Path, closed_sockets: None):
    report = cities.create(seeded_cache / "city", "Tiny Town", place="Tiny Town, Nowhere", buffer_metres=500)
    network = Network.open(seeded_cache / "city")
    assert report.nodes == 2  # osmnx joins streets of different names where nothing crosses them
    assert not network.is_fallback
    assert "OpenStreetMap" in str(network.city["attribution"])


def test_without_network_or_cache_the_way_out_is_told(tmp_path: Path, closed_sockets: None):
    with pytest.raises(Invalid, match="cannot be reached"):
        cities.create(tmp_path / "data" / "city", "Elsewhere", place="Elsewhere, Nowhere")


def test_real_boston_streets_from_an_overpass_answer(real_roads: Callable[[str], Path], tmp_path: Path):
    report = cities.create(
        tmp_path / "city", "Back Bay", osm=real_roads("boston_backbay_southend_drive_overpass.json.gz")
    )
    assert 450 <= report.nodes <= 600  # osmnx simplifies the same answer to a strong part of 488
    assert report.dropped > 0
    streets = Network.open(tmp_path / "city")._drive
    assert streets is not None
    assert 0.4 < float((streets.twin < 0).mean()) < 0.65  # Back Bay's one-ways
