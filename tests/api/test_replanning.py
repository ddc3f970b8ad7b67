"""Something happened today: what a coordinator sees, publishes or throws away, over HTTP on the tiny town.

It is Tuesday, 12:30 there. The promised session at the square, with refills due, runs from 10:00 to 14:00.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from outreach.plan.versions import PlannedStop
from tests.api.conftest import House, served
from tests.commands import run

API = "/api/v1/dispatch"
TUESDAY = "2026-11-24"
NOON = datetime(2026, 11, 24, 17, 30, tzinfo=UTC)
DAWN = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
OVER = {"bridge": "Scripts at the pharmacy", "contact": "Nurse on call"}
NOTE = {"date": TUESDAY, "note": "Van out of service"}


@pytest.fixture
def noon(published_house: House, tmp_path: Path) -> Iterator[House]:
    """The published week, seen on its Tuesday at half past twelve."""
    with served(published_house.town, tmp_path, NOON) as house:
        yield replace(house, promised=published_house.promised)


@pytest.fixture
def dawn(published_house: House, tmp_path: Path) -> Iterator[House]:
    """The published week, seen on its Tuesday before anybody is out."""
    with served(published_house.town, tmp_path, DAWN) as house:
        yield replace(house, promised=published_house.promised)


def _schedule(board: TestClient) -> dict[str, Any]:
    return dict(board.get(f"{API}/schedule").json())


def _days(plan: dict[str, Any], date: str = TUESDAY) -> list[dict[str, Any]]:
    return [one for one in plan["van_days"] if one["date"] == date]


def _stops(plan: dict[str, Any], date: str = TUESDAY) -> dict[str, dict[str, Any]]:
    return {
        stop["uid"]: stop | {"van": one["van"]["id"], "crew": [m["name"] for m in one["crew"]]}
        for one in _days(plan, date)
        for stop in one["stops"]
    }


def _of_van(stops: dict[str, dict[str, Any]], van: int) -> list[dict[str, Any]]:
    """A van's stops of the day in their order; the first has begun at half past twelve, the last has not."""
    mine = sorted((s for s in stops.values() if s["van"] == van), key=lambda s: s["starts"])
    assert mine[0]["starts"] < "12:30" < mine[-1]["starts"]
    return mine


def _replan(board: TestClient, **said: object) -> dict[str, Any]:
    answer = board.post(f"{API}/schedule/replan", json=NOTE | said)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_a_lost_van_drops_what_is_ahead_and_nothing_that_has_begun(noon: House) -> None:
    board = noon.browser("dispatch")
    before = _stops(_schedule(board)["published"])
    begun, ahead = _of_van(before, noon.town.vans["one"])
    told = _replan(board, kind="van_lost", subject_id=begun["van"])
    assert [(one["uid"], one["kind"]) for one in told["plan"]["changes"]] == [(ahead["uid"], "cancelled")]
    assert told["plan"]["changes"][0]["sentence"].endswith("is cancelled: Van out of service.")
    assert (told["fewest"], told["needs_bridge"]) == (1, [])
    assert told["value_change"] < 0
    assert board.post(f"{API}/schedule/publish", json={}).json() == {"version": 2}
    after = _stops(_schedule(board)["published"])
    assert after.keys() == before.keys(), "every stop keeps its name"
    for one in (*before.values(), *after.values()):
        one.pop("worth")  # what the plan would lose without a stop is more, now that another is gone
    assert {uid: one for uid, one in after.items() if uid != ahead["uid"]} == {
        uid: one for uid, one in before.items() if uid != ahead["uid"]
    }
    assert after[ahead["uid"]]["state"] == "cancelled"
    assert after[ahead["uid"]]["alternative"]["name"]
    home = next(one for one in _days(_schedule(board)["published"]) if one["van"]["id"] == begun["van"])
    assert home["back"] < ahead["arrive"]


def test_before_anybody_is_out_the_promise_goes_to_the_other_van(dawn: House) -> None:
    board = dawn.browser("dispatch")
    before = _stops(_schedule(board)["published"])[dawn.promised]
    told = _replan(board, kind="van_lost", subject_id=before["van"])
    change = next(one for one in told["plan"]["changes"] if one["uid"] == dawn.promised)
    assert change["kind"] == "handed_over"
    assert change["sentence"].endswith("10:00–14:00 comes with Van one.")
    assert board.post(f"{API}/schedule/publish", json={}).json() == {"version": 2}
    after = _stops(_schedule(board)["published"])[dawn.promised]
    assert (after["starts"], after["ends"], after["services"]) == ("10:00", "14:00", before["services"])
    assert after["van"] != before["van"]
    assert "Ana" in after["crew"], "the prescriber goes with the session"


def test_a_prescriber_who_falls_ill_at_noon_was_there_in_the_morning(noon: House) -> None:
    board = noon.browser("dispatch")
    before = _stops(_schedule(board)["published"])
    told = _replan(board, kind="member_sick", subject_id=noon.town.staff["ana"], note="No prescriber")
    assert [one["kind"] for one in told["plan"]["changes"]] == ["reduced"]
    assert told["crews"] == ["Van two on Tue 24 Nov goes without Ana."]
    assert told["needs_bridge"] == []
    assert board.post(f"{API}/schedule/publish", json={}).json() == {"version": 2}
    after = _stops(_schedule(board)["published"])
    assert after[noon.promised]["services"] == before[noon.promised]["services"] == ["harm_reduction", "moud"]
    later = _of_van(after, noon.town.vans["two"])[-1]
    assert (later["services"], later["crew"]) == (["harm_reduction"], ["Cem", "Dia"])


@pytest.mark.parametrize(("kind", "who"), [("member_sick", "ana"), ("site_closed", "square")])
def test_refills_are_never_given_up_without_a_bridge(dawn: House, kind: str, who: str) -> None:
    board = dawn.browser("dispatch")
    subject = (dawn.town.staff | dawn.town.sites)[who]
    told = _replan(board, kind=kind, subject_id=subject)
    assert told["needs_bridge"] == [dawn.promised]
    assert "unbridged" in [one["kind"] for one in told["plan"]["changes"] if one["uid"] == dawn.promised]
    refused = board.post(f"{API}/schedule/publish", json={})
    assert (refused.status_code, refused.json()["code"]) == (422, "bridge")
    assert "12 refills are due at Square" in refused.json()["detail"]

    assert board.delete(f"{API}/schedule/draft").status_code == 204
    told = _replan(board, kind=kind, subject_id=subject, **OVER)
    assert told["needs_bridge"] == []
    assert board.post(f"{API}/schedule/publish", json={}).json() == {"version": 2}
    stop = _stops(_schedule(board)["published"])[dawn.promised]
    assert (stop["bridge"], stop["contact"]) == (OVER["bridge"], OVER["contact"])


def test_a_session_that_waits_can_be_cancelled_by_hand_with_its_bridge(dawn: House) -> None:
    board = dawn.browser("dispatch")
    _replan(board, kind="site_closed", subject_id=dawn.town.sites["square"])
    over = OVER | {"reason": "Street closed"}
    assert board.post(f"{API}/stops/{dawn.promised}/cancel", json=over).status_code == 200
    assert board.post(f"{API}/schedule/publish", json={}).json() == {"version": 2}


def test_a_stay_that_has_begun_at_a_closed_site_ends_as_planned(noon: House) -> None:
    told = _replan(noon.browser("dispatch"), kind="site_closed", subject_id=noon.town.sites["square"])
    assert (told["plan"]["changes"], told["kept"]) == ([], 1.0)


def test_a_van_held_up_serves_what_it_still_reaches(noon: House) -> None:
    board = noon.browser("dispatch")
    ahead = _of_van(_stops(_schedule(board)["published"]), noon.town.vans["two"])[-1]
    told = _replan(board, kind="van_late", subject_id=ahead["van"], **{"from": "14:20"})
    assert told["plan"]["changes"] == [], "there is time enough to drive on"
    assert board.delete(f"{API}/schedule/draft").status_code == 204
    told = _replan(board, kind="van_late", subject_id=ahead["van"], **{"from": "18:00"})
    assert [one["uid"] for one in told["plan"]["changes"]] == [ahead["uid"]]


def test_a_stop_missed_between_breakdown_and_call_is_not_called_served(noon: House) -> None:
    """The van broke down at 10:14 on its way; its first stop was planned for later, and it is 12:30 now."""
    board = noon.browser("dispatch")
    before = _stops(_schedule(board)["published"])
    mine = _of_van(before, noon.town.vans["one"])
    assert mine[0]["starts"] > "10:14"
    _replan(board, kind="van_lost", subject_id=mine[0]["van"], **{"from": "10:14"})
    draft = _stops(_schedule(board)["draft"])
    assert {draft[s["uid"]]["state"] for s in mine} == {"cancelled"}
    assert board.post(f"{API}/schedule/publish", json={}).json() == {"version": 2}


def test_the_judge_remembers_that_the_van_is_lost(noon: House) -> None:
    """A draft in which the lost van comes after all is refused, now and from every later version."""
    board = noon.browser("dispatch")
    _replan(board, kind="van_lost", subject_id=noon.town.vans["one"])
    with noon.town.store.transaction() as session:
        for stop in session.scalars(select(PlannedStop).where(PlannedStop.state == "cancelled")):
            stop.state = "planned"
    refused = board.post(f"{API}/schedule/publish", json={})
    assert (refused.status_code, refused.json()["code"]) == (422, "breaks-rules")
    assert "Van one has no shift" in refused.json()["detail"]


def test_a_second_trouble_knows_of_the_first(dawn: House) -> None:
    board = dawn.browser("dispatch")
    _replan(board, kind="van_lost", subject_id=dawn.town.vans["two"])
    assert board.post(f"{API}/schedule/publish", json={}).json() == {"version": 2}
    _replan(board, kind="van_lost", subject_id=dawn.town.vans["one"], **OVER)
    assert {one["state"] for one in _stops(_schedule(board)["draft"]).values()} == {"cancelled"}
    assert board.post(f"{API}/schedule/publish", json={}).json() == {"version": 3}


def test_a_spike_changes_nothing_that_was_promised(noon: House) -> None:
    board = noon.browser("dispatch")
    alert = {"kind": "spike", "lon": -71.06, "lat": 42.33, "radius_m": 800, "factor": 10,
             "from_date": TUESDAY, "until_date": "2026-11-27"}  # fmt: skip
    number = board.post(f"{API}/alerts", json=alert).json()["id"]
    told = _replan(board, kind="spike", subject_id=number)
    assert len(told["plan"]["changes"]) <= 6, "three given up for three others at most"
    stops = [s for one in told["plan"]["van_days"] for s in one["stops"]]
    assert next(s for s in stops if s["uid"] == noon.promised)["state"] == "planned"
    assert board.post(f"{API}/schedule/publish", json={}).json() == {"version": 2}


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"date": "2026-11-23"}, 422, "past-days"),
        ({"date": "2026-12-24"}, 404, "no-schedule"),
        ({"subject_id": 999}, 422, "not-in-schedule"),
        ({"kind": "spike"}, 404, "no-alert"),
    ],
)
def test_what_cannot_be_mended_is_said(noon: House, said: dict[str, Any], status: int, code: str) -> None:
    board = noon.browser("dispatch")
    body = NOTE | {"kind": "van_lost", "subject_id": 1} | said
    answer = board.post(f"{API}/schedule/replan", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert _schedule(board)["draft"] is None


def test_an_open_draft_is_never_replaced_in_silence(noon: House) -> None:
    board = noon.browser("dispatch")
    _replan(board, kind="van_lost", subject_id=1)
    again = board.post(f"{API}/schedule/replan", json=NOTE | {"kind": "van_lost", "subject_id": 2})
    assert (again.status_code, again.json()["code"]) == (409, "draft-open")


def test_the_command_line_prints_what_changes(
    noon: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outreach.cli.replan.now", lambda: NOON)
    ahead = _of_van(_stops(_schedule(noon.browser("dispatch"))["published"]), noon.town.vans["one"])[-1]
    told = run("replan", "van-lost", "one", "--note", "Van out of service", "--publish", data_dir=tmp_path)
    assert told.code == 0, told.err
    when = f"Tue 24 Nov {ahead['starts']}–{ahead['ends']}"
    assert f"{ahead['site']['name']}, {when} is cancelled: Van out of service." in told.out
    assert "Version 2 is published." in told.out
    unknown = run("replan", "van-lost", "ninety", "--note", "x", data_dir=tmp_path)
    assert (unknown.code, "no van with the code 'ninety'" in unknown.err) == (1, True)
