"""Replaying other people's files: whatever they hold, a replay works on it or says in a sentence why not."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import shapely

from outreach.errors import Invalid
from outreach.risk import backtest, outlines, spikes
from outreach.risk.incident_file import read
from outreach.risk.replay import MODEL
from outreach.risk.sightings import Reading
from tests.risk.conftest import PLAIN, Write

NOW = datetime(2026, 11, 21, 17, 0, tzinfo=UTC)
Called = tuple[datetime, float, float]
Rows = list[Called]


def calls(count: int = 300, days: int = 300) -> Rows:
    """Calls about three corners of Cincinnati."""
    random = np.random.default_rng(3)
    corner = np.array([(39.10, -84.51), (39.13, -84.48), (39.15, -84.55)])[random.integers(0, 3, count)]
    place = np.round(corner + random.normal(0, 0.008, (count, 2)), 5)
    minute = np.sort(random.integers(0, days * 1440, count))
    start = datetime(2022, 1, 3)  # noqa: DTZ001
    return [
        (start + timedelta(minutes=int(m)), float(lat), float(lon))
        for m, (lat, lon) in zip(minute, place, strict=True)
    ]


CALLS = calls()


def reading(path: Path, columns: dict[str, str] | None = None, zone: str = "America/New_York") -> Reading:
    asked = {"timezone": zone, "columns": columns or PLAIN, "bounds": None, "now": NOW}
    return read(path, **asked, forgiving=True, months=True)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changed", "left"),
    [
        (lambda n, c: (c[0], "NULL", "NULL") if n % 4 == 0 else c, 225),
        (lambda n, c: (c[0], -999, -999) if n % 4 == 0 else c, 225),
        (lambda n, c: (c[0], 0, 0) if n % 3 == 0 else c, 200),
        (lambda n, c: ("", *c[1:]) if n % 10 == 0 else c, 270),
        (lambda n, c: ("9999-12-31", *c[1:]) if n % 50 == 0 else c, 294),
        (lambda n, c: ("1900-01-01", *c[1:]) if n % 50 == 0 else c, 294),
        (lambda n, c: (c[0], 48.2, 16.4) if n % 50 == 0 else c, 294),
        (lambda n, c: CALLS[n // 2], 150),
    ],
)
def test_a_few_rows_that_cannot_be_used_are_left_out_and_told(
    write: Write, changed: Callable[[int, Called], Called], left: int
):
    found = reading(write(*[changed(n, call) for n, call in enumerate(CALLS)]))
    assert len(found.sightings) == left
    assert sum(found.left_out.values()) == 300 - left
    assert found.notes


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        (lambda t, lat, lon: ("9999-12-31", lat, lon), "in the future"),
        (lambda t, lat, lon: ("1900-01-01", lat, lon), "before 1990"),
        (lambda t, lat, lon: (t, lon, lat), "look swapped"),
        (lambda t, lat, lon: (t, 420_000 + lat, 1_400_000 + lon), "look projected"),
        (lambda t, lat, lon: (t, lat, -lon), "lost their minus sign"),
        (lambda t, lat, lon: (t, lat + 9, lon + 96), "far from the time zone"),
        (lambda t, lat, lon: (t, 0, 0), "no usable row: 300 without a position"),
        (lambda t, lat, lon: ("long ago", lat, lon), "300 things to mend"),
    ],
)
def test_a_file_that_is_wrong_throughout_gets_one_sentence(
    write: Write, changed: Callable[..., Called], sentence: str
):
    with pytest.raises(Invalid, match=sentence) as refused:
        reading(write(*[changed(*call) for call in CALLS]))
    assert len(str(refused.value).splitlines()) <= 8


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_a_european_spreadsheet_is_read(tmp_path: Path, encoding: str):
    path = tmp_path / "einsätze.csv"
    lines = [f"{t:%d.%m.%Y %H:%M};{lat:.5f};{lon:.5f}".replace(".", ",") for t, lat, lon in CALLS]
    lines = [line.replace(",", ".", 2) for line in lines]
    path.write_text("\n".join(["Zeit;Breite;Länge", *lines]), encoding=encoding)
    found = reading(path, {"time": "Zeit", "lat": "Breite", "lon": "länge"})
    assert len(found.sightings) == 300
    assert found.sightings[0].when.day == CALLS[0][0].date()


def test_a_date_and_an_hour_in_two_columns_and_a_point_in_one(write: Write):
    rows = [(f"{t:%m/%d/%Y}", f"{t:%H%M}", f"CINCINNATI, OH\n({lat}, {lon})") for t, lat, lon in CALLS]
    path = write(*rows, header=("Call Date", "Call_Time", "Location"))
    plain = reading(write(*CALLS))
    path = write(*rows, header=("Call Date", "Call_Time", "Location"))
    found = reading(path, {"time": "call date+calltime", "point": "LOCATION"})
    assert [s.when.minute for s in found.sightings] == [s.when.minute for s in plain.sightings]
    assert [(s.lon, s.lat) for s in found.sightings] == [(s.lon, s.lat) for s in plain.sightings]


def test_a_column_mapped_as_latitude_and_longitude_is_a_point(write: Write):
    path = write(*[(t, f"POINT ({lon} {lat})") for t, lat, lon in CALLS], header=("time", "where"))
    assert len(reading(path, {"time": "time", "lat": "where", "lon": "where"}).sightings) == 300


def test_a_column_that_is_not_there_is_named_with_those_that_are(write: Write):
    with pytest.raises(Invalid, match=r"--column lat=NAME; the file has: time, breite, lon"):
        reading(write(*CALLS, header=("time", "breite", "lon")))


def test_a_doubled_heading_matters_only_where_it_is_asked_for(write: Write):
    rows = [(*call, "x", "y") for call in CALLS]
    path = write(*rows, header=("time", "lat", "lon", "unit", "unit"))
    assert len(reading(path).sightings) == 300
    with pytest.raises(Invalid, match="stands twice"):
        reading(path, {**PLAIN, "status": "unit"})


def test_void_and_cancelled_calls_are_left_out_but_a_patient_who_can_walk_is_not(write: Write):
    ends = ("Transported", "VOID", "CAN", "Cancelled en route", "Patient can walk")
    path = write(
        *[(*call, ends[n % 5]) for n, call in enumerate(CALLS)], header=("time", "lat", "lon", "end")
    )
    assert reading(path, {**PLAIN, "status": "end"}).left_out["cancelled"] == 180


def test_months_are_spread_over_their_days_by_their_counts(write: Write):
    path = write(
        ("2024-02", 39.1, -84.5, 29), ("2024-03", 39.2, -84.5, 0), header=("time", "lat", "lon", "n")
    )
    found = reading(path, {**PLAIN, "weight": "n"})
    assert [s.when.day.day for s in found.sightings] == list(range(1, 30))
    assert {s.weight for s in found.sightings} == {1.0}
    assert any("only the month" in note for note in found.notes)


def test_a_whole_state_is_replayed_and_a_whole_country_asks_for_an_area(write: Write):
    random = np.random.default_rng(1)
    wide = [(t, lat + random.uniform(-2, 2), lon + random.uniform(-2, 2)) for t, lat, lon in CALLS]
    assert len(reading(write(*wide)).sightings) >= 285
    country = [
        (t + timedelta(minutes=k), 39 + random.uniform(-8, 8), -90 + random.uniform(-20, 15))
        for k in range(30)
        for t, *_ in CALLS
    ]
    with pytest.raises(Invalid, match="--area FILE"):
        backtest.run(write(*country), timezone="America/Chicago", columns=PLAIN, now=NOW)


@pytest.mark.parametrize("count", [1, 2, 30])
def test_too_few_events_get_a_sentence(write: Write, count: int):
    path = write(*CALLS[:count])
    with pytest.raises(Invalid, match="too short to replay"):
        backtest.run(path, timezone="America/New_York", columns=PLAIN, now=NOW)
    with pytest.raises(Invalid, match="the watch learns from"):
        spikes.replay(path, timezone="America/New_York", columns=PLAIN, now=NOW)


def test_times_in_utc_read_as_local_ones_are_said_to_look_shifted(real: Path):
    columns = {"time": "time_stamp", "lat": "lat", "lon": "lng"}
    asked = {"columns": columns, "now": NOW, "from_date": date(2016, 9, 1)}
    path = real / "montco_911_overdose.csv.gz"
    wrong = backtest.run(path, timezone="America/New_York", **asked)
    right = backtest.run(path, timezone="UTC", local="America/New_York", **asked)
    assert any("shifted by 5 h" in note and "--timezone UTC" in note for note in wrong.notes)
    assert not any("shifted" in note for note in right.notes)


def test_a_replay_sees_no_row_before_it_was_received(write: Write):
    """Each row comes in 40 days late: what is known are the rows of 40 days before. Told at once,
    a corner where calls begin to come in later is seen sooner."""
    new = [(t, 39.20 + n % 3 / 1000, -84.60) for n, (t, *_) in enumerate(calls(200, 300)) if t.month >= 7]
    rows = sorted([*CALLS, *new])
    header = ("time", "lat", "lon", "entered")
    late = write(*[(*row, row[0] + timedelta(days=40)) for row in rows], header=header)
    asked = {"timezone": "America/New_York", "now": NOW, "from_date": date(2022, 7, 11)}
    slow = backtest.run(late, columns={**PLAIN, "received": "entered"}, **asked)
    quick = backtest.run(late, columns=PLAIN, **asked)
    assert slow.events == quick.events
    assert sum(w.hits_top5[MODEL] for w in slow.by_week[:6]) < sum(
        w.hits_top5[MODEL] for w in quick.by_week[:6]
    )


def test_the_weeks_of_a_report_add_up(write: Write):
    report = backtest.run(write(*CALLS), timezone="America/New_York", columns=PLAIN, now=NOW)
    assert len(report.by_week) == report.weeks
    hits = sum(week.hits_top5[MODEL] for week in report.by_week)
    assert hits / report.events == pytest.approx(report.methods[MODEL].hit_rate["5%"])
    assert report.top5_points_over[report.best_baseline] == report.top5_points_over_best


def test_a_hole_in_a_feed_promises_no_alarms(write: Write):
    rows = [*CALLS, *[(t + timedelta(days=1300), lat, lon) for t, lat, lon in CALLS]]
    report = spikes.replay(write(*rows), timezone="America/New_York", columns=PLAIN, now=NOW)
    assert report.watched_days < 450
    low, high = report.likely
    assert low <= report.counted <= high


BOX = shapely.geometry.mapping(shapely.box(-84.6, 39.0, -84.4, 39.2))


@pytest.mark.parametrize(
    "document",
    [BOX, {"type": "Feature", "geometry": BOX}, {"geometries": [BOX]}, {"features": [{"geometry": BOX}]}],
)
def test_an_area_may_be_a_collection_a_feature_or_a_shape(tmp_path: Path, document: object):
    path = tmp_path / "area.geojson"
    path.write_text(json.dumps(document))
    assert 3_500 < len(outlines.grid(path, 9)) < 4_000


@pytest.mark.parametrize(
    ("box", "sentence"),
    [
        ((-180, -90, 180, 90), "more than 150,000 cells"),
        ((1_400_000, 400_000, 1_500_000, 500_000), "WGS84"),
        ((-84.5001, 39.1, -84.5, 39.1001), "covers no cell"),
    ],
)
def test_an_area_that_cannot_be_replayed_gets_a_sentence(
    tmp_path: Path, box: tuple[float, float, float, float], sentence: str
):
    path = tmp_path / "area.geojson"
    path.write_text(json.dumps(shapely.geometry.mapping(shapely.box(*box))))
    with pytest.raises(Invalid, match=sentence):
        outlines.grid(path, 9)


def test_an_area_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(Invalid, match=r"There is no file .*area\.geojson"):
        outlines.grid(tmp_path / "area.geojson", 9)


def test_an_area_without_events_gets_a_sentence(write: Write, tmp_path: Path):
    path = tmp_path / "area.geojson"
    path.write_text(json.dumps(shapely.geometry.mapping(shapely.box(-80.1, 39.0, -80.0, 39.1))))
    with pytest.raises(Invalid, match="No event before"):
        backtest.run(write(*CALLS), timezone="America/New_York", columns=PLAIN, now=NOW, area=path)


def test_replays_of_three_hundred_thousand_rows_learn_from_a_bounded_part():
    """What the model learns its weights from stays below 250 cells a week, and weighs as much as all."""
    from outreach.risk.past import MOST_A_WEEK, Past

    counts = np.ones((4, 1000))
    past = replace(Past(28, np.arange(1000), counts))
    week, _, weight = past.happenings
    assert np.bincount(week).max() <= MOST_A_WEEK
    assert weight.sum() == pytest.approx(counts.sum())
