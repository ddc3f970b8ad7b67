"""Outreach on foot: a pair walks from the van, and two people stay with it."""

from __future__ import annotations

from dataclasses import replace

from solver.check import check
from solver.limits import Until
from solver.plan import Plan
from solver.problem import Service
from solver.solve import solve
from tests.solver.towns import member, town


def test_a_pair_walks_only_when_two_people_stay_with_the_van():
    walking = Service("walking", (("driver", 1), ("outreach_worker", 2)), people=4, hourly_value=0.5)
    plain = town(3, 1, 1)
    sites = tuple(replace(s, services=frozenset({0, 1})) for s in plain.sites)
    pair = tuple(member(f"walker {n}", 1, "outreach_worker") for n in range(2))
    four = replace(plain, services=(*plain.services, walking), sites=sites, staff=(*plain.staff, *pair))
    out = solve(four, Until(work=300)).plan.van_days[0]
    assert any(1 in stop.services for stop in out.stops)
    assert len(out.crew) == 4
    three = replace(four, staff=four.staff[:3])
    assert all(1 not in stop.services for stop in solve(three, Until(work=300)).plan.van_days[0].stops)
    left_behind = Plan((replace(out, crew=out.crew[:3]),))
    assert "staffed" in {fault.rule for fault in check(four, left_behind).broken}


def test_a_service_no_open_site_allows_makes_no_crews_to_tell_apart():
    wound_care = Service("wound care", (("nurse", 1),), hourly_value=0.5)
    assert replace(town(3, 1, 1), services=(*town().services, wound_care)).extras_on(0) == set()
