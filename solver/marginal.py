"""Margins: what one more stay would add to a plan's reach, for every site at once, and what each stop adds.

The judge's own sum (`solver.score`), taken apart by cell and week so that a thousand questions cost
milliseconds.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from solver.plan import Plan, Stop, VanDay
from solver.problem import Problem
from solver.score import besides, exposure, hours_by_band, week_risk
from solver.timetable import lay

Floats = NDArray[np.float64]
MOST_STOPS = 600


class Margins:
    """What a plan leaves to be reached."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.problem = problem
        self.weekly = week_risk(problem)
        self.plan = plan
        self.left = self.weekly * np.exp(-problem.saturation * exposure(problem, plan))
        self.others = sum(besides(problem, plan).values())
        self.days_in = np.bincount(
            [problem.week_of(day) for day in range(problem.days)], minlength=problem.weeks
        )

    def by_site(self, day: int, start: int, dwell: int, without: Stop | None = None) -> Floats:
        """What a stay of `dwell` seconds from `start` on `day` would add at each site, if the stop
        `without` of the same day were not there."""
        p = self.problem
        if not p.risk.size or len(p.access_starts) != len(p.sites) + 1:
            return np.zeros(len(p.sites))
        left = self.left[:, p.week_of(day)]
        if without is not None:
            cells, rise = self._rise(day, without)
            left = left.copy()
            left[cells] *= np.exp(p.saturation * rise)
        per_hour = self._per_cell(day, start, dwell)
        won = left[p.access_cells] * -np.expm1(-p.saturation * p.access_share * per_hour[p.access_cells])
        sums = np.concatenate([[0.0], np.cumsum(won)])
        return np.asarray(p.weights.reach * (sums[p.access_starts[1:]] - sums[p.access_starts[:-1]]))

    def gain(
        self, plan: Plan, old: VanDay | None, new: VanDay | None, allowed: Problem | None = None
    ) -> float:
        """By how much a plan that has one van-day in place of another is worth more: the judge's own sum, in
        a problem that may allow more people than the plan's own."""
        rise: dict[int, float] = {}
        day = next(d.day for d in (new, old) if d is not None)
        for sign, d in ((-1.0, old), (1.0, new)):
            for stop in d.stops if d is not None else ():
                cells, by = self._rise(day, stop)
                for cell, more in zip(cells.tolist(), by.tolist(), strict=True):
                    rise[cell] = rise.get(cell, 0.0) + sign * more
        week = self.problem.week_of(day)
        cells = np.fromiter(rise, np.int64, len(rise))
        more = np.fromiter(rise.values(), np.float64, len(rise))
        reach = self.left[cells, week] @ -np.expm1(-self.problem.saturation * more) if rise else 0.0
        return (
            self.problem.weights.reach * float(reach)
            + sum(besides(allowed or self.problem, plan).values())
            - self.others
        )

    def _rise(self, day: int, stop: Stop) -> tuple[NDArray[np.int32], Floats]:
        p = self.problem
        if not p.risk.size or len(p.access_starts) != len(p.sites) + 1:
            return np.zeros(0, np.int32), np.zeros(0)
        part = slice(int(p.access_starts[stop.site]), int(p.access_starts[stop.site + 1]))
        cells = p.access_cells[part]
        return cells, p.access_share[part] * self._per_cell(day, stop.start, stop.dwell)[cells]

    def _per_cell(self, day: int, start: int, dwell: int) -> Floats:
        week = self.problem.week_of(day)
        hours = self.problem.risk[:, day, :] @ hours_by_band(start, dwell) * self.days_in[week]
        weekly = self.weekly[:, week]
        return np.asarray(np.divide(hours, weekly, out=np.zeros_like(weekly), where=weekly > 0))


def worth_of_stops(problem: Problem, plan: Plan) -> tuple[float, ...]:
    """By how much the plan's value would fall without each of its stops, in order, the drive saved counted;
    empty for a plan of more than `MOST_STOPS`, where nobody would read them all."""
    if sum(len(d.stops) for d in plan.van_days) > MOST_STOPS:
        return ()
    margins = Margins(problem, plan)
    found = []
    for at, d in enumerate(plan.van_days):
        for n in range(len(d.stops)):
            less = without(problem, plan, at, n)
            left = less.van_days[at] if len(d.stops) > 1 else None
            found.append(-margins.gain(less, d, left))
    return tuple(found)


def without(problem: Problem, plan: Plan, at: int, n: int) -> Plan:
    """The plan without the n-th stop of a van-day, the others at their times; a van-day without stops is
    gone."""
    d = plan.van_days[at]
    stops = (*d.stops[:n], *d.stops[n + 1 :])
    less = lay(problem, d.van, d.day, stops, d.crew) if stops else None
    kept = (less or replace(d, stops=stops),) if stops else ()
    return Plan((*plan.van_days[:at], *kept, *plan.van_days[at + 1 :]))
