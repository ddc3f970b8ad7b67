"""Annealing tells the truth: what it says it won is won, by every rule, and the same on every run."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.check import check
from solver.cycle import Cycle, merged
from solver.draft import Draft
from solver.goods import Goods
from solver.ground import Ground
from solver.improve import Improver
from solver.limits import Meter, Until
from solver.problem import HOUR, Anchor, Floor, FollowUp, Problem
from solver.roster import Duty, assign
from solver.roster.parts import LEAST_VANS, MOST_CHOICES
from solver.tables import lay
from solver.vanday import Route
from tests.solver.towns import clinic, town


def busy(sites: int, days: int, vans: int, seed: int, spacing: int) -> Problem:
    """A town where every kind of good counts: a floor, a follow-up, a promise that need not be kept."""
    plain = town(sites, days, vans, seed)
    return replace(
        plain,
        sites=tuple(replace(s, spacing_days=spacing) for s in plain.sites),
        floors=(Floor(0, 0, 5 * HOUR),),
        follow_ups=(FollowUp(sites - 1, frozenset(range(days)), 0, 2),),
        anchors=(Anchor(0, 0, 11 * HOUR, HOUR, 1800, frozenset({0})),),
    )


def begun(problem: Problem) -> tuple[Improver, Cycle]:
    """A first plan, and a cycle that is to better it."""
    ground = Ground(problem)
    goods = Goods(ground)
    improver = Improver(ground, goods, Meter(Until(work=10**6)))
    improver.first()
    empty = [replace(t, route=Route(0.0, 0, ())) for t in improver.crewed]
    return improver, Cycle(lay(ground, goods), Draft(ground, goods), empty, 20_000, 7)


@given(
    sites=st.integers(1, 6), days=st.integers(1, 3), vans=st.integers(1, 2), seed=st.integers(0, 10_000),
    spacing=st.integers(1, 3),
)  # fmt: skip
@settings(max_examples=10, deadline=None)
def test_what_annealing_says_it_won_is_won_by_every_rule(
    sites: int, days: int, vans: int, seed: int, spacing: int
):
    problem = busy(sites, days, vans, seed, spacing)
    _, cycle = begun(problem)
    cycle.step(20_000)
    best = merged(cycle.origin, [cycle])
    verdict = check(problem, best.plan())
    assert verdict.broken == ()
    assert best.value == pytest.approx(cycle.origin.value + cycle.gain, abs=1e-6)
    assert verdict.value == pytest.approx(best.value, abs=1e-6)


def test_annealing_keeps_a_session_with_refills_due():
    problem = clinic(2)
    improver, _ = begun(problem)
    improver.improve(40)
    assert check(problem, improver.draft.plan()).accepted


def test_a_cycle_is_the_same_in_one_step_and_in_many():
    problem = busy(6, 2, 2, 3, 2)
    _, whole = begun(problem)
    _, parts = begun(problem)
    whole.step(20_000)
    while not parts.over:
        parts.step(5_000)
    assert parts.gain == pytest.approx(whole.gain, rel=0.05)
    _, again = begun(problem)
    again.step(20_000)
    assert merged(again.origin, [again]).plan() == merged(whole.origin, [whole]).plan()


def test_a_fleet_too_large_for_one_model_is_crewed_in_parts_by_every_rule():
    vans = 4 * LEAST_VANS
    problem = town(4, 1, vans, 1)
    spans = [(n, 8 * HOUR + 300 * k, 9 * HOUR + 300 * k) for n in range(vans) for k in range(20)]
    duties = [Duty(0, a, b, frozenset({0}), 1.0, slot=(van, 0)) for van, a, b in spans]
    assert len(duties) * len(problem.staff) > MOST_CHOICES
    crews, proven = assign(problem, duties, effort=1.0)
    out = [(d, crew) for d, crew in zip(duties, crews, strict=True) if crew is not None]
    assert not proven
    assert len(out) == vans
    assert len({member for _, crew in out for member in crew}) == 2 * vans
