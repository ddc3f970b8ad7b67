"""Promises that cannot be kept are explained by the smallest set of inputs that clash."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from solver.conflicts import conflicts
from solver.conflicts.clashing import asked
from solver.plan import Conflict
from solver.problem import HOUR, Anchor, Problem, Window
from tests.solver.towns import clinic, member, town

BASE = frozenset({0})


def promised(problem: Problem, *anchors: Anchor) -> Problem:
    return replace(problem, anchors=anchors)


def at(site: int, hour: int, hours: int = 2, day: int = 0, services: frozenset[int] = BASE) -> Anchor:
    return Anchor(site, day, hour * HOUR, hours * HOUR, 0, services)


def two_at_once() -> Problem:
    return promised(town(4, 1, 1), at(0, 10), at(3, 11))


def one_spot() -> Problem:
    return promised(town(4, 1, 2), at(0, 10), at(0, 11))


def outside_its_window() -> Problem:
    return promised(town(4, 1, 1), at(0, 21, 1))


def no_prescriber_all_week() -> Problem:
    base = clinic(2)
    return replace(base, staff=base.staff[:2])


def prescriber_off() -> Problem:
    base = clinic(2)
    return replace(base, staff=(*base.staff[:2], replace(base.staff[2], shifts=())))


def certificate_ran_out() -> Problem:
    base = clinic(2)
    lapsed = replace(base.staff[2], roles=(("prescriber", frozenset({1})),))
    return replace(base, staff=(*base.staff[:2], lapsed))


def fits_no_van() -> Problem:
    base = promised(town(4, 1, 1), at(1, 10))
    sites = (base.sites[0], replace(base.sites[1], vans=frozenset()), *base.sites[2:])
    return replace(base, sites=sites)


def host_says_no() -> Problem:
    base = clinic(1)
    sites = (base.sites[0], replace(base.sites[1], services=BASE), *base.sites[2:])
    return replace(base, sites=sites)


def too_early_for_the_van() -> Problem:
    base = promised(town(4, 1, 1), at(0, 8))
    early = replace(base.sites[0], windows=(Window(0, 0, 24 * HOUR),))
    return replace(base, sites=(early, *base.sites[1:]))


def night_then_morning() -> Problem:
    late = town(2, 2, 1)
    shifts = tuple(replace(s, starts=6 * HOUR, ends=24 * HOUR) for s in late.vans[0].shifts)
    sites = tuple(replace(s, windows=tuple(Window(d, 0, 24 * HOUR) for d in (0, 1))) for s in late.sites)
    staff = tuple(replace(m, shifts=shifts) for m in late.staff)
    whole = replace(late, vans=(replace(late.vans[0], shifts=shifts),), sites=sites, staff=staff)
    return promised(whole, at(0, 20, 2), at(1, 7, 2, day=1))


CASES: list[tuple[Callable[[], Problem], set[str]]] = [
    (two_at_once, {"promise", "one_van"}),
    (one_spot, {"promise", "one_spot"}),
    (outside_its_window, {"promise", "window"}),
    (no_prescriber_all_week, {"promise", "crew"}),
    (prescriber_off, {"promise", "crew", "staff_shift"}),
    (certificate_ran_out, {"promise", "crew", "certificate"}),
    (fits_no_van, {"promise", "vans"}),
    (host_says_no, {"promise", "host"}),
    (too_early_for_the_van, {"promise", "van_shift"}),
    (night_then_morning, {"promise", "rest"}),
]


def found(problem: Problem) -> Conflict:
    clashes = conflicts(problem)
    assert clashes
    return clashes[0]


@pytest.mark.parametrize(("make", "kinds"), CASES, ids=[make.__name__ for make, _ in CASES])
def test_what_clashes_is_named(make: Callable[[], Problem], kinds: set[str]):
    problem = make()
    conflict = found(problem)
    names = {one.kind for one in conflict.inputs}
    assert kinds <= names or (kinds - names == {"van_shift"} and "staff_shift" in names)
    assert conflict.sentence.startswith("These cannot all hold: the session at")


@pytest.mark.parametrize(("make", "kinds"), CASES, ids=[make.__name__ for make, _ in CASES])
def test_without_any_one_of_them_the_others_hold(make: Callable[[], Problem], kinds: set[str]):
    problem = make()
    conflict = found(problem)
    inputs = asked(problem, problem.anchors).inputs
    assert not inputs.hold(conflict.inputs)
    for one in conflict.inputs:
        assert inputs.hold([other for other in conflict.inputs if other != one]), (one, kinds)


def test_promises_that_can_be_kept_clash_with_nothing():
    assert conflicts(clinic(2)) == ()
    assert conflicts(promised(town(4, 1, 1), at(0, 9), at(2, 12))) == ()


def test_a_second_conflict_is_told_beside_the_first():
    problem = promised(town(4, 2, 1), at(0, 10), at(3, 11), at(1, 21, 1, day=1))
    assert len(conflicts(problem)) == 2


def test_one_more_driver_ends_the_conflict():
    problem = prescriber_off()
    assert conflicts(replace(problem, staff=(*problem.staff, member("second", 2, "prescriber")))) == ()
