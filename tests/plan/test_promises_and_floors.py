"""What planning hands to the optimizer beside sites, vans and people: what was told, and what is owed to
whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from outreach.errors import Invalid
from outreach.plan import schedules
from outreach.plan.planning import Roster, fairness, problem
from outreach.policies import Policy
from solver.problem import Problem, Site, Window
from tests.planned import published, spare
from tests.town import Town


def asked(town: Town, now: datetime, policy: Policy | None = None, days: int = 5) -> tuple[Problem, Roster]:
    with town.store.reading() as session:
        return problem(session, town.programme_id, town.monday, days, town.city, now, policy)


def test_nothing_was_told_before_the_first_plan(risky_town: Town, now: datetime):
    assert asked(risky_town, now)[0].published is None


def test_what_is_published_is_what_changes_are_counted_against(solved_town: Town, now: datetime):
    version = published(solved_town, now)
    frozen, roster = asked(solved_town, now)
    assert frozen.published is not None
    stops = {
        (roster.sites[s.site], roster.day(d.day), s.start // 60)
        for d in frozen.published.van_days
        for s in d.stops
    }
    assert stops == {(s.site_id, s.date, s.starts) for shift in version.shifts for s in shift.stops}


def test_a_cancelled_stop_was_told_to_nobody(solved_town: Town, now: datetime):
    version = published(solved_town, now)
    gone = spare(version)
    with solved_town.store.transaction() as session:
        schedules.cancel_stop(session, solved_town.programme_id, gone.uid, "snow", "dora", now)
        draft = schedules.open_draft(session, solved_town.programme_id)
        assert draft is not None
        schedules.publish(session, solved_town.programme_id, draft, "dora", now, policy=Policy.load())
    frozen, roster = asked(solved_town, now)
    assert frozen.published is not None
    left = {(roster.sites[s.site], roster.day(d.day)) for d in frozen.published.van_days for s in d.stops}
    assert (gone.site_id, gone.date) not in left


def test_days_are_said_as_dates(risky_town: Town, now: datetime):
    assert asked(risky_town, now)[0].dates[1] == "Tue 24 Nov"


def test_the_programme_sets_a_floor_for_each_neighbourhood():
    sites = (Site("a", 1, (Window(0, 0, 3600),)), Site("b", 2, (Window(8, 0, 3600),)), Site("c", 2))
    areas = {"": 0, "Eastside": 1, "Westside": 2}
    floors = fairness.floors({"*": 140, "Westside": 70}, areas, sites, [0] * 7 + [1] * 3)
    assert [(f.neighbourhood, f.week, f.seconds) for f in floors] == [(1, 0, 8400), (2, 1, 1800)]
    assert fairness.floors({}, areas, sites, [0] * 10) == ()


def test_a_floor_where_no_site_lies_is_said(risky_town: Town, now: datetime):
    unfair = replace(Policy.load(), fairness_minutes={"Nowhere": 60})
    _, roster = asked(risky_town, now, unfair)
    assert any("Nowhere is to have 60 minutes" in note for note in roster.notes)


def test_a_floor_of_less_than_nothing_is_refused(tmp_path: Path):
    pack = tmp_path / "ours.toml"
    pack.write_text('name = "Ours"\n[fairness_minutes]\nRoxbury = -1\n')
    with pytest.raises(Invalid, match="fairness_minutes"):
        Policy.load(str(pack))
