"""What stays fetch at given prices, and the best van-days at them."""

from __future__ import annotations

import numpy as np

from solver.columns import Pool
from solver.goods import stay_price, stay_worth
from solver.grid import narrowed
from solver.prices import Prices
from solver.vanday import NEVER, Floats, Route, best_days


class Pricing:
    """Prices every kind of duty exactly."""

    def __init__(self, pool: Pool) -> None:
        self.pool, self.rows, self.goods, self.ground = pool, pool.rows, pool.goods, pool.ground

    def best(self, number: int, prices: Prices) -> tuple[list[Route], float]:
        """Van-days of the kind to take into the pool, and what no van-day of the kind is worth more than."""
        prizes = self.prizes(number, prices)
        cost = self.ground.problem.weights.travel_hour / 3600
        found, most = list[Route](), 0.0
        for longest in self.rows.lengths(number, prices.row):
            once, clock = self.rows.duty_price(number, prices.row, longest)
            whole = self.ground.kinds[number].lattice
            lattice = narrowed(whole, whole.opens, whole.end, longest)
            above = once + most + 1e-9
            routes, rest = best_days(lattice, prizes, drive_cost=cost, clock=clock, above=above, count=4)
            found += routes
            most = max([most, rest - once, *(r.prize - once for r in routes)])
        return found, most

    def prizes(self, number: int, prices: Prices) -> Floats:
        """What each stay of a kind fetches at these prices."""
        kind, y = self.ground.kinds[number], self.goods.yields[number]
        out = stay_price(
            self.pool.top * prices.tangent, y.hours, y.lengths, kind.lattice.length, y.cells_at, y.cells,
            y.walk, y.share,
            kind.allowed,
        )  # fmt: skip
        out += stay_worth(
            self.pool.risk * prices.chord, self.ground.problem.saturation, y.hours, y.same, y.lengths,
            kind.lattice.length, y.cells_at, y.cells, y.walk, y.share, kind.allowed,
        )  # fmt: skip
        hours = kind.lattice.length * (kind.lattice.step / 3600)
        paid = self.rows.stay_price(kind, prices.row)
        for i in range(len(kind.sites)):
            flat = sum(prices.good[g] for g in y.once[i])
            rate = float(y.service[i]) + sum(prices.good[g] for g in y.hourly[i])
            out[i] += flat + rate * hours[i][None, :]
        for pledge in y.pledges:
            more = paid[pledge.at] + prices.good[self.goods.anchor + pledge.anchor]
            out[pledge.at] += np.where(pledge.fits, more, 0.0)
        for told in y.told:
            out[told.at] += np.where(told.fits, prices.good[self.goods.told + told.anchor], 0.0)
        out -= paid[:, None, None]
        out[~kind.allowed] = NEVER
        return np.ascontiguousarray(out)
