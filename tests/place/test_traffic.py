"""Traffic: five bands a day, weekends apart, and a file people may edit."""

from __future__ import annotations

from pathlib import Path

import pytest

from outreach.errors import Invalid
from outreach.place.roads import Network
from outreach.place.traffic import BANDS, PRIOR, Traffic, band_of, group_of
from tests.place.conftest import PLAIN, at


@pytest.mark.parametrize(
    ("weekday", "hour", "band"),
    [
        (0, 3, "weekday night"),
        (0, 7, "weekday morning"),
        (2, 12, "weekday midday"),
        (4, 18, "weekday afternoon"),
        (4, 21, "weekday evening"),
        (4, 23, "weekday night"),
        (5, 8, "weekend morning"),
        (6, 16, "weekend afternoon"),
        (4, 25, "weekend night"),  # 01:00 on Saturday, counted from Friday
        (6, 24 + 7, "weekday morning"),
    ],
)
def test_every_hour_has_its_band(weekday: int, hour: int, band: str):
    assert BANDS[band_of(weekday, hour)] == band


def test_the_afternoon_is_slower_than_the_night_on_every_kind_of_street():
    night, afternoon = BANDS.index("weekday night"), BANDS.index("weekday afternoon")
    assert all(figures[afternoon] > figures[night] for figures in PRIOR.values())


def test_kinds_of_street_fall_into_three_groups():
    assert [group_of(kind) for kind in ("motorway_link", "secondary", "residential")] == [
        "fast",
        "main",
        "local",
    ]


def test_a_city_may_have_its_own_factors(square: Network, tmp_path: Path):
    slow = Traffic({**PLAIN.factors, "local": (2.0,) * len(BANDS)}, signal_seconds=0)
    slow.save(tmp_path / "traffic.toml")
    again = Network.open(tmp_path)
    points = [at(0, 0), at(100, 0)]
    assert again.drive_seconds(points, 0)[0, 1] == 2 * square.drive_seconds(points, 0)[0, 1]


def test_factors_come_back_as_they_were_saved(tmp_path: Path):
    Traffic(PRIOR, 5.5, assumed=False).save(tmp_path / "traffic.toml")
    assert Traffic.opened(tmp_path / "traffic.toml") == Traffic(PRIOR, 5.5, assumed=False)


@pytest.mark.parametrize("text", ["factors = 3", "signal_seconds = 8\n[factors]\nfast = [1.0]", "\x00"])
def test_a_spoilt_traffic_file_is_refused_with_what_to_do(tmp_path: Path, text: str):
    (tmp_path / "traffic.toml").write_text(text)
    with pytest.raises(Invalid, match=r"traffic\.toml"):
        Traffic.opened(tmp_path / "traffic.toml")
