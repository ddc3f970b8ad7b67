"""Streets: arrays that survive the disk, and only the part that hangs together."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from outreach.errors import Invalid
from outreach.place.assembly import driven, walked
from outreach.place.streets import KINDS, TUNNEL, Streets
from tests.place.conftest import CORNERS, corners, square_streets, street

DARK = np.zeros(len(CORNERS), bool)


def test_a_network_comes_back_from_the_disk_as_it_was(tmp_path: Path):
    streets = driven(corners(), DARK, square_streets(), "square").streets
    streets.save(tmp_path / "drive.npz")
    again = Streets.opened(tmp_path / "drive.npz")
    for part in fields(Streets):
        assert np.array_equal(getattr(streets, part.name), getattr(again, part.name)), part.name
    assert again.names == streets.names


def test_a_street_nobody_returns_from_is_dropped_and_counted():
    kept = driven(corners(), DARK, [*square_streets()[:-1]], "square")  # the motorway only leads away
    assert kept.streets.node_count == 4
    assert kept.dropped == 1
    assert kept.components == 2


def test_walkers_keep_what_vans_cannot_return_from():
    kept = walked(corners(), DARK, [street("a", "b"), street("b", "m")], "square")
    assert kept.streets.node_count == 3
    assert (kept.streets.twin >= 0).all()


def test_twins_are_the_same_street_backwards():
    streets = driven(corners(), DARK, square_streets(), "square").streets
    for edge, twin in enumerate(streets.twin.tolist()):
        if twin >= 0:
            assert streets.twin[twin] == edge
            assert (streets.tails[twin], streets.heads[twin]) == (streets.heads[edge], streets.tails[edge])
    assert int((streets.twin < 0).sum()) == 1  # d→a


def test_nobody_stops_in_a_tunnel_or_on_a_slip_road():
    edges = [*square_streets(), street("a", "c", "primary", TUNNEL), street("a", "c", "primary_link")]
    streets = driven(corners(), DARK, edges, "square").streets
    closed = {(KINDS[streets.kind[e]], int(streets.flags[e])) for e in np.flatnonzero(~streets.standable)}
    assert closed == {("motorway", 0), ("primary", TUNNEL), ("primary_link", 0)}


def test_no_streets_at_all_is_refused_by_name():
    with pytest.raises(Invalid, match=r"river\.graphml holds no streets"):
        driven(corners(), DARK, [], "river.graphml")
