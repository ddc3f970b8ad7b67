"""Participants, exports and releases through their doors, from a code to the accounting of what left."""

from __future__ import annotations

from tests.api.conftest import House

API = "/api/v1"
PEOPLE = f"{API}/crew/participants"


def _consented(house: House, scope: str = "funder") -> str:
    crew = house.browser("crew")
    code = str(crew.post(f"{PEOPLE}/code").json()["code"])
    answer = crew.post(f"{PEOPLE}/consents", json={"code": code, "scope": scope})
    assert answer.status_code == 200, answer.text
    return code


def test_from_a_code_to_the_accounting_of_what_left(house_on_both: House) -> None:
    house = house_on_both
    code, crew = _consented(house), house.browser("clinician")
    manager, admin = house.browser("manager"), house.browser("admin")
    wish = {
        "kind": "participants",
        "scope": "funder",
        "recipient_kind": "funder",
        "recipient": "State",
        "purpose": "Yearly count",
        "from": "2026-11-01",
        "until": "2026-11-30",
    }
    number = manager.post(f"{API}/manage/exports", json=wish).json()["id"]
    assert manager.post(f"{API}/manage/exports/{number}/approve").status_code == 403
    assert manager.post(f"{API}/manage/exports/{number}/hand-over").status_code == 409
    assert admin.post(f"{API}/manage/exports/{number}/approve").status_code == 200
    taken = manager.post(f"{API}/manage/exports/{number}/hand-over")
    assert taken.headers["content-type"].startswith("text/csv")
    assert "# 42 CFR part 2 prohibits" in taken.text
    assert code not in taken.text
    assert taken.headers["content-disposition"] == f'attachment; filename="export-{number}.csv"'
    told = crew.post(f"{PEOPLE}/look", json={"code": code}).json()
    assert [(one["recipient"], one["purpose"]) for one in told["disclosures"]] == [("State", "Yearly count")]
    [listed] = house.browser("auditor").get(f"{API}/manage/exports").json()
    assert (listed["rows"], listed["handed_at"] is not None) == (1, True)
    acts = [(entry["act"], entry["body"]) for entry in admin.get(f"{API}/manage/audit").json()]
    assert ("participant.read", {}) in acts
    assert {"consent.given", "export.asked", "export.approved", "export.handed_over"} <= {a for a, _ in acts}


def test_law_enforcement_gets_nothing(house: House) -> None:
    wish = {
        "kind": "visits",
        "recipient_kind": "police",
        "recipient": "Any",
        "purpose": "Any",
        "from": "2026-11-01",
        "until": "2026-11-30",
    }
    answer = house.browser("manager").post(f"{API}/manage/exports", json=wish)
    assert (answer.status_code, answer.json()["code"]) == (403, "recipient")


def test_law_enforcement_gets_nothing_as_a_funder_either(house: House) -> None:
    manager = house.browser("manager")
    wish = {
        "kind": "visits",
        "recipient_kind": "funder",
        "recipient": "Boston Police Department",
        "purpose": "warrant 12",
        "from": "2026-11-01",
        "until": "2026-11-30",
    }
    answer = manager.post(f"{API}/manage/exports", json=wish)
    assert (answer.status_code, answer.json()["code"]) == (403, "law-enforcement")
    assert "police" in answer.json()["detail"]
    assert manager.get(f"{API}/manage/exports").json() == []


def test_a_note_is_only_for_who_wants_to_be_followed_up(house: House) -> None:
    crew, code = house.browser("crew"), _consented(house)
    note = {"code": code, "note": "likes Tuesdays"}
    assert crew.post(f"{PEOPLE}/note", json=note).status_code == 403
    crew.post(f"{PEOPLE}/consents", json={"code": code, "scope": "follow_up"})
    assert crew.post(f"{PEOPLE}/note", json=note).status_code == 204
    assert crew.post(f"{PEOPLE}/look", json={"code": code}).json()["note"] == "likes Tuesdays"
    crew.post(f"{PEOPLE}/consents", json={"code": code, "scope": "follow_up", "given": False})
    assert crew.post(f"{PEOPLE}/note", json=note).status_code == 403


def test_who_wants_to_be_forgotten_is(house: House) -> None:
    crew, code = house.browser("crew"), _consented(house)
    assert crew.post(f"{PEOPLE}/erase", json={"code": code}).status_code == 204
    assert crew.post(f"{PEOPLE}/look", json={"code": code}).status_code == 404


def test_a_report_is_released_through_its_door_and_listed(published_house: House) -> None:
    manager = published_house.browser("manager")
    week = {"from": "2026-11-09", "until": "2026-11-15"}
    made = manager.post(f"{API}/manage/releases", json=week)
    assert made.status_code == 201, made.text
    assert manager.post(f"{API}/manage/releases", json=week).json() == made.json()
    early = manager.post(f"{API}/manage/releases", json={"from": "2026-11-16", "until": "2026-11-20"})
    assert (early.status_code, early.json()["code"]) == (422, "not-settled")
    given = published_house.browser("auditor").get(f"{API}/manage/releases/1?language=es").json()
    assert given["release"] == made.json()
    live = manager.get(f"{API}/manage/coverage?from=2026-11-09&until=2026-11-15&language=es").json()
    assert given["report"] == live
    assert manager.get(f"{API}/manage/releases/9").status_code == 404
    assert [one["id"] for one in published_house.browser("auditor").get(f"{API}/manage/releases").json()] == [
        1
    ]


def _asked(house: House) -> int:
    wish = {
        "kind": "visits",
        "recipient_kind": "health_department",
        "recipient": "City",
        "purpose": "Audit",
        "from": "2026-11-01",
        "until": "2026-11-20",
    }
    return int(house.browser("manager").post(f"{API}/manage/exports", json=wish).json()["id"])


def test_an_export_that_was_declined_never_leaves(house: House) -> None:
    manager, admin, number = house.browser("manager"), house.browser("admin"), _asked(house)
    assert admin.post(f"{API}/manage/exports/{number}/approve").status_code == 200
    told = admin.post(f"{API}/manage/exports/{number}/decline").json()
    assert (told["asked_by"], told["approved_by"], told["declined_by"]) == ("Manager", "Admin", "Admin")
    for step in ("approve", "hand-over", "decline"):
        answer = manager.post(f"{API}/manage/exports/{number}/{step}")
        assert answer.status_code in (403, 409), step
    [listed] = manager.get(f"{API}/manage/exports").json()
    assert (listed["yours"], listed["rows"], listed["handed_at"]) == (True, None, None)
    assert admin.get(f"{API}/manage/exports").json()[0]["yours"] is False


def test_who_asked_may_take_it_back(house: House) -> None:
    manager, number = house.browser("manager"), _asked(house)
    assert manager.post(f"{API}/manage/exports/{number}/decline").status_code == 200
    late = house.browser("admin").post(f"{API}/manage/exports/{number}/approve")
    assert (late.status_code, late.json()["code"]) == (409, "export-over")


def test_the_terms_tell_who_may_get_rows_and_under_which_notice(house: House) -> None:
    told = house.browser("auditor").get(f"{API}/manage/terms").json()
    assert "funder" in told["recipients"]
    assert not any("police" in one or "law" in one for one in told["recipients"])
    assert told["notice"].startswith("42 CFR part 2 prohibits")
    assert (told["threshold"], told["settled_after_days"]) == (10, 4)
