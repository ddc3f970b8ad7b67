"""People due back: noted, owed by the next plan, kept or missed with a reason that is true. Never who."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from outreach.errors import Invalid, Missing
from outreach.plan import due, planning, schedules
from outreach.plan.schedules import Kept
from solver.problem import FollowUp, Problem
from tests.planned import published, spare
from tests.town import Town

TUESDAY, WEDNESDAY, FRIDAY = date(2026, 11, 24), date(2026, 11, 25), date(2026, 11, 27)
COLUMNS = "site,service,from_date,until_date,people\n"


def note(town: Town, now: datetime, site: str, service: str, first: date, last: date, people: int = 3) -> int:
    with town.store.transaction() as session:
        place = town.sites[site]
        facts = (place, service, first, last, people)
        return due.add(session, town.programme_id, *facts, actor="dora", now=now).id


def asked(
    town: Town, now: datetime, days: int = 5, first: date | None = None
) -> tuple[Problem, tuple[str, ...]]:
    with town.store.reading() as session:
        found, roster = planning.problem(
            session, town.programme_id, first or town.monday, days, town.city, now
        )
    return found, roster.notes


def kept(town: Town, now: datetime) -> list[Kept]:
    with town.store.reading() as session:
        version = schedules.open_draft(session, town.programme_id)
        if version is None:
            version = schedules.newest(session, town.programme_id)
            assert version is not None
        return schedules.kept_due(session, town.programme_id, version, now)


def test_people_due_become_a_follow_up_of_the_next_plan(risky_town: Town, now: datetime):
    note(risky_town, now, "mill", "moud", TUESDAY, WEDNESDAY)
    note(risky_town, now, "mill", "moud", TUESDAY, WEDNESDAY, people=2)
    problem, _ = asked(risky_town, now)
    mill = [site.name for site in problem.sites].index("Mill")
    assert problem.follow_ups == (FollowUp(mill, frozenset({1, 2}), 1, 5),)


def test_a_window_is_cut_to_the_days_of_the_plan(risky_town: Town, now: datetime):
    note(risky_town, now, "mill", "moud", FRIDAY, FRIDAY + timedelta(9))
    problem, _ = asked(risky_town, now)
    assert [one.days for one in problem.follow_ups] == [frozenset({4})]


def test_medication_due_protects_the_last_promised_session_of_its_window(risky_town: Town, now: datetime):
    note(risky_town, now, "square", "moud", risky_town.monday, date(2026, 12, 4), people=4)
    problem, _ = asked(risky_town, now, days=14)
    # The town's own twelve come every Tuesday; these four have two Tuesdays, and the second is their last.
    assert [anchor.refills_due for anchor in problem.anchors] == [12, 16]
    assert problem.follow_ups == ()


def test_while_a_later_session_may_serve_them_no_session_is_protected(risky_town: Town, now: datetime):
    note(risky_town, now, "square", "moud", risky_town.monday, date(2026, 12, 4), people=4)
    problem, _ = asked(risky_town, now, days=5)
    assert [anchor.refills_due for anchor in problem.anchors] == [12]
    assert [one.people for one in problem.follow_ups] == [4]


def test_whoever_is_due_for_something_else_protects_no_session(risky_town: Town, now: datetime):
    note(risky_town, now, "square", "harm_reduction", TUESDAY, TUESDAY)
    problem, _ = asked(risky_town, now)
    assert ([a.refills_due for a in problem.anchors], len(problem.follow_ups)) == ([12], 1)


def test_what_no_host_allows_is_said_before_solving(risky_town: Town, now: datetime):
    note(risky_town, now, "mill", "wound_care", TUESDAY, WEDNESDAY, people=1)
    problem, notes = asked(risky_town, now)
    assert problem.follow_ups == ()
    assert (
        "1 person is due at Mill for wound care, Tue 24 Nov to Wed 25 Nov: The host of Mill does not allow "
        "wound care." in notes
    )


def test_whoever_the_schedule_serves_before_the_plan_is_not_asked_for_again(solved_town: Town, now: datetime):
    published(solved_town, now)
    note(solved_town, now, "square", "moud", TUESDAY, FRIDAY + timedelta(7))
    problem, _ = asked(solved_town, now, days=2, first=FRIDAY)
    assert problem.follow_ups == ()
    # On the Wednesday the session is over, and nobody logged that a van came: they still wait.
    problem, _ = asked(solved_town, now + timedelta(4), days=2, first=FRIDAY)
    assert [one.people for one in problem.follow_ups] == [3]


def test_a_schedule_tells_who_can_come_and_at_which_stop(solved_town: Town, now: datetime):
    version = published(solved_town, now)
    note(solved_town, now, "square", "moud", TUESDAY, TUESDAY)
    session = next(stop for shift in version.shifts for stop in shift.stops if stop.anchor)
    [one] = kept(solved_town, now)
    assert (one.state, one.uid, one.people) == ("kept", session.uid, 3)
    assert schedules.counted([one]) == "3 people are due back: 3 can come to a stop of this plan."


def test_whoever_has_time_after_the_schedule_is_not_called_missed(solved_town: Town, now: datetime):
    published(solved_town, now)
    note(solved_town, now, "mill", "wound_care", FRIDAY, FRIDAY + timedelta(7))
    assert [one.state for one in kept(solved_town, now)] == ["later"]


def test_whoever_is_missed_is_told_why(solved_town: Town, now: datetime):
    published(solved_town, now)
    note(solved_town, now, "mill", "wound_care", TUESDAY, WEDNESDAY)
    [one] = kept(solved_town, now)
    assert (one.state, one.code, one.sentence) == (
        "missed",
        "host",
        "The host of Mill does not allow wound care.",
    )


def test_a_cancelled_stop_is_the_reason_for_whoever_was_to_come_there(solved_town: Town, now: datetime):
    version = published(solved_town, now)
    stop = spare(version)
    code = next(code for code, number in solved_town.sites.items() if number == stop.site_id)
    note(solved_town, now, code, "harm_reduction", stop.date, stop.date)
    assert [one.state for one in kept(solved_town, now)] == ["kept"]
    with solved_town.store.transaction() as session:
        schedules.cancel_stop(session, solved_town.programme_id, stop.uid, "Street fair", "dora", now)
    [one] = kept(solved_town, now)
    assert (one.state, one.code) == ("missed", "cancelled")
    assert "Street fair" in one.sentence


def test_a_file_sets_the_numbers_and_may_be_read_twice(town: Town, now: datetime, tmp_path: Path):
    file = tmp_path / "due.csv"
    file.write_text(COLUMNS + "mill,moud,2026-11-24,2026-11-25,4\nsquare,moud,2026-11-24,2026-11-24,2\n")
    with town.store.transaction() as session:
        assert due.import_csv(session, town.programme_id, file).added == 2
    file.write_text(COLUMNS + "mill,moud,2026-11-24,2026-11-25,6\n")
    with town.store.transaction() as session:
        report = due.import_csv(session, town.programme_id, file)
        people = [one.people for one in due.listed(session, town.programme_id, town.monday)]
    assert (report.added, report.changed, sorted(people)) == (0, 1, [2, 6])


@pytest.mark.parametrize(
    ("row", "what"),
    [
        ("nowhere,moud,2026-11-24,2026-11-25,4", "no site's code"),
        ("mill,surgery,2026-11-24,2026-11-25,4", "service"),
        ("mill,wound_care,2026-11-24,2026-11-25,4", "does not allow"),
        ("mill,moud,2026-11-25,2026-11-24,4", "before"),
        ("mill,moud,2026-11-24,2026-11-25,0", "people"),
    ],
)
def test_a_mistake_in_a_file_is_named_and_nothing_is_kept(town: Town, tmp_path: Path, row: str, what: str):
    file = tmp_path / "due.csv"
    file.write_text(COLUMNS + "square,moud,2026-11-24,2026-11-24,2\n" + row + "\n")
    with pytest.raises(Invalid) as refusal, town.store.transaction() as session:
        due.import_csv(session, town.programme_id, file)
    [problem] = refusal.value.problems
    assert (problem.row, what in f"{problem.column} {problem.what}") == (3, True)
    with town.store.reading() as session:
        assert due.listed(session, town.programme_id, town.monday) == []


def test_what_was_noted_by_hand_can_be_taken_back_once(town: Town, now: datetime):
    number = note(town, now, "mill", "moud", TUESDAY, WEDNESDAY)
    with town.store.transaction() as session:
        due.remove(session, town.programme_id, number, actor="dora", now=now)
    with pytest.raises(Missing), town.store.transaction() as session:
        due.remove(session, town.programme_id, number, actor="dora", now=now)


@pytest.mark.parametrize(
    ("service", "last", "people"),
    [("surgery", TUESDAY, 1), ("moud", TUESDAY - timedelta(1), 1), ("moud", TUESDAY, 0)],
)
def test_nonsense_is_refused_by_hand_too(town: Town, now: datetime, service: str, last: date, people: int):
    with pytest.raises(Invalid):
        note(town, now, "mill", service, TUESDAY, last, people)
