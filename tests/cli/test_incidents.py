"""A file read with the wrong clock is taken back and read again; the evening's look finds tonight's spike."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from tests.cli.test_commands import city
from tests.commands import Told, run

__all__ = ["city"]

ZONE = "America/New_York"


def _calls(path: Path, days: int, tonight: int) -> Path:
    """About one call a day over the town, and `tonight` more on the last evening at one corner."""
    draw, last = random.Random(5), datetime.now(ZoneInfo(ZONE)).replace(tzinfo=None) - timedelta(days=1)
    spread = [(last - timedelta(day), draw.uniform(0, 0.004), draw.uniform(0, 0.006)) for day in range(days)]
    times = spread + [(last, 0.002, 0.003)] * tonight
    rows = [
        f"{n},{t:%Y-%m-%d} 20:{n % 60:02d}:00,{42.37 + y:.5f},{-71.11 + x:.5f}"
        for n, (t, y, x) in enumerate(times)
    ]
    path.write_text("\n".join(["id,t,lat,lng", *rows]) + "\n", "utf-8")
    return path


def _import(city: Path, file: Path) -> Told:
    columns = [part for pair in ("id=id", "time=t", "lat=lat", "lon=lng") for part in ("--column", pair)]
    return run("incidents", "import", file, "--timezone", ZONE, *columns, data_dir=city)


def test_a_feed_is_forgotten_and_imported_anew(city: Path, tmp_path: Path) -> None:
    file = _calls(tmp_path / "calls.csv", days=40, tonight=0)
    assert "40 added" in _import(city, file).out
    assert "40 duplicates dropped" in _import(city, file).out
    assert (
        "40 incidents of incidents are forgotten"
        in run("incidents", "forget", "incidents", data_dir=city).out
    )
    assert "40 added" in _import(city, file).out


def test_the_evenings_look_finds_tonights_cluster(city: Path, tmp_path: Path) -> None:
    _import(city, _calls(tmp_path / "loud.csv", days=300, tonight=15))
    told = run("spikes", "look", "--raise", data_dir=city)
    assert told.code == 0, told.err
    assert "16 events" in told.out
    assert "were expected" in told.out
