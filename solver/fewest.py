"""How few stops any plan could change: what the trouble makes impossible, proven without looking for a plan.

On each day the stops people were told of are handed to the van shifts that are left, along every path that
keeps to the clock, the road, the shift and the windows, with no more crews for a service than there are
people for it. Meals, rest and other days are left out, so no plan keeps more stops than the best such paths
together do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from solver.crews import may_fill, missing_for
from solver.plan import Plan, Stop, VanDay
from solver.problem import Problem
from solver.score import TOLD_WITHIN, travel_seconds

MOST_ON_A_PATH = 12
MOST_STATES = 4000


@dataclass(frozen=True)
class Slot:
    """A shift that a van may still drive: from where, from when, until when; `begun` is what it has done."""

    van: int
    place: int
    leave: int
    ends: int
    begun: VanDay | None


@dataclass(frozen=True)
class Cover:
    """No plan changes fewer than `lost` stops of the day; `paths` lose no more, as far as paths can tell,
    and are empty where the day is too large to try them all."""

    lost: int
    paths: tuple[tuple[Slot, tuple[Stop, ...]], ...] = ()


def best_cover(problem: Problem, published: Plan, day: int, now: int, late: Mapping[int, int]) -> Cover:
    """The fewest changes on a day, of which everything before second `now` is over (-1: nothing is)."""
    return _Day(problem, published, day, now, late).cover()


Used = tuple[int, ...]
Path = tuple[int, Used]
State = tuple[int, Used]


class _Day:
    """One day's stops to keep, and the van shifts and crews that might."""

    def __init__(
        self, problem: Problem, published: Plan, day: int, now: int, late: Mapping[int, int]
    ) -> None:
        self.problem, self.day, self.now = problem, day, now
        told = [d for d in published.van_days if d.day == day]
        self.stops = sorted((s for d in told for s in d.stops if s.arrive > now), key=lambda s: s.start)
        self.out = [d for d in told if d.depart <= now]
        self.slots = [slot for v in range(len(problem.vans)) for slot in self._slots(v, told, now, late)]
        done = [d for d in told if all(s.arrive <= now for s in d.stops)]
        self.crews = self._most_crews({m for d in done for m in d.crew})

    def cover(self) -> Cover:
        """Slot after slot, every set of stops that paths can serve with the crews there are."""
        fits = [[n for n, s in enumerate(self.stops) if self._serves(slot, s)] for slot in self.slots]
        impossible = len(self.stops) - len({n for some in fits for n in some})
        if any(len(some) > MOST_ON_A_PATH for some in fits):
            return Cover(impossible)
        reached: dict[State, list[int]] = {(0, (0,) * len(self.crews)): []}
        for slot, some in zip(self.slots, fits, strict=True):
            reached = self._with(reached, _longest(self._paths(slot, some)))
            if len(reached) > MOST_STATES:
                return Cover(impossible)
        (mask, _), taken = max(reached.items(), key=lambda one: one[0][0].bit_count())
        return Cover(len(self.stops) - mask.bit_count(), self._told(taken))

    def _with(self, reached: dict[State, list[int]], paths: Sequence[Path]) -> dict[State, list[int]]:
        found: dict[State, list[int]] = {}
        for (mask, used), taken in reached.items():
            found.setdefault((mask, used), [*taken, 0])
            for path, crews in paths:
                then = tuple(a + b for a, b in zip(used, crews, strict=True))
                if all(a <= b for a, b in zip(then, self.crews, strict=True)):
                    found.setdefault((mask | path, then), [*taken, path & ~mask])
        return _undominated(found)

    def _told(self, taken: Sequence[int]) -> tuple[tuple[Slot, tuple[Stop, ...]], ...]:
        return tuple(
            (slot, tuple(s for n, s in enumerate(self.stops) if path >> n & 1))
            for slot, path in zip(self.slots, taken, strict=True)
            if path
        )

    def _slots(self, van: int, told: list[VanDay], now: int, late: Mapping[int, int]) -> Iterable[Slot]:
        base = self.problem.vans[van].base
        for shift in self.problem.vans[van].shifts:
            if shift.day != self.day or shift.ends <= now:
                continue
            out = [
                d for d in told if d.van == van and shift.starts <= d.depart <= now and d.back <= shift.ends
            ]
            begun = [s for d in out for s in d.stops if s.arrive <= now]
            place, leave = base, max(shift.starts, out[0].depart if out else now)
            if begun:
                place, leave = begun[-1].site, begun[-1].leave
            yield Slot(van, place, max(leave, late.get(van, 0)), shift.ends, out[0] if begun else None)

    def _serves(self, slot: Slot, s: Stop) -> bool:
        site = self.problem.sites[s.site]
        allowed = site.vans is None or slot.van in site.vans
        return allowed and self._crewable(slot, [s]) and self._drivable(slot, [s])

    def _crewable(self, slot: Slot, stops: Sequence[Stop]) -> bool:
        """Whether there are people for these stops, beside those who are out already and must rest after."""
        first, last = stops[0].arrive + TOLD_WITHIN, stops[-1].leave - TOLD_WITHIN
        on = [
            m for m, person in enumerate(self.problem.staff)
            if any(t.day == self.day and t.starts <= first and last <= t.ends for t in person.shifts)
            and not any(
                d is not slot.begun and first - self._home(d) < person.min_rest_seconds
                for d in self.out if m in d.crew
            )
        ]  # fmt: skip
        services = {n for s in stops for n in s.services} if self.problem.services else set()
        return not any(missing_for(self.problem, on, self.day, n) for n in services)

    def _home(self, d: VanDay) -> int:
        """The soonest second at which a van that is out can be back."""
        begun = [s for s in d.stops if s.arrive <= self.now]
        return (begun[-1].leave if begun else d.depart) - TOLD_WITHIN

    def _paths(self, slot: Slot, some: Sequence[int]) -> list[Path]:
        """Every set of stops that the slot can serve one after another, as bits, with the crews it takes."""
        found: list[Path] = []
        grown: list[tuple[int, ...]] = [()]
        while grown:
            path = grown.pop()
            for n in some:
                if path and n <= path[-1]:
                    continue
                longer = (*path, n)
                stops = [self.stops[i] for i in longer]
                if self._drivable(slot, stops) and self._crewable(slot, stops):
                    grown.append(longer)
                    found.append((sum(1 << i for i in longer), self._needs(longer)))
        return found

    def _needs(self, path: Sequence[int]) -> Used:
        offered = {n for i in path for n in self.stops[i].services}
        return tuple(int(n in offered) for n in range(len(self.crews)))

    def _drivable(self, slot: Slot, stops: Sequence[Stop]) -> bool:
        """Whether a van can serve these in order, each within a quarter of an hour of the time told."""
        place, leave = slot.place, slot.leave
        for s in stops:
            arrive = max(
                s.arrive - TOLD_WITHIN, leave + travel_seconds(self.problem, self.day, leave, place, s.site)
            )
            late = arrive - s.arrive
            if late > TOLD_WITHIN or not self._open(s, late):
                return False
            place, leave = s.site, s.leave + late
        base = self.problem.vans[slot.van].base
        return leave + travel_seconds(self.problem, self.day, leave, place, base) <= slot.ends

    def _open(self, s: Stop, late: int) -> bool:
        return any(
            w.day == self.day and w.opens <= s.arrive + TOLD_WITHIN and s.leave + late <= w.closes
            for w in self.problem.sites[s.site].windows
        )

    def _most_crews(self, spent: set[int]) -> Used:
        """For each service, no more van-days offer it than there are people for its scarcest role, each
        working once, unless the day is so long that somebody could rest between two."""
        p = self.problem
        on = [
            m for m, person in enumerate(p.staff)
            if m not in spent and any(s.day == self.day for s in person.shifts)
        ]  # fmt: skip
        longest = max(
            (b.arrive - a.leave + 2 * TOLD_WITHIN for a in self.stops for b in self.stops), default=0
        )
        if any(p.staff[m].min_rest_seconds <= longest for m in on):
            return (len(self.slots),) * len(p.services)
        return tuple(
            min(
                [sum(may_fill(p, m, role, self.day, n) for m in on) // count for role, count in wanted.crew]
                or [len(self.slots)]
            )
            for n, wanted in enumerate(p.services)
        )


def _longest(paths: Sequence[Path]) -> list[Path]:
    """The paths that no other of the same or fewer crews holds."""
    return [
        (mask, used) for mask, used in paths
        if not any(
            mask & ~other == 0 and mask != other and all(a <= b for a, b in zip(crews, used, strict=True))
            for other, crews in paths
        )
    ]  # fmt: skip


def _undominated(found: dict[State, list[int]]) -> dict[State, list[int]]:
    kept: list[State] = []
    for state in sorted(found, key=lambda one: (-one[0].bit_count(), one[1])):
        mask, used = state
        if not any(mask & ~m == 0 and all(a <= b for a, b in zip(u, used, strict=True)) for m, u in kept):
            kept.append(state)
    return {state: found[state] for state in kept}
