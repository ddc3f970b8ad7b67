"""Lists and pages ask the database a fixed number of questions, however long they are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from outreach.plan import anchors, planning, schedules, staff, vans
from tests.planned import published
from tests.questions import counted
from tests.town import Town


def _schedule(session: Session, town: Town) -> None:
    version = schedules.current(session, town.programme_id, town.monday)
    assert version is not None
    schedules.plan_json(session, town.programme_id, version)


def _problem(session: Session, town: Town) -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    planning.problem(session, town.programme_id, town.monday, 5, town.city, now)


LISTS: dict[str, tuple[Callable[[Session, Town], object], int]] = {
    "staff with shifts and certificates": (lambda s, t: staff.listed(s, t.programme_id), 3),
    "vans with shifts": (lambda s, t: vans.listed(s, t.programme_id), 2),
    "promises": (lambda s, t: anchors.listed(s, t.programme_id), 1),
    "a whole schedule for the board": (_schedule, 15),
    "a problem": (_problem, 23),
}


@pytest.mark.parametrize("what", LISTS)
def test_a_list_asks_a_fixed_number_of_questions(solved_town: Town, now: datetime, what: str):
    published(solved_town, now)
    ask, most = LISTS[what]
    with counted(solved_town.store.engine) as asked, solved_town.store.reading() as session:
        ask(session, solved_town)
    assert 0 < len(asked) <= most, "\n".join(asked)
