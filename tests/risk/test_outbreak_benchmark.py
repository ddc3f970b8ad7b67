"""The outbreak benchmark: a planted cluster is flagged, and the plan that follows stands nearer to it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np

from benchmarks import outbreak
from outreach.risk import synthetic
from tests.risk.conftest import BOSTON, CENTRES

LAST = date(2026, 8, 31)


def test_a_planted_outbreak_is_planned_for_the_same_evening(tmp_path: Path):
    path = tmp_path / "incidents.csv"
    synthetic.write_csv(
        path,
        BOSTON,
        CENTRES,
        seed=3,
        from_date=date(2026, 1, 5),
        until_date=LAST,
        timezone="America/New_York",
        per_week=20,
    )
    random = np.random.default_rng(0)
    noon = datetime(2026, 8, 30, 12)  # noqa: DTZ001
    with path.open("a", encoding="utf-8") as file:
        for number in range(14):
            lat, lon = np.array([42.245, -71.13]) + random.normal(0, 0.002, 2)
            moment = noon + timedelta(minutes=30 * number)
            file.write(f"X{number},{moment},{lat:.5f},{lon:.5f},planted\n")
    days = (LAST - timedelta(2), LAST - timedelta(1))
    quiet, flagged = outbreak.play(path, "America/New_York", dict(synthetic.COLUMNS), *days, work=20)
    assert quiet.sentence == ""
    assert flagged.spikes >= 1
    assert "where" in flagged.sentence
    assert flagged.seconds < 60
    assert flagged.hours_near_after >= flagged.hours_near_before
