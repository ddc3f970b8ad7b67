"""Settling: try all routes that a plan worth more than a target could drive, where they are few."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from solver.contenders import best_packing, contenders
from solver.cuts import Cut, Route
from solver.limits import Meter
from solver.ngroute.pricing import STEPS_PER_WORK, Pricing, VisitPrices
from solver.ngroute.streets import Floats, Ints

MOST_CONTENDERS = 400_000
MOST_PACKINGS = 200_000_000


@dataclass(frozen=True)
class Settled:
    """The most found that a plan is worth, or the target where that is more; its routes; and whether no plan
    is worth more."""

    worth: float
    routes: list[Route]
    proven: bool


def settled(
    pricing: Pricing,
    prices: VisitPrices,
    cuts: Sequence[Cut],
    vans: int,
    *,
    target: float,
    need: float,
    least: float,
    meter: Meter,
) -> Settled | None:
    """The plan worth most above `target`, among those whose routes are each worth `least` or more at these
    prices, and together `need`. None where such routes are too many."""
    found = _contenders(pricing, prices, cuts, least, meter)
    if found is None:
        return None
    sets, worth, profit, ends, site, parent = found
    order = np.argsort(-worth, kind="stable")
    done, steps, best, chosen = best_packing(
        sets[order], worth[order], profit[order], vans, need, target, MOST_PACKINGS
    )
    meter.spend(steps / STEPS_PER_WORK)
    routes = [_traced(ends[order[n]], site, parent) for n in chosen[chosen >= 0]]
    return Settled(float(best), routes, bool(done))


def _contenders(
    pricing: Pricing, prices: VisitPrices, cuts: Sequence[Cut], least: float, meter: Meter
) -> tuple[Ints, Floats, Floats, Ints, Ints, Ints] | None:
    """All routes worth `least` or more, as `contenders` tells of them; None where they are too many."""
    s, gain = pricing.streets, pricing.streets.profit - prices.visits
    out, home = s.ways(np.ones(s.sites), s.arcs)
    tolled = prices.on_the_road(cuts, s.sites)
    ways = pricing.all_ways_home(gain, home, tolled, meter)
    if ways is None:
        return None
    complete, steps, *found = contenders(
        gain, s.profit, s.reach, s.starts, s.opens, s.latest, *out, *tolled, least, MOST_CONTENDERS, *ways
    )
    meter.spend(steps / STEPS_PER_WORK)
    return tuple(found) if complete else None


def _traced(label: int, site: Ints, parent: Ints) -> Route:
    """The stops that lead to a label."""
    route: list[int] = []
    while label >= 0:
        route.append(int(site[label]))
        label = int(parent[label])
    return tuple(route[::-1])
