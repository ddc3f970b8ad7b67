"""Calibrating: driven legs move the factors towards the truth, few of them only a little."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from outreach.errors import Invalid
from outreach.place import cities
from outreach.place.calibrating import calibrate
from outreach.place.roads import Network
from outreach.place.traffic import BANDS, DELAYS, PRIOR, Traffic
from tests.commands import run

TRUE_MIDDAY = {"fast": 1.0, "main": 1.9, "local": 1.6}
TRUE_DELAYS = {**DELAYS, "signal": 16.0}
MIDDAY = BANDS.index("weekday midday")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A synthetic city."""
    folder = tmp_path_factory.mktemp("data") / "city"
    cities.create(folder, "Boston", synthetic=True)
    return folder


@pytest.fixture
def folder(town: Path) -> Path:
    """The city with the prior's factors, whatever a test before did."""
    Traffic(PRIOR).save(town / "traffic.toml")
    return town


def legs(folder: Path, count: int, noise: float, seed: int = 3) -> list[str]:
    """Midday legs of a world in which traffic is as TRUE_MIDDAY says."""
    rng, network = np.random.default_rng(seed), Network.open(folder)
    nodes = network._drive.nodes  # type: ignore[union-attr]
    rows = []
    while len(rows) < count:
        (a, b), (c, d) = nodes[rng.choice(len(nodes), 2, replace=False)].tolist()
        free, met = network.makeup((a, b), (c, d), MIDDAY)
        true = sum(TRUE_MIDDAY[group] * seconds for group, seconds in free.items())
        true += sum(TRUE_DELAYS.get(wait, 0.0) * count for wait, count in met.items())
        if true > 60:
            rows.append(f"2026-11-24T12:30,{a},{b},{c},{d},{true * rng.lognormal(0, noise):.0f}")
    return rows


def written(tmp_path: Path, rows: list[str]) -> Path:
    """A file of legs."""
    path = tmp_path / "legs.csv"
    path.write_text("departed,from_lon,from_lat,to_lon,to_lat,seconds\n" + "\n".join(rows) + "\n")
    return path


def test_many_legs_teach_the_factors_of_their_band_and_no_other(folder: Path, tmp_path: Path):
    report = calibrate(folder, written(tmp_path, legs(folder, 120, noise=0.10)))
    assert report.before > 0.20
    assert report.after < 0.11  # the noise itself is 0.08 on average
    learnt = Network.open(folder).traffic
    assert not learnt.assumed
    assert learnt.factors["main"][MIDDAY] == pytest.approx(TRUE_MIDDAY["main"], rel=0.1)
    assert 10 < learnt.delays["signal"] <= TRUE_DELAYS["signal"] + 1  # drawn back towards the 8 s of before
    assert "120 driven legs" in learnt.sources["main"]
    others = [band for band in range(len(BANDS)) if band != MIDDAY]
    assert all(learnt.factors["main"][band] == PRIOR["main"][band] for band in others)


def test_few_legs_change_little(folder: Path, tmp_path: Path):
    few = calibrate(folder, written(tmp_path, legs(folder, 12, noise=0.10)), dry_run=True)
    for group, true in TRUE_MIDDAY.items():
        moved = few.traffic.factors[group][MIDDAY] - PRIOR[group][MIDDAY]
        assert abs(moved) < 0.75 * abs(true - PRIOR[group][MIDDAY]), group


def test_a_dry_run_keeps_the_old_factors(folder: Path, tmp_path: Path):
    calibrate(folder, written(tmp_path, legs(folder, 40, noise=0.05)), dry_run=True)
    assert Network.open(folder).traffic == Traffic(PRIOR)


def test_noise_teaches_nothing(folder: Path, tmp_path: Path):
    rng = np.random.default_rng(8)
    rows = [
        ",".join([*row.split(",")[:-1], str(int(rng.uniform(300, 1500)))]) for row in legs(folder, 30, 0.1)
    ]
    report = calibrate(folder, written(tmp_path, rows))
    kept = Network.open(folder).traffic
    assert report.after < report.before or kept == Traffic(PRIOR)


def test_impossible_times_are_left_out_and_counted(folder: Path, tmp_path: Path):
    rows = legs(folder, 30, noise=0.05)
    lunch = [",".join([*row.split(",")[:-1], "20000"]) for row in rows[:5]]
    report = calibrate(folder, written(tmp_path, [*rows, *lunch]), dry_run=True)
    assert (report.legs, report.left_out) == (35, 5)


def test_mistakes_in_the_file_are_all_told(folder: Path, tmp_path: Path):
    with pytest.raises(Invalid) as refusal:
        calibrate(
            folder,
            written(tmp_path, ["yesterday,-71.06,42.35,-71.07,42.36,600", "2026-11-24T12:30,1,2,3,4,x"]),
        )
    assert [(p.row, p.column) for p in refusal.value.problems] == [(2, "departed"), (3, "seconds")]


def test_too_few_legs_and_no_roads_are_told(folder: Path, tmp_path: Path):
    with pytest.raises(Invalid, match="at least 10 are needed"):
        calibrate(folder, written(tmp_path, legs(folder, 3, 0.05)))
    with pytest.raises(Invalid, match="no road network"):
        calibrate(tmp_path, written(tmp_path, ["2026-11-24T12:30,-71,42,-71.1,42,600"]))


def test_the_command_tells_the_error_before_and_after(folder: Path, tmp_path: Path):
    file = written(tmp_path, legs(folder, 40, noise=0.05))
    told = run("roads", "calibrate", "--legs", file, "--dry-run", data_dir=folder.parent)
    assert told.code == 0
    assert "40 legs, 0 left out" in told.out
    assert "before" in told.out
