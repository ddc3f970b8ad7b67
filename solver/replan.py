"""Trouble at noon: keep what was told to people wherever that is still possible, and say what changes.

The problem given is the one that holds now: the lost van has no shift, the sick have none, the closed site no
window. What has begun is never touched, and what it breaks is nobody's fault any more. No search is loaded:
every step is tried and judged by `solver.check`, in milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, pairwise

from solver.check import Broken, check, clock
from solver.plan import Plan, Stop, VanDay
from solver.problem import Problem
from solver.score import keeps, travel_seconds

Told = tuple[int, Stop]
Fault = tuple[str, int | None, int | None, int | None]


@dataclass(frozen=True)
class Change:
    """A stop people were told of that is `moved` (another time or van) or `dropped`."""

    kind: str
    day: int
    site: int
    sentence: str


@dataclass(frozen=True)
class Repair:
    """The repaired plan, how it differs from the published one, what could not be mended, and its value."""

    plan: Plan
    changes: tuple[Change, ...]
    unmended: tuple[Broken, ...]
    value: float
    kept: float


def replan(problem: Problem, published: Plan, day: int, now: int) -> Repair:
    """The published plan with as little changed as the trouble allows, from second `now` of `day` on.

    Van-days that can stay as they are do; one whose crew is short gets somebody else aboard; what a lost or
    late van cannot serve goes to another at the time told, else at another time of the day, else is dropped.
    """
    mender = _Mender(problem, published, day, now)
    mender.restore()
    mender.place_the_lost()
    return mender.repair()


class _Mender:
    def __init__(self, problem: Problem, published: Plan, day: int, now: int) -> None:
        self.problem, self.published, self.day, self.now = problem, published, day, now
        self.plan = Plan(tuple(d for d in map(self._begun, published.van_days) if d is not None))
        self.excused = self._faults(self.plan)
        self.lost: list[tuple[VanDay, Stop]] = []

    def restore(self) -> None:
        """Put the rest of each van-day back: whole, with another crew, or stop by stop."""
        for told in sorted(self.published.van_days, key=lambda d: (d.day, d.depart, d.van)):
            if not self._open_stops(told):
                continue
            whole = chain([told], self._other_crews(told))
            if not any(self._try(told, candidate) for candidate in whole):
                self._stop_by_stop(told)

    def place_the_lost(self) -> None:
        """Hand the stops nobody serves any more to other vans, refills first, then the earliest."""
        refills = [a for a in self.problem.anchors if a.refills_due]
        first = sorted(
            self.lost,
            key=lambda lost: (
                not any(a.day == lost[0].day and keeps(a, lost[1]) for a in refills),
                lost[0].day, lost[1].start,
            ),
        )  # fmt: skip
        for d, stop in first:
            self._hand_over(d, stop)

    def repair(self) -> Repair:
        """What came of it."""
        verdict = check(self.problem, self.plan)
        changes = tuple(self._changes())
        told = sum(len(d.stops) for d in self.published.van_days)
        unmended = tuple(b for b in verdict.broken if _key(b) not in self.excused or b.rule == "refills")
        return Repair(self.plan, changes, unmended, verdict.value, 1 - len(changes) / max(1, told))

    def _begun(self, d: VanDay) -> VanDay | None:
        stops = d.stops[: len(d.stops) - len(self._open_stops(d))]
        return self._home(replace(d, stops=stops)) if stops else None

    def _open_stops(self, d: VanDay) -> tuple[Stop, ...]:
        if d.day != self.day:
            return d.stops if d.day > self.day else ()
        return tuple(s for s in d.stops if s.arrive > self.now)

    def _stop_by_stop(self, told: VanDay) -> None:
        begun = self._begun(told)
        done = begun.stops if begun else ()
        for stop in self._open_stops(told):
            longer = self._home(replace(told, stops=(*done, stop)))
            longer = longer if begun else self._later_out(longer)
            if any(self._try(told, d) for d in chain([longer], self._other_crews(longer))):
                done = (*done, stop)
            else:
                self.lost.append((told, stop))

    def _hand_over(self, told: VanDay, stop: Stop) -> None:
        """At the time told by any van that can; else where it is worth most at another time of that day."""
        today = [d for d in self.plan.van_days if d.day == told.day]
        if any(self._try(d, new) for d in today for new in self._insertions(d, stop, [stop.start])):
            return
        step = 1800 // self.problem.start_step * self.problem.start_step or self.problem.start_step
        first = self.now if told.day == self.day else 0
        times = [
            stop.start + n * step for k in range(1, 13) for n in (k, -k) if stop.start + n * step > first
        ]
        for d in today:
            if any(self._try(d, new) for new in self._insertions(d, stop, times)):
                return

    def _insertions(self, d: VanDay, stop: Stop, times: list[int]) -> Iterator[VanDay]:
        for start in times:
            shift = start - stop.start
            moved = replace(stop, arrive=stop.arrive + shift, start=start, leave=stop.leave + shift)
            if moved.arrive <= self.now and d.day == self.day:
                continue
            stops = tuple(sorted((*d.stops, moved), key=lambda s: s.arrive))
            if all(a.leave <= b.arrive for a, b in pairwise(stops)):
                changed = self._home(replace(d, stops=stops))
                yield changed if stops[0] is not moved else self._later_out(changed)

    def _other_crews(self, d: VanDay) -> Iterator[VanDay]:
        """The crew without those who cannot come, with one or two in their place, or for less service."""
        able = [m for m in d.crew if self._on_shift(m, d)]
        if not able:
            return
        others = [m for m in range(len(self.problem.staff)) if m not in d.crew and self._on_shift(m, d)]
        yield replace(d, crew=tuple(able))
        for a in others:
            yield replace(d, crew=(*able, a))
        for n, a in enumerate(others):
            for b in others[n + 1 :]:
                yield replace(d, crew=(*able, a, b))
        plain = tuple(replace(s, services=s.services & {0}) for s in d.stops)
        for crew in [tuple(able), *((*able, a) for a in others)]:
            yield replace(d, crew=crew, stops=plain)

    def _on_shift(self, m: int, d: VanDay) -> bool:
        shifts = self.problem.staff[m].shifts
        return any(s.day == d.day and s.starts <= d.depart and d.back <= s.ends for s in shifts)

    def _home(self, d: VanDay) -> VanDay:
        """The van-day with its way back after its last stop; a break that is now past it falls away."""
        last = d.stops[-1]
        base = self.problem.vans[d.van].base
        pause = d.break_start if d.break_start is not None and d.break_start <= last.leave else None
        rest = self.problem.meal_break.seconds if self.problem.meal_break and pause == last.leave else 0
        back = last.leave + travel_seconds(self.problem, d.day, last.leave, last.site, base) + rest
        return replace(d, back=back, break_start=pause)

    def _later_out(self, d: VanDay) -> VanDay:
        first = d.stops[0]
        drive = travel_seconds(self.problem, d.day, first.arrive, self.problem.vans[d.van].base, first.site)
        depart = first.arrive - drive
        pause = d.break_start if d.break_start is None or d.break_start >= depart else None
        return replace(d, depart=depart, break_start=pause)

    def _with(self, old: VanDay, new: VanDay) -> Plan:
        rest = [
            d for d in self.plan.van_days if not (d.van == old.van and d.day == old.day and _meets(d, old))
        ]
        return Plan(tuple(sorted([*rest, new], key=lambda d: (d.day, d.van, d.depart))))

    def _try(self, old: VanDay, new: VanDay) -> bool:
        """Take the new van-day if it breaks no rule, by itself (which is quick to see) and in the plan."""
        alone = check(self.problem, Plan((new,))).broken
        return all(b.rule == "refills" for b in alone) and self._accept(self._with(old, new))

    def _accept(self, plan: Plan) -> bool:
        still_out = {(d.van, d.day) for d in plan.van_days if self._open_stops(d)}
        excused = {fault for fault in self.excused if (fault[1], fault[2]) not in still_out}
        if self._faults(plan) - excused:
            return False
        self.plan = plan
        return True

    def _faults(self, plan: Plan) -> set[Fault]:
        return {_key(b) for b in check(self.problem, plan).broken if b.rule != "refills"}

    def _changes(self) -> Iterator[Change]:
        now = [(d.day, d.van, s) for d in self.plan.van_days for s in d.stops]
        for d in self.published.van_days:
            for s in d.stops:
                name = self.problem.sites[s.site].name
                there = [(v, t) for day, v, t in now if (day, t.site) == (d.day, s.site)]
                if not there:
                    gone = f"{name} at {clock(s.start)} on day {d.day + 1} is dropped."
                    yield Change("dropped", d.day, s.site, gone)
                elif not any(t.start == s.start for _, t in there):
                    times = f"{clock(s.start)} to {clock(there[0][1].start)}"
                    moved = f"{name} on day {d.day + 1} moves from {times}."
                    yield Change("moved", d.day, s.site, moved)


def _meets(a: VanDay, b: VanDay) -> bool:
    return a.depart < b.back and b.depart < a.back


def _key(fault: Broken) -> Fault:
    return fault.rule, fault.van, fault.day, fault.site
