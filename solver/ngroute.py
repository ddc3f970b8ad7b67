"""A proven bound for team orienteering: column generation over ng-routes, with cuts of three sites.

An ng-route may come back to a site once it has forgotten it; it forgets a site at the first stop that does
not remember it. Every real route is an ng-route, so the best ng-route at given prices bounds the best route,
and m of them with the prices bound any plan. Where the prices are the best there are, the stops of cycles
learn to remember, and cuts are added.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from solver.certificate import PricedCut, RoutePrices
from solver.contenders import best_packing, contenders
from solver.cuts import Cut, Route, violated
from solver.labels import join, walk
from solver.limits import Meter
from solver.master import Master, Use
from solver.orienteer import Orienteer
from solver.problem import Problem

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NEIGHBOURS = 10
REMEMBERED = 24
MOST_LABELS = 3_000_000
STEPS_PER_WORK = 50_000
MOST_CONTENDERS = 400_000
MOST_PACKINGS = 200_000_000
NARROW = 0.008
SETTLINGS = 4
ROUTES = 80
SHORT = 25
NEW_CUTS = 25
MOST_CUTS = 60
SMOOTH = 0.5
EPS = 1e-6


class Streets:
    """An orienteer's problem as labels walk it: `reach[i, j]` is stay at i and drive to j, the base last."""

    def __init__(self, search: Orienteer) -> None:
        n = self.sites = len(search.profit)
        self.profit, self.starts, self.ends = search.profit, search.starts, search.ends
        self.reach = search.travel.astype(np.int64).copy()
        self.reach[:n] += search.stay[:, None]
        self.opens = np.maximum(search.opens, self.starts + self.reach[n, :n])
        self.latest = np.minimum(search.latest, self.ends - self.reach[:n, n])
        there = self.opens <= self.latest
        self.arcs = np.zeros((n + 1, n), np.bool_)
        self.arcs[:n] = self.opens[:, None] + self.reach[:n, :n] <= self.latest[None, :]
        self.arcs &= there[None, :] & np.append(there, True)[:, None]
        self.arcs[n] = there
        np.fill_diagonal(self.arcs[:n], False)
        self.short = self.arcs & self._short()
        self.metric = all(self._no_detour_is_shorter(k) for k in range(n))

    def neighbours(self, size: int) -> list[set[int]]:
        """The sites nearest to each site, itself among them."""
        n = self.sites
        both = self.reach[:n, :n] + self.reach[:n, :n].T
        np.fill_diagonal(both, -1)
        order = np.argsort(both, axis=1, kind="stable")[:, :size]
        return [{int(k) for k in row} for row in order]

    def _short(self) -> NDArray[np.bool_]:
        """The drives from each site to the sites soonest served after it, and from the base to all."""
        n = self.sites
        soon = np.maximum(self.opens[:, None] + self.reach[:n, :n], self.opens[None, :]) - self.opens[:, None]
        soon = np.where(self.arcs[:n], self.reach[:n, :n] + soon, np.iinfo(np.int64).max)
        short = np.ones((n + 1, n), np.bool_)
        short[:n] = np.argsort(np.argsort(soon, axis=1, kind="stable"), axis=1) < SHORT
        return short

    def _no_detour_is_shorter(self, by: int) -> bool:
        n = self.sites
        shorter = self.reach[:, :n] > self.reach[:, [by]] + self.reach[by, :n][None, :]
        shorter[by, :] = False
        shorter[:, by] = False
        np.fill_diagonal(shorter[:n], False)
        return not shorter.any()


class NgBound:
    """The least bound proven so far for an orienteer's problem, and the prices that prove it."""

    def __init__(self, search: Orienteer) -> None:
        self.search, self.streets = search, Streets(search)
        self.step = profit_step(search.problem)
        self.value = search.ceiling()
        self.near = self.streets.neighbours(NEIGHBOURS)
        self.master = Master(search.profit, len(search.best))
        self.turn = (search.starts + search.ends) // 2
        self.stuck = False
        self.began, self.settling = search.meter.work, 0
        self.narrow, self.retry = NARROW, math.inf
        self.best = math.inf
        self.proof = self._certificate(np.where(self.streets.arcs[-1], search.profit, 0.0), np.zeros(0))
        self._fresh_prices()

    def improve(self, meter: Meter) -> None:
        """One round: prices at which the routes known are best used, the best ng-routes at them, and the
        bound that these prove."""
        use = None if self.stuck else self.master.solve()
        if use is None:
            self.stuck = True
            meter.spend(1)
            return
        meter.spend(4 + 0.005 * len(self.master.routes))
        if self._take_met(use) or self._guess(use, meter) >= 3:
            return
        if self._prove(use, meter):
            self._sharpen(use, meter)

    def _fresh_prices(self) -> None:
        self.center: tuple[Floats, Floats] | None = None
        self.least = math.inf
        self.missed = False
        self.pull = SMOOTH

    def _take_met(self, use: Use) -> int:
        """Routes that the search met and that would help at these prices: cheap, so first."""
        gain = self.search.profit - use.visits
        met = [r for r in self.search.met.values() if r and gain[list(r)].sum() > use.van + 1e-6]
        met.sort(key=lambda r: -float(gain[list(r)].sum()))
        return sum(self.master.add(route) for route in met[:ROUTES])

    def _guess(self, use: Use, meter: Meter) -> int:
        """Routes without cycles found by a walk that keeps one partial route for each time and worth."""
        found = self._price(use.visits, use.tolls, use.van + 1e-6, meter, exact=False)
        return sum(self.master.add(route) for route in found[1]) if found else 0

    def _prove(self, use: Use, meter: Meter) -> bool:
        """Price exactly, at prices drawn towards the best so far; whether these prices are as good as the
        routes and cuts allow."""
        visits, tolls = use.visits, use.tolls
        smooth = self.center is not None and not self.missed
        if smooth and self.center is not None:
            visits = self.pull * self.center[0] + (1 - self.pull) * visits
            tolls = self.pull * self.center[1] + (1 - self.pull) * tolls
        floor = 1e-6 if smooth else max(1e-6, 0.9 * use.van)
        found = self._price(visits, tolls, floor, meter, exact=True)
        if found is None:
            self._remember_less()
            return False
        bound = float(visits.sum() + tolls.sum()) + self.master.vans * found[0]
        if smooth and self.center is not None and found[1]:
            self._steer(found[1][0], use.visits - self.center[0], use.tolls - self.center[1])
        self._note(bound, visits, tolls)
        new = sum(self.master.add(route) for route in found[1])
        self.missed = smooth and new == 0
        slack = bound - use.worth
        near = slack <= 0.1 * max(self.step or 0.1, use.worth - self.search.value)
        return (new == 0 and not smooth) or slack <= 1e-6 * max(1.0, use.worth) or (near and not smooth)

    def _steer(self, best: Route, visits: Floats, tolls: Floats) -> None:
        """Ask nearer to the best prices so far where the bound rises away from them, else farther."""
        rise = float(visits.sum() + tolls.sum()) - self.master.vans * (
            float(visits[list(best)].sum())
            + sum(float(t) * cut.owed(best) for t, cut in zip(tolls, self.master.cuts, strict=True))
        )
        self.pull = 0.9 * self.pull + 0.09 if rise > 0 else max(0.0, self.pull - 0.1)

    def _note(self, bound: float, visits: Floats, tolls: Floats) -> None:
        if bound < self.best:
            self.best, worth = bound, rounded(bound, self.step)
            if worth < self.value:
                self.value, self.proof = worth, self._certificate(visits, tolls)
        if bound <= self.least:
            self.least, self.center = bound, (visits, tolls)

    def _certificate(self, visits: Floats, tolls: Floats) -> RoutePrices:
        cuts = [
            PricedCut(cut.sites, cut.memory, float(toll))
            for cut, toll in zip(self.master.cuts, tolls, strict=True)
            if toll > 1e-9
        ]
        near = tuple(frozenset(part) for part in self.near)
        return RoutePrices(tuple(visits.tolist()), tuple(cuts), near, self.turn)

    def _sharpen(self, use: Use, meter: Meter) -> None:
        """Prices cannot prove more: let cycles be remembered, else add cuts."""
        meter.spend(20)
        if self._settle(meter):
            return
        known = self.master.routes[: len(use.used)]
        driven = [(x, r) for x, r in zip(use.used, known, strict=True) if x > 1e-6]
        for _, route in driven:
            if len(set(route)) == len(route):
                self.search.met.setdefault(frozenset(route), route)
        if self._remember_cycles([r for _, r in driven]) < 3 and not self._cut(driven, use.tolls):
            self.stuck = True
        self._fresh_prices()

    def _settle(self, meter: Meter) -> bool:
        """Try all routes that a plan worth more than a target could drive, where they are few; whether the
        best plan is known now. The target is the best plan known, or nearer to the bound."""
        began = meter.work
        if self.center is None or self.settling > 0.4 * (began - self.began) or self.least > self.retry:
            return False
        for _ in range(SETTLINGS):
            target = max(self.search.value, rounded(self.least * (1 - self.narrow), self.step))
            settled = self._settled(target, *self.center, meter)
            if settled is None:
                self.narrow *= 0.6
                self.retry = self.least - 0.1 * (self.least - target)
                break
            self.narrow *= 1.3
            if settled < self.value - EPS:
                self.value = settled
                self.proof = replace(self._certificate(*self.center), settled=True)
            if self.value <= self.search.value + EPS:
                self.stuck = True
                break
        self.settling += meter.work - began
        return self.stuck

    def _settled(self, target: float, visits: Floats, tolls: Floats, meter: Meter) -> float | None:
        """The most that a plan can be worth, or the target where that is less; None if not found out."""
        kept, vans = float(visits.sum() + tolls.sum()), self.master.vans
        top = max(0.0, (self.least - kept) / vans)
        need = target + (self.step or EPS) - kept - EPS
        found = self._contenders(visits, tolls, need - (vans - 1) * top, meter)
        if found is None:
            return None
        sets, worth, profit, ends, site, parent = found
        order = np.argsort(-worth, kind="stable")
        done, steps, best, chosen = best_packing(
            sets[order], worth[order], profit[order], vans, need, target, MOST_PACKINGS
        )
        meter.spend(steps / STEPS_PER_WORK)
        if best > self.search.value + EPS and (chosen >= 0).any():
            self._adopt([_traced(ends[order[n]], site, parent) for n in chosen[chosen >= 0]])
        return float(best) if done else None

    def _adopt(self, routes: list[Route]) -> None:
        """Hand a better plan to the search."""
        self.search.best[:] = -1
        self.search.best_size[:] = 0
        for van, route in enumerate(routes):
            self.search.best[van, : len(route)] = route
            self.search.best_size[van] = len(route)
            self.search.met[frozenset(route)] = route
            self.master.add(route)

    def _contenders(
        self, visits: Floats, tolls: Floats, least: float, meter: Meter
    ) -> tuple[Ints, Floats, Floats, Ints, Ints, Ints] | None:
        """All routes worth `least` or more, as `contenders` tells of them; None where they are too many."""
        s, cuts = self.streets, [n for n in range(len(tolls)) if tolls[n] > 1e-9]
        gain, toll = s.profit - visits, np.append(tolls[cuts], 0.0)
        member, remember = self._cut_bits(cuts)
        out, home = self._arcs(np.ones(s.sites), s.arcs)
        ways = walk(
            gain, np.ascontiguousarray(s.reach.T), -s.ends, -s.latest, -s.opens, *home, *_listed(self.near),
            member, remember, toll, np.iinfo(np.int64).max // 2, s.metric, True, MOST_LABELS,
        )  # fmt: skip
        meter.spend(ways[1] / STEPS_PER_WORK)
        if not ways[0]:
            return None
        complete, steps, *found = contenders(
            gain, s.profit, s.reach, s.starts, s.opens, s.latest, *out, member, remember, toll, least,
            MOST_CONTENDERS, *ways[2:7],
        )  # fmt: skip
        meter.spend(steps / STEPS_PER_WORK)
        return tuple(found) if complete else None

    def _remember_less(self) -> None:
        """Too many partial routes to tell apart: have each site remember only the nearer half."""
        size = max(len(part) for part in self.near) // 2
        self.stuck = size < 2
        nearest = self.streets.neighbours(max(1, size))
        self.near = [part & few for part, few in zip(self.near, nearest, strict=True)]

    def _remember_cycles(self, driven: list[Route]) -> int:
        """How many stops learned to remember one more site."""
        learned = sum(self._learn(route) for route in driven if len(set(route)) < len(route))
        if learned:
            self.master.forget([self._remembers(route) for route in self.master.routes])
        return learned

    def _learn(self, route: Route) -> int:
        """Have the stops within each cycle remember where it began."""
        learned, last = 0, dict[int, int]()
        for place, site in enumerate(route):
            inside = route[last[site] + 1 : place] if site in last else ()
            if all(site in self.near[k] or len(self.near[k]) < REMEMBERED for k in inside):
                learned += sum(site not in self.near[k] for k in set(inside))
                for k in inside:
                    self.near[k].add(site)
            last[site] = place
        return learned

    def _remembers(self, route: Route) -> bool:
        """Whether a route is an ng-route of the neighbourhoods as they are now."""
        memory: set[int] = set()
        for site in route:
            if site in memory:
                return False
            memory = (memory & self.near[site]) | {site}
        return True

    def _cut(self, driven: list[tuple[float, Route]], tolls: Floats) -> bool:
        """Add the cuts broken worst, drop those that cost nothing; whether there was one to add."""
        room = MOST_CUTS - int((tolls > 1e-6).sum())
        cuts = violated([r for _, r in driven], [x for x, _ in driven], self.streets.sites, NEW_CUTS)
        held = {c.sites: c for c, toll in zip(self.master.cuts, tolls, strict=True) if toll > 1e-6}
        added = 0
        for cut in cuts[: max(0, room)]:
            before = held.get(cut.sites)
            wider = cut.memory | (before.memory if before else frozenset())
            added += before is None or wider != before.memory
            held[cut.sites] = Cut(cut.sites, wider)
        if added:
            self.master.set_cuts(list(held.values()))
        return added > 0

    def _price(
        self, visits: Floats, tolls: Floats, above: float, meter: Meter, *, exact: bool
    ) -> tuple[float, list[Route]] | None:
        """No route is worth more than the first at these prices; good routes worth more than `above`. None
        where there are too many partial routes to tell. If not `exact`, the first may be too little."""
        s, cuts = self.streets, [n for n in range(len(tolls)) if tolls[n] > 1e-9]
        gain = s.profit - visits
        member, remember = self._cut_bits(cuts)
        toll = np.append(tolls[cuts], 0.0)
        near = _listed(self.near) if exact else _everywhere(s.sites)
        out, home = self._arcs(gain, s.arcs if exact else s.short)
        common = (*near, member, remember, toll)
        quick = s.metric and exact
        first = walk(
            gain, s.reach, s.starts, s.opens, s.latest, *out, *common, self.turn, quick, exact, MOST_LABELS
        )
        meter.spend(first[1] / STEPS_PER_WORK)
        if not first[0]:
            return None
        second = walk(
            gain, np.ascontiguousarray(s.reach.T), -s.ends, -s.latest, -s.opens, *home, *common,
            -self.turn - 1, quick, exact, MOST_LABELS,
        )  # fmt: skip
        meter.spend(second[1] / STEPS_PER_WORK)
        if not second[0]:
            return None
        ends = (s.reach, s.starts, s.ends, *out, toll, above)
        top, steps, worth, routes = join(*ends, *first[2:], *second[2:])
        meter.spend(steps / (4 * STEPS_PER_WORK))
        if exact:
            self._balance(first[1], second[1])
        order = [n for n in np.argsort(-worth, kind="stable") if routes[n, 0] >= 0][:ROUTES]
        return max(float(top), above), [tuple(int(k) for k in routes[n] if k >= 0) for n in order]

    def _balance(self, out: int, home: int) -> None:
        """Turn earlier where the walk out is the longer one, later where the walk home is."""
        share = (self.streets.ends - self.streets.starts) // 32
        self.turn += (2 * home > 3 * out) * share - (2 * out > 3 * home) * share

    def _arcs(self, gain: Floats, arcs: NDArray[np.bool_]) -> tuple[tuple[Ints, Ints], tuple[Ints, Ints]]:
        """Where a walk may go, out and home. Where no detour is shorter, no best route stops for nothing."""
        s, n = self.streets, self.streets.sites
        wanted = gain > 1e-9 if s.metric else np.ones(n, np.bool_)
        out = arcs & wanted[None, :] & np.append(wanted, True)[:, None]
        home = np.vstack([out[:n].T, s.arcs[n] & wanted])
        return _lists(out), _lists(home)

    def _cut_bits(self, cuts: list[int]) -> tuple[Ints, Ints]:
        member, remember = np.zeros((2, self.streets.sites), np.int64)
        for bit, n in enumerate(cuts):
            member[list(self.master.cuts[n].sites)] |= 1 << bit
            remember[list(self.master.cuts[n].memory)] |= 1 << bit
        return member, remember


def profit_step(problem: Problem) -> float:
    """The number of which every plan's profit is a multiple; 0 where it is finer than a hundredth."""
    cents = [100 * site.profit for site in problem.sites]
    if any(abs(cent - round(cent)) > 1e-9 for cent in cents):
        return 0.0
    return math.gcd(*(round(cent) for cent in cents)) / 100


def rounded(bound: float, step: float) -> float:
    """The largest worth a plan can have under a bound."""
    return math.floor(bound / step + 1e-6) * step if step else bound


def _traced(label: int, site: Ints, parent: Ints) -> Route:
    """The stops that lead to a label."""
    route: list[int] = []
    while label >= 0:
        route.append(int(site[label]))
        label = int(parent[label])
    return tuple(route[::-1])


def _lists(arcs: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    count = arcs.sum(axis=1).astype(np.int64)
    rows = np.zeros((len(arcs), max(1, int(count.max()))), np.int64)
    for i, row in enumerate(arcs):
        rows[i, : count[i]] = np.flatnonzero(row)
    return rows, count


def _listed(near: list[set[int]]) -> tuple[Ints, Ints, Ints]:
    """Neighbourhoods as padded lists, their lengths, and bit masks."""
    n = len(near)
    rows = np.zeros((n, max(len(part) for part in near)), np.int64)
    masks = np.zeros((n, -(-n // 64)), np.uint64)
    for i, part in enumerate(near):
        rows[i, : len(part)] = sorted(part)
        for k in part:
            masks[i, k >> 6] |= np.uint64(1 << (k & 63))
    return rows, np.array([len(part) for part in near]), masks.view(np.int64)


def _everywhere(n: int) -> tuple[Ints, Ints, Ints]:
    """Neighbourhoods in which everybody remembers everything."""
    return np.zeros((n, 1), np.int64), np.zeros(n, np.int64), np.full((n, -(-n // 64)), -1, np.int64)
