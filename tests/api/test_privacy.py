"""What people write is in no log, and no address of the API tells it to those who may not know."""

from __future__ import annotations

import logging

import pytest

from tests.api.conftest import House

CANARY = "canary-7f3a91"


def test_what_people_write_is_in_no_log(
    published_house: House, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    board, crew = published_house.browser("dispatch"), published_house.browser("crew")
    uid = published_house.promised
    window = {"weekday": 0, "opens": "09:00", "closes": "17:00"}
    site = {"name": CANARY, "lon": -71.05, "lat": 42.33, "services": ["moud"], "windows": [window]}
    board.post("/api/v1/dispatch/sites", json=site | {"note": CANARY, "host": CANARY})
    board.post("/api/v1/dispatch/sites", json=site | {"lon": CANARY})
    board.post("/api/v1/dispatch/sites", json={CANARY: CANARY})
    absence = {"kind": "van", "subject_id": 1, "from_date": "2026-11-23", "until_date": "2026-11-23"}
    board.post("/api/v1/dispatch/absences", json=absence | {"reason": CANARY})
    board.post(f"/api/v1/dispatch/stops/{uid}/cancel", json={"reason": CANARY})
    board.post("/api/v1/dispatch/schedule/publish", json={"note": CANARY})
    board.get(f"/api/v1/dispatch/runs/{CANARY}")
    board.get(f"/api/v1/{CANARY}?{CANARY}={CANARY}")
    events = [{"id": CANARY, "kind": CANARY, "payload": {CANARY: CANARY}}]
    crew.post("/api/v1/crew/events", json={"device": CANARY, "events": events})
    published_house.browser().post("/api/v1/session", json={"login": CANARY, "password": CANARY})
    ours = [r for r in caplog.records if not r.name.startswith(("httpx", "httpcore"))]
    assert CANARY not in "\n".join(record.getMessage() for record in ours)
    assert CANARY not in "".join(capfd.readouterr())


def test_a_refusal_does_not_repeat_what_was_sent(shared_house: House) -> None:
    board = shared_house.browser("dispatch")
    for body in ({"name": CANARY, "lon": CANARY}, {"name": [CANARY]}, [CANARY], CANARY):
        assert CANARY not in board.post("/api/v1/dispatch/sites", json=body).text


def test_the_public_notice_names_no_staff_and_no_van(published_house: House) -> None:
    text = published_house.browser().get("/api/v1/public/notice").text
    assert "Mill" in text or "Square" in text
    for word in ("Ana", "Ben", "Van one", "Parish", "crew", "risk", "reach"):
        assert word not in text
