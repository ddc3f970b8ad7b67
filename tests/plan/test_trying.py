"""A hand edit is judged before it is made: times, rules and value, and nothing is changed."""

from __future__ import annotations

import time
from datetime import datetime

import pytest
from sqlalchemy import func, select

from outreach.errors import Missing
from outreach.plan import runs, schedules
from outreach.plan.schedules import Edit, Tried, Version
from tests.planned import published, spare, stops
from tests.town import Town


def tried(town: Town, *edits: Edit) -> Tried:
    with town.store.reading() as session:
        return schedules.tried_on_schedule(session, town.programme_id, edits)


def rules(found: Tried) -> set[str]:
    return {one.rule for one in found.broken}


def test_an_edit_that_leaves_all_as_it_is_changes_nothing(solved_town: Town, now: datetime):
    stop = spare(published(solved_town, now))
    found = tried(solved_town, Edit(stop.uid, starts=stop.starts))
    assert found.broken == ()
    assert found.change == pytest.approx(0)


def test_a_stop_dropped_costs_what_it_is_worth(solved_town: Town, now: datetime):
    stop = spare(published(solved_town, now))
    found = tried(solved_town, Edit(stop.uid, drop=True))
    assert stop.worth is not None
    assert found.change == pytest.approx(-stop.worth, abs=1e-6)
    assert found.broken == ()


def test_a_stop_dragged_before_its_site_opens_breaks_the_window(solved_town: Town, now: datetime):
    stop = spare(published(solved_town, now))
    assert "window" in rules(tried(solved_town, Edit(stop.uid, starts=7 * 60)))


def test_a_stop_dragged_onto_another_cannot_be_driven(solved_town: Town, now: datetime):
    version = published(solved_town, now)
    shift = next(shift for shift in version.shifts if len(shift.stops) > 1)
    first, second = shift.stops[:2]
    assert "travel" in rules(tried(solved_town, Edit(second.uid, starts=first.starts)))


def test_an_odd_length_and_the_other_van_are_judged(solved_town: Town, now: datetime):
    version = published(solved_town, now)
    stop = spare(version)
    assert "dwell" in rules(tried(solved_town, Edit(stop.uid, minutes=stop.ends - stop.starts + 5)))
    own = next(shift.van_id for shift in version.shifts if stop in shift.stops)
    other = next(van for van in solved_town.vans.values() if van != own)
    found = tried(solved_town, Edit(stop.uid, van_id=other))
    assert {van for van, *_ in found.times} <= {own, other}


def test_a_stay_cut_short_by_hand_may_have_any_length(solved_town: Town, now: datetime):
    stop = spare(published(solved_town, now))
    assert "dwell" not in rules(tried(solved_town, Edit(stop.uid, minutes=95)))


def test_a_promise_dropped_is_named(solved_town: Town, now: datetime):
    stop = next(stop for stop in stops(published(solved_town, now)) if stop.anchor)
    assert "refills" in rules(tried(solved_town, Edit(stop.uid, drop=True)))


def test_nothing_is_stored_and_it_takes_milliseconds(solved_town: Town, now: datetime):
    stop = spare(published(solved_town, now))
    tried(solved_town, Edit(stop.uid, starts=stop.starts + 60))
    began = time.process_time()
    tried(solved_town, Edit(stop.uid, starts=stop.starts + 60))
    assert time.process_time() - began < 0.1
    with solved_town.store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Version)) == 1


def test_a_plan_that_nobody_published_is_tried_too(solved_town: Town, now: datetime):
    with solved_town.store.reading() as session:
        version = schedules.of_run(runs.found(session, solved_town.programme_id, 1), now)
        found = schedules.tried(session, version, [Edit(spare(version).uid, drop=True)])
    assert found.change < 0


def test_an_unknown_stop_or_van_is_said(solved_town: Town, now: datetime):
    stop = spare(published(solved_town, now))
    with pytest.raises(Missing, match="no such stop"):
        tried(solved_town, Edit("0d8a4f0e-6c0a-4f7e-9a6e-0b8a5d1f2c3d"))
    with pytest.raises(Missing, match="no such van"):
        tried(solved_town, Edit(stop.uid, van_id=999))
