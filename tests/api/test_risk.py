"""The risk map's answers: why a place is high, and what each feed is good for."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from outreach.place import providers
from outreach.risk import alerts, incidents, surface
from tests.api.conftest import House

API = "/api/v1"


@pytest.fixture
def mapped(house: House, tmp_path: Path) -> House:
    """A house whose town has had calls about the yard for two months."""
    path = tmp_path / "calls.csv"
    now = house.app.state.desk.now()
    days = [now.date() - timedelta(days=back) for back in range(10, 70)]
    path.write_text(
        "time,lat,lon\n" + "\n".join(f"{day} 19:{n:02d},42.3301,-71.0701" for n, day in enumerate(days))
    )
    columns = {name: name for name in ("time", "lat", "lon")}
    with house.town.store.transaction() as session:
        incidents.import_csv(
            session, house.town.programme_id, path, feed="ems", timezone="America/New_York",
            columns=columns, city_bounds=None, now=now,
        )  # fmt: skip
        surface.fit(session, house.town.programme_id, now)
    return house


def hottest(house: House) -> dict[str, object]:
    told = house.browser("dispatch").get(f"{API}/dispatch/risk").json()
    return max((one["properties"] for one in told["features"]), key=lambda one: one["per_week_km2"])


def test_a_place_is_explained_by_its_own_events_the_hours_and_who_was_near(mapped: House) -> None:
    cell = hottest(mapped)["cell"]
    told = mapped.browser("dispatch").get(f"{API}/dispatch/risk/why?cell={cell}").json()
    assert (told["own_last_year"], told["own_ever"], told["rank"]) == (60, 60, 1)
    assert told["busiest"] == {"from": 18 * 60, "until": 22 * 60}
    assert (told["served"], told["alerts"]) == (0, [])
    assert told["unmet"] == pytest.approx(told["weekly"])


def test_an_alert_on_a_place_is_part_of_its_explanation(mapped: House) -> None:
    today: date = mapped.app.state.desk.now().date()
    with mapped.town.store.transaction() as session:
        alerts.enter(
            session,
            mapped.town.programme_id,
            kind="community",
            lon=-71.07,
            lat=42.33,
            radius_m=800,
            factor=2.5,
            starts=today,
            ends=today + timedelta(days=7),
            now=mapped.app.state.desk.now(),
        )
    told = mapped.browser("dispatch").get(f"{API}/dispatch/risk/why?cell={hottest(mapped)['cell']}").json()
    assert told["alerts"] == ["community ×2.5"]


@pytest.mark.parametrize(
    ("cell", "status"), [("the hottest", 200), ("881f1d4817fffff", 404), ("nowhere", 422)]
)
def test_a_cell_that_is_not_of_this_city_is_not_explained(mapped: House, cell: str, status: int) -> None:
    if status == 200:
        cell = str(hottest(mapped)["cell"])
    assert mapped.browser("dispatch").get(f"{API}/dispatch/risk/why?cell={cell}").status_code == status


def test_the_map_says_how_far_each_feed_is_behind_and_what_it_is_used_for(mapped: House) -> None:
    feed = mapped.browser("dispatch").get(f"{API}/dispatch/risk").json()["feeds"][0]
    assert (feed["kind"], feed["events"], feed["use"], feed["clock"]) == ("ems", 60, "hours", "trusted")
    assert feed["days_behind"] in (9, 10)
    assert feed["stale"]
    assert feed["silent_days"] == 0


def test_other_providers_within_a_walk_are_part_of_the_explanation(mapped: House, tmp_path: Path) -> None:
    file = tmp_path / "providers.csv"
    file.write_text(
        "name,lon,lat,service,weekday,opens,closes\n"
        "Clinic,-71.07,42.33,kits,Mon,09:00,17:00\nFar,-71.20,42.33,kits,Mon,09:00,17:00\n"
    )
    providers.import_csv(mapped.town.city, file)
    told = mapped.browser("dispatch").get(f"{API}/dispatch/risk/why?cell={hottest(mapped)['cell']}").json()
    assert told["providers"] == ["Clinic (kits) Mon 09:00-17:00"]


def test_the_city_tells_every_other_provider_with_place_and_hours(mapped: House, tmp_path: Path) -> None:
    assert mapped.browser("dispatch").get(f"{API}/dispatch/city").json()["providers"] == []
    file = tmp_path / "providers.csv"
    file.write_text("name,lon,lat,service,weekday,opens,closes\nNight,-71.07,42.33,kits,Sun,20:00,02:00\n")
    providers.import_csv(mapped.town.city, file)
    assert mapped.browser("dispatch").get(f"{API}/dispatch/city").json()["providers"] == [
        {
            "name": "Night",
            "lon": -71.07,
            "lat": 42.33,
            "service": "kits",
            "weekday": 6,
            "opens": "20:00",
            "closes": "26:00",
        }
    ]
