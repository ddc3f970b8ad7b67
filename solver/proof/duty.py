"""The best van-day at given prices of stays, by a plain search, best first.

A van-day is a chain of stays on the grid of times. What can still be won from a state is overestimated by
a programme over (site, time) that forgets where the van has been; the search itself forgets nothing.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solver.problem import HOUR, Problem

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NEVER = -1e18
State = tuple[int, ...]
Seen = dict[tuple[int, ...], list[tuple[float, int]]]
Found = Iterator[tuple[float, State, float]]
READY, ENDED, HOME = 0, 1, 2


@dataclass(frozen=True)
class Duty:
    """A van on one day from a base: out at `begin` or later, back by `end`, on duty for `longest` at most.

    `worth[site, slot, option]` of a stay that begins at slot · `start_step`, `length[site, option]` in slots;
    `paid(second)` is the price of duty up to a second of the day, `once` that of going out at all.
    """

    problem: Problem
    day: int
    base: int
    begin: int
    end: int
    longest: int
    worth: Floats
    length: Ints
    once: float
    paid: Callable[[Ints], Floats]


def best_duty(duty: Duty) -> float:
    """The worth of the best van-day, 0 if none is worth going out for."""
    if not (duty.worth > NEVER / 2).any():
        return 0.0
    best = 0.0
    for since, until in _departures(duty):
        best = _Search(duty, since, until).best(best)
    return best


def _departures(duty: Duty) -> Iterator[tuple[int, int]]:
    """Hours of leaving the base, told apart so that the length of a duty and its break are judged well."""
    for since in range(duty.begin, duty.end + 1, HOUR):
        yield since, min(duty.end, since + HOUR - 1)


class _Search:
    """Van-days that leave the base between two seconds."""

    def __init__(self, duty: Duty, since: int, until: int) -> None:
        self.duty, self.since, self.until = duty, since, until
        p = duty.problem
        meal = p.meal_break
        self.rest, self.after = (meal.seconds, meal.after_seconds) if meal else (0, duty.longest)
        self.step, self.cost = p.start_step, p.weights.travel_hour / HOUR
        self.sites = [int(i) for i in np.flatnonzero((duty.worth > NEVER / 2).any(axis=(1, 2)))]
        self.pack = np.array([p.sites[i].packdown_seconds for i in self.sites])
        self.setup = np.array([p.sites[i].setup_seconds for i in self.sites])
        self.worth = duty.worth[self.sites]
        self.length = duty.length[self.sites]
        rows = np.ix_([*self.sites, duty.base], [*self.sites, duty.base])
        self.drives = np.stack([p.travel[b][rows] for b in p.travel_band[duty.day]]).astype(np.int64)
        self.slots = min(self.worth.shape[1], duty.end // self.step + 2)
        self.ready, self.ended = self._completions()

    def drive(self, leave: int) -> Ints:
        """Seconds between the sites and, last, the base, for wheels that roll at `leave`."""
        found: Ints = self.drives[min(max(leave // HOUR, 0), len(self.drives) - 1)]
        return found

    def best(self, least: float) -> float:
        """The worth of the best van-day of these, or `least` where none is worth more."""
        queue: list[tuple[float, int, State, float]] = []
        seen: Seen = {}
        count = 0
        for bound, state, worth in self._outs():
            if bound > least:
                heapq.heappush(queue, (-bound, count := count + 1, state, worth))
        while queue and -queue[0][0] > least:
            _, _, state, worth = heapq.heappop(queue)
            if state[0] == HOME:
                return worth
            if self._seen(seen, state, worth):
                continue
            for bound, after, won in self._next(state, worth):
                if bound > least:
                    heapq.heappush(queue, (-bound, count := count + 1, after, won))
        return least

    @staticmethod
    def _seen(seen: Seen, state: State, worth: float) -> bool:
        """Whether the same stop was reached at the same time by the same sites, worth no less and with no
        longer duty."""
        *key, depart = state
        others = seen.setdefault(tuple(key), [])
        if any(more >= worth and later >= depart for more, later in others):
            return True
        others.append((worth, depart))
        return False

    def _outs(self) -> Found:
        """Every first stop: bound, state (kind, site, slot, eaten, visited, depart), and worth so far."""
        for j in range(len(self.sites)):
            for k in np.flatnonzero(self.ready[0, j] > NEVER / 2).tolist():
                depart = self._leave_for(j, k * self.step - int(self.setup[j]))
                if depart is None or not self.since <= depart <= self.until or depart < self.duty.begin:
                    continue
                worth = float(self.duty.paid(np.array(depart))) - self.duty.once
                worth -= self.cost * int(self.drive(depart)[-1, j])
                yield from self._stays(j, k, 0, 0, depart, worth)

    def _leave_for(self, j: int, arrive: int) -> int | None:
        """The latest second at which wheels may roll at the base to be at a site in time."""
        for hour in range(arrive // HOUR, -1, -1):
            leave = min(arrive - int(self.drive(hour * HOUR)[-1, j]), (hour + 1) * HOUR - 1)
            if leave >= hour * HOUR:
                return leave
        return None

    def _stays(self, j: int, k: int, eaten: int, visited: int, depart: int, worth: float) -> Found:
        """Every stay that begins at a slot."""
        for o in range(self.worth.shape[2]):
            until = k + int(self.length[j, o])
            if until < self.slots and self.worth[j, k, o] > NEVER / 2:
                won = worth + float(self.worth[j, k, o])
                state = (ENDED, j, until, eaten, visited | 1 << j, depart)
                yield won + float(self.ended[eaten, j, until]), state, won

    def _next(self, state: State, worth: float) -> Found:
        kind, j, k, eaten, visited, depart = state
        if kind == READY:
            yield from self._stays(j, k, eaten, visited, depart, worth)
            if k + 1 < self.slots:
                wait = (READY, j, k + 1, eaten, visited, depart)
                yield worth + float(self.ready[eaten, j, k + 1]), wait, worth
            return
        leave = k * self.step + int(self.pack[j])
        yield from self._onward(j, leave, eaten, 0, visited, depart, worth)
        if self.rest and not eaten and leave - depart <= self.after:
            yield from self._onward(j, leave, 1, self.rest, visited, depart, worth)

    def _onward(
        self, j: int, leave: int, eaten: int, pause: int, visited: int, depart: int, worth: float
    ) -> Found:
        """Home, or on to a site not visited yet; after `pause` seconds of break."""
        drive = self.drive(leave)[j]
        back = leave + int(drive[-1]) + pause
        fed = eaten or not self.rest or back - depart <= self.after
        if fed and back <= self.duty.end and back - depart <= self.duty.longest:
            won = worth - self.cost * int(drive[-1]) - float(self.duty.paid(np.array(back)))
            yield won, (HOME, j, 0, eaten, visited, depart), won
        for i in range(len(self.sites)):
            slot = -(-(leave + int(drive[i]) + pause + int(self.setup[i])) // self.step)
            if not visited >> i & 1 and slot < self.slots:
                won = worth - self.cost * int(drive[i])
                yield won + float(self.ready[eaten, i, slot]), (READY, i, slot, eaten, visited, depart), won

    def _completions(self) -> tuple[Floats, Floats]:
        """[eaten, site, slot]: the most that can still be won from being ready at a slot, and from the end of
        a stay, whatever was visited before and whenever in the hour the van left."""
        shape = (2, len(self.sites), self.slots + 1)
        ready, ended = np.full(shape, NEVER), np.full(shape, NEVER)
        last = min(self.slots - 1, (self.until + self.duty.longest) // self.step)
        for eaten in (1, 0) if self.rest else (0,):
            for k in range(last, self.since // self.step - 1, -1):
                self._complete(ready, ended, eaten, k)
        return ready, ended

    def _complete(self, ready: Floats, ended: Floats, eaten: int, k: int) -> None:
        here = np.arange(len(self.sites))
        ready[eaten, :, k] = ready[eaten, :, k + 1]
        for o in range(self.worth.shape[2]):
            until = np.minimum(k + self.length[:, o], self.slots)
            ready[eaten, :, k] = np.maximum(
                ready[eaten, :, k], self.worth[:, k, o] + ended[eaten, here, until]
            )
        ended[eaten, :, k] = self._go(ready[eaten], k, eaten, 0)
        if self.rest and not eaten:
            fed = self._go(ready[1], k, 1, self.rest)
            leave = k * self.step + self.pack
            ended[0, :, k] = np.maximum(
                ended[0, :, k], np.where(leave - self.until <= self.after, fed, NEVER)
            )

    def _go(self, ready: Floats, k: int, eaten: int, pause: int) -> Floats:
        """The best way on from the end of each site's stay at a slot."""
        here = np.arange(len(self.sites))
        longest = self.duty.longest if eaten or not self.rest else min(self.duty.longest, self.after)
        leave = k * self.step + self.pack
        drive = self.drives[np.clip(leave // HOUR, 0, len(self.drives) - 1), here]
        back = leave + drive[:, -1] + pause
        home = -self.cost * drive[:, -1] - self.duty.paid(back)
        home[back > min(self.duty.end, self.until + longest)] = NEVER
        slots = -(-(leave[:, None] + drive[:, :-1] + pause + self.setup[None, :]) // self.step)
        onward = ready[here[None, :], np.minimum(slots, self.slots)] - self.cost * drive[:, :-1]
        np.fill_diagonal(onward, NEVER)
        return np.asarray(np.maximum(home, onward.max(axis=1)))
