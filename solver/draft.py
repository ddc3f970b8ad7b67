"""A plan in the making that knows what is still to be won."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from solver.goods import Goods, stay_worth
from solver.grid import likely_days, shifted, within
from solver.ground import Ground, Kind, van_day
from solver.plan import Plan, VanDay
from solver.problem import HOUR
from solver.vanday import NEVER, Floats, Lattice, Route, leave_for


@dataclass(frozen=True)
class Tour:
    """A planned van-day: the kind of duty, its route, the van's shift, the crew, and
    the hours (begin, end, longest duty) in which that crew can work it."""

    kind: int
    route: Route
    slot: tuple[int, int]
    span: tuple[int, int, int]
    crew: tuple[int, ...] = ()


@dataclass(frozen=True)
class Share:
    """What one route adds to the goods: exposures by cell × week and the sum of what each stay would win of
    the
    cell alone, amounts by capped good, plain worth."""

    cells: NDArray[np.int64]
    exposure: Floats
    single: Floats
    goods: tuple[tuple[int, float], ...]
    plain: float


class Draft:
    """A set of tours with all sums kept up to date."""

    def __init__(self, ground: Ground, goods: Goods) -> None:
        self.ground, self.goods = ground, goods
        self.saturation = ground.problem.saturation
        self.risk = ground.week_risk.ravel()
        self.exposure = np.zeros_like(self.risk)
        self.amount = np.zeros(len(goods.weight))
        self.plain = 0.0
        self.tours: dict[tuple[int, int], Tour] = {}
        self.shares: dict[tuple[int, int], Share] = {}
        self.free_stays: dict[int, list[int]] = {}

    @property
    def value(self) -> float:
        """What the judge's score will be, up to rounding (with the price of hard promises still in)."""
        reach = float((self.risk * -np.expm1(-self.saturation * self.exposure)).sum())
        capped = float((self.goods.weight * np.minimum(self.amount, self.goods.cap)).sum())
        return reach + capped + self.plain - self.goods.given

    def put(self, tour: Tour) -> None:
        """Add a tour to an empty slot."""
        share = self.share(tour.kind, tour.route)
        self.tours[tour.slot], self.shares[tour.slot] = tour, share
        self._book(tour, share, 1)

    def take(self, slot: tuple[int, int]) -> Tour:
        """Take a tour out."""
        tour, share = self.tours.pop(slot), self.shares.pop(slot)
        self._book(tour, share, -1)
        return tour

    def worth(self, share: Share) -> float:
        """What a route would add to the value of this draft, exactly."""
        now = self.exposure[share.cells]
        left = self.risk[share.cells] * np.exp(-self.saturation * now)
        gain = float((left * -np.expm1(-self.saturation * share.exposure)).sum())
        for good, amount in share.goods:
            room = max(0.0, self.goods.cap[good] - self.amount[good])
            gain += self.goods.weight[good] * min(room, amount)
        return gain + share.plain

    def share(self, kind: int, route: Route) -> Share:
        """What a route of a kind adds, whatever else is planned."""
        k, y = self.ground.kinds[kind], self.goods.yields[kind]
        sums: dict[int, float] = {}
        singles: dict[int, float] = {}
        amounts: dict[int, float] = {}
        plain = -self.ground.problem.weights.travel_hour * _driven(k, route) / HOUR
        for i, slot, option in route.stops:
            at = slice(int(y.cells_at[i]), int(y.cells_at[i + 1]))
            rise = y.walk[at] * (y.share[at] @ y.hours[y.lengths[i, option], slot])
            for cell, more in zip(y.cells[at].tolist(), rise.tolist(), strict=True):
                sums[cell] = sums.get(cell, 0.0) + more
                singles[cell] = singles.get(cell, 0.0) - math.expm1(-self.saturation * more)
            hours = float(k.lattice.length[i, option]) * k.lattice.step / HOUR
            plain += float(y.service[i]) * hours
            for good in y.once[i]:
                amounts[good] = amounts.get(good, 0.0) + 1
            for good in y.hourly[i]:
                amounts[good] = amounts.get(good, 0.0) + hours
            for pledge in y.pledges:
                if pledge.at == i and pledge.fits[slot, option]:
                    amounts[self.goods.anchor + pledge.anchor] = 1.0
                    break
            for told in y.told:
                if told.at == i and told.fits[slot, option]:
                    amounts[self.goods.told + told.anchor] = 1.0
        cells = np.fromiter(sums, np.int64, len(sums))
        exposure = np.fromiter(sums.values(), np.float64, len(sums))
        single = np.fromiter(singles.values(), np.float64, len(sums))
        return Share(cells, exposure, single, tuple(amounts.items()), plain)

    def fits(self, tour: Tour) -> bool:
        """Whether no stay of a tour is at a site whose days are taken."""
        kind = self.ground.kinds[tour.kind]
        pledged = {(p.at) for p in self.goods.yields[tour.kind].pledges}
        return not any(
            self._closed(int(kind.sites[i]), kind.day) and i not in pledged for i, _, _ in tour.route.stops
        ) and all(
            self.amount[self.goods.anchor + a] == 0 for a in self.pledges(self.share(tour.kind, tour.route))
        )

    def pledges(self, share: Share) -> frozenset[int]:
        """The anchors that a route would keep."""
        first = self.goods.anchor
        return frozenset(good - first for good, _ in share.goods if first <= good < self.goods.told)

    def prizes(self, kind: int) -> Floats:
        """Exact marginal worth of each single stay of a kind on top of this draft; `NEVER` where a rule
        forbids."""
        k, y = self.ground.kinds[kind], self.goods.yields[kind]
        left = self.risk * np.exp(-self.saturation * self.exposure)
        out = stay_worth(
            left, self.saturation, y.hours, y.same, y.lengths, k.lattice.length, y.cells_at, y.cells, y.walk,
            y.share, k.allowed,
        )  # fmt: skip
        room = np.maximum(0.0, self.goods.cap - self.amount)
        hours = k.lattice.length * (k.lattice.step / HOUR)
        for i, site in enumerate(k.sites):
            flat = sum(self.goods.weight[g] * min(1.0, room[g]) for g in y.once[i])
            rate = float(y.service[i]) + sum(
                self.goods.weight[g] * min(1.0, room[g] / max(1.0, hours[i].min())) for g in y.hourly[i]
            )
            if flat or rate:
                out[i] += flat + rate * hours[i][None, :]
            if self._closed(int(site), k.day):
                out[i] = NEVER
        for pledge in y.pledges:
            good = self.goods.anchor + pledge.anchor
            if self.amount[good] == 0:
                kept = self._pledged(kind, pledge.at, pledge.fits)
                out[pledge.at] = np.where(pledge.fits, kept + self.goods.weight[good], out[pledge.at])
        for told in y.told:
            good = self.goods.told + told.anchor
            out[told.at] += np.where(told.fits, self.goods.weight[good] * (self.amount[good] == 0), 0.0)
        out[~k.allowed] = NEVER
        return np.asarray(out)

    def best(self, kind: int, lattice: Lattice, count: int = 3) -> tuple[float, Route] | None:
        """The best route for a kind within a crew's hours on top of this draft: priced by single stays,
        chosen
        among the best few by exact worth."""
        k = self.ground.kinds[kind]
        cost = self.ground.problem.weights.travel_hour / HOUR
        prizes = within(self.prizes(kind), k.lattice, lattice)
        found = likely_days(lattice, prizes, cost, count)
        routes = [shifted(route, (lattice.begin - k.lattice.begin) // lattice.step) for route in found]
        scored = [(self.worth(self.share(kind, r)), n) for n, r in enumerate(routes)]
        if not scored:
            return None
        worth, n = max(scored, key=lambda pair: (pair[0], -pair[1]))
        return worth, routes[n]

    def plan(self) -> Plan:
        """The draft as a plan, ordered by day, then van."""
        days = [
            replace(self.van_day(tour), crew=tour.crew)
            for tour in sorted(self.tours.values(), key=lambda t: (self.ground.kinds[t.kind].day, t.slot))
        ]
        return Plan(tuple(sorted(days, key=lambda d: (d.day, d.van, d.depart))))

    def route(self, kind: int, stops: tuple[tuple[int, int, int], ...], pause: int) -> Route:
        """The route along some stops of a kind, leaving its base as late as can be."""
        k = self.ground.kinds[kind]
        first, slot, _ = stops[0]
        arrive = k.seconds(slot) - int(k.lattice.setup[first])
        depart = int(leave_for(arrive, k.lattice.first_hour, k.lattice.drive, len(k.sites), first))
        return Route(0.0, depart, stops, pause)

    def van_day(self, tour: Tour) -> VanDay:
        """A tour with its seconds filled in."""
        return van_day(self.ground.problem, self.ground.kinds[tour.kind], tour.route, tour.slot[0])

    def _closed(self, site: int, day: int) -> bool:
        """Whether spacing forbids one more stay there that keeps no promise."""
        p = self.ground.problem
        if (site, day) in self.goods.promised:
            return True
        days = self.free_stays.get(site, [])
        return (
            any(0 < abs(day - d) < p.sites[site].spacing_days for d in days)
            or days.count(day) >= p.sites[site].max_vans
        )

    def _pledged(self, kind: int, at: int, fits: NDArray[np.bool_]) -> Floats:
        k, y = self.ground.kinds[kind], self.goods.yields[kind]
        left = self.risk * np.exp(-self.saturation * self.exposure)
        only = np.zeros_like(k.allowed)
        only[at] = fits
        worth = stay_worth(
            left, self.saturation, y.hours, y.same, y.lengths, k.lattice.length, y.cells_at, y.cells, y.walk,
            y.share, only,
        )[at]  # fmt: skip
        return np.asarray(worth)

    def _book(self, tour: Tour, share: Share, sign: int) -> None:
        self.exposure[share.cells] += sign * share.exposure
        if sign < 0:
            self.exposure[share.cells] = np.maximum(self.exposure[share.cells], 0.0)
        for good, amount in share.goods:
            self.amount[good] = max(0.0, self.amount[good] + sign * amount)
            if abs(self.amount[good]) < 1e-9:
                self.amount[good] = 0.0
        self.plain += sign * share.plain
        kind = self.ground.kinds[tour.kind]
        for i, _, _ in tour.route.stops:
            site = int(kind.sites[i])
            if (site, kind.day) not in self.goods.promised:
                days = self.free_stays.setdefault(site, [])
                days.append(kind.day) if sign > 0 else days.remove(kind.day)


def _driven(kind: Kind, route: Route) -> int:
    lattice, n = kind.lattice, len(kind.sites)
    if not route.stops:
        return 0
    places = [n, *(i for i, _, _ in route.stops), n]
    leaves = [route.depart] + [
        kind.seconds(slot) + int(lattice.length[i, o]) * lattice.step + int(lattice.packdown[i])
        for i, slot, o in route.stops
    ]
    hours = [min(max(t // HOUR - lattice.first_hour, 0), lattice.drive.shape[0] - 1) for t in leaves]
    return sum(int(lattice.drive[h, a, b]) for h, (a, b) in zip(hours, pairwise(places), strict=True))
