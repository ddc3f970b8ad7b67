"""What a bound rests on: the prices that prove it, small enough to be stored with the run.

`solver.check.confirm` prices them again with a plain programme of its own.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PricedCut:
    """Of the routes that visit two or more of three sites, a plan drives at most one, at this toll.

    A route owes the toll for every second visit to `sites`; half of one is forgotten outside `memory`.
    """

    sites: frozenset[int]
    memory: frozenset[int]
    toll: float


@dataclass(frozen=True, slots=True)
class RoutePrices:
    """Team orienteering: a price for each site's visit, tolls of cuts, and at which sites which others are
    remembered (no route comes back to a site while it remembers it).

    They prove Σ visits + Σ tolls + vans × the best route's worth, rounded down to a worth that a plan can
    have. `turn` is the second at which walks from both ends of the day meet fastest.
    """

    visits: tuple[float, ...]
    cuts: tuple[PricedCut, ...]
    near: tuple[frozenset[int], ...]
    turn: int


@dataclass(frozen=True, slots=True)
class DutyPrices:
    """A programme's plan: prices as in `solver.prices.Prices`, by cell × week, by capped good, by row."""

    tangent: tuple[float, ...]
    chord: tuple[float, ...]
    theta: tuple[float, ...]
    good: tuple[float, ...]
    row: tuple[float, ...]


Certificate = RoutePrices | DutyPrices
