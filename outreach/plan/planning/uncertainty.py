"""Uncertainty: what a plan is worth in the cities that could be. It is made for the mean risk, which is
what counts when each week is one of many; each posterior draw is one whole city in which to price it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from sqlalchemy.orm import Session

from outreach.plan.planning.roster import Roster
from outreach.risk import surface
from solver.plan import Plan
from solver.problem import Problem
from solver.score import score

RANGE = (0.1, 0.9)


def interval(
    session: Session, programme_id: int, asked: Problem, roster: Roster, plan: Plan
) -> tuple[float, float] | None:
    """The plan's value that one city in ten falls short of, and that one in ten exceeds; None when the
    surface was laid over other cells since."""
    dates = [roster.day(n) for n in range(roster.days)]
    forecast = surface.forecast(session, programme_id, dates)
    place = {cell: n for n, cell in enumerate(forecast.cells)}
    if not roster.cells or any(cell not in place for cell in roster.cells):
        return None
    near = [place[cell] for cell in roster.cells]
    values = [
        sum(score(replace(asked, risk=draw[near].astype(np.float64)), plan).values())
        for draw in forecast.draws
    ]
    low, high = np.quantile(values, RANGE)
    return float(low), float(high)
