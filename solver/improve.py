"""The search over whole plans: a first plan by pricing van-days one after another, then ruin and recreate."""

from __future__ import annotations

import numpy as np

from solver.bound import Bound
from solver.goods import Goods
from solver.ground import Ground
from solver.limits import Meter
from solver.plan import Plan
from solver.search import Draft, Tour, alone, narrowed, staffed

ROUND = 1_000


class Improver:
    """Keeps the best draft; each call of `improve` spends a round of work on it."""

    def __init__(self, ground: Ground, goods: Goods, meter: Meter) -> None:
        self.ground, self.goods, self.meter = ground, goods, meter
        self.draft = Draft(ground, goods)
        self.rng = np.random.default_rng(ground.problem.seed)

    def first(self) -> Plan:
        """Crew the van shifts that promise most, then plan them one by one, richest first."""
        options = alone(self.draft)
        self.meter.spend(4 * len(self.ground.kinds))
        tours = staffed(self.draft, options, effort=0.3)
        for tour in sorted(tours, key=lambda t: (-t.route.prize, t.slot)):
            self._replan(tour)
        return self._crewed()

    def restaff(self, bound: Bound, effort: float) -> Plan:
        """Crew anew the van-days that the bound's fractional plan uses, worth what they fetch at its
        prices."""
        tours = staffed(self.draft, bound.options(self.draft), effort)
        self.meter.spend(2000 * effort)
        old = self.draft
        fresh, kept = Draft(self.ground, self.goods), Draft(self.ground, self.goods)
        for tour in sorted(tours, key=lambda t: (-t.route.prize, t.slot)):
            self._replan(tour, fresh)
            kept.put(tour) if kept.fits(tour) else self._replan(tour, kept)
        self.draft = max(old, fresh, kept, key=lambda draft: draft.value)
        return self._crewed()

    def improve(self) -> Plan:
        """Take out one to three van-days near each other in time and plan them anew; keep what is no
        worse."""
        end = self.meter.work + ROUND
        while self.meter.work < end and self.meter.left():
            self._step()
        return self._crewed()

    def _step(self) -> None:
        slots = sorted(self.draft.tours)
        if not slots:
            self.meter.spend(ROUND)
            return
        before, kept = self.draft.value, dict(self.draft.tours)
        lead = slots[int(self.rng.integers(len(slots)))]
        day = self.ground.kinds[kept[lead].kind].day
        near = [s for s in slots if s != lead and abs(self.ground.kinds[kept[s].kind].day - day) <= 2]
        extra = int(self.rng.integers(0, min(3, len(near) + 1)))
        others = [near[int(n)] for n in self.rng.permutation(len(near))[:extra]]
        out = [self.draft.take(slot) for slot in [lead, *others]]
        for tour in [out[int(n)] for n in self.rng.permutation(len(out))]:
            self._replan(tour)
        if self.draft.value < before - 1e-12:
            for tour in out:
                if tour.slot in self.draft.tours:
                    self.draft.take(tour.slot)
            for tour in out:
                self.draft.put(tour)

    def _replan(self, tour: Tour, draft: Draft | None = None) -> None:
        draft = draft or self.draft
        kind = self.ground.kinds[tour.kind]
        lattice = narrowed(kind.lattice, *tour.span)
        self.meter.spend(4 * max(1, len(kind.sites) / 100) ** 2)
        best = draft.best(tour.kind, lattice)
        if best is not None and best[0] > 0:
            draft.put(Tour(tour.kind, best[1], tour.slot, tour.span, tour.crew))

    def _crewed(self) -> Plan:
        """The draft as a plan."""
        return self.draft.plan()
