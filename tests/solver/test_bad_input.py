"""Nonsense is refused by name before anything is computed; what can be meant gets a plan that the judge
accepts, or a reason for every site and a conflict for every promise that is not kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.check import check
from solver.limits import Until
from solver.problem import HOUR, Anchor, Floor, FollowUp, MealBreak, Problem, ProblemError, Shift, Window
from solver.score import unkept
from solver.solve import solve
from tests.solver.towns import clinic, member, town


def infinite(problem: Problem) -> Problem:
    travel = problem.travel.astype(np.float64)
    travel[0, 0, 1] = np.inf
    return replace(problem, travel=travel)


def negative_drive(problem: Problem) -> Problem:
    travel = problem.travel.copy()
    travel[0, 4, 1] = -1
    return replace(problem, travel=travel)


def risk(value: float) -> Callable[[Problem], Problem]:
    def change(problem: Problem) -> Problem:
        changed = problem.risk.copy()
        changed[3, 0, 2] = value
        return replace(problem, risk=changed)

    return change


def site(**change: object) -> Callable[[Problem], Problem]:
    return lambda p: replace(p, sites=(p.sites[0], replace(p.sites[1], **change), *p.sites[2:]))  # type: ignore[arg-type]


def first_anchor(**change: object) -> Callable[[Problem], Problem]:
    return lambda p: replace(p, anchors=(replace(p.anchors[0], **change),))  # type: ignore[arg-type]


NONSENSE: list[tuple[str, Callable[[Problem], Problem], str]] = [
    ("travel of infinity", infinite, "the drive from site 0 to site 1 takes inf s: infinite"),
    ("negative travel", negative_drive, "the drive from the base of van 0 to site 1"),
    ("negative risk", risk(-1.0), "risk is negative or not a number: -1.0 in cell 3"),
    ("risk that is no number", risk(float("nan")), "risk is negative or not a number"),
    ("zero dwell", site(dwell_options=(0,)), "site 1 has no stay longer than zero"),
    ("no dwell", site(dwell_options=()), "site 1 has no stay longer than zero"),
    ("odd dwell", site(dwell_options=(1000,)), "a stay at site 1 is not a multiple"),
    ("negative set-up", site(setup_seconds=-1), "site 1 has a negative set-up"),
    ("fits no van", site(max_vans=0), "site 1 fits no van"),
    ("unknown service", site(services=frozenset({9})), "site 1 allows a service"),
    ("unknown neighbourhood", site(neighbourhood=9), "site 1 lies in neighbourhood 9"),
    ("window before midnight", site(windows=(Window(0, -5, 5),)), "site 1 has a window"),
    ("anchor of zero", first_anchor(dwell=0), "the anchor at site 1 has a stay of 0 s"),
    ("anchor nowhere", first_anchor(site=77), "an anchor names site 77"),
    ("anchor of nothing known", first_anchor(services=frozenset({9})), "asks for a service"),
    ("anchor of negative tolerance", first_anchor(tolerance=-1), "negative start, tolerance"),
    (
        "shift that ends first",
        lambda p: replace(p, staff=(replace(p.staff[0], shifts=(Shift(0, 9, 8),)),)),
        "a shift of driver 0",
    ),
    (
        "negative hours",
        lambda p: replace(p, staff=(member("x", 1, "driver", max_day_seconds=-1),)),
        "x has negative hours",
    ),
    ("a floor nowhere", lambda p: replace(p, floors=(Floor(9, 0, 60),)), "neighbourhood 9"),
    (
        "a follow-up nowhere",
        lambda p: replace(p, follow_ups=(FollowUp(99, frozenset({0}), 0),)),
        "a follow-up at site 99",
    ),
    (
        "a follow-up on no day",
        lambda p: replace(p, follow_ups=(FollowUp(0, frozenset(), 0),)),
        "a follow-up at site 0",
    ),
    (
        "a negative weight",
        lambda p: replace(p, weights=replace(p.weights, travel_hour=-1.0)),
        "a weight is negative",
    ),
    ("a meal of less than nothing", lambda p: replace(p, meal_break=MealBreak(3600, -1)), "the meal break"),
    ("too few weeks", lambda p: replace(p, week=(0,)), "week is given for 1 of 2 days"),
    ("crooked access", lambda p: replace(p, access_cells=p.access_cells[:-1]), "access_starts, access_cells"),
    ("saturation of nothing", lambda p: replace(p, saturation=0.0), "saturation is 0.0"),
]


@pytest.mark.parametrize(("change", "told"), [n[1:] for n in NONSENSE], ids=[n[0] for n in NONSENSE])
def test_nonsense_is_refused_by_name(change: Callable[[Problem], Problem], told: str):
    with pytest.raises(ProblemError, match=told):
        solve(change(clinic(2)), Until(work=10))


def test_everything_wrong_is_told_at_once():
    twice = site(dwell_options=(0,), max_vans=0)(risk(-1.0)(clinic(1)))
    with pytest.raises(ProblemError) as refusal:
        solve(twice, Until(work=10))
    assert str(refusal.value).count(";") >= 2


def test_a_promise_outside_the_window_is_explained_by_name():
    problem = replace(town(3, 1, 1), anchors=(Anchor(0, 0, 21 * HOUR, HOUR, 0, frozenset({0}), 2),))
    result = solve(problem, Until(work=100))
    assert result.plan.van_days
    assert "the hours of site 0" in result.conflicts[0].sentence


def test_an_empty_answer_has_a_reason_for_every_site():
    for problem in (replace(town(3, 1, 1), staff=()), replace(town(3, 1, 1), vans=())):
        result = solve(problem, Until(work=50))
        assert not result.plan.van_days
        assert [one.site for one in result.reasons] == [0, 1, 2]
        assert all(one.sentence for one in result.reasons)


@st.composite
def strange(draw: st.DrawFn) -> Problem:
    """A town in which anything may be off: hours, crews, windows, promises, floors."""
    base = clinic(draw(st.integers(1, 2)))
    hour = st.integers(0, 26)
    windows = tuple(
        Window(draw(st.integers(0, 2)), a * HOUR, (a + draw(st.integers(1, 8))) * HOUR)
        for a in draw(st.lists(hour, max_size=3))
    )
    odd = replace(
        base.sites[1],
        windows=windows,
        spacing_days=draw(st.integers(0, 3)),
        vans=draw(st.sampled_from([None, frozenset(), frozenset({0})])),
        services=draw(st.sampled_from([frozenset(), frozenset({0}), frozenset({1}), frozenset({0, 1})])),
    )
    promises = tuple(
        Anchor(
            draw(st.integers(0, 3)),
            draw(st.integers(0, base.days - 1)),
            draw(hour) * HOUR,
            draw(st.sampled_from([HOUR, 2 * HOUR, 9 * HOUR])),
            900,
            frozenset({0}),
            draw(st.integers(0, 2)),
        )
        for _ in range(draw(st.integers(0, 3)))
    )
    staff = tuple(m for m in base.staff if draw(st.booleans()) or m.name.startswith("driver"))
    return replace(
        base,
        sites=(base.sites[0], odd, *base.sites[2:]),
        anchors=promises,
        staff=staff,
        floors=(Floor(0, 0, draw(st.integers(0, 90_000))),),
    )  # fmt: skip


@settings(max_examples=40, deadline=None, derandomize=True)
@given(strange())
def test_whatever_is_asked_the_answer_is_sound_or_says_why_not(problem: Problem):
    result = solve(problem, Until(work=60))
    assert all(fault.rule == "refills" for fault in check(problem, result.plan).broken)
    chosen = {s.site for d in result.plan.van_days for s in d.stops}
    assert {one.site for one in result.reasons} == set(range(len(problem.sites))) - chosen
    for anchor in unkept(problem, result.plan):
        if anchor.refills_due:
            assert result.conflicts, anchor
