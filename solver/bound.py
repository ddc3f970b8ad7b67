"""An upper bound on every plan the search looks among (docs/problem.md, Bound): prices for all goods and
rows, and the best van-days at those prices.

Any prices give a true bound (weak duality); column generation makes them good. The bound of each van-day
comes from `vanday.best_days`, which is true even when its own search is cut short.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from solver.certificate import DutyPrices, PricedStay, PricedWork
from solver.columns import Pool
from solver.draft import Draft
from solver.goods import Goods
from solver.grid import days_apart
from solver.ground import Ground, Kind
from solver.offers import offers
from solver.options import Option
from solver.prices import Prices
from solver.pricing import Pricing
from solver.rows import Rows
from solver.turns import Turns
from solver.vanday import Floats
from solver.weeks import Part, Weeks

TOWARDS_BEST = 0.3
"""Each round asks this far from the master's own prices towards the best so far: blurred prices swing."""
CHEAP = 2e-3
"""Prices of people are asked from so much of a van-day's worth on."""
MANY_SITES = 500
"""With more of them on a day, exact pricing is dear."""
SKETCHES, FIRST_SKETCHES = 3, 20
"""Times that the pool is filled with van-days apart before a dear exact round, and before the first."""


class Bound:
    """The least bound proven so far, its prices, and the pool that led to them."""

    def __init__(self, ground: Ground, goods: Goods) -> None:
        self.ground, self.goods = ground, goods
        self.rows = Rows(ground)
        self.pool = Pool(ground, goods, self.rows)
        self.pricing = Pricing(self.pool)
        zero = np.zeros(len(self.rows.limit))
        half = np.full(len(self.pool.risk), 0.5)
        self.prices = Prices(half, half, half, np.where(goods.hard, 1.0, goods.weight), zero)
        self.value = self._nothing_planned()
        self.weeks = Weeks(ground, goods, self.rows)
        self.turns = Turns(len(self.weeks), self.weeks.lead)
        self.best = [0.0] * len(ground.groups)
        self.proven = np.inf
        self.unit = 1.0
        self.center = self.last = self.prices
        self.used: Floats = np.zeros(0)
        self.rounds = 0
        self.work = 0.0

    def begin(self, draft: Draft) -> None:
        """Take a draft's van-days into the pool, and its margins as first prices."""
        for tour in draft.tours.values():
            self.pool.add(tour.kind, tour.route)
        left = np.exp(-draft.saturation * draft.exposure)
        worth = [abs(draft.worth(share)) for share in draft.shares.values()]
        self.unit = max(1e-9, float(np.mean(worth)) if worth else 1.0)
        good = np.where(draft.amount < self.goods.cap - 1e-9, self.goods.weight, 0.5 * self.goods.weight)
        good = np.where(self.goods.hard, self.ground.problem.weights.promise, good)
        self.center = self.last = Prices(
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
    def work_of_a_round(self) -> float:
        """The work of pricing every kind of duty once."""
        return sum(_work(kind) for kind in self.ground.kinds) / len(self.weeks)

    def _round(self, stop: Callable[[], object]) -> None:
        """Ask for better prices of one week; every third time with those it shares with other weeks."""
        if not self.rounds:
            self._begin(stop)
            return
        n = self.turns.next
        part = (self.weeks.own if self.turns.taken[n] % 3 else self.weeks.wide)[n]
        if not self.turns.taken[n]:
            self._begin_alike(n)
            asked = part.of(self.last, self.prices)
        else:
            for _ in range(SKETCHES):
                self._sketch(n, part, stop)
            self._master(n, part)
            mixed = self.last.mixed(self.center, TOWARDS_BEST)
            mixed = replace(mixed, row=self.rows.worth_asking(mixed.row, CHEAP * self.unit))
            asked = part.of(mixed, self.prices)
        self.turns.taken[n] += 1
        if not self._take(asked, self._priced(part.kinds, asked, stop)):
            self.center = part.of(self.center.mixed(asked, 0.5), self.center)

    def _begin(self, stop: Callable[[], object]) -> None:
        """The first prices: those of the draft; where exact pricing is dear, those of sketches around it."""
        lead = self.weeks.lead
        for _ in range(FIRST_SKETCHES):
            if self._sketch(lead, self.weeks.own[lead], stop):
                self.center = self.last
        self._take(self.center, self._priced(range(len(self.ground.kinds)), self.center, stop))
        self.turns.taken[lead] = 1

    def _master(self, n: int, part: Part) -> None:
        """Prices at which the pool is best used."""
        start = part.of(self.last, self.prices)
        self.last, order, used = self.pool.solve(start, self._blur(n), part)
        self.used = np.concatenate([self.used, np.zeros(len(self.pool.columns) - len(self.used))])
        self.used[order] = used
        self.work += len(order) * 0.06

    def _sketch(self, n: int, part: Part, stop: Callable[[], object]) -> bool:
        """Where exact pricing is dear, fill the pool with good van-days apart at its own prices; whether it
        was."""
        kinds = [k for k in part.kinds if len(self.ground.kinds[k].sites) > MANY_SITES]
        if not kinds or stop():
            return False
        self._master(n, part)
        asked = part.of(self.last.mixed(self.center, TOWARDS_BEST), self.prices)
        cost = self.ground.problem.weights.travel_hour / 3600
        for k in kinds:
            lattice = self.ground.kinds[k].lattice
            _, clock = self.rows.duty_price(k, asked.row, lattice.longest)
            for route in days_apart(lattice, self.pricing.prizes(k, asked), cost, clock):
                self.pool.add(k, route)
            self.work += 50
        return True

    def _begin_alike(self, n: int) -> None:
        lead = self.weeks.lead
        part = self.weeks.own[n]
        self.last = part.of(self.weeks.alike(self.prices, lead, n), self.last)
        self.center = part.of(self.last, self.center)
        self.turns.taken[n] = max(1, self.turns.taken[lead] // 2)
        for at in np.flatnonzero(self.used > 1e-3).tolist():
            column = self.pool.columns[at]
            if column.kind in self.weeks.own[lead].kinds:
                twin = self.weeks.twin(column.kind, lead, n)
                if twin is not None:
                    self.pool.add(twin, column.route)

    def _blur(self, n: int) -> float:
        return float(self.unit * max(0.05 * 0.9 ** self.turns.taken[n], 3e-4))

    def _take(self, asked: Prices, best: list[float] | None) -> bool:
        """Keep prices that prove less than any before."""
        if best is None:
            return False
        self.rounds += 1
        proven = self.pool.kept(asked) + self._of_groups(best)
        better = proven < self.proven
        if better:
            self.proven, self.best = proven, best
            self.value = min(self.value, proven)
            self.prices, self.center = asked, asked
        self.turns.bounds.append(self.value)
        return better

    def price(self, prices: Prices) -> float:
        """The bound that these prices prove; their best van-days join the pool."""
        best = self._priced(range(len(self.ground.kinds)), prices, lambda: False)
        return self.pool.kept(prices) + self._of_groups(best or [])

    def _of_groups(self, best: list[float]) -> float:
        return sum(len(group[3]) * b for group, b in zip(self.ground.groups, best, strict=True))

    def _priced(self, kinds: Sequence[int], prices: Prices, stop: Callable[[], object]) -> list[float] | None:
        """The best van-day of each group, where kinds are priced anew and all others are worth what they
        were; None when stopped."""
        best = list(self.best)
        for number in kinds:
            best[self.ground.kinds[number].group] = 0.0
        for number in kinds:
            if stop():
                return None
            kind = self.ground.kinds[number]
            routes, most = self.pricing.best(number, prices)
            self.work += _work(kind)
            best[kind.group] = max(best[kind.group], most)
            for route in routes:
                self.pool.add(number, route)
        return best

    def options(self, draft: Draft) -> list[Option]:
        """Van-days to choose crews for, worth what they fetch at the best prices."""
        return offers(self.pricing, self.prices, self.used, draft)

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

    def _nothing_planned(self) -> float:
        p = self.ground.problem
        capped = float((self.goods.weight * self.goods.cap).sum()) - self.goods.given
        hours = sum(s.ends - s.starts for v in p.vans for s in v.shifts) / 3600
        plain = hours * sum(s.hourly_value for s in p.services)
        return float(self.ground.week_risk.sum()) + capped + plain


def _work(kind: Kind) -> float:
    """What pricing a kind exactly takes, in units of work."""
    return 10 * max(1.0, len(kind.sites) / 120) ** 2
