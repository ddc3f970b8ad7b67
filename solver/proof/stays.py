"""What stays fetch at given prices: reach, goods, promises, what was told, and what a site's day costs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
from numpy.typing import NDArray

from solver.certificate import DutyPrices
from solver.problem import HOUR, Problem
from solver.proof.duty import NEVER
from solver.score import TOLD_WITHIN, hours_by_band, stops_of, week_risk

Floats = NDArray[np.float64]
Level = frozenset[int]


class Stays:
    """The stays of one day, whoever makes them."""

    def __init__(self, problem: Problem, day: int) -> None:
        self.problem, self.day, self.week = problem, day, problem.week_of(day)
        self.step = problem.start_step
        last = max((s.ends for van in problem.vans for s in van.shifts if s.day == day), default=0)
        self.slots = last // self.step + 2
        self.dwells = [self._dwells(site) for site in range(len(problem.sites))]
        self.options = max((len(d) for d in self.dwells), default=1)
        self.length = np.full((len(problem.sites), self.options), 1 << 30, np.int64)
        for site, dwells in enumerate(self.dwells):
            self.length[site, : len(dwells)] = [-(-d // self.step) for d in dwells]
        self.weekly = week_risk(problem)[:, self.week]
        days = sum(problem.week_of(d) == self.week for d in range(problem.days))
        risk = problem.risk[:, day, :] * days if problem.risk.size else np.zeros((0, 6))
        share = np.divide(risk, self.weekly[:, None], out=np.zeros_like(risk), where=self.weekly[:, None] > 0)
        self.share = share

    def worth(self, prices: DutyPrices, level: Level, van: int) -> Floats:
        """[site, slot, option]: what a stay fetches with a crew for `level`, `NEVER` where it may not be."""
        shape = (len(self.problem.sites), self.slots, self.options)
        out = np.full(shape, NEVER)
        for site, slot, option in self.allowed(van):
            out[site, slot, option] = self._fetched(prices, level, site, slot, option)
        return out

    def allowed(self, van: int) -> Iterator[tuple[int, int, int]]:
        """Stays (site, slot, option) inside a window at sites that the van may serve."""
        for site, place in enumerate(self.problem.sites):
            if place.vans is not None and van not in place.vans:
                continue
            if self.problem.services and 0 not in place.services:
                continue
            windows = [w for w in place.windows if w.day == self.day]
            for option, slot in product(range(len(self.dwells[site])), range(self.slots)):
                arrive, leave = self.span(site, slot, option)
                if any(w.opens <= arrive and leave <= w.closes for w in windows):
                    yield site, slot, option

    def span(self, site: int, slot: int, option: int) -> tuple[int, int]:
        """When the van arrives for a stay and when it leaves, set-up and pack-down included."""
        place, begins = self.problem.sites[site], slot * self.step
        ends = begins + int(self.length[site, option]) * self.step
        return begins - place.setup_seconds, ends + place.packdown_seconds

    def exposures(self, site: int, slot: int, option: int) -> tuple[NDArray[np.int64], Floats]:
        """The cells that a stay reaches and by how much it raises each's exposure."""
        p = self.problem
        if len(p.access_starts) <= site + 1:
            return np.zeros(0, np.int64), np.zeros(0)
        part = slice(int(p.access_starts[site]), int(p.access_starts[site + 1]))
        cells = p.access_cells[part].astype(np.int64)
        hours = hours_by_band(slot * self.step, int(self.length[site, option]) * self.step)
        return cells, p.access_share[part] * (self.share[cells] @ hours)

    def keeps(self, number: int, level: Level, site: int, slot: int, option: int) -> bool:
        """Whether a stay is the promised session of that number."""
        anchor = self.problem.anchors[number]
        return (
            (anchor.day, anchor.site) == (self.day, site)
            and anchor.services <= (level & self.problem.sites[site].services)
            and abs(slot * self.step - anchor.start) <= anchor.tolerance
            and int(self.length[site, option]) * self.step >= anchor.dwell
        )

    def _dwells(self, site: int) -> list[int]:
        promised = {a.dwell for a in self.problem.anchors if (a.site, a.day) == (site, self.day)}
        return sorted(promised.union(self.problem.sites[site].dwell_options))

    def _fetched(self, prices: DutyPrices, level: Level, site: int, slot: int, option: int) -> float:
        p = self.problem
        offered = level & p.sites[site].services
        hours = int(self.length[site, option]) * self.step / HOUR
        total = self._reach(prices, site, slot, option)
        total += hours * sum(p.services[n].hourly_value for n in offered)
        total += prices.profits[site] if p.sites[site].profit else 0.0
        for due, price in zip(p.follow_ups, prices.follow_ups, strict=True):
            total += price * (due.site == site and self.day in due.days and due.service in offered)
        for floor, price in zip(p.floors, prices.floors, strict=True):
            here = (floor.week, floor.neighbourhood) == (self.week, p.sites[site].neighbourhood)
            total += price * hours * here
        return total + self._told(prices, site, slot) + self._place(prices, level, site, slot, option)

    def _reach(self, prices: DutyPrices, site: int, slot: int, option: int) -> float:
        p = self.problem
        cells, z = self.exposures(site, slot, option)
        at = cells * p.weeks + self.week
        risk = p.weights.reach * self.weekly[cells]
        tangent, chord = np.array(prices.tangent)[at], np.array(prices.chord)[at]
        single = -np.expm1(-p.saturation * z)
        return float((risk * (tangent * p.saturation * z + chord * single)).sum())

    def _told(self, prices: DutyPrices, site: int, slot: int) -> float:
        published = list(stops_of(self.problem.published)) if self.problem.published else []
        return sum(
            price
            for (day, stop), price in zip(published, prices.told, strict=True)
            if (day, stop.site) == (self.day, site) and abs(slot * self.step - stop.start) <= TOLD_WITHIN
        )

    def _place(self, prices: DutyPrices, level: Level, site: int, slot: int, option: int) -> float:
        """The best promise that the stay can keep, or else the price of the site's day."""
        kept = [price for n, price in enumerate(prices.promises) if self.keeps(n, level, site, slot, option)]
        paid = sum(row.price for row in prices.stays if row.site == site and self.day in row.days)
        return max(kept) if kept else -paid
