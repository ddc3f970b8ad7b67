"""Directions: few words, the right ones."""

from __future__ import annotations

import pytest

from outreach.place.directions import Leg, Step, bearing, told, turn_of
from outreach.place.roads import Network
from tests.place.conftest import at


@pytest.mark.parametrize(
    ("degrees", "word"),
    [
        (0, "straight"), (20, "straight"), (-20, "straight"), (40, "slight_right"), (-40, "slight_left"),
        (90, "right"), (-90, "left"), (270, "left"), (140, "sharp_right"), (-140, "sharp_left"),
        (180, "u_turn"), (-175, "u_turn"), (350, "straight"),
    ],
)  # fmt: skip
def test_a_change_of_bearing_has_its_word(degrees: float, word: str):
    assert turn_of(degrees) == word


def test_bearings_run_clockwise_from_north():
    assert bearing(at(0, 0), at(0, 100)) == pytest.approx(0, abs=0.1)
    assert bearing(at(0, 0), at(100, 0)) == pytest.approx(90, abs=0.1)
    assert bearing(at(0, 0), at(-100, 0)) == pytest.approx(270, abs=0.1)


def leg(name: str, *spots: tuple[float, float]) -> Leg:
    """A piece of street by metres east and north."""
    return Leg(name, tuple(at(*spot) for spot in spots))


def test_one_street_is_one_step_however_it_bends():
    steps = told([leg("Mill", (0, 0), (100, 0)), leg("Mill", (100, 0), (100, 80))])
    assert [(step.turn, step.name, step.metres) for step in steps] == [("depart", "Mill", 180)]


def test_another_name_is_a_step_even_straight_on():
    steps = told([leg("Mill", (0, 0), (100, 0)), leg("Yard", (100, 0), (200, 0))])
    assert [(step.turn, step.name) for step in steps] == [("depart", "Mill"), ("straight", "Yard")]


def test_a_nameless_piece_straight_on_is_no_step_but_a_turn_is():
    on = told([leg("Mill", (0, 0), (100, 0)), leg("", (100, 0), (120, 0)), leg("Mill", (120, 0), (200, 0))])
    off = told([leg("Mill", (0, 0), (100, 0)), leg("", (100, 0), (100, -50))])
    assert len(on) == 1
    assert on[0].metres == 200
    assert [step.turn for step in off] == ["depart", "right"]


def test_a_drive_through_the_square_is_told_street_by_street(square: Network):
    steps = square.directions(at(20, 0), at(60, 100))
    assert [(step.turn, step.name, step.metres) for step in steps] == [
        ("depart", "ab", 80),
        ("left", "bc", 100),
        ("left", "cd", 40),
    ]


def test_without_roads_there_are_no_directions(tmp_path):  # noqa: ANN001
    assert Network.open(tmp_path).directions(at(0, 0), at(9, 9)) == []


def test_a_step_says_where_to_turn():
    steps = told([leg("Mill", (0, 0), (100, 0)), leg("Yard", (100, 0), (100, 50))])
    assert steps[1] == Step("left", "Yard", 50, at(100, 0))
