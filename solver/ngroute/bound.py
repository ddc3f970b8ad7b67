"""The bound itself: round by round better prices, sharper routes and cuts, until it meets the best plan."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from solver.certificate import PricedCut, RoutePrices
from solver.cuts import Cut, Route, violated
from solver.limits import Meter
from solver.master import Master, Use
from solver.ngroute.memory import Memory
from solver.ngroute.pricing import ROUTES, Pricing, VisitPrices
from solver.ngroute.settling import settled
from solver.ngroute.streets import Streets
from solver.orienteer import Orienteer
from solver.problem import Problem

NARROW = 0.008
SETTLINGS = 4
NEW_CUTS = 25
MOST_CUTS = 60
SMOOTH = 0.5
EPS = 1e-6


class NgBound:
    """The least bound proven so far for an orienteer's problem, and the prices that prove it."""

    def __init__(self, search: Orienteer) -> None:
        self.search, self.streets = search, Streets(search)
        self.step = profit_step(search.problem)
        self.value = search.ceiling()
        self.memory = Memory(self.streets)
        self.pricing = Pricing(self.streets, self.memory, (search.starts + search.ends) // 2)
        self.master = Master(search.profit, len(search.best))
        self.stuck = False
        self.began, self.settling = search.meter.work, 0
        self.narrow, self.retry = NARROW, math.inf
        self.best = math.inf
        reachable = np.where(self.streets.arcs[-1], search.profit, 0.0)
        self.proof = self._certificate(VisitPrices(reachable, np.zeros(0)))
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
        self.center: VisitPrices | None = None
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
        prices = VisitPrices(use.visits, use.tolls)
        found = self.pricing.best(prices, self.master.cuts, use.van + 1e-6, meter, exact=False)
        return sum(self.master.add(route) for route in found[1]) if found else 0

    def _prove(self, use: Use, meter: Meter) -> bool:
        """Price exactly, at prices drawn towards the best so far; whether these prices are as good as the
        routes and cuts allow."""
        center, prices = None if self.missed else self.center, VisitPrices(use.visits, use.tolls)
        asked = prices if center is None else prices.drawn_to(center, self.pull)
        floor = max(1e-6, 0.9 * use.van) if center is None else 1e-6
        found = self.pricing.best(asked, self.master.cuts, floor, meter, exact=True)
        if found is None:
            self.stuck = not self.memory.shrink()
            return False
        bound = asked.kept + self.master.vans * found[0]
        if center is not None and found[1]:
            self._steer(found[1][0], prices.beyond(center))
        self._note(bound, asked)
        new = sum(self.master.add(route) for route in found[1])
        self.missed = center is not None and new == 0
        slack = bound - use.worth
        near = slack <= 0.1 * max(self.step or 0.1, use.worth - self.search.value)
        return slack <= 1e-6 * max(1.0, use.worth) or (center is None and (near or new == 0))

    def _steer(self, best: Route, dearer: VisitPrices) -> None:
        """Ask nearer to the best prices so far where the bound rises away from them, else farther."""
        rise = dearer.kept - self.master.vans * dearer.paid(best, self.master.cuts)
        self.pull = 0.9 * self.pull + 0.09 if rise > 0 else max(0.0, self.pull - 0.1)

    def _note(self, bound: float, prices: VisitPrices) -> None:
        if bound < self.best:
            self.best, worth = bound, rounded(bound, self.step)
            if worth < self.value:
                self.value, self.proof = worth, self._certificate(prices)
        if bound <= self.least:
            self.least, self.center = bound, prices

    def _certificate(self, prices: VisitPrices) -> RoutePrices:
        cuts = [
            PricedCut(cut.sites, cut.memory, float(toll))
            for cut, toll in zip(self.master.cuts, prices.tolls, strict=True)
            if toll > 1e-9
        ]
        near = tuple(frozenset(part) for part in self.memory.near)
        return RoutePrices(tuple(prices.visits.tolist()), tuple(cuts), near, self.pricing.turn)

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
        if self._remember_cycles([r for _, r in driven]) < 3 and not self._cut(driven, use):
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
            most = self._most(target, self.center, meter)
            if most is None:
                self.narrow *= 0.6
                self.retry = self.least - 0.1 * (self.least - target)
                break
            self.narrow *= 1.3
            if most < self.value - EPS:
                self.value = most
                self.proof = replace(self._certificate(self.center), settled=True)
            if self.value <= self.search.value + EPS:
                self.stuck = True
                break
        self.settling += meter.work - began
        return self.stuck

    def _most(self, target: float, prices: VisitPrices, meter: Meter) -> float | None:
        """The most that a plan can be worth, or the target where that is less; None if not found out."""
        vans = self.master.vans
        top = max(0.0, (self.least - prices.kept) / vans)
        need = target + (self.step or EPS) - prices.kept - EPS
        found = settled(
            self.pricing, prices, self.master.cuts, vans,
            target=target, need=need, least=need - (vans - 1) * top, meter=meter,
        )  # fmt: skip
        if found is None:
            return None
        if found.routes and found.worth > self.search.value + EPS:
            self.search.adopt(found.routes)
            for route in found.routes:
                self.master.add(route)
        return found.worth if found.proven else None

    def _remember_cycles(self, driven: list[Route]) -> int:
        """How many stops learned to remember one more site."""
        learned = sum(self.memory.learn(route) for route in driven if len(set(route)) < len(route))
        if learned:
            self.master.forget([self.memory.allows(route) for route in self.master.routes])
        return learned

    def _cut(self, driven: list[tuple[float, Route]], use: Use) -> bool:
        """Add the cuts broken worst, drop those that cost nothing; whether there was one to add."""
        room = MOST_CUTS - int((use.tolls > 1e-6).sum())
        cuts = violated([r for _, r in driven], [x for x, _ in driven], self.streets.sites, NEW_CUTS)
        held = {c.sites: c for c, toll in zip(self.master.cuts, use.tolls, strict=True) if toll > 1e-6}
        added = 0
        for cut in cuts[: max(0, room)]:
            before = held.get(cut.sites)
            wider = cut.memory | (before.memory if before else frozenset())
            added += before is None or wider != before.memory
            held[cut.sites] = Cut(cut.sites, wider)
        if added:
            self.master.set_cuts(list(held.values()))
        return added > 0


def profit_step(problem: Problem) -> float:
    """The number of which every plan's profit is a multiple; 0 where it is finer than a hundredth."""
    cents = [100 * site.profit for site in problem.sites]
    if any(abs(cent - round(cent)) > 1e-9 for cent in cents):
        return 0.0
    return math.gcd(*(round(cent) for cent in cents)) / 100


def rounded(bound: float, step: float) -> float:
    """The largest worth a plan can have under a bound."""
    return math.floor(bound / step + 1e-6) * step if step else bound
