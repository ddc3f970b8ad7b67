"""Spikes: a true cluster rings, calm stays calm, and the number of alarms is the number promised."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import h3
import numpy as np
import pytest

from outreach.errors import Invalid
from outreach.risk import alerts, spikes
from outreach.risk.grid import Grid
from outreach.risk.past import Events
from outreach.risk.scan import CITY, Cluster, Scan
from outreach.risk.spikes import Spike
from outreach.risk.synthetic import Truth
from outreach.risk.watch import Watch, alarms, bar
from tests.risk.conftest import BOSTON, CENTRES, PLAIN
from tests.risk.invented import bring
from tests.town import Town

FIRST = date(2025, 9, 1)
DAYS = 400
OUTBREAK = 380
PLACE = (-71.0900, 42.3200)


def calm(seed: int = 2, per_day: float = 5.0) -> list[tuple[int, float, float]]:
    """(day, lon, lat) of a city where nothing changes."""
    random = np.random.default_rng(seed)
    truth = Truth.grown(BOSTON, CENTRES, seed)
    return [
        (day, float(lon), float(lat))
        for day in range(DAYS)
        for lon, lat in truth.places(random, int(random.poisson(per_day)))
    ]


def outbreak() -> list[tuple[int, float, float]]:
    """Twelve events within four days and a few hundred metres of one place."""
    random = np.random.default_rng(8)
    lonlat = np.array(PLACE) + random.normal(0, 0.003, (12, 2))
    return [(OUTBREAK + place % 4, float(lon), float(lat)) for place, (lon, lat) in enumerate(lonlat)]


def laid_out(rows: list[tuple[int, float, float]]) -> tuple[Grid, Events]:
    cells = [h3.latlng_to_cell(lat, lon, 9) for _, lon, lat in rows]
    grid = Grid.around(cells)
    return grid, Events.of(grid.where(cells), np.array([FIRST.toordinal() + day for day, _, _ in rows]))


def written(folder: Path, rows: list[tuple[int, float, float]]) -> Path:
    path = folder / "calls.csv"
    lines = [
        f"{FIRST + timedelta(days=day)} 15:00:{n % 60:02d},{lat},{lon}"
        for n, (day, lon, lat) in enumerate(rows)
    ]
    path.write_text("time,lat,lon\n" + "\n".join(lines))
    return path


def test_the_scan_finds_the_disk_the_window_and_the_count_of_a_planted_cluster():
    grid, events = laid_out(calm() + outbreak())
    clusters = Scan(grid, events).evening(FIRST.toordinal() + OUTBREAK + 3)
    best = max(
        (cluster for cluster in clusters if cluster.rings != CITY), key=lambda cluster: cluster.surprise
    )
    away = grid.metres[best.centre] - grid.metres[grid.where([h3.latlng_to_cell(PLACE[1], PLACE[0], 9)])[0]]
    assert np.hypot(*away) < 1500
    assert best.count >= 10
    assert best.days <= 6
    assert best.expected < best.count / 4


def test_the_baseline_sees_neither_the_window_nor_the_week_before_it():
    grid, events = laid_out(calm())
    evening = FIRST.toordinal() + 300
    early = Events.of(events.cell[:40], np.full(40, evening - 5))
    before = Scan(grid, events)._levels(evening)
    both = Events.of(np.concatenate([events.cell, early.cell]), np.concatenate([events.day, early.day]))
    assert Scan(grid, both)._levels(evening)[0] == before[0]


def test_a_cluster_by_hand():
    """8 events where 2 were expected: 8 ln(8/2) + 2 - 8 = 5.09."""
    grid = Grid.around(["892a3066a27ffff"])
    day = np.concatenate([np.arange(100, 156), np.full(8, 169)])
    scan = Scan(grid, Events.of(np.zeros(len(day), int), day))
    city = next(cluster for cluster in scan.evening(169) if cluster.rings == CITY and cluster.days == 1)
    expected = (50 + 1) / 56  # days 106 to 161, and one event so that a level is never 0
    assert city.expected == pytest.approx(expected)
    assert city.surprise == pytest.approx(8 * np.log(8 / expected) + expected - 8)


def test_the_bar_gives_the_past_its_budget_of_alarms():
    grid = Grid.around(["892a3066a27ffff"])
    random = np.random.default_rng(1)
    past = [(day, [Cluster(CITY, -1, 1, 5, 1, float(s))]) for day, s in enumerate(random.exponential(2, 365))]
    found = bar(past, 1.0, grid)
    rung = alarms([(day, list(filter(found.clears, clusters))) for day, clusters in past], grid)
    assert 9 <= len(rung) <= 12


def test_alarms_at_one_place_within_a_week_are_one_and_elsewhere_another():
    grid = Grid.around([h3.latlng_to_cell(lat, lon, 9) for lon, lat in CENTRES])
    far = int(np.argmax(np.hypot(*(grid.metres - grid.metres[0]).T)))
    here, there = Cluster(2, 0, 3, 5, 1, 9.0), Cluster(2, far, 3, 5, 1, 9.0)
    found = alarms([(1, [here]), (6, [here]), (7, [there]), (20, [here])], grid)
    assert [(alarm.first, alarm.last) for alarm in found] == [(1, 6), (7, 7), (20, 20)]


def test_the_bar_of_an_evening_saw_only_the_evenings_before_it():
    grid, events = laid_out(calm())
    cut = FIRST.toordinal() + 250
    whole, short = Watch(Scan(grid, events)), Watch(Scan(grid, events.before(cut)))
    whole.until(int(events.day[-1]))
    short.until(cut - 1)
    assert _alike(short, whole, cut - 1)


def _alike(one: Watch, other: Watch, day: int) -> bool:
    a, b = one.bar_on(day), other.bar_on(day)
    return a is not None and b is not None and a.rarity == b.rarity and bool((a.starts == b.starts).all())


def seen(town: Town, now: datetime) -> list[Spike]:
    with town.store.reading() as session:
        return spikes.look(session, town.programme_id, now)


def test_an_outbreak_is_seen_raises_an_alert_and_says_what_would_end_it(town: Town, tmp_path: Path):
    now = datetime.combine(FIRST + timedelta(days=OUTBREAK + 4), datetime.min.time(), UTC) + timedelta(
        hours=12
    )
    bring(town, written(tmp_path, [row for row in calm() + outbreak() if row[0] < OUTBREAK + 4]), now, PLAIN)
    spike = max(seen(town, now), key=lambda found: found.count / found.expected)
    assert spike.count >= 8
    assert spike.last == now.date() - timedelta(days=1)
    assert abs(spike.lon - PLACE[0]) < 0.02
    assert "It is over after a week with fewer than" in spike.sentence
    assert 3 <= spike.over_below <= spike.count
    with town.store.transaction() as session:
        alert = spikes.raise_alert(session, town.programme_id, spike, now)
    with town.store.reading() as session:
        assert [a.id for a in alerts.active(session, town.programme_id, now.date())] == [alert.id]
    assert alert.factor > 1.2


def test_an_alert_raised_late_in_the_evening_holds_from_that_evening_on(town: Town):
    late = datetime(2026, 11, 23, 0, 45, tzinfo=UTC)  # a quarter to eight in the evening of the 22nd there
    spike = Spike(
        first=date(2026, 11, 21), last=date(2026, 11, 22), lon=PLACE[0], lat=PLACE[1], radius_m=500, days=2,
        count=7, expected=1.0, over_below=4,
    )  # fmt: skip
    with town.store.transaction() as session:
        alert = spikes.raise_alert(session, town.programme_id, spike, late)
        assert (alert.starts, alert.ends) == (date(2026, 11, 22), date(2026, 11, 29))


def test_a_feed_too_short_to_learn_from_raises_nothing(town: Town, tmp_path: Path):
    now = datetime.combine(FIRST + timedelta(days=100), datetime.min.time(), UTC)
    bring(town, written(tmp_path, [row for row in calm() if row[0] < 99]), now, PLAIN)
    assert seen(town, now) == []


def test_a_replay_of_a_calm_city_rings_about_as_often_as_promised_and_catches_drills(tmp_path: Path):
    replay = spikes.replay(
        written(tmp_path, calm()),
        timezone="America/New_York",
        columns=PLAIN,
        now=datetime(2026, 11, 21, tzinfo=UTC),
        hidden=40,
    )
    assert replay.likely[0] <= replay.counted <= replay.likely[1]
    assert replay.drills[1].power >= 0.7
    assert replay.as_json().startswith("{")


@pytest.mark.parametrize("budget", [0.0, -1.0, 99.0, float("nan")])
def test_a_budget_that_is_no_rate_is_refused(tmp_path: Path, budget: float):
    with pytest.raises(Invalid, match="number of alarms a month"):
        spikes.replay(
            written(tmp_path, calm()),
            timezone="America/New_York",
            columns=PLAIN,
            now=datetime(2026, 11, 21, tzinfo=UTC),
            alarms_per_month=budget,
        )


def test_the_outbreak_of_august_2016_is_flagged_by_the_23rd_and_held_through_the_28th(real: Path):
    replay = spikes.replay(
        real / "cincinnati_heroin_ems.csv.gz",
        timezone="America/New_York",
        columns={"time": "t", "lat": "lat", "lon": "lng"},
        now=datetime(2026, 11, 21, tzinfo=UTC),
        without=[(date(2016, 8, 1), date(2016, 10, 31))],
        hidden=100,
    )
    assert all(f"2016-08-{day}" in replay.by_day for day in range(23, 29))
    assert replay.likely[0] <= replay.counted <= replay.likely[1]
    assert replay.drills[0].power >= 0.70
    assert (replay.drills[0].median_delay_days or 99) <= 4
