"""Valuing: what a version is worth once it is no longer the plan a run made, and what it reaches.

A plan's value is the judge's sum over its terms. Its first, the risk-weighted reach, counts the risk of each
cell's week with diminishing returns in the hours a van stands nearby: it ranks plans. How many expected
overdoses happen within a walk of a van that is there is `reach_of`, and much smaller.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy.orm import Session

from outreach.errors import Conflict
from outreach.plan.planning.roster import Roster
from outreach.plan.schedules.drafting import risk_within_a_walk
from outreach.plan.schedules.judging import as_decided, frozen, in_order, plan_of
from outreach.plan.versions import Version
from solver.marginal import worth_of_stops
from solver.plan import Plan
from solver.problem import Problem
from solver.score import score

NAMES = {"reach": "risk_weighted_reach"}
"""How a term of the score is told where "reach" would be taken for presence."""


def told_terms(terms: Mapping[str, float]) -> dict[str, float]:
    """The score's terms under the names people read."""
    return {NAMES.get(term, term): worth for term, worth in terms.items()}


def reach_of(version: Version) -> float:
    """Expected overdoses within a walk of a van while it is there: the sum over the stops that stand."""
    return sum(stop.reach for stop in version.stops if stop.state != "cancelled")


def revalue(session: Session, version: Version) -> None:
    """The figures of a changed version, by the judge, on its own days: its value and terms, what each stop
    reaches and is worth. What was proven held for the plan as it was made: no bound, no gap. Where nothing is
    kept to judge it by, it has no figures."""
    try:
        problem, roster = frozen(session, version)
    except Conflict:
        version.score = {}
        return
    asked = _on_its_days(as_decided(problem, roster, version), roster, version)
    plan = plan_of(version, roster)
    terms = score(asked, plan)
    version.score = {"value": sum(terms.values()), "bound": None, "gap": None, "terms": dict(terms)}
    _stops(version, roster, asked, plan)


def _stops(version: Version, roster: Roster, problem: Problem, plan: Plan) -> None:
    rows = [stop for shift in in_order(version, roster) for stop in shift.stops if stop.state != "cancelled"]
    planned = [(d.day, stop) for d in plan.van_days for stop in d.stops]
    worths = worth_of_stops(problem, plan) or [None] * len(rows)
    for row, (day, stop), worth in zip(rows, planned, worths, strict=True):
        row.reach, row.worth = risk_within_a_walk(problem, day, stop), worth


def _on_its_days(problem: Problem, roster: Roster, version: Version) -> Problem:
    """Without what is owed on days that are another version's: floors of weeks it has in part, stops told."""
    first, last = ((day - roster.from_date).days for day in (version.from_date, version.until_date))
    days = set(range(first, last + 1))
    parts = {problem.week_of(day) for day in range(problem.days) if day not in days}
    told = problem.published
    if told is not None:
        told = Plan(tuple(d for d in told.van_days if d.day in days))
    floors = tuple(floor for floor in problem.floors if floor.week not in parts)
    return replace(problem, floors=floors, published=told)
