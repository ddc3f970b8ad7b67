from __future__ import annotations

import math
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import delete

from outreach.errors import Invalid, Missing
from outreach.place import sites
from outreach.plan import absences, anchors, planning, staff, vans
from outreach.plan.planning import Roster
from outreach.plan.planning.answers import Answer
from outreach.plan.staff import NewMember
from outreach.plan.vans import NewVan, Van
from outreach.policies import Policy
from outreach.tabular import week
from solver.files import problem_from_bytes, problem_to_bytes
from solver.problem import HOUR, Problem
from tests.town import LAT, WORKDAYS, Town


def _ask(
    town: Town, now: datetime, days: int = 5, first: date | None = None, policy: Policy | None = None
) -> tuple[Problem, Roster]:
    day = first or town.monday
    with town.store.reading() as session:
        return planning.problem(session, town.programme_id, day, days, town.city, now, policy=policy)


def test_a_prescriber_joins_from_afar_only_where_the_rules_allow_it(risky_town: Town, now: datetime):
    asked, _ = _ask(risky_town, now)
    assert [s.name for s in asked.services if "prescriber" in s.telehealth] == ["moud"]
    barred, _ = _ask(risky_town, now, policy=replace(Policy.load(), telehealth_prescriber=False))
    assert not [s.name for s in barred.services if "prescriber" in s.telehealth]


def test_a_problem_holds_what_the_town_keeps(risky_town: Town, now: datetime):
    asked, roster = _ask(risky_town, now)
    assert [site.name for site in asked.sites] == ["East", "Mill", "Square", "West", "Yard"]
    assert roster.sites == tuple(
        risky_town.sites[code] for code in ("east", "mill", "square", "west", "yard")
    )
    assert [van.name for van in asked.vans] == ["Van one", "Van two"]
    assert asked.vans[0].shifts[0].starts == 8 * HOUR
    assert asked.services[0].name == "harm_reduction"
    assert asked.neighbourhoods == ("", "Eastside", "Westside")


def test_the_same_inputs_freeze_to_the_same_problem(risky_town: Town, now: datetime):
    assert _ask(risky_town, now)[0].fingerprint == _ask(risky_town, now)[0].fingerprint


def test_a_plan_on_old_incidents_says_so(risky_town: Town, now: datetime):
    assert not [note for note in _ask(risky_town, now)[1].notes if "no incident since" in note]
    _, roster = _ask(risky_town, now + timedelta(days=62))
    assert [note for note in roster.notes if "knows no incident since" in note]


def test_a_problem_survives_its_file(risky_town: Town, now: datetime):
    asked, _ = _ask(risky_town, now)
    assert problem_from_bytes(problem_to_bytes(asked)).fingerprint == asked.fingerprint


def test_travel_is_in_whole_minutes_rounded_up(risky_town: Town, now: datetime):
    asked, _ = _ask(risky_town, now)
    assert (asked.travel % 60 == 0).all()
    # West to Mill: 0.01° of longitude at 42.33° N is 823 m; × 1.3 at 25 km/h are 154 s, so 3 minutes.
    assert asked.travel[0, 3, 1] == 180


def test_a_promise_becomes_an_anchor_on_its_weekday(risky_town: Town, now: datetime):
    asked, _ = _ask(risky_town, now, days=14)
    assert [(anchor.day, anchor.start) for anchor in asked.anchors] == [(1, 10 * HOUR), (8, 10 * HOUR)]
    assert asked.anchors[0].refills_due == 12


def test_weeks_are_calendar_weeks(risky_town: Town, now: datetime):
    asked, _ = _ask(risky_town, now, days=7, first=date(2026, 12, 3))
    assert asked.week == (0, 0, 0, 0, 1, 1, 1)


def test_a_certificate_holds_to_its_last_day(risky_town: Town, now: datetime):
    with risky_town.store.transaction() as session:
        expiring = NewMember(
            "ana", "Ana", ("prescriber",), WORKDAYS, certificates=(("prescriber", date(2026, 11, 24)),)
        )
        staff.save(session, risky_town.programme_id, [expiring])
    asked, roster = _ask(risky_town, now)
    ana = asked.staff[roster.staff.index(risky_town.staff["ana"])]
    assert dict(ana.roles)["prescriber"] == frozenset({0, 1})


def test_somebody_away_has_no_shift_on_those_days(risky_town: Town, now: datetime):
    with risky_town.store.transaction() as session:
        absences.mark(
            session,
            risky_town.programme_id,
            "staff",
            risky_town.staff["ben"],
            date(2026, 11, 24),
            date(2026, 11, 25),
            "training",
            actor="dora",
            now=now,
        )
    asked, roster = _ask(risky_town, now)
    ben = asked.staff[roster.staff.index(risky_town.staff["ben"])]
    assert [shift.day for shift in ben.shifts] == [0, 4]  # Thursday is Thanksgiving


def test_a_van_away_has_no_shift_on_those_days(risky_town: Town, now: datetime):
    with risky_town.store.transaction() as session:
        van = risky_town.vans["one"]
        absences.mark(
            session, risky_town.programme_id, "van", van, risky_town.monday, risky_town.monday, "brakes",
            actor="dora", now=now,
        )  # fmt: skip
    asked, _ = _ask(risky_town, now)
    assert 0 not in {shift.day for shift in asked.vans[0].shifts}


def test_no_van_goes_out_on_a_holiday_and_the_plan_says_so(risky_town: Town, now: datetime):
    asked, roster = _ask(risky_town, now)
    assert all(shift.day != 3 for van in asked.vans for shift in van.shifts)
    assert "Thu 26 Nov is Thanksgiving Day: no van goes out." in roster.notes


def test_a_promise_on_a_holiday_is_named(risky_town: Town, now: datetime):
    with risky_town.store.transaction() as session:
        promise = anchors.listed(session, risky_town.programme_id)[0]
        promise.weekday = 3
    asked, roster = _ask(risky_town, now)
    assert asked.anchors == ()
    assert any("Square" in note and "Thanksgiving" in note for note in roster.notes)


def test_a_closed_site_is_left_out_with_the_reason(risky_town: Town, now: datetime):
    with risky_town.store.transaction() as session:
        east = sites.one(session, risky_town.programme_id, risky_town.sites["east"])
        sites.close(session, east, date(2026, 11, 1), date(2026, 12, 31), "road works")
    _, roster = _ask(risky_town, now)
    assert [(left.site_id, left.code) for left in roster.left_out] == [(risky_town.sites["east"], "closed")]
    assert "East" in roster.left_out[0].sentence


def test_a_proposed_site_waits_for_its_host(risky_town: Town, now: datetime):
    with risky_town.store.transaction() as session:
        sites.one(session, risky_town.programme_id, risky_town.sites["mill"]).status = "proposed"
    _, roster = _ask(risky_town, now)
    assert roster.left_out[0].sentence == "Mill waits for a host's agreement."


def test_a_promise_at_a_closed_site_is_named(risky_town: Town, now: datetime):
    with risky_town.store.transaction() as session:
        square = sites.one(session, risky_town.programme_id, risky_town.sites["square"])
        sites.close(session, square, date(2026, 11, 1), date(2026, 12, 31), "road works")
    asked, roster = _ask(risky_town, now)
    assert asked.anchors == ()
    assert any("cannot be kept" in note and "Square" in note for note in roster.notes)


def test_zero_vans_are_refused_by_name(risky_town: Town, now: datetime):
    with risky_town.store.transaction() as session:
        session.execute(delete(Van))
    with pytest.raises(Invalid, match="There are no vans") as refusal:
        _ask(risky_town, now)
    assert refusal.value.code == "no-vans"


def test_a_week_without_anybody_at_work_is_refused_by_name(risky_town: Town, now: datetime):
    with risky_town.store.transaction() as session:
        for member in staff.listed(session, risky_town.programme_id):
            member.shifts = []
    with pytest.raises(Invalid, match="Nobody is at work") as refusal:
        _ask(risky_town, now)
    assert refusal.value.code == "no-staff-hours"


def test_a_day_without_anybody_at_work_is_named(risky_town: Town, now: datetime):
    with risky_town.store.transaction() as session:
        for member in staff.listed(session, risky_town.programme_id):
            member.shifts = [shift for shift in member.shifts if shift.weekday != 2]
    _, roster = _ask(risky_town, now)
    assert "Nobody is at work on Wed 25 Nov: no van goes out. Look at shifts and absences." in roster.notes


def test_a_weekend_without_vans_is_refused_by_name(risky_town: Town, now: datetime):
    with pytest.raises(Invalid, match="No van can go out") as refusal:
        _ask(risky_town, now, days=2, first=date(2026, 11, 28))
    assert refusal.value.code == "no-van-hours"


def test_a_town_without_active_sites_is_refused_by_name(risky_town: Town, now: datetime):
    with risky_town.store.transaction() as session:
        for site in sites.listed(session, risky_town.programme_id):
            site.status = "retired"
    with pytest.raises(Invalid, match="no active site"):
        _ask(risky_town, now)


def test_without_a_surface_the_next_step_is_told(town: Town, now: datetime):
    with pytest.raises(Missing, match="risk surface"):
        _ask(town, now)


def test_a_van_at_night_counts_its_hours_past_midnight(risky_town: Town, now: datetime):
    with risky_town.store.transaction() as session:
        night = NewVan("night", "Night van", -71.08, LAT, week("Mon 20:00-02:00"))
        vans.save(session, risky_town.programme_id, [night])
    asked, _ = _ask(risky_town, now)
    shift = next(van for van in asked.vans if van.name == "Night van").shifts[0]
    assert (shift.day, shift.starts, shift.ends) == (0, 20 * HOUR, 26 * HOUR)


def test_an_answer_without_a_bound_is_kept_and_read_again():
    nothing = Answer(
        plan='{"van_days": []}', score={}, value=0.0, bound=math.inf, gap=1.0, unserved=[], prices={},
        notes=[], reproducible=True,
    )  # fmt: skip
    assert Answer.read(nothing.document()) == nothing
