"""The search over whole plans: crews for the richest van-days at once, then annealing in ever longer cycles,
and other crews for what annealing would do if people were always there."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from solver.bound import Bound
from solver.cycle import Cycle, merged
from solver.draft import Draft, Tour
from solver.goods import Goods
from solver.grid import narrowed
from solver.ground import Ground
from solver.limits import Meter
from solver.options import Option, alone, staffed
from solver.plan import Plan
from solver.tables import lay
from solver.vanday import Route

MOVES_A_UNIT = 3_000
SHORTEST, LONGEST = 4_000, 400_000
"""Moves of the first cycle, and of any, for each van-day."""
MOST_WIDE = 200
"""With more van-days than that, crews take longer than a short wide cycle; it is wide once it is long."""


class Improver:
    """Keeps the best draft; `improve` spends work on it.

    A round anneals every week once, two that are no neighbours side by side; one week alone has two cycles
    with other dice. Rounds keep within the hours of the crews, or are `wide`: as if people were always there.
    What a wide one finds counts once crews are found for it."""

    def __init__(self, ground: Ground, goods: Goods, meter: Meter) -> None:
        self.ground, self.goods, self.meter = ground, goods, meter
        self.tables = lay(ground, goods)
        self.draft = Draft(ground, goods)
        self.rng = np.random.default_rng(ground.problem.seed)
        self.crewed: list[Tour] = []
        self.reached = self.draft
        self.cycles: list[Cycle] = []
        self.waiting: list[tuple[int, ...]] = []
        self.wide, self.patience = False, 1
        self.rounds, self.length = 0, SHORTEST

    def first(self) -> Plan:
        """Crew the van shifts that promise most, fill them richest first, and anneal for a moment."""
        options = alone(self.draft)
        self.meter.spend(4 * len(self.ground.kinds))
        self.crewed = staffed(self.draft, options, effort=0.3)
        for tour in sorted(self.crewed, key=lambda t: (-t.route.prize, t.slot)):
            if self.draft.fits(tour) and self.draft.worth(self.draft.share(tour.kind, tour.route)) > 0:
                self.draft.put(tour)
        return self.improve(SHORTEST * len(self.crewed) / MOVES_A_UNIT) or self.draft.plan()

    def restaff(self, bound: Bound, effort: float) -> Plan | None:
        """Where some shifts have no crew or crews could offer more: crew anew the van-days that the bound's
        fractional plan uses, worth what they fetch at its prices."""
        self._adopt()
        if not self._crews_are_short():
            return None
        crewed = staffed(self.draft, bound.options(self.draft), effort)
        self.meter.spend(2000 * effort)
        kept = Draft(self.ground, self.goods)
        for tour in sorted(crewed, key=lambda t: (-t.route.prize, t.slot)):
            kept.put(tour) if kept.fits(tour) else self._replan(tour, kept)
        return self.draft.plan() if self._take(kept, crewed) else None

    def improve(self, work: float, aside: ThreadPoolExecutor | None = None) -> Plan | None:
        """Anneal for so much work, twice over where a second thread is free; the best plan if it is a better
        one."""
        before, moves = self.draft.value, int(work * MOVES_A_UNIT)
        while moves > 0 and self.crewed and self.meter.left():
            if all(cycle.over for cycle in self.cycles):
                self._next(aside is not None)
            moves -= self._stepped(min(moves, 500_000), aside)
        if not self.crewed:
            self.meter.spend(work)
        self._adopt()
        return self.draft.plan() if self.draft.value > before + 1e-9 else None

    def _stepped(self, moves: int, aside: ThreadPoolExecutor | None) -> int:
        """Make moves in the first cycle that is not over, and in the next one where a thread is free; how
        many each made."""
        first, *others = [cycle for cycle in self.cycles if not cycle.over]
        beside = aside.submit(others[0].step, moves) if others and aside else None
        made = first.step(moves)
        self.meter.spend((made + (beside.result() if beside else 0)) / MOVES_A_UNIT)
        return made

    def _next(self, both: bool) -> None:
        """Begin the next cycles of a round, or those of a new one."""
        if self.cycles:
            self.reached = merged(self.reached, self.cycles)
            self._adopt()
        if not self.waiting:
            self._round()
        weeks = self.waiting.pop(0)
        if not both and len(set(weeks)) == 1:
            weeks = weeks[:1]
        seed = int(self.rng.integers(1 << 62))
        self.cycles = [self._cycle(week, seed + n) for n, week in enumerate(weeks)]

    def _cycle(self, week: int, seed: int) -> Cycle:
        p, kinds = self.ground.problem, self.ground.kinds
        tours = [t for t in _filled(self.reached, self.crewed) if p.week_of(kinds[t.kind].day) == week]
        if self.wide:
            tours = [replace(t, span=_whole(self.ground, t)) for t in tours]
        return Cycle(self.tables, self.reached, tours, self.length * len(tours), seed)

    def _round(self) -> None:
        """End a round and begin the next, twice as long; every other one wide while that pays."""
        if self.wide:
            self.patience = 1 if self._crew(self.reached) else 2 * self.patience
        if self.rounds:
            self._polish()
            self.length = min(2 * self.length, LONGEST)
        self.wide = bool(self.ground.problem.services) and self.rounds > 0 and not self.wide
        if self.wide and self.rng.integers(self.patience):
            self.wide = False
        if len(self.crewed) > MOST_WIDE and self.length < LONGEST // 4:
            self.wide = False
        self.rounds += 1
        self.reached, self.cycles, self.waiting = self.draft, [], _pairs(self._weeks())

    def _weeks(self) -> list[int]:
        p, kinds = self.ground.problem, self.ground.kinds
        return sorted({p.week_of(kinds[tour.kind].day) for tour in self.crewed})

    def _adopt(self) -> None:
        """Take over what the cycles have found, if it is better and has its crews."""
        if self.wide or not self.cycles:
            return
        gain = max(cycle.gain for cycle in self.cycles)
        if self.reached.value + gain > self.draft.value + 1e-9:
            found = merged(self.reached, self.cycles)
            if found.value > self.draft.value + 1e-9:
                self.draft = found

    def _crew(self, wide: Draft) -> bool:
        """Find crews for a draft of nobody's hours; those of its van-days that have none stay as they
        were."""
        if wide.value <= self.draft.value + 1e-9:
            return False
        effort = min(0.5, len(wide.tours) / 80)
        self.meter.spend(1500 * effort)
        crewed = staffed(self.draft, [_wish(wide, t) for t in wide.tours.values()], effort)
        if len(crewed) < len(self.draft.tours):
            both = [_wish(wide, t) for t in wide.tours.values()]
            both += [replace(_wish(self.draft, t), crew=t.crew) for t in self.draft.tours.values()]
            self.meter.spend(1500 * effort)
            crewed = staffed(self.draft, both, effort)
        kept = Draft(self.ground, self.goods)
        for tour in sorted(crewed, key=lambda t: t.slot):
            if kept.fits(tour):
                kept.put(tour)
        return self._take(kept, crewed)

    def _take(self, fresh: Draft, crewed: list[Tour]) -> bool:
        """Anneal a draft of other crews for a moment, and keep it if it is better."""
        tours = _filled(fresh, crewed)
        trial = Cycle(self.tables, fresh, tours, 4 * SHORTEST * len(crewed), 1)
        while crewed and not trial.over and self.meter.left():
            self.meter.spend(trial.step(500_000) / MOVES_A_UNIT)
        better = max(fresh, merged(fresh, [trial]), key=lambda draft: draft.value)
        if better.value <= self.draft.value + 1e-9:
            return False
        self.draft, self.crewed, self.cycles, self.waiting, self.wide = better, crewed, [], [], False
        return True

    def _polish(self) -> None:
        """Plan a few van-days anew, one at a time and exactly; keep what is better."""
        slots = sorted(self.draft.tours)
        for at in self.rng.permutation(len(slots))[:8]:
            before = self.draft.value
            tour = self.draft.take(slots[int(at)])
            self._replan(tour, self.draft)
            if self.draft.value < before - 1e-12:
                if tour.slot in self.draft.tours:
                    self.draft.take(tour.slot)
                self.draft.put(tour)

    def _crews_are_short(self) -> bool:
        shifts = sum(len(group[3]) for group in self.ground.groups)
        return len(self.crewed) < shifts or len(self.ground.kinds) > len(self.ground.groups)

    def _replan(self, tour: Tour, draft: Draft) -> None:
        kind = self.ground.kinds[tour.kind]
        lattice = narrowed(kind.lattice, *tour.span)
        self.meter.spend(4 * max(1, len(kind.sites) / 100) ** 2)
        best = draft.best(tour.kind, lattice)
        if best is not None and best[0] > 0:
            draft.put(replace(tour, route=best[1]))


def _pairs(weeks: list[int]) -> list[tuple[int, ...]]:
    """Weeks to be annealed side by side, neighbours apart as far as can be; one that is left with itself."""
    half = (len(weeks) + 1) // 2
    return [(week, weeks[n + half] if n + half < len(weeks) else week) for n, week in enumerate(weeks[:half])]


def _wish(draft: Draft, tour: Tour) -> Option:
    """A van-day of a draft as an option for whatever crew: worth what the draft would lose without it."""
    share = draft.shares[tour.slot]
    gone = draft.exposure[share.cells] - share.exposure
    left = draft.risk[share.cells] * np.exp(-draft.saturation * np.maximum(gone, 0.0))
    worth = float((left * -np.expm1(-draft.saturation * share.exposure)).sum()) + share.plain
    worth += sum(float(draft.goods.weight[g]) * n for g, n in share.goods if draft.goods.is_no_anchor(g))
    return Option(tour.slot, tour.kind, tour.route, max(worth, 0.0), draft.pledges(share))


def _whole(ground: Ground, tour: Tour) -> tuple[int, int, int]:
    lattice = ground.kinds[tour.kind].lattice
    return lattice.opens, lattice.end, lattice.longest


def _filled(draft: Draft, crewed: list[Tour]) -> list[Tour]:
    """The crewed tours as the draft has them; empty where it has none."""
    return [draft.tours.get(t.slot, replace(t, route=Route(0.0, 0, ()))) for t in crewed]
