"""Coverage and the audit, as managers get them."""

from __future__ import annotations

from tests.api.conftest import House

COVERAGE = "/api/v1/manage/coverage"
WEEK = "from=2026-11-23&until=2026-11-29"


def _acts(house: House) -> list[str]:
    return [entry["act"] for entry in house.browser("manager").get("/api/v1/manage/audit").json()]


def test_only_an_exact_reading_is_in_the_audit(published_house: House) -> None:
    manager = published_house.browser("manager")
    before = len(_acts(published_house))
    assert manager.get(f"{COVERAGE}?{WEEK}").json()["exact"] is False
    assert len(_acts(published_house)) == before
    assert manager.get(f"{COVERAGE}?{WEEK}&exact=true").json()["exact"] is True
    assert _acts(published_house)[0] == "coverage.exact"


def test_planned_and_delivered_stand_side_by_side(published_house: House) -> None:
    told = published_house.browser("manager").get(f"{COVERAGE}?{WEEK}").json()
    assert told["total"]["stops_planned"] > 0
    assert told["total"]["stops_delivered"] == 0
    assert [one["name"] for one in told["areas"]][:2] == ["Eastside", "Westside"]
    assert [one["week"] for one in told["trend"]] == ["2026-11-23"]
    assert told["map"]["features"][0]["geometry"]["type"] == "Point"
    assert told["sentence"]


def test_the_sentence_speaks_spanish(published_house: House) -> None:
    english, spanish = (
        published_house.browser("manager").get(f"{COVERAGE}?{WEEK}&language={one}").json()["sentence"]
        for one in ("en", "es")
    )
    assert english != spanish


def test_impossible_periods_get_a_sentence(shared_house: House) -> None:
    manager = shared_house.browser("manager")
    backwards = manager.get(f"{COVERAGE}?from=2026-11-29&until=2026-11-23")
    assert (backwards.status_code, "before it starts" in backwards.json()["detail"]) == (422, True)
    endless = manager.get(f"{COVERAGE}?from=2001-01-01&until=2026-11-23")
    assert (endless.status_code, "at most 400" in endless.json()["detail"]) == (422, True)


def test_the_audit_is_told_latest_first_and_bounded(published_house: House) -> None:
    entries = published_house.browser("admin").get("/api/v1/manage/audit").json()
    numbers = [entry["number"] for entry in entries]
    assert numbers == sorted(numbers, reverse=True)
    assert len(numbers) <= 200
    assert all(len(entry["digest"]) == 64 for entry in entries)
