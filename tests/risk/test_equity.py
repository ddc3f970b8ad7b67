"""The audit: it sees who is seen less well, where that was planted, and says so in figures that add up."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import shapely

from outreach.errors import Invalid
from outreach.risk import equity, tracts
from tests.risk.conftest import PLAIN, Write

NOW = datetime(2026, 11, 21, 17, 0, tzinfo=UTC)
WEST, SOUTH, SIZE = -71.12, 42.30, 0.02


@pytest.fixture
def areas(tmp_path: Path) -> Path:
    """Nine square tracts in three columns; vulnerability grows from west to east."""
    features = [
        {
            "type": "Feature",
            "properties": {"people": 1000, "poor": 100 * column + row, "young": 1, "name": f"{column}{row}"},
            "geometry": shapely.geometry.mapping(
                shapely.box(x := WEST + SIZE * column, y := SOUTH + SIZE * row, x + SIZE, y + SIZE)
            ),
        }
        for column in range(3)
        for row in range(3)
    ]
    path = tmp_path / "tracts.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def calls(seed: int = 2, corners: tuple[float, ...] = (0, 1, 2)) -> list[tuple[object, ...]]:
    """A year of calls about one busy corner in each column, and a few anywhere."""
    random = np.random.default_rng(seed)
    rows: list[tuple[object, ...]] = []
    for day in range(365):
        for column in corners:
            if random.random() < 0.8:
                lon = WEST + SIZE * (column + 0.5) + random.normal(0, 0.001)
                lat = SOUTH + SIZE * 1.5 + random.normal(0, 0.001)
                moment = datetime(2025, 1, 1, 14) + timedelta(days=day)  # noqa: DTZ001
                rows.append((moment, f"{lat:.5f}", f"{lon:.5f}", "ems" if column < 2 else "app"))
    return rows


def audited(path: Path, areas: Path, **changes: object) -> equity.Audit:
    asked = {"timezone": "America/New_York", "columns": PLAIN, "areas": areas, "measure": "poor/people"}
    return equity.audit(path, **{**asked, "now": NOW, **changes})  # type: ignore[arg-type]


def test_thirds_hold_all_cells_and_events(write: Write, areas: Path):
    found = audited(write(*calls(), header=("time", "lat", "lon", "source")), areas)
    assert [third.tracts for third in found.thirds] == [3, 3, 3]
    assert sum(third.events for third in found.thirds) == found.events
    assert sum(third.top_cells for third in found.thirds) == pytest.approx(1)
    for third in found.thirds:
        assert third.observed_over_expected.lower < 1 < third.observed_over_expected.upper
        assert third.recall_top5 > 0.8


def test_a_third_in_which_nobody_called_before_is_seen_to_be_missed(write: Write, areas: Path):
    late = [row for row in calls() if row[3] == "ems" or row[0] >= datetime(2025, 10, 1)]  # type: ignore[operator]  # noqa: DTZ001
    path = write(*late, header=("time", "lat", "lon", "source"))
    found = audited(path, areas, from_date=date(2025, 10, 1))
    worst = found.thirds[2]
    assert worst.observed_over_expected.lower > 1
    assert worst.observed_over_expected.estimate > found.thirds[0].observed_over_expected.estimate


def test_halved_reporting_lowers_what_is_expected_there_and_the_truth_is_still_counted(
    write: Write, areas: Path
):
    found = audited(write(*calls(), header=("time", "lat", "lon", "source")), areas)
    stress = found.stress
    assert stress.tracts == 3
    assert 100 < stress.events_never_reported < 190
    assert stress.expected_share_before == pytest.approx(1 / 3, abs=0.03)
    assert stress.expected_share_after == pytest.approx(1 / 5, abs=0.04)


def test_leaving_out_the_only_feed_of_a_third_costs_what_it_knew(write: Write, areas: Path):
    path = write(*calls(), header=("time", "lat", "lon", "source"))
    found = audited(path, areas, columns={**PLAIN, "feed": "source"})
    cost = {one.feed: one.hit_rate_with - one.hit_rate_without for one in found.ablation}
    assert set(cost) == {"app", "ems"}
    assert cost["app"] > 0.2
    assert json.loads(found.as_json())["thirds"][0]["name"] == "least vulnerable"


@pytest.mark.parametrize(
    ("measure", "sentence"),
    [("rich", "no property rich; it has: people, poor"), ("poor/none", "no property none")],
)
def test_a_measure_that_is_not_there_is_named_with_those_that_are(areas: Path, measure: str, sentence: str):
    with pytest.raises(Invalid, match=sentence):
        tracts.read(areas, measure)


def test_sums_and_shares_of_properties_are_measures(areas: Path):
    assert tracts.read(areas, "poor+young").vulnerability[0] == 1
    assert tracts.read(areas, "poor+young/people").vulnerability[1] == pytest.approx(0.002)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"features": 3}', '{"features": [{"geometry": {}}]}'])
def test_what_holds_no_tracts_gets_a_sentence(tmp_path: Path, text: str):
    path = tmp_path / "tracts.geojson"
    path.write_text(text)
    with pytest.raises(Invalid, match=r"tracts\.geojson"):
        tracts.read(path, "poor")
