"""An upper bound on every plan the search looks among (docs/problem.md, Bound): prices for all goods and
rows, and the best van-days at those prices.

Any prices give a true bound (weak duality); column generation makes them good. The bound of each van-day
comes from `vanday.best_days`, which is true even when its own search is cut short.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np

from solver.certificate import DutyPrices, PricedStay, PricedWork
from solver.columns import Pool
from solver.goods import Goods, stay_price, stay_worth
from solver.ground import Ground
from solver.prices import Prices
from solver.roster import crew_spans
from solver.rows import Rows
from solver.search import Draft, Option, Tour, narrowed, shifted, undominated, within
from solver.vanday import NEVER, Floats, Route, best_days

TOWARDS_BEST = 0.3
"""Each round asks this far from the master's own prices towards the best so far: blurred prices swing."""


class Bound:
    """The least bound proven so far, its prices, and the pool that led to them."""

    def __init__(self, ground: Ground, goods: Goods) -> None:
        self.ground, self.goods = ground, goods
        self.rows = Rows(ground)
        self.pool = Pool(ground, goods, self.rows)
        zero = np.zeros(len(self.rows.limit))
        half = np.full(len(self.pool.risk), 0.5)
        self.prices = Prices(half, half, half, np.where(goods.hard, 1.0, goods.weight), zero)
        self.value = self._nothing_planned()
        self.blur, self.unit = 0.0, 1.0
        self.last: Prices | None = None
        self.used: Floats = np.zeros(0)
        self.master = -np.inf
        self.rounds = 0
        self.work = 0.0
        self.fallen: list[float] = []

    def begin(self, draft: Draft) -> None:
        """Take a draft's van-days into the pool, and its margins as first prices."""
        for tour in draft.tours.values():
            self.pool.add(tour.kind, tour.route)
        left = np.exp(-draft.saturation * draft.exposure)
        worth = [abs(draft.worth(share)) for share in draft.shares.values()]
        self.unit = max(1e-9, float(np.mean(worth)) if worth else 1.0)
        self.blur = 0.05 * self.unit
        good = np.where(draft.amount < self.goods.cap - 1e-9, self.goods.weight, 0.5 * self.goods.weight)
        good = np.where(self.goods.hard, self.ground.problem.weights.promise, good)
        self.center = Prices(
            left / 2, left / 2, np.full(len(left), 0.5), good, np.zeros(len(self.rows.limit))
        )

    def improve(self, rounds: int = 1, stop: Callable[[], object] = lambda: False) -> float:
        """So many rounds: prices from the pool, mixed with the best so far, and the best van-days at them.
        The work it took; less is done when `stop` says so."""
        before = self.work
        for _ in range(rounds if self.ground.kinds else 0):
            if stop():
                break
            self._round(stop)
        return self.work - before

    @property
    def settled(self) -> bool:
        """Whether the last rounds have hardly lowered the bound any more."""
        return len(self.fallen) > 12 and self.fallen[-12] - self.value < 3e-4 * abs(self.value)

    def _round(self, stop: Callable[[], object]) -> None:
        self.rounds += 1
        asked = self.center
        if self.pool.columns and self.rounds > 1:
            self.last, self.used = self.pool.solve(self.last or self.center, self.blur)
            self.work += len(self.pool.columns) * 0.06
            asked = self.last.mixed(self.center, TOWARDS_BEST)
        value = self.price(asked, stop)
        if value < self.value:
            self.value, self.prices, self.center = value, asked, asked
        else:
            self.center = self.center.mixed(asked, 0.5)
        self.fallen.append(self.value)
        self.blur = max(self.blur * 0.9, 3e-4 * self.unit)

    def price(self, prices: Prices, stop: Callable[[], object] = lambda: False) -> float:
        """The bound that these prices prove (infinite when stopped); their best van-days join the pool."""
        total = self.pool.kept(prices)
        best = [0.0] * len(self.ground.groups)
        for number, kind in enumerate(self.ground.kinds):
            if stop():
                return np.inf
            routes, most = self._best(number, prices)
            self.work += 10 * max(1.0, len(kind.sites) / 120) ** 2
            best[kind.group] = max(best[kind.group], most)
            for route in routes:
                self.pool.add(number, route)
        return total + sum(len(g[3]) * b for g, b in zip(self.ground.groups, best, strict=True))

    def options(self, draft: Draft) -> list[Option]:
        """Van-days to choose crews for, worth what they fetch at the best prices: those the fractional plan
        uses, for each span that some crew could work the best one in it, in full and of eight hours, and
        those
        of the draft with their crews."""
        found = [o for number in range(len(self.ground.kinds)) for o in self._spans(number)]
        columns = self.pool.columns
        worth = self.pool.fetched(self.prices)
        for n in np.flatnonzero(self.used > 0.05).tolist():
            found += self._option(columns[n].kind, columns[n].route, float(worth[n]), columns[n].pledges)
        return [*undominated(self.ground, found), *(self.planned(draft, t) for t in draft.tours.values())]

    def certificate(self) -> DutyPrices | None:
        """The prices that prove the bound; None while it is only what no plan could be worth anyhow."""
        if self.value >= self._nothing_planned():
            return None
        goods, good = self.goods, self.prices.good
        cuts = (goods.profit, goods.follow_up, goods.floor, goods.anchor, goods.told, len(good))
        profits, follow_ups, floors, promises, told = (tuple(good[a:b].tolist()) for a, b in pairwise(cuts))
        paid = zip(self.rows.spoken, self.prices.row.tolist(), strict=True)
        rows = [replace(row, price=price) for row, price in paid if price > 0]
        return DutyPrices(
            tangent=tuple(self.prices.tangent.tolist()),
            chord=tuple(self.prices.chord.tolist()),
            theta=tuple(self.prices.theta.tolist()),
            profits=profits,
            follow_ups=follow_ups,
            floors=floors,
            promises=promises,
            told=told,
            stays=tuple(row for row in rows if isinstance(row, PricedStay)),
            work=tuple(row for row in rows if isinstance(row, PricedWork)),
        )

    def shadow_prices(self) -> dict[str, float]:
        """What one more of each scarce thing would add at most, by the best prices: an hour of a role's week,
        a site's day, an hour of a neighbourhood's floor less."""
        p = self.ground.problem
        found: dict[str, float] = {}
        for row, name in self.rows.names.items():
            if self.prices.row[row] > 1e-6:
                found[name] = found.get(name, 0.0) + float(self.prices.row[row])
        for n, floor in enumerate(p.floors):
            price = float(self.prices.good[self.goods.floor + n])
            if price > 1e-6:
                found[f"floor:{p.neighbourhoods[floor.neighbourhood]}:week {floor.week + 1}"] = price
        return found

    def planned(self, draft: Draft, tour: Tour) -> Option:
        """A van-day of the draft as an option, worth what it fetches at the best prices."""
        share = draft.shares[tour.slot]
        worth = share.plain + float((self.pool.top * self.prices.tangent)[share.cells] @ share.exposure)
        worth += float((self.pool.risk * self.prices.chord)[share.cells] @ share.single)
        worth += sum(float(self.prices.good[g]) * n for g, n in share.goods if self.goods.is_no_anchor(g))
        return Option(tour.slot, tour.kind, tour.route, max(worth, 0.0), draft.pledges(share), tour.crew)

    def _spans(self, number: int) -> list[Option]:
        p, kind, found = self.ground.problem, self.ground.kinds[number], []
        lattice = kind.lattice
        prizes = self.prizes(number, replace(self.prices, row=self._rows_of_sites()))
        cost = p.weights.travel_hour / 3600
        for begin, end in crew_spans(p, kind.day, lattice.opens, lattice.end, kind.level):
            for longest in sorted({min(end - begin, lattice.longest), min(end - begin, 8 * 3600)}):
                part = narrowed(lattice, begin, end, longest)
                routes, _ = best_days(part, within(prizes, lattice, part), drive_cost=cost)
                for route in routes:
                    whole = shifted(route, (part.begin - lattice.begin) // lattice.step)
                    share = self.pool.empty.share(number, whole)
                    pledges = self.pool.empty.pledges(share)
                    kept = sum(float(self.prices.good[self.goods.anchor + a]) for a in pledges)
                    found += self._option(number, whole, route.prize - kept, pledges)
        return found

    def _option(self, kind: int, route: Route, worth: float, pledges: frozenset[int]) -> list[Option]:
        shifts = self.ground.groups[self.ground.kinds[kind].group][3]
        return [Option(slot, kind, route, worth, pledges) for slot in shifts if worth > 0 or pledges]

    def _rows_of_sites(self) -> Floats:
        """The prices of sites' days alone: crews are chosen by CP-SAT, not paid for."""
        prices = self.prices.row.copy()
        prices[self.rows.people_from :] = 0.0
        return prices

    def _best(self, number: int, prices: Prices) -> tuple[list[Route], float]:
        once, clock = self.rows.duty_price(number, prices.row)
        prizes = self.prizes(number, prices)
        cost = self.ground.problem.weights.travel_hour / 3600
        lattice = self.ground.kinds[number].lattice
        routes, rest = best_days(lattice, prizes, drive_cost=cost, clock=clock, above=once + 1e-9, count=4)
        return routes, max([rest, *(r.prize for r in routes)]) - once

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

    def _nothing_planned(self) -> float:
        p = self.ground.problem
        capped = float((self.goods.weight * self.goods.cap).sum()) - self.goods.given
        hours = sum(s.ends - s.starts for v in p.vans for s in v.shifts) / 3600
        plain = hours * sum(s.hourly_value for s in p.services)
        return float(self.ground.week_risk.sum()) + capped + plain
