"""The backtest: its scores agree with pencil and paper, and the model is ahead where truth is known."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest
import shapely
from scipy.stats import kstest

from outreach.errors import Invalid
from outreach.risk import backtest, scores, synthetic
from outreach.risk.grid import Grid
from outreach.risk.past import Events
from outreach.risk.replay import MODEL, Replay, Report
from tests.risk.conftest import Write
from tests.risk.invented import calls

NOW = datetime(2026, 11, 21, 17, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A year and a half of invented incidents, thin enough for neighbours to help."""
    path = tmp_path_factory.mktemp("invented") / "incidents.csv"
    return calls(path, date(2025, 5, 1), date(2026, 11, 21), seed=9, per_week=20)


def replayed(path: Path, **changes: object) -> Report:
    asked = {"timezone": "America/New_York", "columns": synthetic.COLUMNS, "now": NOW, **changes}
    return backtest.run(path, **asked)  # type: ignore[arg-type]


def test_hits_share_the_rim_among_cells_of_the_same_score():
    """Two of five cells are taken: the best, and one of three equals, so a third of their nine events."""
    score = np.array([5.0, 2.0, 2.0, 2.0, 1.0])
    counts = np.array([4.0, 3.0, 3.0, 3.0, 7.0])
    assert scores.hits(score, counts, 0.4) == pytest.approx(4 + 9 / 3)
    assert scores.best_hits(counts, 0.4) == 11


def test_bits_by_hand():
    """Two events where a quarter was forecast, one where a half was: -2 - 2 - 1."""
    assert scores.log_score(np.array([0.25, 0.5, 0.25]), np.array([2.0, 1.0, 0.0])) == pytest.approx(-5)


@pytest.mark.parametrize("dispersion", [0.0, 0.4])
def test_an_honest_forecast_has_a_uniform_transform(dispersion: float):
    random = np.random.default_rng(4)
    mean = random.uniform(0.1, 3.0, 4000)
    rate = mean if dispersion == 0 else mean * random.gamma(1 / dispersion, dispersion, 4000)
    counts = random.poisson(rate).astype(float)
    assert kstest(scores.pit(counts, mean, dispersion, random), "uniform").pvalue > 0.01


def test_an_overconfident_forecast_has_none():
    random = np.random.default_rng(4)
    mean = np.full(4000, 2.0)
    counts = random.poisson(mean * random.gamma(1.0, 1.0, 4000)).astype(float)
    assert kstest(scores.pit(counts, mean, 0.0, random), "uniform").pvalue < 1e-6


def test_the_paired_interval_covers_its_estimate_and_sees_a_clear_lead():
    random = np.random.default_rng(0)
    events = random.poisson(40, 60).astype(float)
    theirs = random.binomial(events.astype(int), 0.4).astype(float)
    ours = theirs + 2
    lead = scores.paired_difference(ours, theirs, events)
    assert lead.lower <= lead.estimate <= lead.upper
    assert lead.lower > 0


def test_the_model_beats_the_simple_ways_where_the_truth_is_known(invented: Path):
    report = replayed(invented)
    assert report.weeks >= 25
    assert report.methods[MODEL].bits_over_kde > 0
    assert report.methods[MODEL].hit_rate["5%"] > report.methods["last_year_counts"].hit_rate["5%"]
    assert report.top5_points_over_best.upper > -0.3
    assert 0.84 <= report.coverage90 <= 0.96
    assert report.units_top5 is not None
    assert report.units_top5[MODEL] > report.units_top5["last_year_cell_band"]


def test_measures_are_shares_and_the_report_is_json(invented: Path):
    report = replayed(invented, from_date=date(2026, 9, 1))
    told = json.loads(report.as_json())
    assert told["first_origin"] == "2026-09-01"
    for line in report.methods.values():
        rates = list(line.hit_rate.values())
        assert rates == sorted(rates)
        assert 0 <= rates[0] <= rates[-1] <= 1
        assert all(0 <= share <= 1 for share in line.pei.values())
    assert report.methods["kde"].bits_over_kde == 0


def test_what_happens_later_changes_no_score_of_the_first_week():
    """Moving every later event elsewhere leaves the first week's scores of every method as they were."""
    random = np.random.default_rng(6)
    grid = Grid.around(["892a3066a27ffff", "892a306638fffff"])
    day = np.sort(random.integers(730_000, 730_210, 900))
    events = Events.of(random.integers(0, 20, 900), day, random.integers(0, 1440, 900))
    first = 730_140
    later = events.day >= first + 7
    moved = replace(events, cell=np.where(later, (events.cell + 31) % len(grid), events.cell))
    honest, other = (Replay(grid, one, first, 730_210, 1) for one in (events, moved))
    for one in (honest, other):
        one._score(one.start)
    assert honest.seen[0] > 0
    assert honest.hits == other.hits
    assert honest.bits == pytest.approx(other.bits)
    assert honest.units == other.units
    assert honest.pits[0] == pytest.approx(other.pits[0])


def test_an_area_decides_the_cells(invented: Path, tmp_path: Path):
    area = tmp_path / "area.geojson"
    box = shapely.geometry.mapping(shapely.box(-71.09, 42.32, -71.06, 42.35))
    area.write_text(
        json.dumps({"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": box}]})
    )
    report = replayed(invented, area=area, from_date=date(2026, 9, 1))
    assert 60 < report.cells < 90
    assert report.outside > 0


def test_a_coarser_grid_and_a_longer_horizon_can_be_asked_for(invented: Path):
    report = replayed(invented, resolution=8, horizon_weeks=2, from_date=date(2026, 9, 1))
    assert report.horizon_weeks == 2
    assert report.cells < 400


def test_a_file_too_short_to_replay_gets_a_sentence(write: Write):
    path = write(*[(f"2026-10-{day:02d} 12:00", 42.33, -71.07) for day in range(1, 20)])
    with pytest.raises(Invalid, match="too short to replay"):
        replayed(path, columns={"time": "time", "lat": "lat", "lon": "lon"})


@pytest.mark.parametrize(
    "text", ["", "{", '{"features": []}', "[1, 2]", '{"features": [{"geometry": null}]}']
)
def test_an_area_that_is_no_outline_gets_a_sentence(invented: Path, tmp_path: Path, text: str):
    area = tmp_path / "area.geojson"
    area.write_text(text)
    with pytest.raises(Invalid, match=r"area\.geojson"):
        replayed(invented, area=area)


REAL = {
    "cincinnati_heroin_ems": ("America/New_York", {"time": "t", "lat": "lat", "lon": "lng"}),
    "boston_needle_2015": ("America/New_York", {"time": "open_dt", "lat": "latitude", "lon": "longitude"}),
    "montco_911_overdose": ("UTC", {"time": "time_stamp", "lat": "lat", "lon": "lng"}),
}


@pytest.mark.parametrize("name", REAL)
def test_the_goals_hold_on_the_real_files(real: Path, name: str):
    zone, columns = REAL[name]
    report = replayed(real / f"{name}.csv.gz", timezone=zone, columns=columns)
    assert report.top5_points_over_best.upper >= -0.3
    assert report.methods[MODEL].bits_over_kde > 0
    assert 0.84 <= report.coverage90 <= 0.96
