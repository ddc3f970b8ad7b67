"""Two coordinators have the same plan before them: whoever is first is not written over in silence."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from tests.api.conftest import House

API = "/api/v1/dispatch"


def _schedule(board: TestClient) -> dict[str, Any]:
    return dict(board.get(f"{API}/schedule").json())


def _stops(schedule: dict[str, Any]) -> list[dict[str, Any]]:
    days = schedule["published"]["van_days"]
    return [stop for day in days for stop in day["stops"] if not stop["refills_due"]]


def _cancel(board: TestClient, stop: dict[str, Any], made_on: str | None) -> Response:
    params = {} if made_on is None else {"made_on": made_on}
    address = f"{API}/stops/{stop['uid']}/cancel"
    answer: Response = board.post(address, json={"reason": "Rain"}, params=params)
    return answer


def test_a_change_made_on_an_older_plan_is_refused_and_changes_nothing(published_house: House) -> None:
    board = published_house.browser("dispatch")
    seen = _schedule(board)
    one, two, *_ = _stops(seen)
    first = _cancel(board, one, seen["mark"])
    assert first.status_code == 200, first.text
    late = _cancel(board, two, seen["mark"])
    assert (late.status_code, late.json()["code"]) == (409, "changed-meanwhile")
    assert "Somebody changed the plan meanwhile" in late.json()["detail"]
    now = _schedule(board)
    assert [change["uid"] for change in now["draft"]["changes"]] == [one["uid"]]
    assert now["mark"] == now["draft"]["mark"] == first.json()["mark"]
    assert _cancel(board, two, now["mark"]).status_code == 200


def test_who_does_not_say_what_a_change_is_made_on_is_not_asked(published_house: House) -> None:
    board = published_house.browser("dispatch")
    one, two, *_ = _stops(_schedule(board))
    assert [_cancel(board, stop, None).status_code for stop in (one, two)] == [200, 200]


@pytest.mark.parametrize(
    ("act", "path"),
    [
        ("POST", "/stops/{uid}/cancel"),
        ("POST", "/stops/{uid}/shorten"),
        ("POST", "/stops/{uid}/move"),
        ("POST", "/schedule/publish"),
        ("DELETE", "/schedule/draft"),
        ("POST", "/schedule/replan"),
        ("POST", "/runs/{run}/publish"),
    ],
)
def test_every_change_of_the_schedule_asks_what_it_is_made_on(
    published_house: House, act: str, path: str
) -> None:
    board = published_house.browser("dispatch")
    seen = _schedule(board)
    one, two, *_ = _stops(seen)
    _cancel(board, one, None)
    bodies: dict[str, dict[str, object]] = {
        "cancel": {"reason": "Rain"},
        "shorten": {"ends": two["starts"], "reason": "Rain"},
        "move": {"starts": two["starts"]},
        "replan": {"kind": "van_lost", "subject_id": 1, "date": "2026-11-23", "note": "Rain"},
    }
    body = bodies.get(path.rpartition("/")[2], {})
    address = API + path.format(uid=two["uid"], run=seen["published"]["run_id"])
    answer = board.request(act, address, json=body, params={"made_on": seen["mark"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "changed-meanwhile")


def test_a_draft_published_elsewhere_is_named_by_its_version(published_house: House) -> None:
    board = published_house.browser("dispatch")
    one, *_ = _stops(_schedule(board))
    draft = _cancel(board, one, None).json()["mark"]
    published = board.post(f"{API}/schedule/publish", json={}, params={"made_on": draft})
    assert published.json() == {"version": 2}
    again = board.post(f"{API}/schedule/publish", json={}, params={"made_on": draft})
    assert (again.status_code, again.json()["code"]) == (409, "changed-meanwhile")
    assert again.json()["detail"].startswith("Version 2 was published meanwhile.")


def test_a_draft_thrown_away_elsewhere_is_said_to_be(published_house: House) -> None:
    board = published_house.browser("dispatch")
    one, *_ = _stops(_schedule(board))
    draft = _cancel(board, one, None).json()["mark"]
    board.delete(f"{API}/schedule/draft")
    again = board.post(f"{API}/schedule/publish", json={}, params={"made_on": draft})
    assert again.json()["detail"].startswith("The draft was thrown away meanwhile.")
