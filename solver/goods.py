"""What stays add up to: reach of each cell and week, and the capped goods (profit, promises, follow-ups,
floors).

A good's worth is concave in the sum over stays, which is what makes the bound possible: for any price list,
worth ≤ price · sum + what the good keeps at that price.
"""

# ruff: noqa: ANN001, ANN201 - compiled functions take their types from the call
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from solver.ground import HARD, Ground, Kind, bands
from solver.problem import HOUR, RISK_BANDS
from solver.score import TOLD_WITHIN, stops_of
from solver.vanday import NEVER, Floats

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Pledge:
    """An anchor as stays of one kind can keep it: which slots and options of local site `at`."""

    anchor: int
    at: int
    fits: Mask


@dataclass(frozen=True)
class Yield:
    """What each stay of a kind of duty adds: `hours[length, slot, band]` and the goods of each local site."""

    lengths: NDArray[np.int64]
    hours: Floats
    same: Mask
    cells_at: NDArray[np.int64]
    cells: NDArray[np.int64]
    walk: Floats
    share: Floats
    once: list[list[int]]
    hourly: list[list[int]]
    pledges: list[Pledge]
    told: list[Pledge]
    service: Floats


class Goods:
    """The capped goods of a problem, and what each kind of duty yields of all goods."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        p = ground.problem
        weight: list[float] = []
        cap: list[float] = []
        self.profit = self._add(weight, cap, [site.profit for site in p.sites], [1.0] * len(p.sites))
        due = [p.weights.follow_up * f.people for f in p.follow_ups]
        self.follow_up = self._add(weight, cap, due, [1.0] * len(due))
        self.floor = self._add(
            weight, cap, [p.weights.floor_hour] * len(p.floors), [f.seconds / HOUR for f in p.floors]
        )
        self.anchor = self._add(weight, cap, [p.weights.promise] * len(p.anchors), [1.0] * len(p.anchors))
        self.published = list(stops_of(p.published)) if p.published else []
        told = [p.weights.change] * len(self.published)
        self.told = self._add(weight, cap, told, [1.0] * len(told))
        self.weight, self.cap = np.array(weight), np.array(cap)
        self.yields = [self._yield(kind) for kind in ground.kinds]
        # A session that nobody can keep holds no place and has no price: it is missed whatever is planned.
        keepable = {pledge.anchor for y in self.yields for pledge in y.pledges}
        self.promised = frozenset((p.anchors[n].site, p.anchors[n].day) for n in keepable)
        self.priceless = frozenset(p.anchors[n] for n in keepable if p.anchors[n].refills_due > 0)
        self.hard = np.zeros(len(weight), np.bool_)
        self.hard[[self.anchor + n for n in keepable if p.anchors[n].refills_due > 0]] = True
        self.soft = self.weight.copy()
        self.weight[self.hard] += HARD

    @property
    def given(self) -> float:
        """What is counted in the goods but not in the score: full floors and the price of hard promises."""
        p = self.ground.problem
        floors = sum(p.weights.floor_hour * f.seconds / HOUR for f in p.floors)
        told = p.weights.change * len(self.published)
        return floors + told + HARD * int(self.hard.sum())

    def is_no_anchor(self, entry: int) -> bool:
        """Whether an entry of a column is a good that every choice of crews counts by itself."""
        return entry < self.anchor or self.told <= entry < len(self.weight)

    @staticmethod
    def _add(weight: list[float], cap: list[float], worth: list[float], caps: list[float]) -> int:
        first = len(weight)
        weight += worth
        cap += caps
        return first

    def _yield(self, kind: Kind) -> Yield:
        g, p, lattice = self.ground, self.ground.problem, kind.lattice
        kinds = np.unique(lattice.length[lattice.length < (1 << 29)])
        starts = lattice.begin + np.arange(lattice.slots) * lattice.step
        hours = np.stack([bands(starts, np.full(len(starts), n * lattice.step)) for n in kinds])
        same = np.zeros(hours.shape[:2], np.bool_)
        same[:, 1:] = (hours[:, 1:] == hours[:, :-1]).all(axis=2)
        cells = [g.access[s][0] for s in kind.sites]
        walk = [g.access[s][1] for s in kind.sites]
        week = p.week_of(kind.day)
        at = np.concatenate([[0], np.cumsum([len(c) for c in cells])]).astype(np.int64)
        flat = np.concatenate([*cells, np.zeros(0, np.int64)]).astype(np.int64)
        return Yield(
            lengths=np.searchsorted(kinds, np.minimum(lattice.length, kinds[-1])),
            hours=hours,
            same=same,
            cells_at=at,
            cells=flat * p.weeks + week,
            walk=np.concatenate([*walk, np.zeros(0)]),
            share=np.ascontiguousarray(g.share[flat, kind.day, :]),
            once=[self._once(kind, int(s)) for s in kind.sites],
            hourly=[self._hourly(kind, int(s)) for s in kind.sites],
            pledges=self._pledges(kind),
            told=self._told(kind),
            service=np.array([self._service(kind, int(s)) for s in kind.sites]),
        )

    def _once(self, kind: Kind, site: int) -> list[int]:
        p = self.ground.problem
        offered = kind.level & p.sites[site].services
        goods = [self.profit + site] if p.sites[site].profit else []
        return goods + [
            self.follow_up + n
            for n, f in enumerate(p.follow_ups)
            if f.site == site and kind.day in f.days and (f.service in offered)
        ]

    def _hourly(self, kind: Kind, site: int) -> list[int]:
        p = self.ground.problem
        return [
            self.floor + n
            for n, f in enumerate(p.floors)
            if f.week == p.week_of(kind.day) and f.neighbourhood == p.sites[site].neighbourhood
        ]

    def _pledges(self, kind: Kind) -> list[Pledge]:
        p, lattice, found = self.ground.problem, kind.lattice, []
        where = {int(s): n for n, s in enumerate(kind.sites)}
        starts = lattice.begin + np.arange(lattice.slots) * lattice.step
        for number, a in enumerate(p.anchors):
            if a.day != kind.day or a.site not in where:
                continue
            if not a.services <= (kind.level & p.sites[a.site].services):
                continue
            at = where[a.site]
            long = lattice.length[at] * lattice.step >= a.dwell
            fits = (np.abs(starts - a.start) <= a.tolerance)[:, None] & long[None, :] & kind.allowed[at]
            if fits.any():
                found.append(Pledge(number, at, fits))
        return found

    def _told(self, kind: Kind) -> list[Pledge]:
        """The published stops of the day, as stays of the kind can repeat them."""
        where = {int(s): n for n, s in enumerate(kind.sites)}
        starts = kind.lattice.begin + np.arange(kind.lattice.slots) * kind.lattice.step
        found = []
        for number, (day, stop) in enumerate(self.published):
            if day == kind.day and stop.site in where:
                at = where[stop.site]
                fits = (np.abs(starts - stop.start) <= TOLD_WITHIN)[:, None] & kind.allowed[at]
                if fits.any():
                    found.append(Pledge(number, at, fits))
        return found

    def _service(self, kind: Kind, site: int) -> float:
        p = self.ground.problem
        return sum(p.services[n].hourly_value for n in sorted(kind.level & p.sites[site].services))


@njit(cache=True)
def stay_worth(left, saturation, hours, same, lengths, length, cells_at, cells, walk, share, allowed):  # type: ignore[no-untyped-def]
    """Reach won by each stay [site, slot, option] when `left[cell × week]` is the risk still unreached."""
    sites, slots, options = allowed.shape
    out = np.full((sites, slots, options), NEVER)
    for i in range(sites):
        for o in range(options):
            if length[i, o] > slots:
                continue
            d = lengths[i, o]
            last, known = 0.0, -1
            for k in range(slots):
                if not allowed[i, k, o]:
                    continue
                if known == k - 1 and known >= 0 and same[d, k]:
                    out[i, k, o] = last
                    known = k
                    continue
                total = 0.0
                for at in range(cells_at[i], cells_at[i + 1]):
                    h = 0.0
                    for b in range(RISK_BANDS):
                        h += hours[d, k, b] * share[at, b]
                    total += left[cells[at]] * -np.expm1(-saturation * walk[at] * h)
                out[i, k, o] = total
                last, known = total, k
    return out


@njit(cache=True)
def stay_price(price, hours, lengths, length, cells_at, cells, walk, share, allowed):  # type: ignore[no-untyped-def]
    """What each stay [site, slot, option] fetches when a unit of exposure has `price[cell × week]`."""
    sites, slots, options = allowed.shape
    out = np.full((sites, slots, options), NEVER)
    for i in range(sites):
        rate = np.zeros(RISK_BANDS)
        for at in range(cells_at[i], cells_at[i + 1]):
            for b in range(RISK_BANDS):
                rate[b] += price[cells[at]] * walk[at] * share[at, b]
        for o in range(options):
            if length[i, o] > slots:
                continue
            d = lengths[i, o]
            for k in range(slots):
                if allowed[i, k, o]:
                    total = 0.0
                    for b in range(RISK_BANDS):
                        total += hours[d, k, b] * rate[b]
                    out[i, k, o] = total
    return out


@njit(cache=True)
def largest_wins(most, saturation, hours, lengths, length, cells_at, cells, walk, share, allowed):  # type: ignore[no-untyped-def]
    """Raise `most[cell × week]` to the share of the cell that the best single stay of a kind wins."""
    sites, slots, options = allowed.shape
    for i in range(sites):
        for at in range(cells_at[i], cells_at[i + 1]):
            top = 0.0
            for o in range(options):
                if length[i, o] > slots:
                    continue
                d = lengths[i, o]
                for k in range(slots):
                    if allowed[i, k, o]:
                        h = 0.0
                        for b in range(RISK_BANDS):
                            h += hours[d, k, b] * share[at, b]
                        top = max(top, h)
            most[cells[at]] = max(most[cells[at]], -np.expm1(-saturation * walk[at] * top))
