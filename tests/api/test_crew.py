"""The tablet's door: every event gets a receipt, whatever stands in it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.api.conftest import House

API = "/api/v1/crew"
GOOD = {
    "id": "01932c6e-5b7a-7c3e-8f10-000000000001",
    "kind": "tally",
    "replaces": None,
    "occurred_at": "2026-11-24T15:30:00.000Z",
    "payload": {"item": "contacts", "quantity": 1},
}
ODD: list[dict[str, Any]] = [
    {},
    {"id": None},
    {"id": "x" * 10_000},
    GOOD | {"id": "not-a-uuid"},
    GOOD | {"kind": "dance"},
    GOOD | {"payload": {"item": "contacts", "quantity": 10**30}},
    GOOD | {"payload": {"item": "contacts", "quantity": -1}},
    GOOD | {"payload": {"item": "\ud800"}},
    GOOD | {"payload": {"item": "a\u0000b"}},
    GOOD | {"subject": "\u0000"},
    GOOD | {"occurred_at": "yesterday"},
    GOOD | {"occurred_at": "9999-12-31T23:59:59+14:00"},
]


def test_odd_events_are_held_and_keep_no_other_out(house_on_both: House) -> None:
    crew = house_on_both.browser("crew")
    good = GOOD | {"id": "01932c6e-5b7a-7c3e-8f10-0000000000ff", "kind": "schedule.seen"}
    good["payload"] = {"version": 1}
    body = json.dumps({"device": "tablet-1", "events": [*ODD, good]})
    answer = crew.post(f"{API}/events", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200, answer.text
    *odd, last = answer.json()["receipts"]
    for event, receipt in zip(ODD, odd, strict=True):
        assert receipt["state"] == "held", event
        assert receipt["reason"]
        assert receipt["code"]
    assert last["state"] == "stored", last
    assert crew.get(f"{API}/summary").json()["held"] == len({json.dumps(event) for event in ODD})


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1" * 5000])
def test_what_is_no_json_is_refused_whole_for_no_tablet_writes_it(shared_house: House, number: str) -> None:
    body = f'{{"device": "t", "events": [{{"payload": {{"quantity": {number}}}}}]}}'
    answer = shared_house.browser("crew").post(
        f"{API}/events", content=body, headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["detail"]) == (
        422,
        "This is not JSON that can be read.",
    )


def test_a_batch_is_bounded_and_names_its_device(shared_house: House) -> None:
    crew = shared_house.browser("crew")
    assert crew.post(f"{API}/events", json={"device": "t", "events": [{}] * 201}).status_code == 422
    assert crew.post(f"{API}/events", json={"device": "<b>", "events": []}).status_code == 422
    assert crew.post(f"{API}/events", json={"device": "t", "events": [1]}).status_code == 422
    assert crew.post(f"{API}/events", json={"device": "t", "events": []}).json()["receipts"] == []


def test_no_risk_is_on_the_tablet(published_house: House) -> None:
    bundle = published_house.browser("crew").get(f"{API}/bundle?date=2026-11-24")
    assert bundle.json()["days"]
    for word in ("risk", "reach", "value", "per_week_km2"):
        assert f'"{word}"' not in bundle.text


def test_the_bundle_can_be_asked_for_one_van(published_house: House) -> None:
    crew = published_house.browser("crew")
    every = crew.get(f"{API}/bundle?date=2026-11-24").json()["days"]
    van = every[0]["van"]["id"]
    days = crew.get(f"{API}/bundle?date=2026-11-24&van={van}").json()["days"]
    assert {day["van"]["id"] for day in days} == {van}
    assert days[0]["stops"][0]["letter"].startswith(days[0]["van"]["letter"])


def test_a_tablet_is_told_what_others_recorded_and_not_what_it_sent(published_house: House) -> None:
    crew = published_house.browser("crew")
    [first, *_] = crew.get(f"{API}/bundle?date=2026-11-24").json()["days"][0]["stops"]
    assert first["elsewhere"] is None
    event = GOOD | {"subject": first["uid"], "payload": {"item": "contacts", "quantity": 6}}
    assert crew.post(f"{API}/events", json={"device": "tablet-1", "events": [event]}).status_code == 200
    told = {}
    for asking in ("", "&device=tablet-1", "&device=tablet-2"):
        [day, *_] = crew.get(f"{API}/bundle?date=2026-11-24{asking}").json()["days"]
        told[asking] = day["stops"][0]["elsewhere"]
    assert told[""] is told["&device=tablet-1"] is None
    assert told["&device=tablet-2"]["tallies"] == {"contacts": 6}
    assert crew.get(f"{API}/bundle?device=<b>").status_code == 422
