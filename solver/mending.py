"""Mending a day: what has begun stands, what was told is put back where it still can be, the rest finds
another van, another time, or is lost. Each step is judged by `solver.check` before it is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from solver.bench import Bench, Swap
from solver.check import Broken, faults
from solver.nearby import clashes
from solver.plan import Plan, Stop, VanDay
from solver.problem import Problem
from solver.score import TOLD_WITHIN, keeps
from solver.timetable import lay

Fault = tuple[str, int | None, int | None, int | None]
HALF_HOURS = 12
STEP = 1800


class Mender:
    """The plan as far as it is mended. `late` says from which second a van on the road can roll today."""

    def __init__(
        self, problem: Problem, published: Plan, day: int, now: int, late: Mapping[int, int] | None = None
    ) -> None:
        self.problem, self.published, self.day, self.now = problem, published, day, now
        self.late = late or {}
        self.plan = Plan(tuple(d for d in map(self._begun, published.van_days) if d is not None))
        self.excused = self._faults(self.plan)
        self.lost: list[tuple[VanDay, Stop]] = []

    def restore(self) -> None:
        """Put back every van-day that is as good as it was told, then mend the others one by one."""
        open_days = [d for d in self.published.van_days if self.open_stops(d)]
        open_days.sort(key=lambda d: (d.day, d.depart, d.van))
        whole = [d for d in open_days if not self._troubled(d)]
        together = self._replaced([(self._there(d), d) for d in whole])
        if self._new_faults(together, whole):
            for d in whole:
                if not self._take([(self._there(d), d)]):
                    self._mend(d)
        else:
            self.plan = together
        for d in open_days:
            if d not in whole:
                self._mend(d)

    def lose(self, told: Plan) -> None:
        """What was told and is in no van-day of the plan wished for is lost, too."""
        wished = {(d.day, s.site, s.dwell) for d in self.published.van_days for s in d.stops}
        for d in told.van_days:
            self.lost += [(d, s) for s in self.open_stops(d) if (d.day, s.site, s.dwell) not in wished]

    def place_the_lost(self) -> None:
        """Hand the stops nobody serves any more to other vans, refills first, then promises, then the
        earliest; a promise may take the place of a stop nobody promised."""
        while self.lost:
            self.lost.sort(key=lambda one: (-self.weight(*one), one[0].day, one[1].start))
            told, stop = self.lost.pop(0)
            served = self._hand_over(told, stop) or self._fresh_van(told, stop)
            if not served and not (self.weight(told, stop) > 1 and self._displace(told, stop)):
                self._second_best(told, stop)

    def open_stops(self, d: VanDay) -> tuple[Stop, ...]:
        """The stops of a van-day at which the van has not arrived."""
        if d.day != self.day:
            return d.stops if d.day > self.day else ()
        return tuple(s for s in d.stops if s.arrive > self.now)

    def weight(self, d: VanDay, stop: Stop) -> int:
        """How much it hurts to change a stop: 1, with a promise 10, with refills due 100."""
        kept = [a for a in self.problem.anchors if a.day == d.day and keeps(a, stop)]
        return max([100 if a.refills_due else 10 for a in kept], default=1)

    def unmended(self) -> tuple[Broken, ...]:
        """Faults of the plan that are not those of what had begun."""
        return tuple(
            b for b in faults(self.problem, self.plan) if _key(b) not in self.excused or b.rule == "refills"
        )

    def try_van_day(self, old: VanDay | None, new: VanDay) -> bool:
        """Take a van-day in place of another if it breaks no rule."""
        return self._sound(new) and self._take([(old, new)])

    # what was told, as far as it can be

    def _mend(self, told: VanDay) -> None:
        """The largest part of the van-day that somebody can still drive, and what is left of it as lost."""
        left = self.open_stops(told)
        for stops in self._parts(told, left):
            for swaps in self._ways(told, stops):
                if self._take(swaps):
                    served = {s.site for s in stops}
                    self.lost += [(told, s) for s in left if s.site not in served]
                    return
        self.lost += [(told, s) for s in left]

    def _parts(self, told: VanDay, left: Sequence[Stop]) -> list[tuple[Stop, ...]]:
        """What could be left of a van-day, most worth first: some of its stops, all as told or all with the
        base service alone."""
        possible = [s for s in left if self.open_there(told, s)]
        parts = [part for size in range(1, len(possible) + 1) for part in combinations(possible, size)]
        found = [(float(sum(self.weight(told, s) for s in part)), part) for part in parts]
        for part in parts:
            plain = tuple(replace(s, services=s.services & {0}) for s in part)
            if plain != part:
                found.append((len(part) / (len(left) + 1), plain))
        return [part for _, part in sorted(found, key=lambda one: -one[0])]

    def open_there(self, d: VanDay, s: Stop) -> bool:
        """Whether the site is open for a stay on the van-day's date."""
        windows = self.problem.sites[s.site].windows
        return any(w.day == d.day and w.opens <= s.arrive and s.leave <= w.closes for w in windows)

    def _ways(self, told: VanDay, stops: tuple[Stop, ...]) -> Iterator[Sequence[Swap]]:
        """By its own van, else by one that is not out then; with its crew, else with another."""
        begun = self._begun(told)
        for van in [told.van, *self._idle(told)] if begun is None else [told.van]:
            new = lay(
                self.problem, van, told.day, stops, told.crew,
                slack=TOLD_WITHIN, free_from=self._free_from(told), begun=begun,
            )  # fmt: skip
            if new is not None and self._drives(van, new):
                yield from self._crewed(new, self._there(told))

    def _crewed(self, new: VanDay, old: VanDay | None) -> Iterator[Sequence[Swap]]:
        bench = Bench(self.problem, self.plan)
        dear = max(self.weight(new, s) for s in new.stops)
        for swaps in bench.crews(
            new,
            old,
            lambda e: self._begun(e) is None and e.day >= self.day,
            lambda e: max(self.weight(e, s) for s in e.stops) < dear,
        ):
            if all(self._sound(d) for _, d in swaps):
                yield swaps

    def _idle(self, told: VanDay) -> list[int]:
        out = {d.van for d in self.plan.van_days if d.day == told.day and _meets(d, told)}
        vans = range(len(self.problem.vans))
        return [v for v in vans if v not in out and v != told.van and self._drives(v, told)]

    def _drives(self, van: int, d: VanDay) -> bool:
        shifts = self.problem.vans[van].shifts
        return any(s.day == d.day and s.starts <= d.depart and d.back <= s.ends for s in shifts)

    # what its own van cannot serve any more

    def _hand_over(self, told: VanDay, stop: Stop) -> bool:
        """At the time told, by any van that is out."""
        return any(self.try_van_day(d, new) for d, new in self._insertions(told, stop, TOLD_WITHIN))

    def _fresh_van(self, told: VanDay, stop: Stop) -> bool:
        """At the time told, by a van that was to stay at its base, with people who are free."""
        for van in [told.van, *self._idle(told)]:
            new = lay(
                self.problem,
                van,
                told.day,
                (stop,),
                told.crew,
                slack=TOLD_WITHIN,
                free_from=self._free_from(told),
            )
            if (
                new is not None
                and self._drives(van, new)
                and any(self._take(swaps) for swaps in self._crewed(new, None))
            ):
                return True
        return False

    def _displace(self, told: VanDay, stop: Stop) -> bool:
        """In place of one stop that nobody promised, else of two; those are lost instead."""
        today = [d for d in self.plan.van_days if d.day == told.day]
        for size in (1, 2):
            for d in today:
                flexible = [s for s in self.open_stops(d) if self.weight(d, s) == 1]
                if any(self._make_room(d, stop, outs) for outs in combinations(flexible, size)):
                    return True
        return False

    def _make_room(self, d: VanDay, stop: Stop, outs: tuple[Stop, ...]) -> bool:
        stops = [*(s for s in self.open_stops(d) if s not in outs), stop]
        new = self._laid(d, sorted(stops, key=lambda s: s.start), TOLD_WITHIN)
        if new is None or not any(self._take(swaps) for swaps in self._crewed(new, d)):
            return False
        self.lost += [(d, out) for out in outs]
        return True

    def _second_best(self, told: VanDay, stop: Stop) -> bool:
        """Shorter at the time told; else at another time of the day, the nearest first."""
        shorter = sorted(
            (n for n in self.problem.sites[stop.site].dwell_options if n < stop.dwell), reverse=True
        )
        step = max(1, STEP // self.problem.start_step) * self.problem.start_step
        shifts = [n * step for k in range(1, HALF_HOURS + 1) for n in (k, -k)]
        wishes = [
            *(replace(stop, dwell=n, leave=stop.leave - stop.dwell + n) for n in shorter),
            *(
                replace(stop, arrive=stop.arrive + n, start=stop.start + n, leave=stop.leave + n)
                for n in shifts
            ),
        ]
        return any(
            self.try_van_day(d, new)
            for wish in wishes
            if self._still_ahead(told, wish) and self.open_there(told, wish)
            for d, new in self._insertions(told, wish, 0)
        )

    def _still_ahead(self, told: VanDay, stop: Stop) -> bool:
        return told.day > self.day or stop.arrive > self.now

    def _insertions(self, told: VanDay, stop: Stop, slack: int) -> Iterator[tuple[VanDay, VanDay]]:
        for d in self.plan.van_days:
            if d.day == told.day and _has_room(d, stop, slack):
                stops = sorted((*self.open_stops(d), stop), key=lambda s: s.start)
                new = self._laid(d, stops, slack)
                if new is not None:
                    yield d, new

    def _laid(self, d: VanDay, stops: Sequence[Stop], slack: int) -> VanDay | None:
        begun, free_from = self._begun(d), self._free_from(d)
        return lay(self.problem, d.van, d.day, stops, d.crew, slack=slack, free_from=free_from, begun=begun)

    # the plan

    def _free_from(self, d: VanDay) -> int:
        if d.day != self.day:
            return 0
        return max(self.late.get(d.van, 0), d.depart if d.depart <= self.now else self.now)

    def _begun(self, d: VanDay) -> VanDay | None:
        """What has begun of a van-day, on its way home; the break stays where it is behind us."""
        stops = d.stops[: len(d.stops) - len(self.open_stops(d))]
        if not stops:
            return None
        pause = d.break_start if d.break_start is not None and d.break_start <= stops[-1].leave else None
        gone = replace(d, stops=stops, break_start=pause)
        home = lay(
            self.problem,
            d.van,
            d.day,
            (),
            d.crew,
            free_from=self._free_from(d) if d.van in self.late else 0,
            begun=gone,
        )
        return home or gone

    def _there(self, told: VanDay) -> VanDay | None:
        """The begun part of a told van-day in the plan, if it has one."""
        return next(
            (d for d in self.plan.van_days if (d.van, d.day, d.depart) == (told.van, told.day, told.depart)),
            None,
        )

    def _troubled(self, d: VanDay) -> bool:
        return (d.day == self.day and d.van in self.late) or not self._sound(d)

    def _sound(self, d: VanDay) -> bool:
        """Whether a van-day breaks no rule by itself, which is quick to see."""
        return not {_key(b) for b in faults(self.problem, Plan((d,))) if b.rule != "refills"}

    def _take(self, swaps: Sequence[Swap]) -> bool:
        plan = self._replaced(swaps)
        if self._new_faults(plan, [new for _, new in swaps]):
            return False
        self.plan = plan
        return True

    def _replaced(self, swaps: Sequence[Swap]) -> Plan:
        gone = [old for old, _ in swaps if old is not None]
        rest = [d for d in self.plan.van_days if not any(d is old for old in gone)]
        return Plan(
            tuple(sorted([*rest, *(new for _, new in swaps)], key=lambda d: (d.day, d.van, d.depart)))
        )

    def _new_faults(self, plan: Plan, touched: Sequence[VanDay]) -> set[Fault]:
        """What the touched van-days break together with those they can clash with. A fault of a van-day that
        has begun is nobody's any more unless the van-day goes on."""
        on = {(d.van, d.day) for d in touched}
        excused = {fault for fault in self.excused if (fault[1], fault[2]) not in on}
        return {_key(b) for b in clashes(self.problem, plan, touched)} - excused

    def _faults(self, plan: Plan) -> set[Fault]:
        return {_key(b) for b in faults(self.problem, plan) if b.rule != "refills"}


def _has_room(d: VanDay, stop: Stop, slack: int) -> bool:
    """Whether a stop could lie between those of a van-day, the drive aside."""
    arrive, leave = stop.arrive + 2 * slack, stop.leave - 2 * slack
    return all(s.site != stop.site and (s.arrive >= leave or s.leave <= arrive) for s in d.stops)


def _meets(a: VanDay, b: VanDay) -> bool:
    return a.depart < b.back and b.depart < a.back


def _key(fault: Broken) -> Fault:
    return fault.rule, fault.van, fault.day, fault.site
