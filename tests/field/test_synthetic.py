"""The invented past of the demonstration: through the same doors, and said to be invented."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import func, select

from outreach import audit
from outreach.errors import Conflict
from outreach.field import events, stops, synthetic, visits
from outreach.field.events import Event
from outreach.field.synthetic import History, history
from outreach.plan import staff, stock, versions
from outreach.plan.planning.before import duties_by_member
from outreach.plan.schedules import ShiftPlan, Version
from outreach.plan.staff import Member
from outreach.policies import Policy
from tests.shift import account
from tests.town import Town


def invent(town: Town, weeks: int = 2) -> History:
    with town.store.transaction() as session:
        crew = account(session, town, "crew")
        return history(
            session, town.programme_id, crew, town.monday + timedelta(2), Policy.load(), weeks=weeks
        )


def test_the_past_is_published_and_logged_through_the_same_doors(town: Town):
    told = invent(town)
    assert (told.weeks, told.days) == (2, 2)
    first = town.monday - timedelta(14)
    with town.store.reading() as session:
        planned = stops.between(session, town.programme_id, first, town.monday + timedelta(1))
        found = visits.between(session, town.programme_id, first, town.monday + timedelta(1))
        logged = session.scalar(select(func.count()).select_from(Event))
        assert events.count_held(session, town.programme_id) == 0
        assert audit.verify(session).whole
    assert len(planned) == told.stops > 10
    assert logged == told.events
    assert len(planned) * 0.7 < len(found) <= len(planned)
    assert {visit.outcome for visit in found} <= {"served", "skipped"}


def test_every_promise_of_the_past_was_kept(town: Town):
    invent(town)
    with town.store.reading() as session:
        planned = stops.between(
            session, town.programme_id, town.monday - timedelta(14), town.monday - timedelta(1)
        )
    square = [stop for stop in planned if stop.site_id == town.sites["square"]]
    assert [stop.date.weekday() for stop in square] == [1, 1]
    assert {stop.hours for stop in square} == {4.0}


def test_no_van_is_in_two_places_at_once(town: Town):
    invent(town)
    with town.store.reading() as session:
        planned = stops.between(session, town.programme_id, town.monday - timedelta(14), town.monday)
    by_van: dict[int, list[stops.Stop]] = {}
    for stop in planned:
        by_van.setdefault(stop.van_id, []).append(stop)
    for line in by_van.values():
        for earlier, later in pairwise(line):
            assert earlier.ends < later.starts


def test_nobody_worked_more_than_they_may(town: Town):
    """On their own shifts, within their day and week, rested, and on one van at a time."""
    with town.store.transaction() as session:
        for member in session.scalars(select(Member)):
            member.max_day_hours, member.max_week_hours = 7.0, 9.0
    invent(town, weeks=3)
    with town.store.reading() as session:
        people = {member.id: member for member in staff.listed(session, town.programme_id)}
        duties = duties_by_member(list(session.scalars(select(ShiftPlan))))
    assert duties
    for member_id, out in duties.items():
        member, weeks = people[member_id], Counter()
        for duty in out:
            hours = (duty.back - duty.depart) / 60
            weeks[duty.date.isocalendar()[:2]] += hours
            assert hours <= 7.0
            own = [s for s in member.shifts if s.weekday == duty.date.weekday()]
            assert any(s.starts <= duty.depart and duty.back <= s.ends for s in own)
        assert max(weeks.values()) <= 9.0
        for before, after in pairwise(out):
            away = (after.date - before.date).days * 24 * 60
            assert away + after.depart - before.back >= member.min_rest_hours * 60


def test_it_says_that_it_is_synthetic(town: Town):
    invent(town, weeks=1)
    with town.store.reading() as session:
        notes = [versions.note_of(session, each) for each in session.scalars(select(Version))]
    assert set(notes) == {synthetic.NOTE}
    assert "SYNTHETIC" in synthetic.NOTE


def test_the_ledger_adds_up_to_what_was_loaded_less_what_was_counted(town: Town):
    invent(town)
    with town.store.reading() as session:
        found = visits.between(
            session, town.programme_id, town.monday - timedelta(14), town.monday + timedelta(1)
        )
        counted = visits.counted(session, town.programme_id, found)
        for van in town.vans.values():
            here = sum(counted[visit.id]["naloxone_kits"] for visit in found if visit.van_id == van)
            held = stock.on_board(session, town.programme_id, van)["naloxone_kits"]
            assert held == 3 * synthetic.LOADED["naloxone_kits"] - here


def test_a_real_past_is_never_mixed_with_an_invented_one(town: Town):
    invent(town, weeks=1)
    with town.store.transaction() as session, pytest.raises(Conflict):
        history(session, town.programme_id, 1, town.monday, Policy.load())
