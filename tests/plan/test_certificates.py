"""The bound kept with a run is proven anew, or refused in a sentence."""

from __future__ import annotations

from datetime import datetime

import pytest

from outreach.errors import Conflict
from outreach.plan import runs, schedules
from outreach.plan.planning.answers import Answer
from outreach.plan.runs import Run
from tests.planned import solved
from tests.town import Town

SOLVED = 1


def _told(town: Town, run_id: int, **change: object) -> float:
    """What is proven of a run once its answer was changed."""
    with town.store.reading() as session:
        run = runs.found(session, town.programme_id, run_id)
        assert run.result is not None
        return schedules.proven(Run(id=run.id, problem=run.problem, result={**run.result, **change}))


def _answer(town: Town, run_id: int) -> Answer:
    with town.store.reading() as session:
        run = runs.found(session, town.programme_id, run_id)
        assert run.result is not None
        return Answer.read(run.result)


def test_the_bound_of_a_run_is_proven_from_its_certificate(solved_town: Town):
    answer = _answer(solved_town, SOLVED)
    assert answer.value - 1e-6 <= _told(solved_town, SOLVED) <= answer.bound + 1e-5


def test_a_bound_that_its_certificate_does_not_prove_is_refused(solved_town: Town, now: datetime):
    day = solved(solved_town, now, days=1)  # proven in a quarter of a week's time
    with pytest.raises(Conflict, match="prices prove only"):
        _told(solved_town, day, bound=0.9 * _answer(solved_town, day).bound)
    with pytest.raises(Conflict, match="no certificate of a bound"):
        _told(solved_town, day, certificate="{}")
    with pytest.raises(Conflict, match="nothing to prove"):
        _told(solved_town, day, certificate=None)
