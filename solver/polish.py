"""Polish: every stay that could still be added or exchanged for a better one by hand is, so that nobody
finds one.

The search prices van-days by the crews it has chosen; what is left over at their ends is found here.
"""

from __future__ import annotations

from solver.nearby import clashes
from solver.placing import Placer, Placing
from solver.plan import Plan
from solver.problem import Problem

ROUNDS = 3
LEAST = 1e-6


def polished(problem: Problem, plan: Plan) -> Plan:
    """The plan with the placings that gain most taken one after another, until none gains."""
    for _ in range(ROUNDS):
        placer = Placer(problem, plan)
        found = [
            placing for s in range(len(problem.sites)) if (placing := placer.best(s)) and placing.gain > LEAST
        ]
        better = plan
        for placing in sorted(found, key=lambda one: -one.gain):
            better = _taken(problem, plan, better, placing)
        if better is plan:
            break
        plan = better
    return plan


def _taken(problem: Problem, looked_at: Plan, plan: Plan, placing: Placing) -> Plan:
    """The plan with a placing that was found on an earlier one, where its van-day is still as it was."""
    old = looked_at.van_days[placing.at] if placing.at >= 0 else None
    if old is not None and not any(d is old for d in plan.van_days):
        return plan
    at = next((n for n, d in enumerate(plan.van_days) if d is old), -1)
    new = Placing(placing.gain, at, placing.van_day, placing.stop, placing.out)
    better = new.applied(plan)
    if any(clashes(problem, better, [new.van_day])):
        return plan
    return better if new.gain_on(problem, plan) > LEAST else plan
