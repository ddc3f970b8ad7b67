"""What the engine promises: right plans, true bounds, the same answer every time, words when it cannot."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise, permutations, product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.check import check
from solver.files import plan_from_json, plan_to_json, problem_from_bytes, problem_to_bytes, read_toptw
from solver.limits import Until
from solver.plan import Plan, Progress, Stop, VanDay
from solver.problem import HOUR, Anchor, Floor, FollowUp, Problem, ProblemError, Service, Shift, Window
from solver.reasons import why_not
from solver.roster import Duty, envelope
from solver.score import travel_seconds
from solver.solve import solve
from tests.solver.towns import clinic, member, town


def every_plan(problem: Problem) -> Iterator[Plan]:
    """All plans of one van on one day, every start on the grid."""
    yield Plan()
    for count in range(1, len(problem.sites) + 1):
        for order in permutations(range(len(problem.sites)), count):
            for dwells in product(*(problem.sites[s].dwell_options for s in order)):
                yield from every_timing(problem, order, dwells)


def every_timing(problem: Problem, order: tuple[int, ...], dwells: tuple[int, ...]) -> Iterator[Plan]:
    grid = range(8 * HOUR, 16 * HOUR, problem.start_step)
    base = problem.vans[0].base
    for starts in product(grid, repeat=len(order)):
        stops = tuple(
            Stop(s, at - 600, at, dwell, at + dwell + 600, frozenset({0}))
            for s, at, dwell in zip(order, starts, dwells, strict=True)
        )
        if any(b.arrive < a.leave for a, b in pairwise(stops)):
            continue
        depart = stops[0].arrive - 600 * (base - order[0])
        home = travel_seconds(problem, 0, stops[-1].leave, order[-1], base)
        for rest in [None, *(s.leave for s in stops)]:
            pause = 1800 if rest == stops[-1].leave else 0
            back = stops[-1].leave + home + pause
            yield Plan((VanDay(0, 0, depart, back, stops, (0, 1), rest),))


@pytest.mark.parametrize("seed", range(3))
def test_the_plan_of_a_tiny_town_is_the_best_there_is(seed: int):
    problem = replace(town(2, 1, 1, seed), start_step=1800)
    verdicts = (check(problem, plan) for plan in every_plan(problem))
    best = max(v.value for v in verdicts if v.accepted)
    result = solve(problem, Until(work=3000, gap=1e-6))
    assert result.value == pytest.approx(best, abs=1e-9)
    assert result.bound >= best - 1e-9


@given(
    sites=st.integers(1, 6), days=st.integers(1, 3), vans=st.integers(1, 2), seed=st.integers(0, 10_000),
    spacing=st.integers(1, 3), rest=st.sampled_from([0, 8, 11]),
)  # fmt: skip
@settings(max_examples=12, deadline=None)
def test_no_plan_breaks_a_rule_and_no_bound_is_below_a_value(
    sites: int, days: int, vans: int, seed: int, spacing: int, rest: int
):
    plain = town(sites, days, vans, seed)
    problem = replace(
        plain,
        sites=tuple(replace(s, spacing_days=spacing) for s in plain.sites),
        staff=tuple(replace(m, min_rest_seconds=rest * HOUR) for m in plain.staff),
        floors=(Floor(0, 0, 3 * HOUR),),
        follow_ups=(FollowUp(0, frozenset({0}), 0, 2),),
    )
    result = solve(problem, Until(work=150))
    verdict = check(problem, result.plan)
    assert verdict.broken == ()
    assert verdict.value == pytest.approx(result.value)
    assert result.bound >= result.value - 1e-9


@pytest.mark.parametrize("seed", range(4))
def test_one_more_van_and_crew_lowers_neither_bound_nor_value(seed: int):
    small, large = town(5, 1, 1, seed), town(5, 1, 2, seed)
    until = Until(work=1500)
    less, more = solve(small, until), solve(large, until)
    assert more.value >= less.value - 1e-9
    assert more.bound >= less.value - 1e-9


def test_the_same_problem_has_the_same_plan():
    problem = clinic(3)
    first, second = (solve(problem, Until(work=500)) for _ in range(2))
    assert first.plan == second.plan
    assert first.bound == second.bound
    assert first.reproducible


def test_the_first_line_of_progress_is_a_plan_and_a_bound():
    told: list[Progress] = []
    solve(town(4, 2, 1), Until(work=300), on_progress=told.append)
    assert told[0].value > 0
    assert all(line.bound >= line.value for line in told)
    assert [line.value for line in told] == sorted(line.value for line in told)


def test_a_stop_by_hand_gives_what_there_is_and_says_so():
    result = solve(town(4, 2, 1), Until(work=10**9), stop=lambda: True)
    assert result.plan.van_days
    assert not result.reproducible


def test_a_session_with_refills_due_is_kept_although_elsewhere_is_richer():
    problem = clinic(1)
    risk = problem.risk.copy()
    risk[2:4] = 0.0
    result = solve(replace(problem, risk=risk), Until(work=500))
    assert result.score["promise"] > 0


def test_without_its_prescriber_a_refill_session_is_reported_not_hidden():
    problem = clinic(1)
    nobody = replace(problem, staff=problem.staff[:2])
    result = solve(nobody, Until(work=200))
    assert [fault.rule for fault in check(nobody, result.plan).broken] == ["refills"]


def test_a_refill_session_nobody_can_keep_costs_neither_plan_nor_proof():
    problem = clinic(2)
    nobody = replace(problem, staff=problem.staff[:2])
    result = solve(nobody, Until(work=800))
    elsewhere = check(nobody, solve(replace(nobody, anchors=()), Until(work=800)).plan)
    assert [fault.rule for fault in elsewhere.broken] == ["refills"]
    assert result.value >= elsewhere.value - 1e-9
    assert elsewhere.value - 1e-9 <= result.bound < np.inf


def test_while_a_refill_session_is_missed_that_looked_keepable_nothing_is_proven():
    problem = clinic(1)
    far = replace(problem.anchors[0], site=3)
    result = solve(replace(problem, anchors=(*problem.anchors, far)), Until(work=300))
    assert result.score["promise"] == problem.weights.promise
    assert (result.bound, result.gap) == (np.inf, 1.0)


def with_extras(names: str, staffed: str) -> Problem:
    """A day with services besides the base, each worth something; only those `staffed` have anybody."""
    plain = town(2, 1, 1)
    extras = tuple(Service(n, (("driver", 1), (f"role {n}", 1)), people=2, hourly_value=1.0) for n in names)
    every = frozenset(range(len(extras) + 1))
    return replace(
        plain,
        services=(*plain.services, *extras),
        sites=tuple(replace(s, services=every) for s in plain.sites),
        staff=(*plain.staff, *(member(f"expert {n}", 1, f"role {n}") for n in staffed)),
    )


def test_a_crew_for_two_of_three_services_is_found_and_within_the_bound():
    offered = solve(with_extras("abc", "ab"), Until(work=1500))
    known = solve(with_extras("ab", "ab"), Until(work=1500))
    assert offered.score["service"] == pytest.approx(known.score["service"])
    assert offered.score["service"] == pytest.approx(8.0)  # four hours of two services, each worth 1 an hour
    assert offered.bound >= known.value - 1e-6


def test_more_services_than_crews_can_be_told_apart_for_are_refused_by_name():
    with pytest.raises(ProblemError, match="6 services besides harm reduction"):
        solve(with_extras("abcdef", ""), Until(work=10))


def test_a_sick_driver_keeps_the_van_in():
    problem = town(3, 1, 1)
    assert solve(replace(problem, staff=problem.staff[1:]), Until(work=100)).plan == Plan()


def test_staff_that_must_rest_do_not_close_at_night_and_open_in_the_morning():
    problem = town(3, 2, 1)
    late = replace(problem.vans[0], shifts=(Shift(0, 14 * HOUR, 22 * HOUR), Shift(1, 7 * HOUR, 13 * HOUR)))
    staff = tuple(member(m.name, 2, m.roles[0][0], starts=7, ends=22) for m in problem.staff)
    sites = tuple(
        replace(s, windows=(Window(0, 18 * HOUR, 22 * HOUR), Window(1, 7 * HOUR, 10 * HOUR)))
        for s in problem.sites
    )
    result = solve(replace(problem, vans=(late,), staff=staff, sites=sites), Until(work=300))
    assert check(replace(problem, vans=(late,), staff=staff, sites=sites), result.plan).accepted
    assert len(result.plan.van_days) == 1


def test_a_van_with_two_shifts_that_meet_across_midnight_is_out_once_at_a_time():
    plain = town(3, 2, 1)
    night, morning = Shift(0, 20 * HOUR, 30 * HOUR), Shift(1, 2 * HOUR, 10 * HOUR)
    people = tuple(
        replace(m, name=f"{m.name} {s.day}", shifts=(s,)) for s in (night, morning) for m in plain.staff
    )
    problem = replace(
        plain,
        vans=(replace(plain.vans[0], shifts=(night, morning)),),
        staff=people,
        sites=tuple(replace(s, windows=tuple(Window(d, 0, 30 * HOUR) for d in (0, 1))) for s in plain.sites),
    )
    result = solve(problem, Until(work=300))
    assert check(problem, result.plan).accepted
    assert result.plan.van_days


def test_a_van_whose_shifts_overlap_is_out_once_at_a_time_although_nobody_need_be_aboard():
    plain = town(3, 1, 1)
    shifts = (Shift(0, 8 * HOUR, 13 * HOUR), Shift(0, 12 * HOUR, 16 * HOUR))
    problem = replace(
        plain,
        services=(),
        staff=(),
        vans=(replace(plain.vans[0], shifts=shifts),),
        sites=tuple(replace(s, services=frozenset()) for s in plain.sites),
    )
    result = solve(problem, Until(work=300))
    assert check(problem, result.plan).accepted
    assert result.plan.van_days


def test_no_van_day_grows_into_the_next_of_its_van():
    plain = town(3, 2, 2)
    long = (Shift(0, 0, 30 * HOUR), Shift(1, 0, 30 * HOUR))
    problem = replace(plain, staff=tuple(replace(m, shifts=long) for m in plain.staff))
    night = Duty(0, 20 * HOUR, 24 * HOUR, frozenset({0}), slot=(0, 0))
    morning = Duty(1, 4 * HOUR, 8 * HOUR, frozenset({0}), slot=(0, 1))
    (_, end, _), (begin, _, _) = envelope(problem, (night, morning), ((0, 1), (2, 3)))
    assert end <= 24 * HOUR + begin


REASONS = {
    "closed": {"windows": ()},
    "host": {"services": frozenset()},
    "window": {"windows": (Window(0, 8 * HOUR, 9 * HOUR),)},
    "no_van": {"windows": (Window(0, 17 * HOUR, 20 * HOUR),)},
}


@pytest.mark.parametrize("code", REASONS)
def test_a_site_that_cannot_be_served_says_which_rule_blocks_it(code: str):
    problem = town(4, 1, 1)
    blocked = replace(problem.sites[0], **REASONS[code])  # type: ignore[arg-type]
    result = solve(replace(problem, sites=(blocked, *problem.sites[1:])), Until(work=100))
    assert {r.site: r.code for r in result.reasons}[0] == code


def test_every_site_is_visited_or_has_a_reason_and_what_a_reason_says_is_true():
    problem = town(8, 1, 1)
    result = solve(problem, Until(work=600))
    visited = {s.site for d in result.plan.van_days for s in d.stops}
    assert visited | {r.site for r in result.reasons} == set(range(8))
    assert not visited & {r.site for r in result.reasons}
    for reason in result.reasons:
        if reason.code in ("outbid", "not_worth"):
            assert float(reason.facts["gain"]) <= 1e-9


def test_reasons_stay_true_while_a_refill_session_is_missed():
    problem = clinic(1)
    nobody = replace(problem, staff=problem.staff[:2])
    stop = Stop(3, 35400, 36000, 3600, 40200, frozenset({0}))
    plan = Plan((VanDay(0, 0, 34800, 40800, (stop,), (0, 1)),))
    assert [fault.rule for fault in check(nobody, plan).broken] == ["refills"]
    assert {reason.code for reason in why_not(nobody, plan)} == {"could_add"}


NONSENSE = {
    "risk is negative": {"risk": np.full((8, 1, 6), -1.0)},
    "no stay longer than zero": {"sites": (replace(town().sites[0], dwell_options=(0,)), *town().sites[1:])},
    "travel has shape": {"travel": np.zeros((1, 2, 2), np.int32)},
    "names site 9": {"anchors": (Anchor(9, 0, 36000, 3600),)},
    "negative": {"travel": np.full((2, 5, 5), -1, np.int32)},
}


@pytest.mark.parametrize("words", NONSENSE)
def test_inputs_that_cannot_be_meant_are_refused_by_name(words: str):
    with pytest.raises(ProblemError, match=words):
        solve(replace(town(), **NONSENSE[words]), Until(work=10))  # type: ignore[arg-type]


def test_a_site_no_road_reaches_is_left_out_with_its_reason():
    problem = town(3, 1, 1)
    travel = problem.travel.copy()
    travel[:, 0, :] = travel[:, :, 0] = 1 << 30
    result = solve(replace(problem, travel=travel), Until(work=200))
    assert {r.site: r.code for r in result.reasons}[0] == "too_far"


def test_no_vans_no_days_no_sites_are_answered_with_an_empty_plan():
    for empty in (replace(town(), vans=()), replace(town(), sites=(), access_starts=np.zeros(1, np.int64))):
        assert solve(empty, Until(work=50)).plan == Plan()


def test_problems_and_plans_survive_their_files():
    problem = clinic(2)
    again = problem_from_bytes(problem_to_bytes(problem))
    assert again.fingerprint == problem.fingerprint
    plan = solve(problem, Until(work=200)).plan
    assert plan_from_json(plan_to_json(plan)) == plan
    with pytest.raises(ProblemError):
        problem_from_bytes(b"not a problem")
    with pytest.raises(ProblemError):
        plan_from_json('{"van_days": 3}')


def test_team_orienteering_is_the_same_call(tmp_path: Path):
    rows = ("0 0 0 0 0 0 0 0 100", "1 10 0 5 10 1 1 1 0 90", "2 0 10 5 20 1 1 1 0 90")
    text = "\n".join(("4 2 3 1", "0 0", *rows, "3 90 90 5 99 1 1 1 0 90"))
    path = tmp_path / "tiny.txt"
    path.write_text(text)
    result = solve(read_toptw(path, 1), Until(work=50))
    assert result.value == 30.0
    assert result.bound >= 30.0
    assert check(read_toptw(path, 1), result.plan).accepted
    assert [r.code for r in result.reasons] == ["too_far"]


def test_the_judge_and_the_formats_load_neither_numba_nor_ortools():
    code = (
        "import sys, solver, solver.problem, solver.plan, solver.check, solver.files\n"
        "assert not [m for m in sys.modules if m.split('.')[0] in ('numba', 'ortools', 'scipy')]"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
