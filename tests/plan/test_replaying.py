"""A stored run gives the same plan again, or says what is not as it was."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from outreach.errors import Conflict
from outreach.plan import runs
from outreach.plan.engine import Engine
from outreach.plan.planning.answers import Answer
from outreach.plan.replaying import Replay, replay
from outreach.plan.runs import Run
from solver.files import problem_from_bytes, problem_to_bytes
from tests.town import Town


def stored(town: Town) -> Run:
    with town.store.reading() as session:
        run = runs.found(session, town.programme_id, 1)
        assert run.problem is not None
        assert run.result is not None
        session.expunge(run)
        return run


def again(run: Run, **change: object) -> Replay:
    answer = Answer.read(run.result or {}).model_copy(update=change)
    run.result = answer.document()
    return replay(run)


def test_the_same_input_seed_and_engine_give_the_same_plan(solved_town: Town):
    found = replay(stored(solved_town))
    assert found.identical
    assert found.differs == ()
    assert found.value_now == found.value_then


def test_another_version_or_processor_is_named(solved_town: Town):
    other = Engine.here().model_copy(
        update={"version": "0.0.1", "architecture": "sparc", "libraries": {"numpy": "1.0"}}
    )
    found = again(stored(solved_town), engine=other)
    told = " ".join(found.differs)
    assert "The version was 0.0.1" in told
    assert "The architecture was sparc" in told
    assert "numpy was 1.0" in told


def test_a_changed_plan_is_seen(solved_town: Town):
    run = stored(solved_town)
    answer = Answer.read(run.result or {})
    plan = json.loads(answer.plan)
    plan["van_days"][0]["stops"][0]["start"] += 300
    found = again(run, plan=json.dumps(plan, separators=(",", ":")))
    assert not found.identical


def test_a_changed_problem_is_seen(solved_town: Town):
    run = stored(solved_town)
    asked = problem_from_bytes(run.problem or b"")
    run.problem = problem_to_bytes(replace(asked, seed=asked.seed + 1))
    assert any("not the one that was solved" in sentence for sentence in replay(run).differs)


def test_a_run_without_a_plan_has_nothing_to_replay():
    with pytest.raises(Conflict, match="no plan to replay"):
        replay(Run(id=9, state="failed"))


def test_a_plan_without_a_van_day_says_so(solved_town: Town):
    answer = Answer.read(stored(solved_town).result or {})
    assert len(answer.worths) == sum(len(d.stops) for d in answer.van_days.van_days)
    assert answer.engine == Engine.here()
