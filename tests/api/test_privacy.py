"""What people write is in no log, and no address of the API tells it to those who may not know."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from outreach import participants
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
    board.post(
        f"/api/v1/dispatch/stops/{uid}/cancel", json={"reason": CANARY, "bridge": CANARY, "contact": CANARY}
    )
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


def _bodies(schema: dict[str, Any], shapes: dict[str, Any], depth: int = 0) -> Any:  # noqa: ANN401 — any JSON
    """A body of this shape with the canary wherever words may stand."""
    if "$ref" in schema:
        return _bodies(shapes[schema["$ref"].rsplit("/", 1)[1]], shapes, depth + 1)
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return _bodies(schema[several][0], shapes, depth + 1)
    if "const" in schema or "enum" in schema:
        return schema.get("const", (schema.get("enum") or [None])[0])
    if schema.get("type") == "object":
        return {k: _bodies(v, shapes, depth + 1) for k, v in schema.get("properties", {}).items()} | (
            {} if schema.get("additionalProperties") is False else {CANARY: CANARY}
        )
    if schema.get("type") == "array":
        return [_bodies(schema.get("items", {}), shapes, depth + 1)] if depth < 8 else []
    return {"integer": 1, "number": 1.5, "boolean": True}.get(schema.get("type", ""), CANARY)


def _everywhere(house: House) -> Iterator[tuple[str, str, Any]]:
    """Every operation with the canary in its path, its query and its body."""
    contract = house.app.openapi()
    shapes = contract["components"]["schemas"]
    for path, methods in contract["paths"].items():
        for method, told in methods.items():
            query = "&".join(f"{each['name']}={CANARY}" for each in told.get("parameters", []))
            body = told.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
            yield method.upper(), f"{path}?{query}", None if body is None else _bodies(body, shapes)


def test_a_canary_through_every_endpoint_is_in_no_log_no_file_name_and_no_audit(
    published_house: House,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    house, knocked = published_house, 0
    for login in (None, "manager", "dispatch", "crew", "admin"):  # who may close accounts comes last
        for method, address, body in _everywhere(house):
            if (method, address) == ("DELETE", "/api/v1/session?"):
                continue
            wild = re.sub(r"\{[a-z_]+\}", CANARY, address)
            for told in (re.sub(r"\{[a-z_]+\}", "1", address), wild):
                answer = house.browser(login).request(method, told, json=body)
                assert answer.status_code != 500, (method, told)
                if answer.status_code >= 400:
                    assert CANARY not in answer.text, (method, told)
                assert CANARY not in str(answer.headers), (method, told)
                knocked += 1
    assert knocked > 400
    ours = [r for r in caplog.records if not r.name.startswith(("httpx", "httpcore"))]
    told = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in ours)
    assert CANARY not in told
    assert CANARY not in "".join(capfd.readouterr())
    assert not [path for path in tmp_path.rglob("*") if CANARY in path.name]
    audit = house.browser("auditor").get("/api/v1/manage/audit").text
    assert CANARY not in re.sub(r'"subject":"[^"]*"', "", audit)


def test_a_participants_code_and_words_are_nowhere_but_sealed(
    house: House, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    crew, people = house.browser("crew"), "/api/v1/crew/participants"
    for scope in ("follow_up", "funder"):
        assert crew.post(f"{people}/consents", json={"code": CANARY, "scope": scope}).status_code == 200
    assert crew.post(f"{people}/note", json={"code": CANARY, "note": f"words {CANARY}"}).status_code == 204
    assert CANARY in crew.post(f"{people}/look", json={"code": CANARY}).text
    house.town.store.close()
    held = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"consent.given" in held, "the database was read"
    assert CANARY.encode() not in held
    ours = [r for r in caplog.records if not r.name.startswith(("httpx", "httpcore"))]
    assert CANARY not in "\n".join(f"{record.getMessage()} {record.__dict__}" for record in ours)
    assert CANARY not in "".join(capfd.readouterr())


def test_an_unforeseen_error_tells_its_kind_and_not_what_was_sent(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError(CANARY)

    monkeypatch.setattr(participants, "known", fails)
    answer = house.browser("crew").post("/api/v1/crew/participants/look", json={"code": CANARY})
    assert answer.status_code == 500
    assert CANARY not in answer.text
    assert "ZeroDivisionError" in caplog.text
    assert CANARY not in caplog.text


def test_what_is_sealed_is_shown_to_the_board_and_lies_in_no_cell_clear(published_house: House) -> None:
    board, away = published_house.browser("dispatch"), {"from_date": "2026-11-23", "until_date": "2026-11-23"}
    asked = away | {"kind": "staff", "subject_id": published_house.town.staff["ana"], "reason": CANARY}
    assert board.post("/api/v1/dispatch/absences", json=asked).json()["reason"] == CANARY
    seen = [row["absences"] for row in board.get("/api/v1/dispatch/staff").json() if row["absences"]]
    assert [[one["reason"] for one in each] for each in seen] == [[CANARY]]
    place = {"kind": "other", "lon": -71.08, "lat": 42.33, "radius_m": 500, "factor": 2.0}
    assert (
        board.post("/api/v1/dispatch/alerts", json=place | away | {"note": CANARY}).json()["note"] == CANARY
    )
    assert [one["note"] for one in board.get("/api/v1/dispatch/alerts").json()] == [CANARY]
    over = {"reason": "Severe weather", "bridge": CANARY, "contact": CANARY}
    address = f"/api/v1/dispatch/stops/{published_house.promised}/cancel"
    assert board.post(address, json=over).text.count(CANARY) == 2
    file = Path(str(published_house.town.store.engine.url.database))
    pages = b"".join(
        each.read_bytes() for each in (file, file.with_name(file.name + "-wal")) if each.exists()
    )
    assert b"Severe weather" in pages, "what stays plain is found, so the search can find"
    assert CANARY.encode() not in pages
