"""A pool of van-days and the prices at which it is best used: the smoothed dual of the restricted master.

Prices: a unit of exposure of each cell and week, a unit of each capped good, a unit of each row. The dual is
Σ kept by goods + Σ rows + Σ groups of the best van-day at these prices; a soft maximum of width `blur` makes it
smooth, and its weights are the fractional plan. L-BFGS-B minimises it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from solver.goods import Goods
from solver.ground import Ground, back_at
from solver.rows import Rows
from solver.search import Draft
from solver.vanday import Floats, Route


@dataclass
class Column:
    """One van-day of a kind: its route and what it adds to cells, goods and rows."""

    kind: int
    route: Route
    cells: np.ndarray
    exposure: Floats
    extra: list[tuple[int, float]]
    plain: float
    pledges: frozenset[int] = frozenset()


@dataclass
class Prices:
    """One number per cell × week, capped good and row, scaled to be of order one."""

    cell: Floats
    good: Floats
    row: Floats

    def mixed(self, other: Prices, share: float) -> Prices:
        """This with a share of the other."""
        return Prices(
            self.cell + share * (other.cell - self.cell),
            self.good + share * (other.good - self.good),
            self.row + share * (other.row - self.row),
        )


@dataclass
class Pool:
    """Columns found so far."""

    ground: Ground
    goods: Goods
    rows: Rows
    columns: list[Column] = field(default_factory=list)
    known: set[tuple[int, tuple[tuple[int, int, int], ...], int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.empty = Draft(self.ground, self.goods)
        self.risk = self.ground.week_risk.ravel()
        self.top = self.risk * self.ground.problem.saturation
        self.live = np.flatnonzero(self.top > 0)

    def add(self, kind: int, route: Route) -> bool:
        """Take a van-day into the pool, unless it is there."""
        key = (kind, route.stops, route.break_after)
        if key in self.known:
            return False
        self.known.add(key)
        share = self.empty.share(kind, route)
        extra = [(good, amount) for good, amount in share.goods]
        base = len(self.goods.weight)
        extra += [(base + row, -amount) for row, amount in self._rows_of(kind, route)]
        self.columns.append(
            Column(kind, route, share.cells, share.exposure, extra, share.plain, self.empty.pledges(share))
        )
        return True

    def solve(self, start: Prices, blur: float, steps: int = 200) -> tuple[Prices, Floats]:
        """Prices that make the pool's best use cheapest, and how much each column is used."""
        goods, rows, live = self.goods, self.rows, self.live
        n_cell, n_good = len(live), len(goods.weight)
        at = np.full(len(self.risk), -1)
        at[live] = np.arange(n_cell)
        matrix = self._matrix(at, n_cell)
        plain = np.array([c.plain for c in self.columns])
        group = np.array([self.ground.kinds[c.kind].group for c in self.columns])
        order = np.argsort(group, kind="stable")
        matrix, plain, group = matrix[order], plain[order], group[order]
        cuts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
        copies = np.array([len(self.ground.groups[g][3]) for g in group[cuts]], float)
        sizes = np.diff(np.r_[cuts, len(group)])
        scale = np.concatenate(
            [
                self.top[live],
                np.where(goods.hard, 1.0, np.maximum(goods.weight, 1e-9)),
                np.ones(len(rows.limit)),
            ]
        )
        risk, sat = self.risk[live], self.ground.problem.saturation
        turned = matrix.T.tocsr()
        used = np.zeros(len(plain))

        def dual(x: Floats) -> tuple[float, Floats]:
            price = x * scale
            worth = plain + matrix @ price
            peak = np.maximum(np.maximum.reduceat(worth, cuts), 0.0)
            raised = np.exp((worth - np.repeat(peak, sizes)) / blur)
            total = np.add.reduceat(raised, cuts) + np.exp(-peak / blur)
            used[:] = raised * np.repeat(copies / total, sizes)
            p = np.maximum(x[:n_cell], 1e-12)
            logs = np.log(p)
            kept = risk * (1 - p + p * logs)
            value = kept.sum() + ((goods.weight - price[n_cell : n_cell + n_good]) * goods.cap).sum()
            value += (price[n_cell + n_good :] * rows.limit).sum()
            value += (copies * (peak + blur * np.log(total))).sum()
            slope = turned @ used
            slope[:n_cell] += logs / sat
            slope[n_cell : n_cell + n_good] -= goods.cap
            slope[n_cell + n_good :] += rows.limit
            return float(value), slope * scale

        x0 = np.concatenate(
            [start.cell[live] / self.top[live], start.good / scale[n_cell : n_cell + n_good], start.row]
        )
        bounds = (
            [(1e-9, 1.0)] * n_cell
            + [(0.0, None if hard else 1.0) for hard in goods.hard]
            + [(0.0, None)] * len(rows.limit)
        )
        found = minimize(
            dual, np.clip(x0, 1e-9, None), jac=True, method="L-BFGS-B", bounds=bounds,
            options={"maxiter": steps, "maxcor": 20, "maxfun": 2 * steps, "ftol": 1e-10, "gtol": 1e-7},
        )  # fmt: skip
        dual(found.x)
        price = found.x * scale
        cell = np.zeros(len(self.risk))
        cell[live] = price[:n_cell]
        back = np.empty(len(used))
        back[order] = used
        return Prices(cell, price[n_cell : n_cell + n_good], price[n_cell + n_good :]), back

    def kept(self, prices: Prices) -> float:
        """What goods and rows keep at these prices: the bound without the van-days."""
        p = np.clip(prices.cell[self.live] / self.top[self.live], 1e-300, 1.0)
        reach = float((self.risk[self.live] * (1 - p + p * np.log(p))).sum())
        capped = float(((self.goods.weight - prices.good) * self.goods.cap).sum())
        return reach + capped + float((prices.row * self.rows.limit).sum()) - self.goods.given

    def fetched(self, prices: Prices) -> Floats:
        """What each column's goods fetch, people, days and anchors left out."""
        return np.array([
            c.plain + float(prices.cell[c.cells] @ c.exposure)
            + sum(float(prices.good[e]) * a for e, a in c.extra if e < self.goods.anchor)
            for c in self.columns
        ])  # fmt: skip

    def _rows_of(self, kind: int, route: Route) -> list[tuple[int, float]]:
        k, y = self.ground.kinds[kind], self.goods.yields[kind]
        taken: list[tuple[int, float]] = list(self.rows.people[kind])
        taken += self.rows.duty_hours(kind, route.depart, back_at(k, route))
        for i, slot, option in route.stops:
            if not any(pl.at == i and pl.fits[slot, option] for pl in y.pledges):
                taken += [(row, 1.0) for row in self.rows.stays.get((int(k.sites[i]), k.day), ())]
        return taken

    def _matrix(self, at: np.ndarray, n_cell: int) -> csr_matrix:
        counts, where, amounts = [0], [], []
        for c in self.columns:
            keep = at[c.cells] >= 0
            where.append(np.concatenate([at[c.cells][keep], [n_cell + e for e, _ in c.extra]]))
            amounts.append(np.concatenate([c.exposure[keep], [a for _, a in c.extra]]))
            counts.append(counts[-1] + len(where[-1]))
        width = n_cell + len(self.goods.weight) + len(self.rows.limit)
        flat = np.concatenate(where).astype(np.int64)
        return csr_matrix((np.concatenate(amounts), flat, counts), shape=(len(self.columns), width))
