"""Cities: a road graph from anybody's hands becomes a folder, or is refused with a sentence."""

from __future__ import annotations

import gzip
import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from outreach.errors import Invalid
from outreach.place import cities, facts
from outreach.place.roads import UNREACHABLE, Network
from outreach.place.streets import KINDS, TUNNEL, Streets
from outreach.place.traffic import PRIOR, Traffic
from tests.commands import run
from tests.place.conftest import as_graph

GRAPH = """<?xml version='1.0' encoding='utf-8'?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
  <key id="y" for="node" attr.name="y" attr.type="string"/>
  <key id="x" for="node" attr.name="x" attr.type="string"/>
  <key id="l" for="node" attr.name="highway" attr.type="string"/>
  <key id="h" for="edge" attr.name="highway" attr.type="string"/>
  <key id="n" for="edge" attr.name="name" attr.type="string"/>
  <key id="m" for="edge" attr.name="length" attr.type="string"/>
  <key id="s" for="edge" attr.name="maxspeed" attr.type="string"/>
  <key id="t" for="edge" attr.name="tunnel" attr.type="string"/>
  <key id="g" for="edge" attr.name="geometry" attr.type="string"/>
  <key id="c" for="graph" attr.name="crs" attr.type="string"/>
  <graph edgedefault="directed">
    <data key="c">epsg:4326</data>
    <node id="1"><data key="x">-71.080</data><data key="y">42.330</data>
      <data key="l">traffic_signals</data></node>
    <node id="2"><data key="x">-71.078</data><data key="y">42.330</data></node>
    <node id="3"><data key="x">-71.078</data><data key="y">42.332</data></node>
    <node id="4"><data key="x">-71.070</data><data key="y">42.332</data></node>
    <edge source="1" target="2"><data key="h">['residential', 'tertiary']</data><data key="m">165</data>
      <data key="n">Mill Street</data><data key="s">25 mph</data></edge>
    <edge source="2" target="1"><data key="h">residential</data><data key="m">165</data></edge>
    <edge source="2" target="3"><data key="h">primary</data><data key="t">yes</data>
      <data key="g">LINESTRING (-71.078 42.330, -71.0775 42.331, -71.078 42.332)</data></edge>
    <edge source="3" target="2"><data key="h">footway</data></edge>
    <edge source="3" target="1"><data key="h">road</data><data key="s">nonsense</data></edge>
    <edge source="3" target="4"><data key="h">residential</data><data key="m">nan</data></edge>
  </graph>
</graphml>
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the city will be."""
    return tmp_path / "data" / "city"


def saved(tmp_path: Path, content: str | bytes, name: str = "town.graphml") -> Path:
    """A graph file."""
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_a_small_graph_becomes_a_city_that_can_be_opened(tmp_path: Path, folder: Path):
    report = cities.create(folder, "Tiny “Town”", graphml=saved(tmp_path, GRAPH), timezone="America/Chicago")
    assert (report.nodes, report.edges, report.dropped) == (3, 4, 1)  # nobody drives back from 4
    assert any("1 of 4 crossings were dropped" in note for note in report.notes)
    facts = tomllib.loads((folder / "city.toml").read_text("utf-8"))
    assert (facts["name"], facts["timezone"], facts["synthetic"]) == ("Tiny “Town”", "America/Chicago", False)
    assert "OpenStreetMap" in facts["attribution"]
    network = Network.open(folder)
    assert not network.is_fallback
    streets = network._drive
    assert streets is not None
    assert "Mill Street" in streets.names
    kinds = {KINDS[kind] for kind in streets.kind}
    assert kinds == {"residential", "primary", "unclassified"}
    assert int((streets.flags & TUNNEL).sum()) == 1
    assert streets.kph.max() == pytest.approx(48)  # primary; 25 mph on Mill Street
    assert 25 * 1.609344 in streets.kph.round(4)
    assert streets.signals.sum() == 1


def test_a_zipped_graph_reads_the_same(tmp_path: Path, folder: Path):
    packed = saved(tmp_path, gzip.compress(GRAPH.encode()), "town.graphml.gz")
    assert cities.create(folder, "T", graphml=packed).nodes == 3


def test_what_a_graph_says_once_for_all_its_edges_holds_for_each(tmp_path: Path, folder: Path):
    everywhere = (
        '<key id="h" for="edge" attr.name="highway" attr.type="string"><default>primary</default></key>'
    )
    text = GRAPH.replace('<key id="h" for="edge" attr.name="highway" attr.type="string"/>', everywhere)
    text = text.replace('<data key="h">residential</data><data key="m">165</data></edge>', "</edge>", 1)
    cities.create(folder, "T", graphml=saved(tmp_path, text))
    streets = Streets.opened(folder / "drive.npz")
    assert sorted(KINDS[kind] for kind in streets.kind).count("primary") == 2


def test_what_is_said_once_for_all_nodes_is_not_said_of_edges(tmp_path: Path, folder: Path):
    everywhere = (
        '<key id="l" for="node" attr.name="highway" attr.type="string"><default>steps</default></key>'
    )
    text = GRAPH.replace('<key id="l" for="node" attr.name="highway" attr.type="string"/>', everywhere)
    text = text.replace('<data key="h">residential</data><data key="m">165</data></edge>', "</edge>", 1)
    assert cities.create(folder, "T", graphml=saved(tmp_path, text)).edges == 4


def test_streets_between_the_same_crossings_are_all_kept(tmp_path: Path, folder: Path):
    twice = '<edge id="0" source="1" target="2"><data key="h">primary</data></edge>'
    cities.create(folder, "T", graphml=saved(tmp_path, GRAPH.replace("<edge", twice + twice + "<edge", 1)))
    assert Streets.opened(folder / "drive.npz").edge_count == 4 + 2


def test_a_graph_without_directions_is_open_both_ways_but_for_its_one_ways(tmp_path: Path, folder: Path):
    text = GRAPH.replace('edgedefault="directed"', 'edgedefault="undirected"')
    text = text.replace("<graph ", '<key id="o" for="edge" attr.name="oneway" attr.type="string"/><graph ')
    assert cities.create(folder, "T", graphml=saved(tmp_path, text)).nodes == 4
    one_way = text.replace('<data key="h">road</data>', '<data key="h">road</data><data key="o">True</data>')
    cities.create(folder, "T", graphml=saved(tmp_path, one_way))
    assert int((Streets.opened(folder / "drive.npz").twin < 0).sum()) == 1


def test_a_new_city_takes_the_place_of_the_old_one(tmp_path: Path, folder: Path):
    cities.create(folder, "Old", graphml=saved(tmp_path, GRAPH))
    (folder / "leftover").write_text("x")
    cities.create(folder, "New", graphml=saved(tmp_path, GRAPH))
    assert tomllib.loads((folder / "city.toml").read_text("utf-8"))["name"] == "New"
    assert not (folder / "leftover").exists()


def test_the_same_city_made_anew_keeps_what_it_was_taught(tmp_path: Path, folder: Path):
    cities.create(folder, "Town", graphml=saved(tmp_path, GRAPH))
    taught = Traffic({**PRIOR, "local": (2.0,) * 10}, sources={"local": "driven"})
    taught.save(folder / "traffic.toml")
    facts.count_on(folder, "slow")
    cities.create(folder, "Town", graphml=saved(tmp_path, GRAPH))
    again = Network.open(folder)
    assert (again.traffic, again.walker) == (taught, "slow")
    cities.create(folder, "Another", graphml=saved(tmp_path, GRAPH))
    assert (Network.open(folder).traffic, Network.open(folder).walker) == (Traffic(PRIOR), "usual")


OUTSIDE = '<!DOCTYPE graphml SYSTEM "file:///etc/hostname">'
BOMB = '<!DOCTYPE graphml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (GRAPH.replace("<graphml ", OUTSIDE + "<graphml ", 1), "document type or entities"),
        (GRAPH.replace("<graphml ", BOMB + "<graphml ", 1), "document type or entities"),
        (GRAPH.replace("<graphml ", BOMB + "<graphml ", 1).encode("utf-16"), "cannot be read"),
        (GRAPH[:900], "cannot be read as GraphML"),
        ("", "cannot be read as GraphML"),
        ("<html></html>", "cannot be read as GraphML|no places"),
        (GRAPH.replace("epsg:4326", "epsg:32619"), "projected"),
        (GRAPH.replace("-71.080", "329000.5"), "no longitude x and latitude y"),
        (GRAPH.replace("-71.080", "somewhere"), "no longitude x and latitude y"),
        ("\n".join(x for x in GRAPH.splitlines() if "<edge" not in x and "</edge" not in x), "no streets"),
        (GRAPH.replace('<edge source="3" target="1"', '<edge source="1" target="3"').replace(
            '<edge source="2" target="1"', '<edge source="1" target="2"'), "no streets"),
        (b"\x1f\x8b\x08\x00broken", "cannot be read"),
        (gzip.compress(GRAPH.encode())[:-40], "cannot be read"),
        (b"\x00" * 100, "cannot be read"),
    ],
    ids=["outside", "bomb", "utf-16 bomb", "cut off", "empty", "html", "projected", "metres", "words",
         "no edges", "no way back", "bad gzip", "cut gzip", "zeros"],
)  # fmt: skip
def test_hostile_and_broken_graphs_are_refused_and_nothing_is_made(
    tmp_path: Path, folder: Path, content: str | bytes, sentence: str
):
    with pytest.raises(Invalid, match=sentence):
        cities.create(folder, "T", graphml=saved(tmp_path, content))
    assert not folder.exists()
    assert not folder.parent.exists() or not list(folder.parent.iterdir())


def test_a_zip_bomb_stops_at_the_limit(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("outreach.place.cities.files.LARGEST_BYTES", 1 << 20)
    bomb = saved(tmp_path, gzip.compress(b"<graphml>" + b" " * (4 << 20)), "bomb.graphml.gz")
    with pytest.raises(Invalid, match="unpacks to more than"):
        cities.create(folder, "T", graphml=bomb)


def test_a_refused_city_leaves_the_old_one_untouched(tmp_path: Path, folder: Path):
    cities.create(folder, "Old", graphml=saved(tmp_path, GRAPH))
    with pytest.raises(Invalid):
        cities.create(folder, "New", graphml=saved(tmp_path, "", "empty.graphml"))
    assert tomllib.loads((folder / "city.toml").read_text("utf-8"))["name"] == "Old"


def test_a_missing_file_an_unknown_zone_and_no_source_are_each_told(tmp_path: Path, folder: Path):
    with pytest.raises(Invalid, match="There is no file"):
        cities.create(folder, "T", graphml=tmp_path / "nowhere.graphml")
    with pytest.raises(Invalid, match="no time zone 'Boston'"):
        cities.create(folder, "T", graphml=saved(tmp_path, GRAPH), timezone="Boston")
    for name in ("", " ", "a\nb", "a\x7f", "\ud800", "x" * 121):
        with pytest.raises(Invalid, match="needs a name"):
            cities.create(folder, name, graphml=saved(tmp_path, GRAPH))
    with pytest.raises(Invalid, match="exactly one source"):
        cities.create(folder, "T")
    with pytest.raises(Invalid, match="exactly one source"):
        cities.create(folder, "T", graphml=tmp_path, synthetic=True)


def test_the_real_cambridge_becomes_a_city(real_roads: Callable[[str], Path], folder: Path):
    report = cities.create(folder, "Cambridge", graphml=real_roads("cambridge_ma.graphml.gz"))
    assert (report.nodes, report.edges) == (1868, 4198)
    network = Network.open(folder)
    streets = network._drive
    assert streets is not None
    judge = as_graph(streets, network._cost(2))
    rng = np.random.default_rng(3)
    chosen = rng.choice(streets.node_count, 25, replace=False)
    points = [(float(lon), float(lat)) for lon, lat in streets.nodes[chosen]]
    ours = network.drive_seconds(points, 2)
    assert (ours < UNREACHABLE).all()
    assert (ours != ours.T).any()  # one-ways: there and back differ
    standing = [i for i, metres in enumerate(network.snap(points)) if metres < 0.5]
    assert len(standing) > 20
    for a in standing[:8]:
        lengths = nx.single_source_dijkstra_path_length(judge, int(chosen[a]))
        for b in standing:
            assert abs(int(ours[a, b]) - lengths[int(chosen[b])] / 1000) <= 2
    basemap = json.dumps(network.basemap())
    assert 50_000 < len(basemap) < 1_500_000


def test_a_city_made_anew_names_the_sites_its_roads_do_not_reach(tmp_path: Path):
    graph, data = saved(tmp_path, GRAPH), tmp_path / "data"
    assert run("city", "create", "Tiny", "--graphml", graph, data_dir=data).code == 0
    sheet = saved(
        tmp_path,
        "code,name,lon,lat,host,services,windows\n"
        "A,Mill lot,-71.079,42.3301,Mill,harm_reduction,Mon 08:00-12:00\n"
        "B,Far pier,-71.010,42.3300,Pier,harm_reduction,Mon 08:00-12:00\n",
        "sites.csv",
    )
    imported = run("sites", "import", sheet, data_dir=data)
    assert imported.code == 0
    assert "B Far pier cannot be reached" in " ".join(imported.out.split())
    assert "Mill lot" not in imported.out
    again = run("city", "create", "Tiny", "--graphml", graph, data_dir=data)
    assert again.code == 0
    assert "B Far pier cannot be reached" in " ".join(again.out.split())
    assert "Mill lot" not in again.out
