"""Team orienteering: every stay wins a fixed prize, once, and has one length and one window.

Ruin and recreate over whole plans, then the best packing of the routes it met. The application's problems,
where a stay's worth depends on all others, are searched van-day by van-day instead (`improve`).
"""

# ruff: noqa: ANN001, ANN201, ANN202 - compiled functions take their types from the call
from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray
from ortools.sat.python import cp_model

from solver.limits import Meter
from solver.plan import Plan, Stop, VanDay
from solver.problem import Problem

Ints = NDArray[np.int64]
PER_WORK = 600_000
MOST_ROUTES = 6_000


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
    """Keeps the best plan; each call of `improve` spends a round of work on it."""

    def __init__(self, problem: Problem, meter: Meter) -> None:
        self.problem, self.meter = problem, meter
        self.seed, self.round = problem.seed, 0
        shift, base = problem.vans[0].shifts[0], problem.vans[0].base
        n = len(problem.sites)
        rows = [*range(n), base]
        self.travel = problem.travel[problem.travel_band.flat[0]][np.ix_(rows, rows)].astype(np.int64)
        self.stay = np.array(
            [s.setup_seconds + s.dwell_options[0] + s.packdown_seconds for s in problem.sites]
        )
        opens = [
            s.windows[0].opens if s.windows and s.windows[0].day == 0 else 1 << 40 for s in problem.sites
        ]
        closes = [s.windows[0].closes if s.windows else 0 for s in problem.sites]
        self.opens = np.maximum(np.array(opens, np.int64), shift.starts)
        self.latest = np.array(closes, np.int64) - self.stay
        self.profit = np.array([s.profit for s in problem.sites], np.float64)
        self.starts, self.ends = shift.starts, shift.ends
        self.routes = np.full((len(problem.vans), n + 1), -1, np.int64)
        self.best = self.routes.copy()
        self.met: dict[frozenset[int], tuple[int, ...]] = {}
        self.packed = 0

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
        """A plan by insertion."""
        self._ruin_and_recreate(1, 0.0, 0.0)
        return self.plan()

    def improve(self) -> Plan:
        """One cycle of annealing from the best plan, then a packing of all routes met when there are new
        ones."""
        share = max(1, min(1_500, self.until_work // 6))
        top = max(1.0, self.value)
        self.routes = self.best.copy()
        self._ruin_and_recreate(share, 0.01 * top, 0.0005 * top)
        if len(self.met) > self.packed:
            self._pack()
        return self.plan()

    @property
    def until_work(self) -> int:
        """The whole budget."""
        return self.meter.until.work

    def plan(self) -> Plan:
        """The best plan, each stop as early as it can be."""
        days = [self._van_day(van, [int(s) for s in row if s >= 0]) for van, row in enumerate(self.best)]
        return Plan(tuple(d for d in days if d is not None))

    def _ruin_and_recreate(self, work: int, hot: float, cold: float) -> None:
        self.round += 1
        left = max(1, min(work, self.meter.left()))
        met = np.full((MOST_ROUTES, self.routes.shape[1]), -1, np.int64)
        spent, count, best = anneal(
            self.routes, self.best, self.travel, self.stay, self.opens, self.latest, self.profit, self.starts,
            self.ends, hot, cold, left * PER_WORK, self.seed * 1_000 + self.round, met,
        )  # fmt: skip
        self.best = best
        for row in met[:count]:
            route = tuple(int(s) for s in row if s >= 0)
            self.met[frozenset(route)] = route
        self.meter.spend(spent / PER_WORK)

    def _pack(self) -> None:
        """The best choice of routes met, one a van, no site twice; by CP-SAT."""
        routes = list(self.met.values())
        worth = [float(self.profit[list(r)].sum()) for r in routes]
        order = sorted(range(len(routes)), key=lambda n: (-worth[n], routes[n]))[:4_000]
        model = cp_model.CpModel()
        take = {n: model.new_bool_var("") for n in order}
        by_site: dict[int, list[cp_model.IntVar]] = {}
        for n in order:
            for site in routes[n]:
                by_site.setdefault(site, []).append(take[n])
        for group in by_site.values():
            model.add_at_most_one(group)
        model.add(sum(take.values()) <= len(self.best))
        model.maximize(sum(round(100 * worth[n]) * v for n, v in take.items()))
        now = {frozenset(int(s) for s in row if s >= 0) for row in self.best}
        for n, v in take.items():
            model.add_hint(v, frozenset(routes[n]) in now)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.max_deterministic_time = 0.3
        # CP-SAT would leave SIGINT at "die" afterwards, and nobody could stop with what there is.
        solver.parameters.catch_sigint_signal = False
        solver.parameters.random_seed = self.seed % (1 << 31)
        status = solver.solve(model)
        self.meter.spend(400)
        self.packed = len(self.met)
        if (
            status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
            and solver.objective_value > 100 * self.value + 0.5
        ):
            self.best[:] = -1
            for van, n in enumerate(n for n, v in take.items() if solver.value(v)):
                self.best[van, : len(routes[n])] = routes[n]

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


@njit(cache=True, nogil=True)
def _schedule(route, size, travel, stay, opens, latest, starts, ends, leave, last):  # type: ignore[no-untyped-def]
    """`leave[p]`: earliest leaving of the p-th stop (0: the base); `last[p]`: latest arrival at it that keeps
    the rest of the route."""
    base = travel.shape[0] - 1
    leave[0] = starts
    at = base
    for p in range(size):
        s = route[p]
        leave[p + 1] = max(leave[p] + travel[at, s], opens[s]) + stay[s]
        at = s
    last[size] = ends
    after = base
    for p in range(size - 1, -1, -1):
        s = route[p]
        last[p] = min(latest[s], last[p + 1] - travel[s, after] - stay[s])
        after = s
    return 0


@njit(cache=True, nogil=True)
def _insertions(route, size, travel, stay, opens, latest, leave, last, free, cost, place):  # type: ignore[no-untyped-def]
    """Cheapest place of every free site in one route: the time it adds, -1 where there is none."""
    base = travel.shape[0] - 1
    for u in range(base):
        if not free[u]:
            continue
        best, where = 1 << 50, -1
        for p in range(size + 1):
            before = base if p == 0 else route[p - 1]
            after = base if p == size else route[p]
            arrive = leave[p] + travel[before, u]
            if arrive > latest[u]:
                break
            done = max(arrive, opens[u]) + stay[u] + travel[u, after]
            if done > last[p]:
                continue
            was = leave[p] + travel[before, after]
            if p < size:
                was = max(was, opens[after])
                done = max(done, opens[after])
            extra = (done - was) + (travel[before, u] + travel[u, after] - travel[before, after])
            if extra < best:
                best, where = extra, p
        cost[u] = best
        place[u] = where
    return 0


@njit(cache=True, nogil=True)
def anneal(  # type: ignore[no-untyped-def]
    routes, best, travel, stay, opens, latest, profit, starts, ends, hot, cold, budget, seed, met,
):  # fmt: skip
    """Ruin and recreate with simulated annealing until `budget` insertions were tried. Leaves the last plan
    in
    `routes`, fills `met` with routes of good plans; returns insertions tried, routes met and the best
    plan."""
    np.random.seed(seed % (1 << 31))
    vans, width = routes.shape
    base = travel.shape[0] - 1
    size = np.zeros(vans, np.int64)
    free = np.ones(base, np.bool_)
    leave = np.zeros((vans, width + 1), np.int64)
    last = np.zeros((vans, width + 1), np.int64)
    cost = np.zeros((vans, base), np.int64)
    place = np.full((vans, base), -1, np.int64)
    best = best.copy()
    now, top = 0.0, 0.0
    for v in range(vans):
        for p in range(width):
            if best[v, p] >= 0:
                top += profit[best[v, p]]
            if routes[v, p] >= 0:
                size[v] = p + 1
                free[routes[v, p]] = False
                now += profit[routes[v, p]]
    kept = routes.copy()
    kept_size = size.copy()
    kept_free = free.copy()
    tried, count, steps = 0, 0, 0
    longest = 0
    kept_value = now
    while tried < budget:
        steps += 1
        heat = hot * (cold / hot) ** (tried / budget) if hot > 0 else 0.0
        served = 0
        for v in range(vans):
            served += size[v]
        if served > 0 and steps > 1:
            kind = np.random.random()
            if kind < 0.6:
                for v in range(vans):
                    if size[v] == 0 or (vans > 1 and np.random.random() < 0.35):
                        continue
                    longest = 1 + np.random.randint(0, max(1, min(10, (size[v] + 1) // 2)))
                    first = np.random.randint(0, max(1, size[v] - longest + 1))
                    n = min(longest, size[v] - first)
                    for p in range(first, first + n):
                        free[routes[v, p]] = True
                        now -= profit[routes[v, p]]
                    for p in range(first, size[v] - n):
                        routes[v, p] = routes[v, p + n]
                    size[v] -= n
            elif kind < 0.85:
                centre = np.random.randint(0, base)
                reach = 1 + np.random.randint(0, min(base - 1, 25))
                near = np.argsort(travel[centre, :base])[:reach]
                for v in range(vans):
                    n = 0
                    for p in range(size[v]):
                        s = routes[v, p]
                        gone = False
                        for q in range(reach):
                            if near[q] == s:
                                gone = True
                                break
                        if gone and np.random.random() < 0.8:
                            free[s] = True
                            now -= profit[s]
                        else:
                            routes[v, n] = s
                            n += 1
                    size[v] = n
            else:
                share = 0.05 + 0.3 * np.random.random()
                for v in range(vans):
                    n = 0
                    for p in range(size[v]):
                        s = routes[v, p]
                        if np.random.random() < share:
                            free[s] = True
                            now -= profit[s]
                        else:
                            routes[v, n] = s
                            n += 1
                    size[v] = n
        power = 0.5 + 2.0 * np.random.random()
        blink = 0.0 if steps == 1 else 0.12 * np.random.random()
        for v in range(vans):
            _schedule(routes[v], size[v], travel, stay, opens, latest, starts, ends, leave[v], last[v])
            _insertions(
                routes[v], size[v], travel, stay, opens, latest, leave[v], last[v], free, cost[v], place[v]
            )
            tried += base * (1 + size[v] // 2)
        while True:
            pick, into, most = -1, -1, -1.0
            for u in range(base):
                if not free[u] or profit[u] <= 0:
                    continue
                for v in range(vans):
                    if place[v, u] >= 0:
                        score = profit[u] ** power / (1.0 + max(0, cost[v, u]))
                        if score > most and (blink == 0.0 or np.random.random() > blink):
                            most, pick, into = score, u, v
            if pick < 0:
                break
            p = place[into, pick]
            for q in range(size[into], p, -1):
                routes[into, q] = routes[into, q - 1]
            routes[into, p] = pick
            size[into] += 1
            free[pick] = False
            now += profit[pick]
            _schedule(
                routes[into], size[into], travel, stay, opens, latest, starts, ends, leave[into], last[into]
            )
            _insertions(
                routes[into], size[into], travel, stay, opens, latest, leave[into], last[into], free,
                cost[into], place[into],
            )  # fmt: skip
            tried += base * (1 + size[into] // 2)
        if now >= kept_value - heat * -np.log(1e-12 + np.random.random()):
            if now >= 0.985 * top and now != kept_value:
                for v in range(vans):
                    if count < met.shape[0]:
                        for p in range(size[v]):
                            met[count, p] = routes[v, p]
                        count += 1
            if now > top + 1e-9:
                top = now
                for v in range(vans):
                    for p in range(width):
                        best[v, p] = routes[v, p] if p < size[v] else -1
            kept_value = now
            for v in range(vans):
                kept_size[v] = size[v]
                for p in range(size[v]):
                    kept[v, p] = routes[v, p]
            kept_free[:] = free
        else:
            now = kept_value
            for v in range(vans):
                size[v] = kept_size[v]
                for p in range(size[v]):
                    routes[v, p] = kept[v, p]
            free[:] = kept_free
    for v in range(vans):
        for p in range(size[v], width):
            routes[v, p] = -1
    return tried, count, best
