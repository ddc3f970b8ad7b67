"""Directions: a route in words a driver can follow, streets merged by name and turns told by bearing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from outreach.place.ground import Position, metres_between

Turn = Literal[
    "depart",
    "straight",
    "slight_left",
    "slight_right",
    "left",
    "right",
    "sharp_left",
    "sharp_right",
    "u_turn",
]
STRAIGHT, SLIGHT, SHARP, BACK = 25.0, 55.0, 120.0, 165.0


@dataclass(frozen=True, slots=True)
class Leg:
    """A piece of street as driven: its name ("" for none) and its shape."""

    name: str
    line: tuple[Position, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """Turn like `turn` at `at` and follow `name` for `metres`."""

    turn: Turn
    name: str
    metres: int
    at: Position


def told(legs: Sequence[Leg]) -> list[Step]:
    """The steps of a route. A street's bend is no step: only another name or a real turn is."""
    found: list[Step] = []
    arriving = 0.0
    for leg in (leg for leg in legs if len(leg.line) > 1):
        metres = sum(metres_between(a, b) for a, b in zip(leg.line, leg.line[1:], strict=False))
        turn = turn_of(bearing(leg.line[0], leg.line[1]) - arriving) if found else "depart"
        if found and _goes_on(found[-1], leg.name, turn):
            found[-1] = replace(found[-1], metres=found[-1].metres + round(metres))
        else:
            found.append(Step(turn, leg.name, round(metres), leg.line[0]))
        arriving = bearing(leg.line[-2], leg.line[-1])
    return found


def _goes_on(step: Step, name: str, turn: Turn) -> bool:
    if turn == "u_turn":
        return False
    if name and name == step.name:
        return True
    return not name and turn in ("straight", "slight_left", "slight_right")


def turn_of(degrees: float) -> Turn:
    """The word for a change of bearing, positive to the right."""
    change = math.remainder(degrees, 360)
    size, right = abs(change), change > 0
    if size >= BACK:
        return "u_turn"
    if size < STRAIGHT:
        return "straight"
    if size < SLIGHT:
        return "slight_right" if right else "slight_left"
    if size < SHARP:
        return "right" if right else "left"
    return "sharp_right" if right else "sharp_left"


def bearing(start: Position, end: Position) -> float:
    """Degrees clockwise from north, from one position to another nearby."""
    east = (end[0] - start[0]) * math.cos(math.radians(start[1]))
    return math.degrees(math.atan2(east, end[1] - start[1])) % 360
