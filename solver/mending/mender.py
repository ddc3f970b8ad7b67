"""The mender: what was told is put back whole where it can be, else in the largest part that somebody can
still drive; the rest is lost, and then placed where it still can be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from solver.bench import Swap
from solver.check import Broken
from solver.mending.lost import Lost
from solver.mending.manning import manned
from solver.mending.standing import Standing
from solver.mending.today import Today
from solver.plan import Plan, Stop, VanDay
from solver.problem import Problem
from solver.score import TOLD_WITHIN


class Mender:
    """Mends a published plan from second `now` of `day` on. `late` says from which second a van on the road
    can roll today."""

    def __init__(
        self, problem: Problem, published: Plan, day: int, now: int, late: Mapping[int, int] | None = None
    ) -> None:
        self.problem, self.published = problem, published
        self.today = Today(problem, day, now, late or {})
        self.standing = Standing(self.today, published)
        self.lost = Lost(self.today, self.standing)

    @property
    def plan(self) -> Plan:
        """The plan as far as it is mended."""
        return self.standing.plan

    def restore(self) -> None:
        """Put back every van-day that is as good as it was told, then mend the others one by one."""
        open_days = [d for d in self.published.van_days if self.today.open_stops(d)]
        open_days.sort(key=lambda d: (d.day, d.depart, d.van))
        whole = [d for d in open_days if not self.today.is_late(d) and self.standing.sound(d)]
        if not self.standing.take([(self.standing.begun_of(d), d) for d in whole]):
            for d in whole:
                if not self.standing.take([(self.standing.begun_of(d), d)]):
                    self._mend(d)
        for d in open_days:
            if d not in whole:
                self._mend(d)

    def lose(self, told: Plan) -> None:
        """What was told and is in no van-day of the plan wished for is lost, too."""
        wished = {(d.day, s.site, s.dwell) for d in self.published.van_days for s in d.stops}
        for d in told.van_days:
            self.lost.add(d, [s for s in self.today.open_stops(d) if (d.day, s.site, s.dwell) not in wished])

    def place_the_lost(self) -> None:
        """Hand the stops nobody serves any more to other vans, else to another time."""
        self.lost.place()

    def unmended(self) -> tuple[Broken, ...]:
        """Faults of the plan that are not those of what had begun."""
        return self.standing.unmended()

    def _mend(self, told: VanDay) -> None:
        """The largest part of the van-day that somebody can still drive, and what is left of it as lost."""
        left = self.today.open_stops(told)
        for stops in self._parts(told, left):
            if any(self.standing.take(swaps) for swaps in self._ways(told, stops)):
                served = {s.site for s in stops}
                self.lost.add(told, [s for s in left if s.site not in served])
                return
        self.lost.add(told, left)

    def _parts(self, told: VanDay, left: Sequence[Stop]) -> list[tuple[Stop, ...]]:
        """What could be left of a van-day, most worth first: some of its stops, all as told or all with the
        base service alone."""
        possible = [s for s in left if self.today.open_there(told, s)]
        parts = [part for size in range(1, len(possible) + 1) for part in combinations(possible, size)]
        found = [(float(sum(self.today.weight(told, s) for s in part)), part) for part in parts]
        for part in parts:
            plain = tuple(replace(s, services=s.services & {0}) for s in part)
            if plain != part:
                found.append((len(part) / (len(left) + 1), plain))
        return [part for _, part in sorted(found, key=lambda one: -one[0])]

    def _ways(self, told: VanDay, stops: tuple[Stop, ...]) -> Iterator[Sequence[Swap]]:
        """By its own van, else by one that is not out then; with its crew, else with another."""
        if self.today.has_begun(told):
            laid = iter([self.today.goes_on(told, stops, TOLD_WITHIN)])
        else:
            vans = [told.van, *self.standing.idle(told)]
            laid = (self.today.anew(told, van, stops, TOLD_WITHIN) for van in vans)
        for new in laid:
            if new is not None and self.standing.drives(new.van, new):
                yield from manned(self.today, self.standing, new, self.standing.begun_of(told))
