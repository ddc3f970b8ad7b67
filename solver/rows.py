"""What van-days compete for: a site's days, and the people of a day and their hours of a week.

Every row is a sum over van-days that no plan exceeds, so any price ≥ 0 on it keeps the bound true.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from solver.ground import Ground, Kind
from solver.problem import HOUR, Problem
from solver.vanday import Floats


class Rows:
    """Rows in the order: spacing windows of sites, people by day, hours by week."""

    def __init__(self, ground: Ground) -> None:
        self.ground, self.room = ground, list[float]()
        self.stays: dict[tuple[int, int], list[int]] = {}
        self.people: list[list[tuple[int, float]]] = [[] for _ in ground.kinds]
        self.hours: list[list[tuple[int, float]]] = [[] for _ in ground.kinds]
        self._space()
        self.people_from = len(self.room)
        self._staff()
        self.limit = np.array(self.room)

    def duty_price(self, kind: int, price: Floats) -> tuple[float, float]:
        """What a van-day of the kind pays for its people: once, and by the second."""
        once = sum(float(price[row]) * need for row, need in self.people[kind])
        return once, sum(float(price[row]) * need for row, need in self.hours[kind]) / HOUR

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
                self._row(self.people, group, lambda k, d=day: k.day == d, _duties_on(p, group, day))
            for week in range(p.weeks):
                room = _week_hours(p, group, week)
                self._row(self.hours, group, lambda k, w=week: p.week_of(k.day) == w, room)

    def _row(self, into: list[list[tuple[int, float]]], group: set[str], where, room: float) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
        for number, kind in enumerate(self.ground.kinds):
            need = _need(self.ground.problem, kind.level, group)
            if where(kind) and need:
                into[number].append((len(self.room), float(need)))
        self.room.append(room)


def _need(p: Problem, level: frozenset[int], group: set[str]) -> int:
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
