"""What van-days compete for: a site's days, and the people of a day and their hours of a week.

Every row is a sum over van-days that no plan exceeds, so any price ≥ 0 on it keeps the bound true.
"""

from __future__ import annotations

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
        self.people: list[list[tuple[int, float]]] = [[] for _ in ground.kinds]
        self.hours: list[list[tuple[int, float, int, int]]] = [[] for _ in ground.kinds]
        self._space()
        self.people_from = len(self.room)
        self._staff()
        self.limit = np.array(self.room)

    def duty_price(self, kind: int, price: Floats) -> tuple[float, Floats]:
        """What a van-day of the kind pays for its people: once, and by the clock."""
        lattice = self.ground.kinds[kind].lattice
        ticks = lattice.begin + lattice.step * np.arange(lattice.slots + 1)
        clock = np.zeros(len(ticks))
        for row, need, begins, ends in self.hours[kind]:
            if price[row] > 0:
                clock += price[row] * need / HOUR * np.clip(ticks - begins, 0, ends - begins)
        return sum(float(price[row]) * need for row, need in self.people[kind]), clock

    def duty_hours(self, kind: int, depart: int, back: int) -> list[tuple[int, float]]:
        """What a van-day from `depart` to `back` takes of each row of hours."""
        taken = []
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
                self._people_row(kinds, heads, _duties_on(p, group, day))
            for week in range(p.weeks):
                kinds = [n for n, k in enumerate(self.ground.kinds) if p.week_of(k.day) == week]
                self.names[len(self.room)] = f"hour:{' or '.join(sorted(group))}:week {week + 1}"
                hours = PricedWork(frozenset(group), week, None, 0, 7 * 24 * HOUR, 0.0)
                self._hours_row(kinds, hours, _week_hours(p, group, week))
            for day in sorted({k.day for k in self.ground.kinds}):
                kinds = [n for n, k in enumerate(self.ground.kinds) if k.day == day]
                for begins, ends, there in _presence(p, group, day):
                    hours = PricedWork(frozenset(group), p.week_of(day), day, begins, ends, 0.0)
                    self._hours_row(kinds, hours, there * (ends - begins) / HOUR)

    def _people_row(self, kinds: list[int], work: PricedWork, room: float) -> None:
        for number in kinds:
            need = _need(self.ground.problem, self.ground.kinds[number].level, work.roles)
            if need:
                self.people[number].append((len(self.room), float(need)))
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


def _duties_on(p: Problem, group: set[str], day: int) -> float:
    """How many duties the holders could possibly work that day."""
    total = 0
    shortest = min((min(s.dwell_options) + s.setup_seconds + s.packdown_seconds for s in p.sites), default=1)
    for m in _holders(p, group, day):
        shifts = [s for s in p.staff[m].shifts if s.day == day]
        if shifts:
            span = max(s.ends for s in shifts) - min(s.starts for s in shifts)
            rest = p.staff[m].min_rest_seconds
            total += max(0, (span + rest) // (shortest + rest))
    return float(total)


def _week_hours(p: Problem, group: set[str], week: int) -> float:
    """How many hours the holders could possibly be on duty that week."""
    total = 0.0
    for m, person in enumerate(p.staff):
        days = [d for d in range(p.days) if p.week_of(d) == week and m in _holders(p, group, d)]
        spans = [_span(p, m, d) for d in days]
        total += min(person.max_week_seconds, sum(min(person.max_day_seconds, s) for s in spans))
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
