"""Exploring: a part of the risk planned on goes to where vans have rarely been, so that the programme also
learns; how likely each site was to be chosen is kept, so that effects can be told apart from choices."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sqlalchemy.orm import Session

from outreach.plan.planning.roster import Explored, Roster
from outreach.risk import need, surface, unmet
from outreach.risk.forecast import Forecast
from outreach.risk.grid import Grid
from outreach.risk.need import Choice
from solver.plan import Plan
from solver.problem import Problem
from solver.score import score

Floats = NDArray[np.float64]
RARELY = 1.0 - math.exp(-1.0 / need.FULL_WEEK_HOURS)
"""A site is rarely visited while a van stands near its people for less than an hour a week."""
DAYS_A_WEEK = 7


@dataclass(frozen=True, slots=True)
class Weighed:
    """What later evaluation needs. `reach` is the score's risk-weighted reach, on the
    risk as believed instead of as explored. `propensities`, by position of the site: under how many of the
    surfaces it would be among the best by reach, as many as the plan has sites; 1 for promised ones."""

    reach: float
    propensities: tuple[float, ...]


def choose(
    session: Session, programme_id: int, forecast: Forecast, now: datetime, seed: int, share: float
) -> tuple[Choice, Floats]:
    """The surface to plan with, of the mean week of the forecast's dates, and how far vans served each cell
    in the last weeks. The same seed, surface and visits give the same choice."""
    visits = unmet.visits(session, programme_id, now)
    served = need.presence(Grid.of(forecast.cells), visits, unmet.RECENT_WEEKS)
    return need.explored(_weekly(forecast), forecast.relative_draws, served, seed, share), served


def planned_on(forecast: Forecast, choice: Choice) -> Floats:
    """The forecast's mean (cells, dates, bands) with each cell's week as it was chosen."""
    weekly = _weekly(forecast)
    times = np.divide(choice.weekly, weekly, out=np.ones_like(weekly), where=weekly > 0)
    return np.asarray(forecast.mean * times[:, None, None])


def kept(access: csr_array, choice: Choice, served: Floats, share: float, now: datetime) -> Explored:
    """What is to be kept with the run; `access` is (sites, all cells)."""
    weights = access.multiply(choice.weekly).tocsr()
    around = (weights @ served) / np.maximum(weights.sum(axis=1), 1e-12)
    figures = tuple(round(float(one), 3) for one in around)
    return Explored(share, choice.drawn, len(choice.surfaces), now.isoformat(), _mark(choice), figures)


def weighed(
    session: Session, programme_id: int, asked: Problem, roster: Roster, plan: Plan
) -> Weighed | None:
    """How likely the choices of a plan were; None when the risk is not what it was when the run was asked."""
    explored = roster.explored
    if explored is None or not roster.cells:
        return None
    now = datetime.fromisoformat(explored.at)
    forecast = surface.forecast(session, programme_id, [roster.day(n) for n in range(roster.days)])
    place = {cell: n for n, cell in enumerate(forecast.cells)}
    if any(cell not in place for cell in roster.cells):
        return None
    near = [place[cell] for cell in roster.cells]
    choice, _ = choose(session, programme_id, forecast, now, asked.seed, explored.share)
    if _mark(choice) != explored.mark:
        return None
    believed = score(replace(asked, risk=forecast.mean[near]), plan)
    return Weighed(believed["reach"], _propensities(asked, choice.surfaces[:, near], plan))


def time_share(explored: Explored, plan: Plan) -> float | None:
    """The part of the time with people that the plan spends at rarely visited sites; None without stops."""
    stops = [stop for van_day in plan.van_days for stop in van_day.stops]
    total = sum(stop.dwell for stop in stops)
    rarely = sum(stop.dwell for stop in stops if explored.served[stop.site] < RARELY)
    return rarely / total if total else None


def sentence(explored: Explored, plan: Plan) -> str | None:
    """For the coordinator, when the plan explores less than was asked for."""
    part = time_share(explored, plan)
    if part is None or part >= explored.share:
        return None
    return (
        f"{part:.0%} of the time is at places where vans rarely stood in the last {unmet.RECENT_WEEKS} "
        f"weeks; {explored.share:.0%} was to be. Add sites there, or open them on more days."
    )


def _weekly(forecast: Forecast) -> Floats:
    return np.asarray(forecast.mean.sum(axis=2).mean(axis=1) * DAYS_A_WEEK)


def _mark(choice: Choice) -> str:
    return hashlib.sha256(choice.weekly.tobytes()).hexdigest()[:16]


def _propensities(asked: Problem, surfaces: Floats, plan: Plan) -> tuple[float, ...]:
    shape = (len(asked.sites), len(asked.risk))
    access = csr_array((asked.access_share, asked.access_cells, asked.access_starts), shape)
    chosen = {stop.site for van_day in plan.van_days for stop in van_day.stops}
    likely = need.propensities(np.asarray((access @ surfaces.T).T), len(chosen))
    likely[[promise.site for promise in asked.anchors]] = 1.0
    return tuple(round(float(one), 3) for one in likely)
