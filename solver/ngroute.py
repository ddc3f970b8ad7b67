"""A proven bound for team orienteering: column generation over ng-routes, priced by label setting.

An ng-route may come back to a site once it has forgotten it; it forgets what is not near. Every real route
is an ng-route, so the best ng-route at given prices bounds the best route, and m of them with the prices
bound any plan.
"""

# ruff: noqa: ANN001, ANN201 - compiled functions take their types from the call
from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_matrix

from solver.limits import Meter
from solver.orienteer import Orienteer

NEIGHBOURS = 8
WIDEST = 60
MOST_LABELS = 1_500_000
LABELS_PER_WORK = 1_500
COLUMNS = 60


class NgBound:
    """The least bound proven so far for an orienteer's problem."""

    def __init__(self, search: Orienteer) -> None:
        self.search = search
        self.value = search.ceiling()
        self.columns: dict[tuple[int, ...], float] = {}
        self.near, self.place, self.carry = _neighbourhoods(
            search.travel, len(search.problem.sites), NEIGHBOURS
        )
        self.center: NDArray[np.float64] | None = None
        self.stuck = False
        self.most = MOST_LABELS // 5

    def improve(self, meter: Meter) -> None:
        """One round: prices from the routes known, the best ng-routes at them, and the bound they prove."""
        if self.stuck:
            meter.spend(1)
            return
        s = self.search
        for route in s.met.values():
            self.columns.setdefault(route, float(s.profit[list(route)].sum()))
        asked, ceiling = self._prices()
        if self.center is not None:
            asked = 0.6 * asked + 0.4 * self.center
        best, done, labels, routes = self._price(asked)
        meter.spend(labels / LABELS_PER_WORK + 20)
        if not done:
            self.stuck = self.most >= MOST_LABELS
            self.most = MOST_LABELS
            return
        value = float(asked.sum()) + len(s.best) * max(0.0, best)
        if value < self.value or self.center is None:
            self.center = asked
        new = sum(route not in self.columns for route in routes)
        self.value = min(self.value, value)
        for route in routes:
            self.columns.setdefault(route, float(s.profit[list(route)].sum()))
        if new == 0:
            self.center = None
        if new == 0 and value - ceiling < 1e-5 * max(1.0, ceiling):
            self._remember_more()

    def _remember_more(self) -> None:
        """The prices are the best for these neighbourhoods: widen them, and forget the routes with cycles."""
        n, size = len(self.search.problem.sites), self.near.shape[1]
        if size >= min(n, WIDEST):
            self.stuck = True
            return
        size = min(n, WIDEST, size * 3 // 2)
        self.near, self.place, self.carry = _neighbourhoods(self.search.travel, n, size)
        self.columns = {r: worth for r, worth in self.columns.items() if len(set(r)) == len(r)}

    def _prices(self) -> tuple[NDArray[np.float64], float]:
        """Prices of visits at which the known routes are best used, and what that use is worth."""
        routes = list(self.columns)
        n = len(self.search.problem.sites)
        rows = np.concatenate([*(np.array(r) for r in routes), np.full(len(routes), n)])
        cols = np.concatenate(
            [np.repeat(np.arange(len(routes)), [len(r) for r in routes]), np.arange(len(routes))]
        )
        matrix = csr_matrix((np.ones(len(rows)), (rows, cols)), shape=(n + 1, len(routes)))
        room = np.append(np.ones(n), float(len(self.search.best)))
        worth = np.array([self.columns[r] for r in routes])
        found = linprog(-worth, A_ub=matrix, b_ub=room, method="highs")  # type: ignore[call-overload]
        if found.status != 0:
            return self.search.profit.copy(), np.inf
        return np.maximum(0.0, -found.ineqlin.marginals[:n]), -float(found.fun)

    def _price(self, prices: NDArray[np.float64]) -> tuple[float, bool, int, list[tuple[int, ...]]]:
        s = self.search
        best, done, labels, found = best_ng_routes(
            s.profit - prices, s.travel, s.stay, s.opens, s.latest, s.starts, s.ends, self.near, self.place,
            self.carry, self.most, COLUMNS,
        )  # fmt: skip
        routes = [tuple(int(i) for i in row[row >= 0][::-1]) for row in found]
        return float(best), bool(done), int(labels), [r for r in routes if r]


def _neighbourhoods(
    travel: NDArray[np.int64], n: int, size: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """The sites each site remembers (itself first), where each is in that list, how memory carries over."""
    near = np.argsort(travel[:n, :n] + travel[:n, :n].T - np.eye(n, dtype=np.int64), axis=1, kind="stable")
    near = np.ascontiguousarray(near[:, : min(n, size)])
    place = np.full((n, n), -1, np.int64)
    for i in range(n):
        place[i, near[i]] = np.arange(near.shape[1])
    carry = np.stack([place[:, near[i]] for i in range(n)])
    return near, place, np.ascontiguousarray(carry)


@njit(cache=True, nogil=True)
def best_ng_routes(  # type: ignore[no-untyped-def]
    gain, travel, stay, opens, latest, starts, ends, near, place, carry, most, count,
):  # fmt: skip
    """The best ng-route's gain, whether that is proven, labels made, and up to `count` good routes backwards.

    Labels leave the heap in order of time; one is dropped when another at its site is no later, gains no less
    and remembers no more.
    """
    base = travel.shape[0] - 1
    time = np.empty(most, np.int64)
    value = np.empty(most)
    memory = np.empty(most, np.int64)
    site = np.empty(most, np.int32)
    parent = np.empty(most, np.int32)
    following = np.full(most, -1, np.int32)
    dead = np.zeros(most, np.bool_)
    heap = np.empty(most + 1, np.int32)
    head = np.full(base, -1, np.int32)
    used, size = 0, 0
    top = 0.0
    ends_value = np.full(base, -1e18)
    ends_label = np.full(base, -1, np.int32)
    current = -1
    proven = True
    while True:
        if current >= 0:
            i, now, won, mem = (
                site[current],
                time[current] + stay[site[current]],
                value[current],
                memory[current],
            )
        else:
            i, now, won, mem = base, starts, 0.0, 0
        for j in range(base):
            if i < base:
                if i == j:
                    continue
                p = place[i, j]
                if p >= 0 and (mem >> p) & 1:
                    continue
            at = now + travel[i, j]
            if at > latest[j]:
                continue
            at = max(at, opens[j])
            if at + stay[j] + travel[j, base] > ends:
                continue
            total = won + gain[j]
            kept = 1 << place[j, j]
            if i < base:
                for b in range(near.shape[1]):
                    if (mem >> b) & 1:
                        c = carry[i, j, b]
                        if c >= 0:
                            kept |= 1 << c
            worse = False
            last, other = -1, head[j]
            while other >= 0:
                if time[other] <= at and value[other] >= total - 1e-9 and (memory[other] & ~kept) == 0:
                    worse = True
                    break
                if time[other] >= at and value[other] <= total and (kept & ~memory[other]) == 0:
                    dead[other] = True
                    if last < 0:
                        head[j] = following[other]
                    else:
                        following[last] = following[other]
                    other = following[other]
                    continue
                last, other = other, following[other]
            if worse:
                continue
            if used >= most:
                proven = False
                break
            time[used], value[used], memory[used] = at, total, kept
            site[used], parent[used] = j, current
            following[used] = head[j]
            head[j] = used
            pos = size
            while pos > 0:
                up = (pos - 1) // 2
                if time[heap[up]] <= at:
                    break
                heap[pos] = heap[up]
                pos = up
            heap[pos] = used
            size += 1
            if total > ends_value[j]:
                ends_value[j], ends_label[j] = total, used
            top = max(top, total)
            used += 1
        if not proven:
            break
        current = -1
        while size > 0:
            node, tail = heap[0], heap[size - 1]
            size -= 1
            pos = 0
            while True:
                child = 2 * pos + 1
                if child >= size:
                    break
                if child + 1 < size and time[heap[child + 1]] < time[heap[child]]:
                    child += 1
                if time[heap[child]] >= time[tail]:
                    break
                heap[pos] = heap[child]
                pos = child
            heap[pos] = tail
            if not dead[node]:
                current = node
                break
        if current < 0:
            break
    order = np.argsort(-ends_value)
    routes = np.full((count, base + 2), -1, np.int64)
    for n in range(min(count, base)):
        label = ends_label[order[n]]
        if label < 0 or ends_value[order[n]] <= 1e-9:
            break
        p = 0
        while label >= 0 and p < base + 2:
            routes[n, p] = site[label]
            label = parent[label]
            p += 1
    return top, proven, used, routes
