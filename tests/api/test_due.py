"""From a crew's "come back" to the next plan: a number, a service and a window travel, never who.

It is the Saturday before the published week, seen by its coordinator; crews log on its Monday.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from outreach.plan import planning, runs, worker
from outreach.plan.versions import current
from tests.api.conftest import House, served
from tests.shift import tap, uid

API = "/api/v1/dispatch"
EVENING = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
MONDAY = EVENING.date()


@pytest.fixture
def evening(published_house: House, tmp_path: Path) -> Iterator[House]:
    """The published week on its Monday evening: crews sync, the coordinator plans from tomorrow on."""
    with served(published_house.town, tmp_path, EVENING) as house:
        yield replace(house, promised=published_house.promised)


def _due(board: TestClient, **asked: object) -> list[dict[str, Any]]:
    answer = board.get(f"{API}/due", params=asked)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    return list(answer.json())


def _somewhere_on_monday(house: House) -> tuple[str, int]:
    """A stop where nothing is promised later in the week."""
    town = house.town
    with town.store.reading() as session:
        version = current(session, town.programme_id, MONDAY)
        assert version is not None
        planned = (stop for stop in version.stops if stop.date == MONDAY)
        stop = next(stop for stop in planned if stop.site_id != town.sites["square"])
        return stop.uid, stop.site_id


def _asked_back(house: House, people: int, first: int, last: int, service: str = "moud") -> int:
    """A crew asks people at a stop of Monday to come back; the stop's site."""
    stop, site = _somewhere_on_monday(house)
    back = {"service": service, "people": people, "from_days": first, "until_days": last}
    sent = [tap(1, "stop.arrived", stop, at=EVENING), tap(2, "come.back", stop, back, at=EVENING)]
    answer = house.browser("crew").post("/api/v1/crew/events", json={"device": "tablet-1", "events": sent})
    assert {receipt["state"] for receipt in answer.json()["receipts"]} == {"stored"}
    return site


def _planned(house: House, days: int) -> int:
    """A new plan from tomorrow on."""
    town = house.town
    with town.store.transaction() as session:
        first = MONDAY + timedelta(1)
        asked = runs.request(
            session, town.programme_id, first, days, actor="dora", now=EVENING, budget_seconds=1, seed=0
        )
        claim = runs.claim(session, EVENING, asked.id)
    assert claim is not None
    worker.solve_run(town.store, town.city, claim)
    return claim.run_id


def test_whoever_a_crew_asks_back_is_served_by_the_next_plan(evening: House) -> None:
    board = evening.browser("dispatch")
    site = _asked_back(evening, 5, 1, 4)
    run = _planned(evening, 5)
    [one] = _due(board, run_id=run)
    plan = board.get(f"{API}/runs/{run}/plan").json()
    stops = {stop["uid"]: (stop, day["date"]) for day in plan["van_days"] for stop in day["stops"]}
    assert (one["site_id"], one["people"], one["crew"]) == (site, 5, True)
    assert one["state"] == "kept", one["sentence"]
    stop, day = stops[one["uid"]]
    assert stop["site"]["id"] == site
    assert one["service"] in stop["services"]
    assert one["from_date"] <= day <= one["until_date"]
    assert plan["score"]["follow_up"] == pytest.approx(5 * 0.2)


def test_the_problem_asked_has_them_and_no_word_of_who(evening: House) -> None:
    _asked_back(evening, 2, 1, 3)
    town = evening.town
    with town.store.reading() as session:
        asked, _ = planning.problem(session, town.programme_id, MONDAY + timedelta(1), 4, town.city, EVENING)
    assert [(sorted(one.days), one.people) for one in asked.follow_ups] == [([0, 1, 2], 2)]


def test_a_tap_taken_back_is_due_no_more(evening: House) -> None:
    _asked_back(evening, 2, 1, 3)
    board, crew = evening.browser("dispatch"), evening.browser("crew")
    assert len(_due(board)) == 1
    stop, _ = _somewhere_on_monday(evening)
    void = tap(3, "void", stop, replaces=uid(1002), at=EVENING)
    crew.post("/api/v1/crew/events", json={"device": "tablet-1", "events": [void]})
    assert _due(board) == []


def test_by_hand_it_is_noted_shown_with_its_reason_and_taken_back(published_house: House) -> None:
    board = published_house.browser("dispatch")
    window = {"from_date": "2026-11-24", "until_date": "2026-11-25"}
    asked = {"site_id": published_house.town.sites["mill"], "service": "wound_care", "people": 2, **window}
    noted = board.post(f"{API}/due", json=asked)
    assert noted.status_code == 201
    [one] = _due(board)
    assert one["sentence"] == "The host of Mill does not allow wound care."
    assert one["ids"] == [noted.json()["id"]]
    assert board.delete(f"{API}/due/{one['ids'][0]}").status_code == 204
    assert board.delete(f"{API}/due/{one['ids'][0]}").status_code == 404
    assert _due(board) == []


@pytest.mark.parametrize(
    "wrong",
    [{"people": 0}, {"until_date": "2026-11-23"}, {"service": "surgery"}, {"site_id": 999}, {"who": "Sam"}],
)
def test_nonsense_is_refused_in_a_sentence(published_house: House, wrong: dict[str, object]) -> None:
    window = {"from_date": "2026-11-24", "until_date": "2026-11-25"}
    asked = {"site_id": published_house.town.sites["mill"], "service": "moud", "people": 2, **window}
    answer = published_house.browser("dispatch").post(f"{API}/due", json=asked | wrong)
    assert answer.status_code in (404, 422)
    assert answer.json()["detail"]


def test_a_manager_sees_no_such_number(published_house: House) -> None:
    assert published_house.browser("manager").get(f"{API}/due").status_code == 403
    assert "people_due" not in published_house.browser("manager").get(f"{API}/schedule").text
