"""What could be crewed, worth what it fetches at the bound's prices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from solver.columns import Pool
from solver.draft import Draft, Tour
from solver.grid import likely_days, narrowed, shifted, within
from solver.ground import Ground
from solver.hours import crew_spans
from solver.options import Option, undominated
from solver.prices import Prices
from solver.pricing import Pricing
from solver.problem import HOUR
from solver.vanday import Floats, Route


def offers(pricing: Pricing, prices: Prices, used: Floats, draft: Draft) -> list[Option]:
    """Van-days to choose crews for: those the fractional plan uses, for each span that some crew could work
    the best one in it, in full and of eight hours, and those of the draft with their crews."""
    pool = pricing.pool
    found = [o for number in range(len(pool.ground.kinds)) for o in _by_span(pricing, prices, number)]
    worth = pool.fetched(prices)
    for n in np.flatnonzero(used > 0.05).tolist():
        column = pool.columns[n]
        found += _of_shifts(pool.ground, column.kind, column.route, float(worth[n]), column.pledges)
    planned = (_planned(pool, prices, draft, tour) for tour in draft.tours.values())
    return [*undominated(pool.ground, found), *planned]


def _planned(pool: Pool, prices: Prices, draft: Draft, tour: Tour) -> Option:
    """A van-day of the draft as an option."""
    share = draft.shares[tour.slot]
    worth = share.plain + float((pool.top * prices.tangent)[share.cells] @ share.exposure)
    worth += float((pool.risk * prices.chord)[share.cells] @ share.single)
    worth += sum(float(prices.good[g]) * n for g, n in share.goods if pool.goods.is_no_anchor(g))
    return Option(tour.slot, tour.kind, tour.route, max(worth, 0.0), draft.pledges(share), tour.crew)


def _by_span(pricing: Pricing, prices: Prices, number: int) -> list[Option]:
    """The best van-days of a kind in the hours of some crew. Crews are chosen by CP-SAT, not paid for, so
    only sites' days are priced."""
    pool = pricing.pool
    p, kind, found = pool.ground.problem, pool.ground.kinds[number], list[Option]()
    people = np.arange(len(prices.row)) >= pool.rows.people_from
    prizes = pricing.prizes(number, replace(prices, row=np.where(people, 0.0, prices.row)))
    whole, cost = kind.lattice, p.weights.travel_hour / HOUR
    for begin, end in crew_spans(p, kind.day, whole.opens, whole.end, kind.level):
        for longest in sorted({min(end - begin, whole.longest), min(end - begin, 8 * HOUR)}):
            part = narrowed(whole, begin, end, longest)
            for route in likely_days(part, within(prizes, whole, part), cost):
                moved = shifted(route, (part.begin - whole.begin) // whole.step)
                pledges = pool.empty.pledges(pool.empty.share(number, moved))
                kept = sum(float(prices.good[pool.goods.anchor + a]) for a in pledges)
                found += _of_shifts(pool.ground, number, moved, route.prize - kept, pledges)
    return found


def _of_shifts(
    ground: Ground, kind: int, route: Route, worth: float, pledges: frozenset[int]
) -> list[Option]:
    shifts = ground.groups[ground.kinds[kind].group][3]
    return [Option(slot, kind, route, worth, pledges) for slot in shifts if worth > 0 or pledges]
