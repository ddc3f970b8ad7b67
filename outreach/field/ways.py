"""Ways: how a van drives through its day, leg by leg, in the words a driver follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from outreach.place.ground import Position
from outreach.place.roads import Network
from outreach.plan.schedules import ShiftPlan

HOUR_MINUTES = 60
HOME = ""
"""Stands for the base where a leg is named for the stop it leads to."""


@dataclass(frozen=True, slots=True)
class StepSeen:
    """Turn like `turn` and follow the street `name` ("" for none) for `metres`."""

    turn: str
    name: str
    metres: int


@dataclass(frozen=True, slots=True)
class Leg:
    """A drive from one place of the day to the next: where it leads, in which traffic, and how."""

    to: str
    start: Position
    end: Position
    band: int
    steps: tuple[StepSeen, ...]


def of_day(shift: ShiftPlan, base: Position, network: Network) -> Mapping[str, Leg]:
    """The legs of a van's day in order, by the uid of the stop they lead to, the last one by HOME.

    Cancelled stops are driven past. Each leg is found in the traffic of the hour it begins in.
    """
    found: dict[str, Leg] = {}
    here, leaves = base, shift.depart
    for stop in shift.stops:
        if stop.state != "cancelled":
            there = (stop.site.lon, stop.site.lat)
            found[stop.uid] = _leg(network, stop.uid, here, there, _band(network, shift, leaves))
            here, leaves = there, stop.leave
    if found:
        found[HOME] = _leg(network, HOME, here, base, _band(network, shift, leaves))
    return found


def _band(network: Network, shift: ShiftPlan, leaves: int) -> int:
    return network.band_of(shift.date.weekday(), leaves // HOUR_MINUTES)


def _leg(network: Network, to: str, start: Position, end: Position, band: int) -> Leg:
    return Leg(to, start, end, band, _steps(network, start, end, band))


@lru_cache(maxsize=4096)
def _steps(network: Network, start: Position, end: Position, band: int) -> tuple[StepSeen, ...]:
    """Tablets ask for the same day again and again; its legs stay the same."""
    return tuple(StepSeen(step.turn, step.name, step.metres) for step in network.directions(start, end, band))
