"""Free people crew what a large model left without, by every rule of work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.sat.python import cp_model

from benchmarks.plans import generate
from solver.problem import Problem
from solver.roster import Duty, assign
from solver.roster.filling import filled
from solver.roster.model import CrewModel
from tests.solver.towns import HOUR, clinic

Crew = tuple[int, ...]


def obeyed(problem: Problem, duties: Sequence[Duty], crews: Sequence[Crew | None]) -> bool:
    """Whether CP-SAT's model of the rules of work has room for exactly these crews."""
    roster = CrewModel(problem, duties, range(len(problem.staff)))
    for n, crew in enumerate(crews):
        roster.model.add(roster.run[n] == (crew is not None))
        for m in crew or ():
            if (m, n) not in roster.aboard:
                return False
        for m, aboard in roster.crew_of.get(n, []):
            roster.model.add(aboard == (m in (crew or ())))
    return roster.solve(5.0, presolve=True)[0] in (cp_model.OPTIMAL, cp_model.FEASIBLE)


def some_duties(rng: np.random.Generator, days: int, services: int, count: int) -> list[Duty]:
    found = []
    for _ in range(count):
        begin = int(rng.integers(8, 16)) * HOUR
        level = frozenset({0, *rng.choice(services, int(rng.integers(services + 1)), replace=False).tolist()})
        slot = (int(rng.integers(3)), int(rng.integers(2 * days)))
        back = begin + int(rng.integers(1, 8)) * HOUR
        found.append(Duty(int(rng.integers(days)), begin, back, level, float(rng.random()), slot=slot))
    return found


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 1 << 30))
def test_no_crew_breaks_a_rule_of_work(seed: int) -> None:
    rng, problem = np.random.default_rng(seed), clinic(4)
    tired = (replace(m, max_week_seconds=int(rng.integers(6, 20)) * HOUR) for m in problem.staff)
    problem = replace(problem, staff=(*tired, *problem.staff))
    duties = some_duties(rng, 4, 2, 12)
    crews = filled(problem, duties, [None] * len(duties))
    assert any(crew is not None for crew in crews)
    assert obeyed(problem, duties, crews)


def test_a_crew_that_breaks_a_rule_is_told_from_one_that_does_not() -> None:
    problem = clinic(1)
    duty = Duty(0, 9 * HOUR, 12 * HOUR, frozenset({0}), slot=(0, 0))
    assert obeyed(problem, [duty], [(0, 1)])
    assert not obeyed(problem, [duty], [(0,)])
    assert not obeyed(problem, [duty, replace(duty, slot=(1, 0))], [(0, 1), (0, 1)])


def test_crews_known_before_stay_and_worth_most_goes_first() -> None:
    problem = clinic(2)
    early = Duty(0, 9 * HOUR, 12 * HOUR, frozenset({0}), 1.0, slot=(0, 0))
    twin, rich = replace(early, slot=(1, 0), worth=9.0), replace(early, day=1, slot=(0, 1), worth=5.0)
    poor = replace(rich, slot=(1, 1), worth=2.0)
    crews = filled(problem, [early, twin, poor, rich], [(0, 1), None, None, None])
    assert crews == [(0, 1), None, None, (0, 1)]


def test_a_session_with_refills_due_has_its_crew_before_all_that_is_worth_more() -> None:
    problem = clinic(2)
    rich = Duty(0, 9 * HOUR, 12 * HOUR, frozenset({0}), 9.0, slot=(0, 0))
    session = replace(rich, level=frozenset({0, 1}), worth=0.0, pledges=frozenset({0}), slot=(1, 0))
    again, idle = replace(session, day=1, slot=(0, 1)), replace(rich, day=1, worth=0.0, slot=(1, 1))
    assert filled(problem, [rich, session, again, idle], [None] * 4) == [None, (0, 1, 2), None, None]


def test_every_shift_that_has_its_people_is_crewed_though_there_is_no_time_to_choose() -> None:
    problem = generate(8, 12, 7, 0)
    duties = [
        Duty(shift.day, shift.starts, shift.ends, frozenset({0}), 1.0, slot=(v, s))
        for v, van in enumerate(problem.vans)
        for s, shift in enumerate(van.shifts)
    ]
    crews, _ = assign(problem, duties, effort=0.1)
    assert all(crew is not None for crew in crews)
    assert obeyed(problem, duties, crews)
