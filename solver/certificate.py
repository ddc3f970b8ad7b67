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
    have. `turn` is the second at which walks from both ends of the day meet fastest. If `settled`, they prove
    less by themselves, but every route near enough to the best to be in a better plan has been tried.
    """

    visits: tuple[float, ...]
    cuts: tuple[PricedCut, ...]
    near: tuple[frozenset[int], ...]
    turn: int
    settled: bool = False


@dataclass(frozen=True, slots=True)
class PricedStay:
    """Stays at a site on these days that keep no promise: no more than vans that fit, each at this price."""

    site: int
    days: frozenset[int]
    price: float


@dataclass(frozen=True, slots=True)
class PricedWork:
    """People who hold one of these roles: by the head each duty of `day` that lasts longer than `longer_than`
    seconds, or by the hour of duty between `begins` and `ends` of a day (`day` is None: of every day of
    `week`)."""

    roles: frozenset[str]
    week: int
    day: int | None
    begins: int
    ends: int
    price: float
    by_hour: bool = True
    longer_than: int = 0


@dataclass(frozen=True, slots=True)
class DutyPrices:
    """A programme's plan: prices of a unit of exposure of each cell and week (`tangent`, `chord` and their
    shares `theta`, as in `solver.prices`), of profits, follow-ups, hours of floors, promises and stops
    already told, of site days and of people's work.

    They prove what is kept by all these + for each van's shift the best van-day's worth.
    """

    tangent: tuple[float, ...]
    chord: tuple[float, ...]
    theta: tuple[float, ...]
    profits: tuple[float, ...]
    follow_ups: tuple[float, ...]
    floors: tuple[float, ...]
    promises: tuple[float, ...]
    told: tuple[float, ...]
    stays: tuple[PricedStay, ...]
    work: tuple[PricedWork, ...]


Certificate = RoutePrices | DutyPrices
