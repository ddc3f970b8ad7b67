"""Pricing: the best ng-routes at given prices, joined from partial routes grown from both ends of the day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from solver.cuts import Cut, Route
from solver.labels import join, walk
from solver.limits import Meter
from solver.ngroute.memory import Memory, everywhere
from solver.ngroute.streets import Arcs, Day, Floats, Ints, Streets

MOST_LABELS = 3_000_000
STEPS_PER_WORK = 50_000
ROUTES = 80
NEVER = np.iinfo(np.int64).max // 2


@dataclass(frozen=True)
class VisitPrices:
    """What a visit of each site costs a route, and the toll on each cut."""

    visits: Floats
    tolls: Floats

    @property
    def kept(self) -> float:
        """What the prices keep, whatever the routes: each site once, each cut once."""
        return float(self.visits.sum() + self.tolls.sum())

    def paid(self, route: Route, cuts: Sequence[Cut]) -> float:
        """What a route pays."""
        return float(self.visits[list(route)].sum()) + sum(
            float(toll) * cut.owed(route) for toll, cut in zip(self.tolls, cuts, strict=True)
        )

    def drawn_to(self, center: VisitPrices, pull: float) -> VisitPrices:
        """Prices between these and others."""
        return VisitPrices(
            pull * center.visits + (1 - pull) * self.visits, pull * center.tolls + (1 - pull) * self.tolls
        )

    def beyond(self, center: VisitPrices) -> VisitPrices:
        """By how much these are higher than others."""
        return VisitPrices(self.visits - center.visits, self.tolls - center.tolls)

    def on_the_road(self, cuts: Sequence[Cut], sites: int) -> tuple[Ints, Ints, Floats]:
        """The cuts with a toll as bits of each site, of those it belongs to and of those it remembers; and
        the tolls in the order of the bits."""
        dear = [n for n in range(len(self.tolls)) if self.tolls[n] > 1e-9]
        member, remember = np.zeros((2, sites), np.int64)
        for bit, n in enumerate(dear):
            member[list(cuts[n].sites)] |= 1 << bit
            remember[list(cuts[n].memory)] |= 1 << bit
        return member, remember, np.append(self.tolls[dear], 0.0)


class Pricing:
    """Partial routes out of the base and home to it meet at `turn`, where neither walk is much the longer."""

    def __init__(self, streets: Streets, memory: Memory, turn: int) -> None:
        self.streets, self.memory, self.turn = streets, memory, turn

    def best(
        self, prices: VisitPrices, cuts: Sequence[Cut], above: float, meter: Meter, *, exact: bool
    ) -> tuple[float, list[Route]] | None:
        """No route is worth more than the first at these prices; good routes worth more than `above`. None
        where there are too many partial routes to tell. If not `exact`, the first may be too little."""
        s, gain = self.streets, self.streets.profit - prices.visits
        near = self.memory.listed() if exact else everywhere(s.sites)
        *bits, toll = prices.on_the_road(cuts, s.sites)
        out, home = s.ways(gain, s.arcs if exact else s.short)
        told = (*near, *bits, toll)
        first = self._walked(gain, s.forth, out, told, self.turn, exact, meter)
        second = first and self._walked(gain, s.back, home, told, -self.turn - 1, exact, meter)
        if first is None or second is None:
            return None
        top, steps, worth, routes = join(
            s.reach, s.starts, s.ends, *out, toll, above, *first[1:], *second[1:]
        )
        meter.spend(steps / (4 * STEPS_PER_WORK))
        if exact:
            self._balance(first[0], second[0])
        order = [n for n in np.argsort(-worth, kind="stable") if routes[n, 0] >= 0][:ROUTES]
        return max(float(top), above), [tuple(int(k) for k in routes[n] if k >= 0) for n in order]

    def all_ways_home(
        self, gain: Floats, home: Arcs, tolled: tuple[Ints, Ints, Floats], meter: Meter
    ) -> tuple[Any, ...] | None:
        """Every partial route home, as `walk` tells of them; None where they are too many."""
        told = (*self.memory.listed(), *tolled)
        found = self._walked(gain, self.streets.back, home, told, NEVER, True, meter)
        return found and found[1:6]

    def _walked(
        self, gain: Floats, day: Day, arcs: Arcs, told: tuple[Any, ...], until: int, exact: bool, meter: Meter
    ) -> tuple[Any, ...] | None:
        """Steps, and the partial routes as `walk` tells of them; None where they are too many."""
        asked = (gain, *day, *arcs, *told, until, self.streets.metric and exact, exact, MOST_LABELS)
        complete, *found = walk(*asked)
        meter.spend(found[0] / STEPS_PER_WORK)
        return tuple(found) if complete else None

    def _balance(self, out: int, home: int) -> None:
        """Turn earlier where the walk out is the longer one, later where the walk home is."""
        share = (self.streets.ends - self.streets.starts) // 32
        self.turn += (2 * home > 3 * out) * share - (2 * out > 3 * home) * share
