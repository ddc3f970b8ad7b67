"""What van-days compete for: a site's days, and the people of a day and their hours of a week.

Every row is a sum over van-days that no plan exceeds, so any price ≥ 0 on it keeps the bound true.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np

from solver.certificate import PricedStay, PricedWork
from solver.ground import Ground, Kind
from solver.problem import HOUR, Problem
from solver.vanday import Floats


class Rows:
    """Rows in the order: spacing windows of sites, people by day, hours by week. `spoken` tells each."""

    def __init__(self, ground: Ground) -> None:
        self.ground, self.room = ground, list[float]()
        self.spoken: list[PricedStay | PricedWork] = []
        self.names: dict[int, str] = {}
        self.stays: dict[tuple[int, int], list[int]] = {}
        self.people: list[list[tuple[int, float, int]]] = [[] for _ in ground.kinds]
        self.hours: list[list[tuple[int, float, int, int]]] = [[] for _ in ground.kinds]
        self._space()
        self.people_from = len(self.room)
        self._staff()
        self.limit = np.array(self.room)

    def worth_asking(self, price: Floats, least: float) -> Floats:
        """The prices without those of people below the least: pricing is slower by each, twice as slow where
        the length of a duty counts."""
        people = np.arange(len(price)) >= self.people_from
        return np.where(people & (price < least), 0.0, price)

    def lengths(self, kind: int, price: Floats) -> list[int]:
        """Lengths in seconds up to which van-days of the kind pay the same once, the longest first."""
        longest = self.ground.kinds[kind].lattice.longest
        some = {longer for row, _, longer in self.people[kind] if price[row] > 0 and 0 < longer < longest}
        return [longest, *sorted(some, reverse=True)]

    def duty_price(self, kind: int, price: Floats, longest: int) -> tuple[float, Floats]:
        """What a van-day of the kind, as long as that, pays for its people: once, and by the clock."""
        lattice = self.ground.kinds[kind].lattice
        ticks = lattice.begin + lattice.step * np.arange(lattice.slots + 1)
        clock = np.zeros(len(ticks))
        for row, need, begins, ends in self.hours[kind]:
            if price[row] > 0:
                clock += price[row] * need / HOUR * np.clip(ticks - begins, 0, ends - begins)
        once = sum(float(price[row]) * need for row, need, longer in self.people[kind] if longer < longest)
        return once, clock

    def duty_takes(self, kind: int, depart: int, back: int) -> list[tuple[int, float]]:
        """What a van-day from `depart` to `back` takes of each row of people and of hours."""
        taken = [(row, need) for row, need, longer in self.people[kind] if longer < back - depart]
        for row, need, begins, ends in self.hours[kind]:
            inside = min(back, ends) - max(depart, begins)
            if inside > 0:
                taken.append((row, need * inside / HOUR))
        return taken

    def stay_price(self, kind: Kind, price: Floats) -> Floats:
        """What a stay at each local site pays for the site's day."""
        paid = [sum(float(price[row]) for row in self.stays.get((int(s), kind.day), ())) for s in kind.sites]
        return np.array(paid)

    def _space(self) -> None:
        p = self.ground.problem
        open_on = {(int(s), k.day) for k in self.ground.kinds for s in k.sites}
        for site, place in enumerate(p.sites):
            span = max(1, place.spacing_days)
            days = [d for d in range(p.days) if (site, d) in open_on]
            covered: set[int] = set()
            for first in days:
                window = {d for d in days if first <= d < first + span}
                if not window <= covered or first == days[0]:
                    for d in window:
                        self.stays.setdefault((site, d), []).append(len(self.room))
                    self.room.append(float(place.max_vans))
                    self.spoken.append(PricedStay(site, frozenset(window), 0.0))
                    covered = window
        return

    def _staff(self) -> None:
        p = self.ground.problem
        if not p.services:
            return
        roles = sorted({role for service in p.services for role, _ in service.crew})
        groups = [set(c) for n in (1, 2, len(roles)) for c in combinations(roles, n)]
        for group in [g for n, g in enumerate(groups) if g not in groups[:n]]:
            for day in sorted({k.day for k in self.ground.kinds}):
                kinds = [n for n, k in enumerate(self.ground.kinds) if k.day == day]
                heads = PricedWork(frozenset(group), p.week_of(day), day, 0, 0, 0.0, by_hour=False)
                self._people_row(kinds, heads, _duties_on(p, group, day, 0))
                longer = max((_half_day(p, m, day) for m in _holders(p, group, day)), default=0)
                if longer > 0:
                    heads = replace(heads, longer_than=longer)
                    self._people_row(kinds, heads, _duties_on(p, group, day, longer))
            for week in range(p.weeks):
                kinds = [n for n, k in enumerate(self.ground.kinds) if p.week_of(k.day) == week]
                self.names[len(self.room)] = f"hour:{' or '.join(sorted(group))}:week {week + 1}"
                hours = PricedWork(frozenset(group), week, None, 0, 7 * 24 * HOUR, 0.0)
                self._hours_row(kinds, hours, _week_hours(p, group, week))
            for day in sorted({k.day for k in self.ground.kinds}):
                kinds = [n for n, k in enumerate(self.ground.kinds) if k.day == day]
                whole = PricedWork(frozenset(group), p.week_of(day), day, 0, 7 * 24 * HOUR, 0.0)
                worked = sum(_day_work(p, m, day) for m in _holders(p, group, day))
                self._hours_row(kinds, whole, worked / HOUR)
                for begins, ends, there in _presence(p, group, day):
                    hours = PricedWork(frozenset(group), p.week_of(day), day, begins, ends, 0.0)
                    self._hours_row(kinds, hours, there * (ends - begins) / HOUR)

    def _people_row(self, kinds: list[int], work: PricedWork, room: float) -> None:
        for number in kinds:
            need = _need(self.ground.problem, self.ground.kinds[number].level, work.roles)
            if need:
                self.people[number].append((len(self.room), float(need), work.longer_than))
        self.room.append(room)
        self.spoken.append(work)

    def _hours_row(self, kinds: list[int], work: PricedWork, room: float) -> None:
        for number in kinds:
            need = _need(self.ground.problem, self.ground.kinds[number].level, work.roles)
            if need:
                self.hours[number].append((len(self.room), float(need), work.begins, work.ends))
        self.room.append(room)
        self.spoken.append(work)


def _need(p: Problem, level: frozenset[int], group: frozenset[str]) -> int:
    """The fewest members with a role of the group that a crew for the level has."""
    return max((sum(count for role, count in p.services[n].crew if role in group) for n in level), default=0)


def _holders(p: Problem, group: set[str], day: int) -> list[int]:
    return [
        m for m, person in enumerate(p.staff) if any(r in group and day in days for r, days in person.roles)
    ]


def _duties_on(p: Problem, group: set[str], day: int, longer: int) -> float:
    """How many duties of more than so many seconds the holders could possibly work that day."""
    return float(sum(_most_duties(p, m, day, longer) for m in _holders(p, group, day)))


def _most_duties(p: Problem, m: int, day: int, longer: int) -> int:
    """How many duties of more than so many seconds a member could possibly work in a day, with the rest
    between them."""
    shortest = min((min(s.dwell_options) + s.setup_seconds + s.packdown_seconds for s in p.sites), default=1)
    rest = p.staff[m].min_rest_seconds
    span = _span(p, m, day)
    return max(0, (span + rest) // (max(shortest, longer + 1) + rest)) if span else 0


def _half_day(p: Problem, m: int, day: int) -> int:
    """Of two duties of a member in one day, with the rest between them, the shorter is no longer."""
    return max(0, (_span(p, m, day) - p.staff[m].min_rest_seconds) // 2)


def _day_work(p: Problem, m: int, day: int) -> int:
    """Seconds that a member could possibly be on duty in a day: one duty is no longer than a shift of theirs
    and of a van, and each further one costs a rest."""
    person, span = p.staff[m], _span(p, m, day)
    own = max((s.ends - s.starts for s in person.shifts if s.day == day), default=0)
    driven = max((s.ends - s.starts for v in p.vans for s in v.shifts if s.day == day), default=0)
    duties = range(1, 1 + _most_duties(p, m, day, 0))
    work = [min(n * min(own, driven), span - (n - 1) * person.min_rest_seconds) for n in duties]
    return min(person.max_day_seconds, max(work, default=0))


def _week_hours(p: Problem, group: set[str], week: int) -> float:
    """How many hours the holders could possibly be on duty that week."""
    total = 0.0
    for m, person in enumerate(p.staff):
        days = [d for d in range(p.days) if p.week_of(d) == week and m in _holders(p, group, d)]
        total += min(person.max_week_seconds, sum(_day_work(p, m, d) for d in days))
    return total / HOUR


def _span(p: Problem, m: int, day: int) -> int:
    shifts = [s for s in p.staff[m].shifts if s.day == day]
    return max((s.ends for s in shifts), default=0) - min((s.starts for s in shifts), default=0)


def _presence(p: Problem, group: set[str], day: int) -> list[tuple[int, int, int]]:
    """Spans of the day (on the problem's grid) and the most holders of a role on shift at once in each."""
    shifts = [s for m in _holders(p, group, day) for s in p.staff[m].shifts if s.day == day]
    exact = sorted({t for s in shifts for t in (s.starts, s.ends)})
    counts = [(a, b, sum(s.starts <= a and b <= s.ends for s in shifts)) for a, b in pairwise(exact)]
    grid = sorted(
        {t // p.start_step * p.start_step for t in exact}
        | {-(-t // p.start_step) * p.start_step for t in exact}
    )
    spans = [(0, grid[0], 0)] if grid else [(0, 7 * 24 * HOUR, 0)]
    for a, b in pairwise(grid):
        spans.append((a, b, max((n for c, d, n in counts if c < b and d > a), default=0)))
    return spans + ([(grid[-1], 7 * 24 * HOUR, 0)] if grid else [])
