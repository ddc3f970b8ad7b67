"""The reach benchmark: equal van-hours for everyone, and nobody beats hindsight."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from benchmarks import reach
from outreach.risk import synthetic
from outreach.risk.incident_file import read
from outreach.risk.layout import laid_out
from tests.risk.invented import calls


def test_a_stay_covers_its_hours_of_each_band():
    assert reach._presence(10.0) == pytest.approx([0, 0, 1, 0, 0, 0])
    assert reach._presence(17.0) == pytest.approx([0, 0, 0, 0.25, 0.75, 0])


def test_methods_spend_the_same_hours_and_hindsight_reaches_most(tmp_path: Path):
    reading = read(
        calls(tmp_path / "incidents.csv"),
        timezone="America/New_York",
        columns=synthetic.COLUMNS,
        bounds=None,
        now=datetime(2026, 11, 21, tzinfo=UTC),
    )
    grid, events = laid_out(reading)
    report = reach.replay(grid, events, weeks=1, sites=12, work=60)
    within = report["within_a_walk"]
    assert isinstance(within, dict)
    assert within["hindsight"] >= max(within.values())
    assert within["outreach"] > 0
    start = int(events.day[-1]) - 6
    model = reach.Intensities(grid, events, start)
    city = reach.City.of(grid, events.before(start), 12)
    fitted = model.at()
    risk = fitted.weekly[:, None] * fitted.bands
    stays = reach.planned(city, risk, reach.CHOSEN, 60, reach.PRESENCE)
    assert len(stays) == len(reach._greedy(city, risk, reach.OFFICE)) == 30
    assert np.isin([day for _, day, _ in stays], range(5)).all()
