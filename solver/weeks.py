"""Parts of a bound that can be priced apart: the weeks, which have few prices in common.

With all other prices as they are, a part's prices change the worth of its own van-days alone, so a bound can
be lowered a week at a time. What two weeks have in common is priced now and then together with either.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from solver.certificate import PricedStay, PricedWork
from solver.goods import Goods
from solver.ground import Ground, Kind
from solver.prices import Prices
from solver.rows import Rows

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Part:
    """Some of the prices (of cells × weeks; of entries, which are goods and then rows) and every kind of duty
    whose van-days they touch."""

    kinds: tuple[int, ...]
    groups: tuple[int, ...]
    cells: Mask
    entries: Mask

    def of(self, mine: Prices, others: Prices) -> Prices:
        """These prices in the part, the others outside."""
        goods = len(mine.good)
        tangent, chord, theta = (
            np.where(self.cells, a, b) for a, b in zip(mine.parts[:3], others.parts[:3], strict=True)
        )
        good = np.where(self.entries[:goods], mine.good, others.good)
        return Prices(tangent, chord, theta, good, np.where(self.entries[goods:], mine.row, others.row))


class Weeks:
    """Each week's part alone (`own`) and with the prices it shares (`wide`). One part where all is shared."""

    def __init__(self, ground: Ground, goods: Goods, rows: Rows) -> None:
        self.ground, self.goods, self.rows = ground, goods, rows
        p = ground.problem
        self.touched = [_entries(goods, rows, n, kind) for n, kind in enumerate(ground.kinds)]
        of_week = {
            w: [n for n, k in enumerate(ground.kinds) if p.week_of(k.day) == w] for w in range(p.weeks)
        }
        self.number = [w for w, kinds in of_week.items() if kinds]
        if len(self.number) < 2 or any(site.profit for site in p.sites):
            whole = self._whole()
            self.number, self.own, self.wide = [0], [whole], [whole]
            return
        self.wide = [self._part(week, of_week[week], shared=True) for week in self.number]
        self.own = [self._part(week, of_week[week], shared=False) for week in self.number]

    def __len__(self) -> int:
        return len(self.own)

    @property
    def lead(self) -> int:
        """The part that the others begin like: the first of those with most kinds of duty."""
        return max(range(len(self)), key=lambda n: (len(self.own[n].kinds), -n))

    def alike(self, prices: Prices, at: int, to: int) -> Prices:
        """The prices with those of one part repeated in another, as far as it has the like."""
        weeks, a, b = self.ground.problem.weeks, self.number[at], self.number[to]
        tangent, chord, theta, good, row = (part.copy() for part in prices.parts)
        for by_cell in (tangent, chord, theta):
            by_cell[b::weeks] = by_cell[a::weeks]
        known = {_said(said): n for n, said in enumerate(self.rows.spoken)}
        floors = {(f.neighbourhood, f.week): n for n, f in enumerate(self.ground.problem.floors)}
        for n, said in enumerate(self.rows.spoken):
            twin = known.get(_said(_moved(said, b - a))) if self.own[at].entries[len(good) + n] else None
            if twin is not None and self.own[to].entries[len(good) + twin]:
                row[twin] = row[n]
        for (hood, week), n in floors.items():
            if week == a and (hood, b) in floors:
                good[self.goods.floor + floors[hood, b]] = good[self.goods.floor + n]
        return Prices(tangent, chord, theta, good, row)

    def twin(self, kind: int, at: int, to: int) -> int | None:
        """The kind of duty of another part with the same hours, drives and sites on the same weekday."""
        kinds, one = self.ground.kinds, self.ground.kinds[kind]
        days = 7 * (self.number[to] - self.number[at])
        for other in self.own[to].kinds:
            if kinds[other].day == one.day + days and _same(one, kinds[other]):
                return other
        return None

    def _whole(self) -> Part:
        cells = np.ones(self.ground.week_risk.size, np.bool_)
        entries = np.ones(len(self.goods.weight) + len(self.rows.limit), np.bool_)
        return Part(
            tuple(range(len(self.ground.kinds))), tuple(range(len(self.ground.groups))), cells, entries
        )

    def _part(self, week: int, kinds: list[int], *, shared: bool) -> Part:
        entries = np.zeros(len(self.goods.weight) + len(self.rows.limit), np.bool_)
        mine = set().union(*(self.touched[n] for n in kinds))
        others = set().union(*(t for n, t in enumerate(self.touched) if n not in set(kinds)))
        entries[sorted(mine if shared else mine - others)] = True
        if week == self.number[0]:
            entries[sorted(set(range(len(entries))) - mine - others)] = True
        cells = np.zeros(self.ground.week_risk.shape, np.bool_)
        cells[:, week] = True
        if shared:
            kinds = [n for n, t in enumerate(self.touched) if t & mine or n in set(kinds)]
        groups = sorted({self.ground.kinds[n].group for n in kinds})
        all_of = tuple(n for n, k in enumerate(self.ground.kinds) if k.group in set(groups))
        return Part(all_of, tuple(groups), cells.ravel(), entries)


def _entries(goods: Goods, rows: Rows, number: int, kind: Kind) -> set[int]:
    """Goods and rows that van-days of a kind may touch."""
    y, base = goods.yields[number], len(goods.weight)
    found = {g for each in (*y.once, *y.hourly) for g in each}
    found |= {goods.anchor + p.anchor for p in y.pledges} | {goods.told + t.anchor for t in y.told}
    found |= {base + row[0] for row in rows.people[number]} | {base + row[0] for row in rows.hours[number]}
    return found | {base + row for s in kind.sites for row in rows.stays.get((int(s), kind.day), ())}


def _moved(said: PricedStay | PricedWork, weeks: int) -> PricedStay | PricedWork:
    if isinstance(said, PricedStay):
        return replace(said, days=frozenset(day + 7 * weeks for day in said.days))
    return replace(said, week=said.week + weeks, day=None if said.day is None else said.day + 7 * weeks)


def _said(said: PricedStay | PricedWork) -> tuple[object, ...]:
    if isinstance(said, PricedStay):
        return (said.site, said.days)
    return (said.roles, said.week, said.day, said.begins, said.ends, said.by_hour, said.longer_than)


def _same(a: Kind, b: Kind) -> bool:
    one, two = a.lattice, b.lattice
    hours = [(k.base, k.level, k.vans, k.lattice.opens, k.lattice.begin, k.lattice.end) for k in (a, b)]
    return (
        hours[0] == hours[1]
        and one.longest == two.longest
        and np.array_equal(a.sites, b.sites)
        and np.array_equal(a.allowed, b.allowed)
        and np.array_equal(one.length, two.length)
        and np.array_equal(one.drive, two.drive)
    )
