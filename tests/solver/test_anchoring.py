"""Sessions designed from nothing hold in every week, leave hours free, and say what they cost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from solver.anchoring import Design, design, every_week, typical_week
from solver.check import check
from solver.limits import Until
from solver.problem import HOUR, Problem, ProblemError
from solver.score import unkept
from solver.solve import solve
from tests.solver.towns import town

SOLVED = Until(work=150)


def month(seed: int = 0) -> Problem:
    return replace(town(5, 28, 1, seed), weekday=tuple(d % 7 for d in range(28)))


@pytest.fixture(scope="module")
def designed() -> tuple[Problem, Design]:
    problem = month()
    return problem, design(problem, SOLVED, flex=0.4, prices=False)


def test_every_session_is_kept_in_every_week_and_flex_is_spent_around_it(designed: tuple[Problem, Design]):
    problem, made = designed
    assert made.sessions
    promised = replace(problem, anchors=every_week(problem, (one.anchor for one in made.sessions)))
    plan = solve(promised, Until(work=600)).plan
    assert check(promised, plan).accepted
    assert unkept(promised, plan) == []
    assert sum(len(d.stops) for d in plan.van_days) > len(promised.anchors)


def test_the_same_site_and_time_come_back_each_week(designed: tuple[Problem, Design]):
    problem, made = designed
    whole = every_week(problem, (one.anchor for one in made.sessions))
    for a in (one.anchor for one in made.sessions):
        same = [
            b
            for b in whole
            if (b.site, b.start, b.dwell) == (a.site, a.start, a.dwell) and b.day % 7 == a.day
        ]
        assert [b.day for b in same] == [a.day + 7 * w for w in range(4)]


def test_the_share_asked_for_stays_free(designed: tuple[Problem, Design]):
    _, made = designed
    assert 0.4 - 1e-9 <= made.flex_share < 1


def test_a_site_that_is_closed_in_one_week_is_not_promised():
    problem = month()
    sites = [replace(s, windows=tuple(w for w in s.windows if w.day // 7 != 2)) for s in problem.sites[:4]]
    made = design(replace(problem, sites=(*sites, problem.sites[4])), SOLVED, flex=0.2, prices=False)
    assert {one.anchor.site for one in made.sessions} == {4}


def test_hours_common_to_all_weeks_are_what_a_typical_week_has():
    problem = month()
    windows = tuple(replace(w, opens=(9 if w.day == 8 else 8) * HOUR) for w in problem.sites[0].windows)
    typical = typical_week(
        replace(problem, sites=(replace(problem.sites[0], windows=windows), *problem.sites[1:]))
    )
    assert typical.days == 7
    assert {w.day: w.opens // HOUR for w in typical.sites[0].windows}[1] == 9
    assert typical.risk.shape == (10, 7, 6)


def test_a_session_says_what_its_hours_would_fetch_if_they_were_free():
    problem = month(1)
    made = design(problem, SOLVED, flex=0.7)
    assert all(one.worth > 0 and one.freed >= 0 and one.moved >= 0 for one in made.sessions)
    assert made.kept_value <= made.free_value + 0.05 * abs(made.free_value)


def test_less_than_four_weeks_or_no_flex_is_refused():
    with pytest.raises(ProblemError, match="whole weeks"):
        design(town(3, 21, 1), SOLVED)
    with pytest.raises(ProblemError, match="keep free"):
        design(month(), SOLVED, flex=1.0)
