"""Where one published week meets the next: hours and nights that belong to both."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from outreach.errors import Invalid
from outreach.plan import planning, runs, schedules
from outreach.plan.planning.before import Worked, still_free
from outreach.plan.schedules.borders import broken_at_borders
from outreach.plan.versions import PlannedStop, ShiftPlan, Version, keep
from outreach.policies import Policy
from solver.problem import HOUR
from tests.planned import solved
from tests.town import Town

WEDNESDAY = date(2026, 11, 25)


def _worked(
    town: Town, now: datetime, day: date, depart: int, back: int, *, state: str = "planned", number: int = 1
) -> None:
    """Ben and Dia are published to be out on `day`, by a schedule made by hand."""
    stop = PlannedStop(
        programme_id=town.programme_id,
        uid=f"{day}-{number}",
        site_id=town.sites["west"],
        date=day,
        sequence=1,
        arrive=depart + 10,
        starts=depart + 25,
        ends=back - 25,
        leave=back - 10,
        services=["harm_reduction"],
        state=state,
    )
    shift = ShiftPlan(
        programme_id=town.programme_id,
        van_id=town.vans["one"],
        date=day,
        depart=depart,
        back=back,
        staff=[town.staff["ben"], town.staff["dia"]],
        stops=[stop],
    )
    version = Version(
        programme_id=town.programme_id,
        number=number,
        state="published",
        from_date=day,
        until_date=day,
        created_at=now,
        published_at=now,
        score={},
        shifts=[shift],
    )
    with town.store.transaction() as session:
        keep(session, version)


def _bens_shifts(town: Town, now: datetime, first: date) -> list[tuple[int, float, float]]:
    with town.store.reading() as session:
        asked, roster = planning.problem(session, town.programme_id, first, 3, town.city, now)
    ben = asked.staff[roster.staff.index(town.staff["ben"])]
    return [(shift.day, shift.starts / HOUR, shift.ends / HOUR) for shift in ben.shifts]


def test_somebody_who_came_home_late_starts_later_the_next_day(risky_town: Town, now: datetime):
    _worked(risky_town, now, WEDNESDAY - timedelta(1), 14 * 60, 23 * 60)
    # Home at 23:00, 11 h of rest: free from 10:00. (Thursday is Thanksgiving.)
    assert _bens_shifts(risky_town, now, WEDNESDAY)[0] == (0, 10.0, 20.0)


def test_hours_worked_earlier_in_the_week_are_used_up(risky_town: Town, now: datetime):
    for number, day in enumerate((WEDNESDAY - timedelta(2), WEDNESDAY - timedelta(1)), start=1):
        _worked(risky_town, now, day, 8 * 60, 20 * 60, number=number)
    # 24 of 40 h are gone: 12 h on Wednesday, 4 h on Friday.
    assert _bens_shifts(risky_town, now, WEDNESDAY) == [(0, 8.0, 20.0), (2, 8.0, 12.0)]


def test_a_cancelled_day_was_not_worked(risky_town: Town, now: datetime):
    _worked(risky_town, now, WEDNESDAY - timedelta(1), 8 * 60, 23 * 60, state="cancelled")
    assert _bens_shifts(risky_town, now, WEDNESDAY)[0] == (0, 8.0, 20.0)


def test_last_weeks_hours_are_last_weeks(risky_town: Town, now: datetime):
    _worked(risky_town, now, risky_town.monday - timedelta(3), 8 * 60, 20 * 60)
    assert _bens_shifts(risky_town, now, risky_town.monday) == [
        (0, 8.0, 20.0),
        (1, 8.0, 20.0),
        (2, 8.0, 20.0),
    ]


def test_nobody_is_free_when_the_week_is_full():
    full = Worked(minutes=2400, back=-600)
    assert still_free([WEDNESDAY], {0: ((480, 1200),)}, full, week=2400, rest=660) == {0: ()}


def test_a_plan_that_starts_midweek_is_published_within_everybodys_hours(risky_town: Town, now: datetime):
    town = risky_town
    for number, day in enumerate((WEDNESDAY - timedelta(2), WEDNESDAY - timedelta(1)), start=1):
        _worked(town, now, day, 8 * 60, 20 * 60, number=number)
    run_id = solved(replace(town, monday=WEDNESDAY), now, days=3)
    with town.store.transaction() as session:
        draft = schedules.draft(
            session, town.programme_id, runs.found(session, town.programme_id, run_id), "dora", now
        )
        assert (
            schedules.publish(session, town.programme_id, draft, "dora", now, policy=Policy.load()).number
            == 3
        )


@pytest.mark.parametrize(
    ("day", "depart", "back", "sentence"),
    [
        (date(2026, 11, 22), 15 * 60, 29 * 60, "rest only"),
        (date(2026, 11, 28), 0, 10 * 60, "rest only|would work"),
        (date(2026, 11, 29), 5 * 60, 29 * 60, "would work"),
    ],
)
def test_what_breaks_a_night_or_a_week_with_its_neighbour_is_not_published(
    solved_town: Town, now: datetime, day: date, depart: int, back: int, sentence: str
):
    """The plan itself is fine; what was published beside it in the meantime is not fine with it."""
    town = solved_town
    with town.store.transaction() as session:
        draft = schedules.draft(
            session, town.programme_id, runs.found(session, town.programme_id, 1), "dora", now
        )
        for shift in draft.shifts:
            shift.staff = [town.staff["ben"], *[m for m in shift.staff if m != town.staff["ben"]]]
    _worked(town, now, day, depart, back)
    with town.store.reading() as session:
        version = schedules.found(session, town.programme_id, draft.id)
        told = broken_at_borders(session, version, Policy.load())
    assert any(word in " ".join(told) for word in sentence.split("|")), told


def test_a_refusal_at_the_border_names_the_person(solved_town: Town, now: datetime):
    town = solved_town
    with town.store.transaction() as session:
        draft = schedules.draft(
            session, town.programme_id, runs.found(session, town.programme_id, 1), "dora", now
        )
        assert any(town.staff["ben"] in shift.staff for shift in draft.shifts if shift.date == town.monday)
    _worked(town, now, town.monday - timedelta(1), 12 * 60, 30 * 60)
    with town.store.transaction() as session:
        version = schedules.found(session, town.programme_id, draft.id)
        with pytest.raises(Invalid, match="Ben would rest only"):
            schedules.publish(session, town.programme_id, version, "dora", now, policy=Policy.load())


def test_a_week_that_was_too_long_before_does_not_stop_a_plan_that_adds_nothing_to_it(
    solved_town: Town, now: datetime
):
    """The five days before hold 60 hours of Ben and Dia; only a plan that sends them out too breaks."""
    town, policy = solved_town, Policy.load()
    for number in range(5):
        day = town.monday + timedelta(number)
        _worked(town, now, day, 8 * 60, 20 * 60, number=number + 1)
    alone = Version(
        programme_id=town.programme_id, number=9, state="draft", score={}, created_at=now,
        from_date=town.monday + timedelta(5), until_date=town.monday + timedelta(6),
    )  # fmt: skip
    stop = PlannedStop(state="planned")
    late = ShiftPlan(date=alone.from_date, depart=600, back=900, staff=[town.staff["ana"]], stops=[stop])
    with town.store.reading() as session, session.no_autoflush:
        alone.shifts = [late]
        assert broken_at_borders(session, alone, policy) == []
        late.staff = [town.staff["ben"]]
        assert any("Ben would work 65.0 h" in one for one in broken_at_borders(session, alone, policy))
