"""One annealing of some of a plan's van-days, from a draft to the best it has met."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from solver.anneal import MOST, Scratch, State, anneal
from solver.draft import Draft, Tour
from solver.tables import Tables

HOT, COLD = 0.03, 0.0015
"""Temperatures at both ends of a cycle, in what an average van-day reaches."""


class Cycle:
    """One annealing from a draft's van-days, in steps."""

    def __init__(self, tables: Tables, draft: Draft, tours: list[Tour], moves: int, seed: int) -> None:
        self.tables, self.origin, self.tours, self.moves = tables, draft, tours, moves
        self.state = _state(tables, draft, tours)
        self.scratch = Scratch.of(self.state, seed)
        self.done, self.heat = 0, _scale(draft)

    @property
    def over(self) -> bool:
        """Whether it has cooled down."""
        return self.done >= self.moves

    @property
    def gain(self) -> float:
        """How much the best met is better than what it began with."""
        return float(self.scratch.tally[1])

    def step(self, moves: int) -> int:
        """Make so many moves, fewer at the end; how many were made."""
        moves = min(moves, self.moves - self.done)
        hot, cold = (
            self.heat * HOT * (COLD / HOT) ** (at / self.moves) for at in (self.done, self.done + moves)
        )
        anneal(self.tables, self.state, self.scratch, moves, hot, cold)
        self.done += moves
        return moves

    def found(self) -> list[Tour]:
        """The van-days of the best met, those without a stop left out."""
        tours = []
        for n, tour in enumerate(self.tours):
            stops = self.scratch.kept[n, : self.scratch.kept_count[n]]
            if len(stops):
                first = int(self.tables.first[tour.kind])
                chain = tuple((int(a) - first, int(b), int(c)) for a, b, c in stops)
                route = self.origin.route(tour.kind, chain, int(self.scratch.kept_pause[n]))
                tours.append(replace(tour, route=route))
        return tours


def merged(draft: Draft, cycles: list[Cycle]) -> Draft:
    """The draft with the best that cycles have met, of two over the same van-days the better. Where stays of
    two weeks come too near each other, the second keeps the van-day it had."""
    best = {c.tours[0].slot: c for c in sorted(cycles, key=lambda cycle: cycle.gain) if c.tours}
    mine = {tour.slot for cycle in best.values() for tour in cycle.tours}
    fresh = Draft(draft.ground, draft.goods)
    for slot, tour in draft.tours.items():
        if slot not in mine:
            fresh.put(tour)
    for tour in (tour for cycle in best.values() for tour in cycle.found()):
        old = draft.tours.get(tour.slot)
        if len(best) == 1 or fresh.fits(tour):
            fresh.put(tour)
        elif old is not None and fresh.fits(old):
            fresh.put(old)
    return fresh


def _scale(draft: Draft) -> float:
    """What an average van-day reaches and offers."""
    reach = float((draft.risk * -np.expm1(-draft.saturation * draft.exposure)).sum())
    goods = float((draft.goods.soft * np.minimum(draft.amount, draft.goods.cap)).sum())
    return max(1e-6, reach + goods + max(0.0, draft.plain)) / max(1, len(draft.tours))


def _state(tables: Tables, draft: Draft, tours: list[Tour]) -> State:
    lattices = [draft.ground.kinds[t.kind].lattice for t in tours]
    stops = np.zeros((len(tours), MOST + 1, 3), np.int64)
    for n, tour in enumerate(tours):
        for i, (at, slot, option) in enumerate(tour.route.stops):
            stops[n, i] = (tables.first[tour.kind] + at, slot, option)
    free = np.zeros((len(tables.setup), draft.ground.problem.days), np.int16)
    for site, days in draft.free_stays.items():
        np.add.at(free[site], days, 1)
    spans = np.array(
        [
            (max(k.opens, t.span[0]), min(k.end, t.span[1]), min(k.longest, t.span[2]))
            for k, t in zip(lattices, tours, strict=True)
        ],
        np.int64,
    ).reshape(-1, 3)
    return State(
        left=draft.risk * np.exp(-draft.saturation * draft.exposure),
        amount=draft.amount.copy(),
        free=free,
        kind=np.array([t.kind for t in tours], np.int64),
        opens=spans[:, 0].copy(), end=spans[:, 1].copy(), longest=spans[:, 2].copy(),
        sizes=np.array([len(t.route.stops) for t in tours], np.int64),
        stops=stops,
        pause=np.array([t.route.break_after for t in tours], np.int64),
    )  # fmt: skip
