"""A pool of van-days and the prices at which it is best used: the smoothed dual of the restricted master.

Prices: a unit of exposure of each cell and week, a unit of each capped good, a unit of each row. The dual is
Σ kept by goods + Σ rows + Σ groups of the best van-day at these prices; a soft maximum of width `blur`
makes it smooth, and its weights are the fractional plan.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from solver.descent import Master, minimise
from solver.draft import Draft
from solver.goods import Goods, largest_wins
from solver.ground import Ground, back_at
from solver.prices import Prices, chord_kept, tangent_kept, wins
from solver.rows import Rows
from solver.vanday import Floats, Ints, Route
from solver.weeks import Part


@dataclass
class Column:
    """One van-day of a kind: its route and what it adds to cells, goods and rows."""

    kind: int
    route: Route
    cells: np.ndarray
    exposure: Floats
    single: Floats
    extra: list[tuple[int, float]]
    plain: float
    pledges: frozenset[int] = frozenset()


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
        self.most = np.zeros(len(self.risk))
        for kind, y in zip(self.ground.kinds, self.goods.yields, strict=True):
            largest_wins(
                self.most, self.ground.problem.saturation, y.hours, y.lengths, kind.lattice.length,
                y.cells_at,
                y.cells, y.walk, y.share, kind.allowed,
            )  # fmt: skip
        self.live = np.flatnonzero((self.top > 0) & (self.most > 0))
        self.wins = wins(self.most[self.live])

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
            Column(
                kind,
                route,
                share.cells,
                share.exposure,
                share.single,
                extra,
                share.plain,
                self.empty.pledges(share),
            )
        )
        return True

    def solve(self, start: Prices, blur: float, part: Part, steps: int = 400) -> tuple[Prices, Ints, Floats]:
        """Prices of a part that make the pool's best use cheapest while all others stay; the columns it
        touches and how much each is used."""
        goods, rows, live = self.goods, self.rows, self.live[part.cells[self.live]]
        wins = self.wins[part.cells[self.live]]
        good, row = np.split(np.flatnonzero(part.entries), [int(part.entries[: len(goods.weight)].sum())])
        row = row - len(goods.weight)
        n = len(live)
        group = np.array([self.ground.kinds[c.kind].group for c in self.columns])
        order = np.argsort(group, kind="stable")
        order = order[np.isin(group[order], part.groups)]
        if not len(order):
            return start, order, np.zeros(0)
        group = group[order]
        cells_at, cells, exposure, single, extra_at, extra, amount = self._sparse(order, live, part)
        plain = self._elsewhere(order, start, part)
        cuts = np.flatnonzero(np.r_[True, group[1:] != group[:-1], True])
        copies = np.array([len(self.ground.groups[g][3]) for g in group[cuts[:-1]]], float)
        hard = goods.hard[good]
        soft = np.where(hard, 1.0, np.maximum(goods.weight[good], 1e-9))
        scale = np.concatenate([self.top[live], self.risk[live], soft, np.ones(len(row))])
        x0 = np.concatenate([
            start.theta[live], start.tangent[live], start.chord[live], start.good[good] / soft, start.row[row]
        ])  # fmt: skip
        tops = np.concatenate([np.ones(3 * n), np.where(hard, np.inf, 1.0), np.full(len(row), np.inf)])
        floor = np.concatenate([np.full(n, 1e-6), np.full(n, 1e-9), np.zeros(len(tops) - 2 * n)])
        used = np.zeros(len(plain))
        master = Master(
            scale, self.risk[live], self.most[live], wins, goods.weight[good], goods.cap[good],
            rows.limit[row], cells_at, cells, exposure, single, extra_at, extra, amount, plain, cuts, copies,
            floor, tops,
        )  # fmt: skip
        x, self.steps = minimise(master, x0, blur, min(0.02, 0.2 * blur), steps, used)
        found = Prices(*(array.copy() for array in start.parts))
        found.theta[live], found.tangent[live], found.chord[live] = x[:n], x[n : 2 * n], x[2 * n : 3 * n]
        found.good[good], found.row[row] = x[3 * n : 3 * n + len(good)] * soft, x[3 * n + len(good) :]
        return found, order, used

    def kept(self, prices: Prices) -> float:
        """What goods and rows keep at these prices: the bound without the van-days."""
        live, theta = self.live, np.maximum(prices.theta[self.live], 1e-9)
        tangent, _, _ = tangent_kept(prices.tangent[live], theta)
        chord, _, _ = chord_kept(prices.chord[live], theta, self.most[live], self.wins, 0.0)
        reach = float((self.risk[live] * (tangent + chord)).sum())
        capped = float(((self.goods.weight - prices.good) * self.goods.cap).sum())
        return reach + capped + float((prices.row * self.rows.limit).sum()) - self.goods.given

    def fetched(self, prices: Prices) -> Floats:
        """What each column's goods fetch, people, days and anchors left out."""
        return np.array([
            c.plain + float((self.top * prices.tangent)[c.cells] @ c.exposure)
            + float((self.risk * prices.chord)[c.cells] @ c.single)
            + sum(float(prices.good[e]) * a for e, a in c.extra if self.goods.is_no_anchor(e))
            for c in self.columns
        ])  # fmt: skip

    def _rows_of(self, kind: int, route: Route) -> list[tuple[int, float]]:
        k, y = self.ground.kinds[kind], self.goods.yields[kind]
        taken = self.rows.duty_takes(kind, route.depart, back_at(k, route))
        for i, slot, option in route.stops:
            if not any(pl.at == i and pl.fits[slot, option] for pl in y.pledges):
                taken += [(row, 1.0) for row in self.rows.stays.get((int(k.sites[i]), k.day), ())]
        return taken

    def _elsewhere(self, order: Ints, prices: Prices, part: Part) -> Floats:
        """What each column is worth beside the part's own prices."""
        tangent = np.where(part.cells, 0.0, self.top * prices.tangent)
        chord = np.where(part.cells, 0.0, self.risk * prices.chord)
        entry = np.where(part.entries, 0.0, np.concatenate([prices.good, prices.row]))
        return np.array([
            c.plain + float(tangent[c.cells] @ c.exposure) + float(chord[c.cells] @ c.single)
            + sum(entry[e] * a for e, a in c.extra)
            for c in (self.columns[n] for n in order.tolist())
        ])  # fmt: skip

    def _sparse(
        self, order: Ints, live: Ints, part: Part
    ) -> tuple[Ints, Ints, Floats, Floats, Ints, Ints, Floats]:
        """The columns in an order: cells among the live ones with exposures and wins, goods and rows of the
        part with amounts."""
        at = np.full(len(self.risk), -1)
        at[live] = np.arange(len(live))
        entry = np.where(part.entries, np.cumsum(part.entries) - 1, -1)
        mine = [self.columns[n] for n in order.tolist()]
        local = [at[c.cells] for c in mine]
        keep = [where >= 0 for where in local]
        sizes = [int(k.sum()) for k in keep]
        extra = [[(int(entry[e]), a) for e, a in c.extra if entry[e] >= 0] for c in mine]
        return (
            np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
            np.concatenate([w[k] for w, k in zip(local, keep, strict=True)]).astype(np.int64),
            np.concatenate([c.exposure[k] for c, k in zip(mine, keep, strict=True)]),
            np.concatenate([c.single[k] for c, k in zip(mine, keep, strict=True)]),
            np.concatenate([[0], np.cumsum([len(e) for e in extra])]).astype(np.int64),
            np.array([e for more in extra for e, _ in more], np.int64),
            np.array([a for more in extra for _, a in more], np.float64),
        )
