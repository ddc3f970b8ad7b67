"""The lost: stops nobody serves any more, and where each could still be served."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from solver.mending.manning import manned
from solver.mending.standing import Standing
from solver.mending.today import Today
from solver.plan import Stop, VanDay
from solver.score import TOLD_WITHIN

HALF_HOURS = 12
STEP = 1800


class Lost:
    """Each lost stop with the van-day it was told in."""

    def __init__(self, today: Today, standing: Standing) -> None:
        self.today, self.standing, self.problem = today, standing, today.problem
        self.stops: list[tuple[VanDay, Stop]] = []

    def add(self, told: VanDay, stops: Sequence[Stop]) -> None:
        """These stops of a van-day are lost."""
        self.stops += [(told, stop) for stop in stops]

    def place(self) -> None:
        """Hand the stops to other vans, refills first, then promises, then the earliest; a promise may take
        the place of a stop nobody promised."""
        while self.stops:
            self.stops.sort(key=lambda one: (-self.today.weight(*one), one[0].day, one[1].start))
            told, stop = self.stops.pop(0)
            served = self._hand_over(told, stop) or self._fresh_van(told, stop)
            if not served and not (self.today.weight(told, stop) > 1 and self._displace(told, stop)):
                self._second_best(told, stop)

    def _hand_over(self, told: VanDay, stop: Stop) -> bool:
        """At the time told, by any van that is out."""
        return any(self.standing.take_one(d, new) for d, new in self._insertions(told, stop, TOLD_WITHIN))

    def _fresh_van(self, told: VanDay, stop: Stop) -> bool:
        """At the time told, by a van that was to stay at its base, with people who are free."""
        for van in [told.van, *self.standing.idle(told)]:
            new = self.today.anew(told, van, (stop,), TOLD_WITHIN)
            if new is not None and self.standing.drives(van, new) and self._manned(new, None):
                return True
        return False

    def _displace(self, told: VanDay, stop: Stop) -> bool:
        """In place of one stop that nobody promised, else of two; those are lost instead."""
        today = [d for d in self.standing.plan.van_days if d.day == told.day]
        for size in (1, 2):
            for d in today:
                flexible = [s for s in self.today.open_stops(d) if self.today.weight(d, s) == 1]
                if any(self._make_room(d, stop, outs) for outs in combinations(flexible, size)):
                    return True
        return False

    def _make_room(self, d: VanDay, stop: Stop, outs: tuple[Stop, ...]) -> bool:
        stops = [*(s for s in self.today.open_stops(d) if s not in outs), stop]
        new = self.today.goes_on(d, sorted(stops, key=lambda s: s.start), TOLD_WITHIN)
        if new is None or not self._manned(new, d):
            return False
        self.add(d, outs)
        return True

    def _manned(self, new: VanDay, old: VanDay | None) -> bool:
        return any(self.standing.take(swaps) for swaps in manned(self.today, self.standing, new, old))

    def _second_best(self, told: VanDay, stop: Stop) -> bool:
        """Shorter at the time told; else at another time of the day, the nearest first."""
        return any(
            self.standing.take_one(d, new)
            for wish in (*self._shorter(stop), *self._moved(stop))
            if self.today.is_ahead(told.day, wish) and self.today.open_there(told, wish)
            for d, new in self._insertions(told, wish, 0)
        )

    def _shorter(self, stop: Stop) -> list[Stop]:
        lengths = sorted(self.problem.sites[stop.site].dwell_options, reverse=True)
        return [replace(stop, dwell=n, leave=stop.leave - stop.dwell + n) for n in lengths if n < stop.dwell]

    def _moved(self, stop: Stop) -> list[Stop]:
        step = max(1, STEP // self.problem.start_step) * self.problem.start_step
        by = [n * step for k in range(1, HALF_HOURS + 1) for n in (k, -k)]
        return [replace(stop, arrive=stop.arrive + n, start=stop.start + n, leave=stop.leave + n) for n in by]

    def _insertions(self, told: VanDay, stop: Stop, slack: int) -> Iterator[tuple[VanDay, VanDay]]:
        for d in self.standing.plan.van_days:
            if d.day == told.day and _has_room(d, stop, slack):
                stops = sorted((*self.today.open_stops(d), stop), key=lambda s: s.start)
                new = self.today.goes_on(d, stops, slack)
                if new is not None:
                    yield d, new


def _has_room(d: VanDay, stop: Stop, slack: int) -> bool:
    """Whether a stop could lie between those of a van-day, the drive aside."""
    arrive, leave = stop.arrive + 2 * slack, stop.leave - 2 * slack
    return all(s.site != stop.site and (s.arrive >= leave or s.leave <= arrive) for s in d.stops)
