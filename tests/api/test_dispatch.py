"""What a coordinator does without a command line: sites, absences, alerts, and what the board is told."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.conftest import House

API = "/api/v1/dispatch"
SITE = {
    "name": "Andrew Square, station side",
    "lon": -71.0572,
    "lat": 42.3301,
    "services": ["harm_reduction"],
    "windows": [{"weekday": 0, "opens": "09:00", "closes": "17:30"}],
    "host": "Parish hall",
}
ALERT = {
    "kind": "spike",
    "lon": -71.08,
    "lat": 42.33,
    "radius_m": 800,
    "factor": 3,
    "from_date": "2026-11-21",
    "until_date": "2026-11-28",
    "note": "Three in one night",
}


def _acts(house: House) -> list[str]:
    """What was done, latest first; log-ins left out."""
    entries = house.browser("manager").get("/api/v1/manage/audit").json()
    return [entry["act"] for entry in entries if not entry["act"].startswith("account.")]


def test_a_site_added_on_the_map_is_on_the_list_and_in_the_audit(house: House) -> None:
    board = house.browser("dispatch")
    added = board.post(f"{API}/sites", json=SITE)
    assert added.status_code == 201, added.text
    row = added.json()
    assert row["windows"] == [{"weekday": 0, "opens": "09:00", "closes": "17:30"}]
    assert (row["area"], row["status"], row["code"]) == ("Eastside", "active", "S001")
    assert row in board.get(f"{API}/sites").json()
    assert _acts(house)[0] == "site.added"


def test_a_site_without_a_host_is_only_proposed(dispatch: TestClient) -> None:
    assert dispatch.post(f"{API}/sites", json=SITE | {"host": ""}).json()["status"] == "proposed"


@pytest.mark.parametrize(
    ("wrong", "where", "says"),
    [
        ({"name": "  "}, "body.name", "at least 1 character"),
        ({"lon": 191}, "body.lon", "up to 180"),
        ({"lat": "north"}, "body.lat", "number"),
        ({"services": []}, "body.services", "at least 1"),
        ({"windows": []}, "body.windows", "at least 1"),
        ({"windows": [{"weekday": 7, "opens": "09:00", "closes": "10:00"}]}, "body.windows.0.weekday", "6"),
        ({"windows": [{"weekday": 0, "opens": "9", "closes": "10:00"}]}, "body.windows.0.opens", "HH:MM"),
        ({"windows": [{"weekday": 0, "opens": 540, "closes": "10:00"}]}, "body.windows.0.opens", "HH:MM"),
        (
            {"windows": [{"weekday": 0, "opens": "09:00", "closes": "31:00"}]},
            "body.windows.0.closes",
            "30:00",
        ),
        ({"windows": [{"weekday": 0, "opens": "19:00", "closes": "10:00"}]}, "body.windows.0", "close after"),
        ({"setup_minutes": True}, "body.setup_minutes", "whole number"),
        ({"setup_minutes": 1.5}, "body.setup_minutes", "whole number"),
        ({"note": "x" * 1001}, "body.note", "1000"),
        ({"nmae": "typo"}, "body.nmae", "leave it out"),
    ],
)
def test_each_mistake_in_a_site_is_named(
    shared_house: House, wrong: dict[str, Any], where: str, says: str
) -> None:
    answer = shared_house.browser("dispatch").post(f"{API}/sites", json=SITE | wrong)
    assert answer.status_code == 422
    [problem] = answer.json()["problems"]
    assert problem["where"] == where
    assert says in problem["what"]


@pytest.mark.parametrize(
    ("path", "asked", "told"),
    [
        ("runs", {"from_date": "2100-01-01", "days": 7}, "First day: choose a date up to 2099-12-31."),
        ("runs", {"from_date": "", "days": 7}, 'First day: write a date as "YYYY-MM-DD"'),
        ("runs", {"from_date": "2026-11-23", "days": 0}, "Days: give a number from 1 on."),
        ("runs", {"from_date": "2026-11-23"}, "Days: fill this in."),
        ("sites", SITE | {"name": "x" * 121}, "Name: write at most 120 characters."),
        ("sites", SITE | {"services": []}, "Services: choose at least 1."),
        ("sites", SITE | {"windows": [{}]}, "Windows 1 weekday: fill this in."),
    ],
)
def test_what_is_wrong_is_told_in_plain_words(
    shared_house: House, path: str, asked: dict[str, Any], told: str
) -> None:
    answer = shared_house.browser("dispatch").post(f"{API}/{path}", json=asked)
    assert (answer.status_code, answer.json()["detail"]) == (422, told)
    assert answer.json()["problems"][0]["where"].startswith("body.")


def test_all_mistakes_are_told_at_once(dispatch: TestClient) -> None:
    answer = dispatch.post(f"{API}/sites", json={"name": "", "lon": 500, "lat": 500}).json()
    assert {one["where"] for one in answer["problems"]} == {
        "body.name",
        "body.lon",
        "body.lat",
        "body.services",
        "body.windows",
    }


def test_swapped_coordinates_and_unknown_services_get_their_own_sentence(dispatch: TestClient) -> None:
    unknown = dispatch.post(f"{API}/sites", json=SITE | {"services": ["dentist"]}).json()
    assert unknown["detail"].startswith("There is no service dentist. Use any of: harm_reduction")
    overlap = [{"weekday": 0, "opens": "09:00", "closes": "12:00"}] * 2
    told = dispatch.post(f"{API}/sites", json=SITE | {"windows": overlap}).json()
    assert "overlap" in told["detail"]


def test_an_absence_shows_beside_the_van_and_can_be_taken_back(house: House) -> None:
    board, van = house.browser("dispatch"), house.town.vans["one"]
    body = {"kind": "van", "subject_id": van, "from_date": "2026-11-23", "until_date": "2026-11-24"}
    added = board.post(f"{API}/absences", json=body | {"reason": "Brakes"}).json()
    [row] = [row for row in board.get(f"{API}/vans").json() if row["id"] == van]
    assert row["absences"] == [added]
    assert row["letter"] == "A"
    assert board.delete(f"{API}/absences/{added['id']}").status_code == 204
    assert board.delete(f"{API}/absences/{added['id']}").status_code == 404
    assert _acts(house)[:2] == ["absence.removed", "absence.marked"]


def test_people_are_listed_with_roles_shifts_and_absences(house: House) -> None:
    board, ana = house.browser("dispatch"), house.town.staff["ana"]
    body = {"kind": "staff", "subject_id": ana, "from_date": "2026-11-23", "until_date": "2026-11-23"}
    board.post(f"{API}/absences", json=body)
    rows = {row["code"]: row for row in board.get(f"{API}/staff").json()}
    assert rows["ana"]["roles"] == ["prescriber"]
    assert rows["ana"]["shifts"][0] == {"weekday": 0, "starts": "08:00", "ends": "20:00"}
    assert [one["from_date"] for one in rows["ana"]["absences"]] == ["2026-11-23"]
    assert rows["ben"]["absences"] == []


def test_an_absence_that_ends_before_it_begins_is_refused(dispatch: TestClient) -> None:
    body = {"kind": "van", "subject_id": 1, "from_date": "2026-11-24", "until_date": "2026-11-23"}
    assert "must not lie before" in dispatch.post(f"{API}/absences", json=body).json()["detail"]


def test_an_alert_is_entered_listed_and_ended(house: House) -> None:
    board = house.browser("dispatch")
    entered = board.post(f"{API}/alerts", json=ALERT)
    assert entered.status_code == 201, entered.text
    assert board.get(f"{API}/alerts").json() == [entered.json()]
    address = f"{API}/alerts/{entered.json()['id']}"
    assert board.delete(address).status_code == 204
    assert board.delete(address).status_code == 409
    assert board.get(f"{API}/alerts").json() == []
    assert _acts(house)[:2] == ["alert.ended", "alert.entered"]


def test_an_alert_raises_the_risk_map_at_once(published_house: House) -> None:
    board = published_house.browser("dispatch")
    before = _density(board)
    board.post(f"{API}/alerts", json=ALERT | {"from_date": "2026-11-23", "until_date": "2026-11-30"})
    after = _density(board)
    raised = {cell: after[cell] / before[cell] for cell in before}
    assert max(raised.values()) > 2.5
    assert min(raised.values()) == pytest.approx(1)


def _density(board: TestClient) -> dict[str, float]:
    told = board.get(f"{API}/risk?date=2026-11-23&days=3").json()
    assert told["feeds"][0]["name"] == "ems"
    assert told["legend"]["edges"][0] == 0
    for feature in told["features"]:
        facts = feature["properties"]
        assert facts["lower"] <= facts["per_week_km2"] <= facts["upper"]
        ring = feature["geometry"]["coordinates"][0]
        assert ring[0] == ring[-1]
    return {one["properties"]["cell"]: one["properties"]["per_week_km2"] for one in told["features"]}


def test_the_city_says_what_its_roads_are_worth(shared_house: House) -> None:
    told = shared_house.browser("dispatch").get(f"{API}/city").json()
    assert (told["name"], told["timezone"], told["today"]) == ("Tiny Town", "America/New_York", "2026-11-21")
    assert any("straight lines" in note for note in told["notes"])
    assert told["synthetic"] is False


def test_areas_without_outlines_are_their_centres(shared_house: House) -> None:
    told = shared_house.browser("dispatch").get(f"{API}/areas").json()
    assert [one["properties"]["name"] for one in told["features"]] == ["Eastside", "Westside"]
    assert told["features"][0]["geometry"] == {"type": "Point", "coordinates": [-71.065, 42.33]}


def test_the_base_map_is_sent_once(house: House) -> None:
    board, file = house.browser("dispatch"), house.town.city / "basemap.geojson"
    assert board.get(f"{API}/basemap").json() == {"type": "FeatureCollection", "features": []}
    file.write_text('{"type":"FeatureCollection","features":[1]}')
    first = board.get(f"{API}/basemap")
    assert first.json()["features"] == [1]
    assert first.headers["content-encoding"] == "gzip"
    again = board.get(f"{API}/basemap", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    plain = board.get(f"{API}/basemap", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers


def test_a_run_out_of_bounds_is_refused_with_the_bounds(dispatch: TestClient) -> None:
    for days in (0, 29, "7", 1.5, True, None):
        answer = dispatch.post(f"{API}/runs", json={"from_date": "2026-11-23", "days": days})
        assert answer.status_code == 422, days
    told = dispatch.post(f"{API}/runs", json={"from_date": "soon", "days": 7}).json()
    assert told["problems"][0] == {
        "where": "body.from_date",
        "what": 'write a date as "YYYY-MM-DD"',
        "remedy": "",
        "file": None,
        "row": None,
        "column": None,
    }


def test_only_so_many_plans_may_wait(dispatch: TestClient) -> None:
    asked = {"from_date": "2026-11-23", "days": 7}
    assert [dispatch.post(f"{API}/runs", json=asked).status_code for _ in range(6)] == [202] * 5 + [409]
    oldest = dispatch.get(f"{API}/runs").json()[-1]["id"]
    assert dispatch.post(f"{API}/runs/{oldest}/cancel").status_code == 200
    assert dispatch.post(f"{API}/runs", json=asked).status_code == 202


def test_versions_tell_who_published_what(published_house: House) -> None:
    [version] = published_house.browser("manager").get(f"{API}/versions").json()
    assert (version["number"], version["state"], version["published_by"]) == (1, "published", "dora")
    assert version["published_at"] == "2026-11-21T17:00:00.000Z"
    assert 0 <= version["gap"] <= 1
    assert version["in_force"] is True


def test_the_plans_reach_is_that_of_its_stops_and_not_the_planners_score(published_house: House) -> None:
    plan = published_house.browser("manager").get(f"{API}/schedule").json()["published"]
    told = sum(stop["reach"] for day in plan["van_days"] for stop in day["stops"])
    assert plan["reach"] == pytest.approx(told, abs=1e-3)
    assert "reach" not in plan["score"]
    assert plan["reach"] < plan["score"]["risk_weighted_reach"]


def test_a_version_whose_days_are_all_anothers_or_over_is_not_in_force(published_house: House) -> None:
    dora = published_house.browser("dispatch")
    plan = dora.get(f"{API}/schedule").json()["published"]
    same = dora.post(f"{API}/runs/{plan['run_id']}/publish", json={})
    assert (same.status_code, same.json()["code"]) == (409, "published-already")
    uid = next(s["uid"] for d in plan["van_days"] for s in d["stops"] if not s["refills_due"])
    assert dora.post(f"{API}/stops/{uid}/cancel", json={"reason": "Rain"}).status_code == 200
    assert dora.post(f"{API}/schedule/publish", json={}).status_code == 200
    now, before = dora.get(f"{API}/versions").json()
    assert (now["in_force"], before["in_force"]) == (True, False)
    assert (now["gap"], before["state"]) == (None, "superseded")
    assert now["value"] != before["value"]
