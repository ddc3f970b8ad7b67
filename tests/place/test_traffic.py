"""Traffic: five bands a day, weekends apart, and a file people may edit."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from outreach.errors import Invalid
from outreach.place.assembly import Edge, driven
from outreach.place.roads import Network
from outreach.place.traffic import BANDS, DELAYS, GROUPS, PRIOR, WAITS, Traffic, band_of, group_of, waits
from tests.place.conftest import CORNERS, PLAIN, at, corners, street


@pytest.mark.parametrize(
    ("weekday", "hour", "band"),
    [
        (0, 3, "weekday night"),
        (0, 7, "weekday morning"),
        (2, 12, "weekday midday"),
        (4, 18, "weekday afternoon"),
        (4, 21, "weekday evening"),
        (4, 23, "weekday night"),
        (5, 8, "weekend morning"),
        (6, 16, "weekend afternoon"),
        (4, 25, "weekend night"),  # 01:00 on Saturday, counted from Friday
        (6, 24 + 7, "weekday morning"),
    ],
)
def test_every_hour_has_its_band(weekday: int, hour: int, band: str):
    assert BANDS[band_of(weekday, hour)] == band


def test_the_afternoon_is_slower_than_the_night_on_every_kind_of_street():
    night, afternoon = BANDS.index("weekday night"), BANDS.index("weekday afternoon")
    assert all(figures[afternoon] > figures[night] for figures in PRIOR.values())


def test_kinds_of_street_fall_into_three_groups():
    assert [group_of(kind) for kind in ("motorway_link", "secondary", "residential")] == [
        "fast",
        "main",
        "local",
    ]


def test_a_city_may_have_its_own_factors(square: Network, tmp_path: Path):
    slow = Traffic({**PLAIN.factors, "local": (2.0,) * len(BANDS)}, PLAIN.delays)
    slow.save(tmp_path / "traffic.toml")
    again = Network.open(tmp_path)
    points = [at(0, 0), at(100, 0)]
    assert again.drive_seconds(points, 0)[0, 1] == 2 * square.drive_seconds(points, 0)[0, 1]


def test_figures_and_their_sources_come_back_as_they_were_saved(tmp_path: Path):
    ours = Traffic(PRIOR, {"signal": 5.5, "give_way": 2.0, "crossing": 0.0}, {"fast": "counted “here”"})
    ours.save(tmp_path / "traffic.toml")
    assert Traffic.opened(tmp_path / "traffic.toml") == ours


def test_every_figure_of_a_new_city_has_its_source_or_is_said_to_be_assumed(tmp_path: Path):
    Traffic(PRIOR).save(tmp_path / "traffic.toml")
    found = tomllib.loads((tmp_path / "traffic.toml").read_text("utf-8"))
    assert set(found) == {*GROUPS, *DELAYS}
    for name, figure in found.items():
        assert bool(figure.get("source")) is not (figure.get("assumed") is True), name
    assert "Highway Capacity Manual" in found["signal"]["source"]


@pytest.mark.parametrize(
    ("written", "fault", "sentence"),
    [
        ("[fast]", "[faster]", "cannot be read"),
        ("[1.0, 1.6", "[1.0, 16", "fast needs 10 factors"),
        ("seconds = 8.0", "seconds = 800", "signal needs seconds"),
        ("seconds = 8.0", "", "cannot be read"),
        ("\nassumed = true", "\n", "has no source"),
        ("\nassumed = true", "\nassumed = false", "has no source"),
        ("\nassumed = true", '\nsource = " "', "has no source"),
        ("# Travel", "\x00", "cannot be read"),
    ],
)
def test_a_spoilt_traffic_file_is_refused_with_what_to_do(
    tmp_path: Path, written: str, fault: str, sentence: str
):
    Traffic(PRIOR).save(tmp_path / "traffic.toml")
    text = (tmp_path / "traffic.toml").read_text("utf-8")
    assert written in text
    (tmp_path / "traffic.toml").write_text(text.replace(written, fault, 1), "utf-8")
    with pytest.raises(Invalid, match=sentence):
        Traffic.opened(tmp_path / "traffic.toml")


def waits_at_b(*edges: Edge, light: bool = False) -> dict[str, str]:
    """By street, named for its ends, the wait of those who drive up to corner b."""
    lights = np.array([light and corner == "b" for corner in CORNERS])
    both = [*edges, *(replace(edge.backwards(), name=edge.name[::-1]) for edge in edges)]
    streets = driven(corners(), lights, both, "x").streets
    b = int(np.argmin(np.abs(streets.nodes - corners()[1]).sum(axis=1)))
    into = np.flatnonzero(streets.heads == b)
    return {streets.names[streets.name[edge]]: WAITS[waits(streets)[edge]] for edge in into}


def test_the_lesser_street_gives_way_and_the_greater_does_not():
    met = waits_at_b(
        street("a", "b", "primary"), street("b", "m", "primary"), street("b", "c", "residential")
    )
    assert met == {"ab": "none", "mb": "none", "cb": "give_way"}


def test_where_equal_streets_cross_everybody_slows_down():
    met = waits_at_b(*(street(*pair) for pair in ("ab", "bm", "bc")))
    assert set(met.values()) == {"crossing"}


def test_a_bend_is_no_junction_and_a_light_is_a_light():
    assert set(waits_at_b(street("a", "b"), street("b", "c", "primary")).values()) == {"none"}
    lit = waits_at_b(*(street(*pair, "primary") for pair in ("ab", "bm", "bc")), light=True)
    assert set(lit.values()) == {"signal"}


def test_a_slip_road_gives_way_to_the_motorway():
    fast, slip = "motorway", "motorway_link"
    met = waits_at_b(street("a", "b", fast), street("b", "m", fast), street("b", "c", slip))
    assert met == {"ab": "none", "mb": "none", "cb": "give_way"}


def test_turning_into_a_main_street_takes_longer_than_going_on_along_it(tmp_path: Path):
    edges = [street("a", "b", "primary"), street("b", "m", "primary"), street("b", "c")]
    both = [*edges, *(edge.backwards() for edge in edges)]
    driven(corners(), np.zeros(len(CORNERS), bool), both, "x").streets.save(tmp_path / "drive.npz")
    replace(PLAIN, delays={**PLAIN.delays, "give_way": 4.0}).save(tmp_path / "traffic.toml")
    times = Network.open(tmp_path).drive_seconds([at(0, 0), at(100, 100), at(200, 0)], 2)
    assert times[0, 2] == 20  # a to m's street, straight on
    assert times[1, 2] == 24  # c to the same place: 200 m and giving way at b
    assert times[2, 1] == 20  # out of it
