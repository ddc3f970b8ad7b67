"""One request, one transaction, committed before the answer leaves."""

from __future__ import annotations

import sqlite3
import threading

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import Session

from outreach.store import Programme
from tests.api.conftest import House

ABSENCE = {
    "kind": "van",
    "subject_id": 1,
    "from_date": "2026-11-23",
    "until_date": "2026-11-23",
    "reason": "brakes",
}


@pytest.mark.parametrize(
    ("kind", "said"),
    [(OperationalError, "database or disk is full"), (DatabaseError, "database disk image is malformed")],
)
def test_a_commit_that_fails_does_not_answer_that_all_is_well(
    house: House, kind: type[DatabaseError], said: str
) -> None:
    browser = house.browser("dispatch")
    assert browser.get("/api/v1/session").status_code == 200  # that a session is used is a commit too
    tried: list[Session] = []

    def disk_full(session: Session) -> None:
        tried.append(session)
        raise kind("COMMIT", {}, sqlite3.OperationalError(said))

    event.listen(Session, "before_commit", disk_full)
    try:
        answer = browser.post("/api/v1/dispatch/absences", json=ABSENCE)
    finally:
        event.remove(Session, "before_commit", disk_full)
    assert len(tried) == 1
    assert answer.status_code == 503
    assert "nothing was changed" in answer.json()["detail"].lower()
    assert browser.get("/api/v1/dispatch/vans").json()[0]["absences"] == []


def test_what_fails_halfway_changes_nothing(house: House) -> None:
    browser = house.browser("dispatch")
    before = len(house.browser("manager").get("/api/v1/manage/audit").json())
    answer = browser.post("/api/v1/dispatch/absences", json=ABSENCE | {"subject_id": 999})
    assert answer.status_code == 404
    assert len(house.browser("manager").get("/api/v1/manage/audit").json()) == before


def test_a_question_cannot_write(house: House) -> None:
    with house.town.store.reading() as session:
        session.add(Programme(slug="x", name="x", city="x", timezone="UTC"))
        with pytest.raises(OperationalError, match="readonly"):
            session.flush()


def test_sixty_writers_at_once_all_get_through(house_on_both: House) -> None:
    house = house_on_both
    browser = house.browser("dispatch")
    statuses: list[int] = []

    def write() -> None:
        statuses.append(browser.post("/api/v1/dispatch/absences", json=ABSENCE).status_code)

    writers = [threading.Thread(target=write) for _ in range(60)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert statuses == [201] * 60
