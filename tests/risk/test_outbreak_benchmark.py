"""The outbreak benchmark: a planted cluster is flagged, and the plan that follows stands nearer to it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from benchmarks import outbreak
from outreach.risk import synthetic
from tests.risk.invented import LAST, calls_with_an_outbreak


def test_a_planted_outbreak_is_planned_for_the_same_evening(tmp_path: Path):
    path = calls_with_an_outbreak(tmp_path / "incidents.csv")
    days = (LAST - timedelta(2), LAST - timedelta(1))
    quiet, flagged = outbreak.play(path, "America/New_York", dict(synthetic.COLUMNS), *days, work=20)
    assert quiet.sentence == ""
    assert flagged.spikes >= 1
    assert "where" in flagged.sentence
    assert flagged.seconds < 60
    assert flagged.hours_near_after >= flagged.hours_near_before
