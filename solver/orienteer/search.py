"""The search: cycles of annealing, by turns from nothing and from the best plan, and a packing after each."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from solver.limits import Meter
from solver.orienteer.anneal import anneal
from solver.orienteer.near import beside
from solver.orienteer.packing import pack
from solver.orienteer.pool import MOST, Pool
from solver.plan import Plan, Stop, VanDay
from solver.problem import Problem

Ints = NDArray[np.int64]
STEPS_PER_WORK = 4_000
STRETCH = 100
FIRST_CYCLE, LONGEST_CYCLE = 2_000, 8_000
HOT, WARM, COLD = 0.5, 0.2, 0.05
TOLL = 0.4
OFFERED = 1_500


def is_orienteering(problem: Problem) -> bool:
    """Whether prizes, windows and travel are all there is to the problem, and every van the same."""
    shifts = {(van.base, van.shifts) for van in problem.vans}
    plain = not (
        problem.services or problem.anchors or problem.follow_ups or problem.floors or problem.risk.size
    )
    one = all(len(s.windows) <= 1 and len(s.dwell_options) == 1 and s.vans is None for s in problem.sites)
    same = len(shifts) == 1 and len(next(iter(shifts))[1]) == 1
    flat = (
        bool((problem.travel_band == problem.travel_band.flat[0]).all())
        if problem.travel_band.size
        else False
    )
    return bool(
        problem.days == 1 and plain and one and same and flat and problem.meal_break is None
        and problem.start_step == 1 and problem.sites and all(s.max_vans == 1 for s in problem.sites)
    )  # fmt: skip


class Orienteer:
    """Keeps the best plan; each call of `improve` spends a stretch of work on it. `met` are good routes, for
    whoever proves a bound."""

    def __init__(self, problem: Problem, meter: Meter) -> None:
        self.problem, self.meter = problem, meter
        self._read(problem)
        n, vans = len(problem.sites), len(problem.vans)
        self.best = np.full((vans, n + 1), -1, np.int64)
        self.best_size = np.zeros(vans, np.int64)
        self.met: dict[frozenset[int], tuple[int, ...]] = {}
        self.pool = Pool(n)
        self.cooling: list[tuple[float, float]] = []
        self.cycles, self.searched = 0, 0
        self.state = np.array(
            [(problem.seed * 2_654_435_761 + 88_172_645_463_325_252) % (1 << 64)], np.uint64
        )
        self.logs = np.log((np.arange(4096) + 0.5) / 4096)
        self._start_from(np.zeros(vans, np.int64))

    def _read(self, problem: Problem) -> None:
        shift, base = problem.vans[0].shifts[0], problem.vans[0].base
        n = len(problem.sites)
        rows = [*range(n), base]
        self.starts, self.ends = shift.starts, shift.ends
        self.travel = problem.travel[problem.travel_band.flat[0]][np.ix_(rows, rows)].astype(np.int64)
        self.stay = np.array(
            [s.setup_seconds + s.dwell_options[0] + s.packdown_seconds for s in problem.sites], np.int64
        )
        windows = [s.windows[0] if s.windows and s.windows[0].day == 0 else None for s in problem.sites]
        opens = np.array([1 << 40 if w is None else w.opens for w in windows], np.int64)
        closes = np.array([0 if w is None else w.closes for w in windows], np.int64)
        self.opens, self.latest = np.maximum(opens, shift.starts), closes - self.stay
        self.profit = np.array([s.profit for s in problem.sites], np.float64)
        self.site = np.stack(
            [
                np.append(self.stay, 0),
                np.append(self.opens, shift.starts),
                np.append(self.latest, shift.ends),
            ],
            axis=1,
        )
        self.before, self.after = beside(self.travel, self.site, self.profit)
        won = self.profit[self.profit > 0]
        self.typical = float(won.mean()) if len(won) else 1.0
        self.toll = TOLL * self.typical / (float(np.median(self.travel)) + 1.0)
        whole = bool((self.profit == np.rint(self.profit)).all())
        self.step = float(np.gcd.reduce(np.rint(won).astype(np.int64))) if whole and len(won) else 1e-6

    @property
    def value(self) -> float:
        """Profit of the best plan."""
        return float(self.profit[self.best[self.best >= 0]].sum())

    def ceiling(self) -> float:
        """A plain bound: the profit of all sites that a van could visit and be back in time."""
        base = len(self.problem.sites)
        arrive = np.maximum(self.starts + self.travel[base, :base], self.opens)
        back = arrive + self.stay + self.travel[:base, base]
        return float(self.profit[(arrive <= self.latest) & (back <= self.ends)].sum())

    def first(self) -> Plan:
        """A plan by a quick cooling."""
        self._anneal(max(1, min(10, self.meter.left() // 4)), WARM, COLD)
        return self.plan()

    def improve(self) -> Plan:
        """A stretch of a cycle of annealing; at a cycle's end, the best packing of the routes met."""
        if not self.cooling:
            self._begin_cycle()
        self._anneal(min(STRETCH, max(1, self.meter.left())), *self.cooling.pop(0))
        if not self.cooling and len(self.best) > 1 and self.pool.count:
            self._pack()
        return self.plan()

    def learn(self, routes: list[tuple[int, ...]]) -> None:
        """Take routes found by others into the next packing."""
        self.pool.add(routes)

    def adopt(self, routes: list[tuple[int, ...]]) -> None:
        """Take a better plan, wherever it was found."""
        self.best[:], self.best_size[:] = -1, 0
        for van, route in enumerate(routes):
            self.best[van, : len(route)] = route
            self.best_size[van] = len(route)
            self.met[frozenset(route)] = route

    def plan(self) -> Plan:
        """The best plan, each stop as early as it can be."""
        days = [self._van_day(van, [int(s) for s in row if s >= 0]) for van, row in enumerate(self.best)]
        return Plan(tuple(d for d in days if d is not None))

    def _begin_cycle(self) -> None:
        """Cycles grow, and the last ends with the budget: a plan still hot is worth nothing."""
        left = int(self.meter.left() * self.searched / max(1, self.meter.work))
        length = min(FIRST_CYCLE << (self.cycles // 2), LONGEST_CYCLE, max(STRETCH, left // 2))
        if left < 1.6 * length:
            length = left
        fresh = self.cycles % 2 == 0
        self._start_from(np.zeros_like(self.best_size) if fresh else self.best_size)
        heats = np.geomspace(HOT if fresh else WARM, COLD, max(1, length // STRETCH) + 1)
        self.cooling = [(float(a), float(b)) for a, b in pairwise(heats)]
        self.cycles += 1

    def _start_from(self, sizes: Ints) -> None:
        n, vans = len(self.problem.sites), len(self.best)
        self.routes = self.best.copy()
        self.fleet = np.stack([sizes, np.ones(vans, np.int64)], axis=1)
        self.spot = np.full((n, 2), -1, np.int64)
        self.clock = np.full((vans, n + 2, 2), self.starts, np.int64)

    def _anneal(self, work: int, hot: float, cold: float) -> None:
        self.pool.count = anneal(
            self.travel, self.site, self.profit, self.toll, self.before, self.after, self.routes, self.fleet,
            self.spot, self.clock, np.zeros(len(self.site) + 1, np.int64), self.best, self.best_size,
            hot * self.typical, cold * self.typical, work * STEPS_PER_WORK, self.state, self.logs,
            self.pool.keys, self.pool.table, self.pool.sites, self.pool.sizes, self.pool.count,
        )  # fmt: skip
        self._blank()
        self.searched += work
        self.meter.spend(work)

    def _pack(self) -> None:
        count = self.pool.count
        found = pack(
            self.pool.sites[:count],
            self.pool.sizes[:count],
            self.profit,
            len(self.best),
            self.value,
            self.step,
        )
        if found.chosen is not None:
            self.adopt(self.pool.routes(found.chosen))
        order = np.argsort(found.short, kind="stable")
        self.met = {frozenset(route): route for route in self.pool.routes(order[:OFFERED])}
        if count > MOST // 2:
            self.pool.keep(order[: MOST // 4])
        self.meter.spend(10 + count / 20)

    def _blank(self) -> None:
        for van, size in enumerate(self.best_size):
            self.best[van, size:] = -1

    def _van_day(self, van: int, route: list[int]) -> VanDay | None:
        if not route:
            return None
        stops, now, at = [], self.starts, len(self.problem.sites)
        for site in route:
            place = self.problem.sites[site]
            arrive = max(now + int(self.travel[at, site]), int(self.opens[site]))
            start, dwell = arrive + place.setup_seconds, place.dwell_options[0]
            stops.append(Stop(site, arrive, start, dwell, start + dwell + place.packdown_seconds))
            now, at = stops[-1].leave, site
        depart = stops[0].arrive - int(self.travel[len(self.problem.sites), route[0]])
        return VanDay(van, 0, depart, now + int(self.travel[at, len(self.problem.sites)]), tuple(stops))
