"""Replaying: a run solved again from what was stored with it, and what differs if the plan does. Loads the
optimizer: for the command line, never for the web process."""

from __future__ import annotations

from dataclasses import dataclass

from outreach.errors import Conflict
from outreach.plan.engine import Engine
from outreach.plan.planning.answers import Answer
from outreach.plan.runs import Run
from outreach.plan.worker import WORK_PER_SECOND
from solver.files import plan_to_json, problem_from_bytes
from solver.limits import Until
from solver.solve import solve


@dataclass(frozen=True, slots=True)
class Replay:
    """`identical` says whether the plan is the same, letter by letter; `differs` are sentences on what is
    not as it was; the values are those of then and now."""

    identical: bool
    differs: tuple[str, ...]
    value_then: float
    value_now: float


def replay(run: Run) -> Replay:
    """Solve the run's stored problem again with its seed and its budget of work.

    Raises: `Conflict` while the run has no plan.
    """
    if run.state != "done" or run.result is None or run.problem is None:
        raise Conflict(f"Run {run.id} has no plan to replay; it is {run.state}.", code="no-plan")
    answer, asked = Answer.read(run.result), problem_from_bytes(run.problem)
    again = solve(asked, Until(work=run.budget_seconds * WORK_PER_SECOND))
    identical = plan_to_json(again.plan) == answer.plan
    differs = (
        [] if asked.fingerprint == run.fingerprint else ["The stored problem is not the one that was solved."]
    )
    if answer.engine is None:
        differs.append("The run does not say which version made it.")
    else:
        differs += answer.engine.differences(Engine.here())
    if not answer.reproducible:
        differs.append("The search was ended by hand or by the clock, not by its budget of work.")
    return Replay(identical, tuple(differs), answer.value, again.value)
