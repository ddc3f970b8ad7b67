"""The whole walk in the tiny town: log in, ask for a plan, publish, pull the bundle, log, read the report."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from outreach.plan import worker
from tests.api.conftest import House
from tests.planned import with_risk

API = "/api/v1"
OVER = {"bridge": "Scripts at the pharmacy", "contact": "Nurse on call"}
WEEK = {"from_date": "2026-11-23", "days": 5, "budget_seconds": 1}


def test_from_login_to_coverage(house_on_both: House, tmp_path: Path, now: datetime) -> None:
    house = house_on_both
    with_risk(house.town, tmp_path, now)
    crew, manager = house.browser("crew"), house.browser("manager")
    stop = _publish_a_week(house)

    bundle = crew.get(f"{API}/crew/bundle?date=2026-11-24").json()
    assert bundle["version"] == 1
    assert stop["uid"] in {one["uid"] for day in bundle["days"] for one in day["stops"]}
    assert "naloxone_kits" in {item["key"] for item in bundle["items"]}

    batch = {"device": "tablet-1", "events": _taps(stop["uid"])}
    first = crew.post(f"{API}/crew/events", json=batch).json()
    assert [one["state"] for one in first["receipts"]] == ["stored"] * 4
    again = crew.post(f"{API}/crew/events", json=batch).json()
    assert [one["state"] for one in again["receipts"]] == ["already"] * 4

    summary = crew.get(f"{API}/crew/summary?date=2026-11-24").json()
    assert summary["stops"][0]["tallies"] == {"contacts": 12, "naloxone_kits": 3}
    assert summary["stops"][0]["arrived_at"] == "2026-11-24T15:00:00.000Z"

    week = "from=2026-11-23&until=2026-11-29"
    report = manager.get(f"{API}/manage/coverage?{week}").json()
    assert report["total"]["contacts"] == 12
    assert report["total"]["naloxone_kits"] is None
    assert report["total"]["stops_delivered"] == 1
    exact = manager.get(f"{API}/manage/coverage?{week}&exact=true").json()
    assert exact["total"]["naloxone_kits"] == 3
    assert exact["exact"] is True
    acts = [entry["act"] for entry in manager.get(f"{API}/manage/audit").json()]
    assert acts[0] == "coverage.exact"
    assert {"run.requested", "run.done", "schedule.published", "visits.logged"} <= set(acts)


def test_a_cancelled_stop_reaches_crew_and_public_only_when_published(
    published_house: House,
) -> None:
    house, board, uid = published_house, published_house.browser("dispatch"), published_house.promised
    changed = board.post(f"{API}/dispatch/stops/{uid}/cancel", json={"reason": "Street closed"} | OVER)
    assert changed.status_code == 200, changed.text
    assert changed.json()["state"] == "draft"
    assert [one["kind"] for one in changed.json()["changes"]] == ["cancelled"]
    assert "Street closed" not in house.browser().get("/notice").text

    assert board.post(f"{API}/dispatch/schedule/publish", json={}).json() == {"version": 2}
    notice = house.browser().get("/notice").text
    assert "Street closed" in notice
    assert "Instead:" in notice
    assert "Cancelado" in house.browser().get("/notice?language=es").text
    row = next(r for r in house.browser().get(f"{API}/public/notice").json() if r["state"] == "cancelled")
    assert row["reason"] == "Street closed"
    assert row["alternative"]["name"]
    stops = house.browser("crew").get(f"{API}/crew/bundle?date=2026-11-24").json()["days"]
    told = next(one for day in stops for one in day["stops"] if one["uid"] == uid)
    assert (told["state"], told["reason"]) == ("cancelled", "Street closed")


def test_a_draft_can_be_undone(published_house: House) -> None:
    board, uid = published_house.browser("dispatch"), published_house.promised
    body = OVER | {"ends": "12:00", "reason": "Staff meeting"}
    draft = board.post(f"{API}/dispatch/stops/{uid}/shorten", json=body).json()
    assert next(s for d in draft["van_days"] for s in d["stops"] if s["uid"] == uid)["ends"] == "12:00"
    sentence = draft["changes"][0]["sentence"]
    assert ", Tue 24 Nov " in sentence
    assert sentence.endswith(" now ends at 12:00: Staff meeting.")
    assert "–12:00" not in sentence, "it says when the stop would have ended"
    assert board.get(f"{API}/dispatch/schedule").json()["draft"] is not None
    assert board.delete(f"{API}/dispatch/schedule/draft").status_code == 204
    assert board.get(f"{API}/dispatch/schedule").json()["draft"] is None
    assert board.delete(f"{API}/dispatch/schedule/draft").status_code == 404


def test_next_week_is_published_without_hiding_this_one(published_house: House) -> None:
    board = published_house.browser("dispatch")
    before = board.get(f"{API}/dispatch/schedule").json()["published"]
    body = {"from_date": "2026-11-30", "days": 2, "budget_seconds": 1}
    run = board.post(f"{API}/dispatch/runs", json=body).json()["id"]
    worker.work_once(published_house.town.store, published_house.town.city)
    assert board.post(f"{API}/dispatch/runs/{run}/publish", json={}).json() == {"version": 2}
    after = board.get(f"{API}/dispatch/schedule").json()["published"]
    assert (after["version"], after["from_date"], after["until_date"]) == (2, "2026-11-23", "2026-12-01")
    dates = [day["date"] for day in after["van_days"]]
    assert dates == sorted(dates)
    assert [day for day in after["van_days"] if day["date"] < "2026-11-30"] == before["van_days"]
    assert dates[-1] >= "2026-11-30"


def test_a_reason_is_shown_as_text_never_as_markup(published_house: House) -> None:
    house, board, uid = published_house, published_house.browser("dispatch"), published_house.promised
    reason = "<script>alert(1)</script> & 'quotes'"
    board.post(f"{API}/dispatch/stops/{uid}/cancel", json={"reason": reason} | OVER)
    board.post(f"{API}/dispatch/schedule/publish", json={})
    notice = house.browser().get("/notice").text
    assert "<script" not in notice
    assert "&lt;script&gt;" in notice


def test_a_plan_can_be_looked_at_again(published_house: House) -> None:
    run, board = 1, published_house.browser("dispatch")
    told = board.get(f"{API}/dispatch/runs/{run}").json()
    assert told["state"] == "done"
    assert 0 <= told["gap"] <= 1
    assert told["trace"]
    plan = board.get(f"{API}/dispatch/runs/{run}/plan").json()
    assert plan["version"] is None
    assert plan["van_days"]
    first = plan["van_days"][0]
    assert first["van"]["letter"] in "AB"
    assert first["route"][0] == [-71.08, 42.33]
    assert board.get(f"{API}/dispatch/schedule").json()["draft"] is None


def test_a_run_without_a_plan_says_so(house: House) -> None:
    board = house.browser("dispatch")
    run = board.post(f"{API}/dispatch/runs", json=WEEK).json()["id"]
    answer = board.get(f"{API}/dispatch/runs/{run}/plan")
    assert answer.status_code == 409
    assert "queued" in answer.json()["detail"]
    cancelled = board.post(f"{API}/dispatch/runs/{run}/cancel").json()
    assert cancelled["state"] == "cancelled"
    assert board.post(f"{API}/dispatch/runs/{run}/cancel").status_code == 409


def test_progress_ends_with_an_event(published_house: House) -> None:
    run, house = 1, published_house
    answer = house.browser("dispatch").get(f"{API}/dispatch/runs/{run}/progress")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.startswith('event: end\ndata: {"state":"done"')
    assert house.browser("dispatch").get(f"{API}/dispatch/runs/999/progress").status_code == 404


def _publish_a_week(house: House) -> dict[str, Any]:
    """Through the worker's own door, as the process beside the server does it; the promised stop."""
    board = house.browser("dispatch")
    run = board.post(f"{API}/dispatch/runs", json=WEEK).json()["id"]
    assert worker.work_once(house.town.store, house.town.city) == run
    answer = board.post(f"{API}/dispatch/runs/{run}/publish", json={"note": "Week 48"})
    assert answer.json() == {"version": 1}, answer.text
    plan = board.get(f"{API}/dispatch/schedule").json()["published"]
    return next(stop for stop in _stops(plan) if stop["anchor"])


def _stops(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [stop for day in plan["van_days"] for stop in day["stops"]]


def _taps(uid: str) -> list[dict[str, Any]]:
    def tap(number: int, kind: str, at: str, payload: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": f"01932c6e-5b7a-7c3e-8f10-00000000000{number}",
            "kind": kind,
            "subject": uid,
            "replaces": None,
            "occurred_at": at,
            "payload": payload,
        }

    return [
        tap(1, "stop.arrived", "2026-11-24T15:00:00.000Z", {}),
        tap(2, "tally", "2026-11-24T15:30:00.000Z", {"item": "contacts", "quantity": 12}),
        tap(3, "tally", "2026-11-24T15:31:00.000Z", {"item": "naloxone_kits", "quantity": 3}),
        tap(4, "stop.left", "2026-11-24T19:00:00.000Z", {}),
    ]


def test_the_board_without_a_plan_is_an_empty_board_not_an_error(dispatch: TestClient) -> None:
    assert dispatch.get(f"{API}/dispatch/schedule").json() == {
        "published": None,
        "draft": None,
        "mark": "0",
    }
    assert dispatch.get(f"{API}/dispatch/versions").json() == []
    assert dispatch.get(f"{API}/dispatch/runs").json() == []
    risk = dispatch.get(f"{API}/dispatch/risk").json()
    assert (risk["features"], risk["fitted_at"], risk["feeds"]) == ([], None, [])
    assert dispatch.get(f"{API}/crew/bundle").json()["days"] == []
