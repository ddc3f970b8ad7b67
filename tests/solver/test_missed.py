"""Whoever is due and missed is told why, and every way out that is named is true: the judge takes that plan,
it serves them, and it is worth what was said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from solver.check import check
from solver.limits import Until
from solver.missed import Missed, keeps, why_missed
from solver.plan import Plan, Stop
from solver.problem import HOUR, FollowUp, Problem
from solver.score import score, stops_of
from solver.solve import solve
from solver.timetable import lay
from tests.solver.towns import clinic, member

BASE, MOUD = frozenset({0}), 1
DAY = 1


def due(site: int = 3, people: int = 2, days: frozenset[int] = frozenset({DAY})) -> FollowUp:
    return FollowUp(site, days, MOUD, people)


def asked(**change: object) -> Problem:
    """Two days with a prescriber; nothing is promised, and two people are due at site 3 on the second."""
    return replace(clinic(2), anchors=(), follow_ups=(due(),), **change)  # type: ignore[arg-type]


def served(
    p: Problem,
    *sites: int,
    crew: tuple[int, ...] = (0, 1),
    services: frozenset[int] = BASE,
    day: int = DAY,
) -> Plan:
    """A van-day (on the second day) with an hour at each of these sites, as early as it can be."""
    stops, at = [], 9 * HOUR
    for site in sites:
        stops.append(Stop(site, at - 600, at, HOUR, at + HOUR + 600, services))
        at += HOUR + 600 + 900 * 4 + 600
    d = lay(p, 0, day, stops, crew)
    assert d is not None
    return Plan((d,))


def only(found: tuple[Missed, ...]) -> Missed:
    assert len(found) == 1
    return found[0]


def assert_true(p: Problem, plan: Plan, one: Missed) -> None:
    assert one.plan is not None
    assert check(p, one.plan).broken == ()
    assert any(keeps(p.follow_ups[one.follow_up], day, stop) for day, stop in stops_of(one.plan))
    gained = sum(score(p, one.plan).values()) - sum(score(p, plan).values())
    assert gained == pytest.approx(float(one.facts["gain"]), abs=1e-5)


def test_nothing_is_said_of_those_who_are_served():
    p = asked()
    assert why_missed(p, served(p, 3, crew=(0, 1, 2), services=frozenset({0, 1}))) == ()


def test_a_host_who_does_not_allow_it_is_named():
    p = asked()
    sites = list(p.sites)
    sites[3] = replace(sites[3], services=frozenset({0}))
    one = only(why_missed(replace(p, sites=tuple(sites)), Plan()))
    assert (one.code, one.sentence) == ("host", "The host of site 3 does not allow moud.")


def test_a_site_closed_on_their_days_is_named():
    p = asked()
    sites = list(p.sites)
    sites[3] = replace(sites[3], windows=tuple(w for w in sites[3].windows if w.day != DAY))
    assert only(why_missed(replace(p, sites=tuple(sites)), Plan())).code == "closed"


def test_a_role_nobody_has_on_their_days_is_named():
    p = asked()
    away = replace(p.staff[2], shifts=tuple(s for s in p.staff[2].shifts if s.day != DAY))
    one = only(why_missed(replace(p, staff=(*p.staff[:2], away)), Plan()))
    assert one.sentence == "Nobody in the role of prescriber is on shift on a day when site 3 is open."


def test_a_van_that_is_there_without_the_service_could_take_the_prescriber_along():
    p = asked()
    plan = served(p, 3)
    one = only(why_missed(p, plan))
    assert (one.code, one.facts["who"]) == ("could_join", "prescriber")
    assert_true(p, plan, one)


def test_a_van_that_is_there_says_who_is_lacking_when_nobody_is_free():
    p = asked()
    early = member("prescriber", 2, "prescriber", starts=8, ends=9)
    busy = replace(p, staff=(*p.staff[:2], early))
    one = only(why_missed(busy, served(busy, 3)))
    assert one.code == "lacks"
    assert "its crew lacks a prescriber for moud" in one.sentence


def test_a_stop_beside_what_is_planned_is_found():
    p = asked()
    plan = served(p, 0, crew=(0, 1, 2), services=frozenset({0, 1}))
    one = only(why_missed(p, plan))
    assert one.code == "could_add"
    assert_true(p, plan, one)


def test_a_stop_in_place_of_another_says_what_it_costs():
    p = asked()
    short = tuple(replace(s, starts=8 * HOUR, ends=11 * HOUR) for s in p.vans[0].shifts)
    p = replace(p, vans=(replace(p.vans[0], shifts=short),))
    plan = served(p, 0, crew=(0, 1, 2), services=frozenset({0, 1}))
    one = only(why_missed(p, plan))
    assert (one.code, one.facts["instead_of"]) == ("outbid", "site 0")
    assert_true(p, plan, one)


def test_where_no_day_has_room_that_is_said():
    p = asked(vans=())
    assert only(why_missed(p, Plan())).code == "no_room"


def test_the_engine_keeps_a_follow_up_that_is_worth_it():
    p = replace(asked(), follow_ups=(due(people=60),))
    assert why_missed(p, solve(p, Until(work=200)).plan) == ()


def test_a_van_day_with_room_on_another_day_is_no_way_out():
    p = asked()
    plan = served(p, 0, crew=(0, 1, 2), services=frozenset({0, 1}), day=0)
    one = only(why_missed(p, plan))
    assert_true(p, plan, one)


def test_a_stop_without_their_service_is_no_way_out():
    p = asked()
    plan = served(p, 0)
    one = only(why_missed(p, plan))
    assert (one.code, one.plan) == ("no_room", None)
