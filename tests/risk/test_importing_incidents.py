"""The importer: everything wrong is told at once, nothing is half-imported, and what is doubtful is said."""

from __future__ import annotations

import gzip
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from outreach.errors import Invalid
from outreach.risk import feeds, health, incidents, synthetic
from outreach.risk.incident_file import read
from outreach.risk.incidents import ImportReport, Incident
from outreach.store import Store
from tests.risk.conftest import BOSTON, CENTRES, PLAIN, Write
from tests.town import Town

NOW = datetime(2026, 11, 21, 17, 0, tzinfo=UTC)
GOOD = ("2026-08-23 14:20:00", 42.3325, -71.0685)


def bring(town: Town, path: Path, **changes: object) -> ImportReport:
    """Import into the tiny town as a coordinator would."""
    asked = {
        "feed": "ems",
        "timezone": "America/New_York",
        "columns": PLAIN,
        "city_bounds": BOSTON,
        "now": NOW,
        **changes,
    }
    with town.store.transaction() as session:
        return incidents.import_csv(session, town.programme_id, path, **asked)  # type: ignore[arg-type]


def stored(store: Store) -> int:
    with store.reading() as session:
        return session.scalar(select(func.count()).select_from(Incident)) or 0


def refusal(town: Town, path: Path, **changes: object) -> str:
    """What the importer says in refusing the file; and it stored nothing."""
    with pytest.raises(Invalid) as refused:
        bring(town, path, **changes)
    assert stored(town.store) == 0
    return str(refused.value)


def test_a_row_becomes_an_incident_with_its_cell_and_its_local_clock(town_on_both: Town, write: Write):
    report = bring(town_on_both, write(GOOD))
    with town_on_both.store.reading() as session:
        incident = session.scalars(select(Incident)).one()
    assert (report.rows, report.added, report.duplicates, report.skipped) == (1, 1, 0, 0)
    assert incident.occurred_at == datetime(2026, 8, 23, 18, 20, tzinfo=UTC)
    assert (incident.local_date, incident.minute) == (date(2026, 8, 23), 14 * 60 + 20)
    assert incident.cell.startswith("892a30")
    assert incident.received_at == NOW


def test_a_file_imported_twice_is_stored_once(town_on_both: Town, write: Write):
    path = write(GOOD, ("2026-08-23 15:00:00", 42.34, -71.07))
    assert bring(town_on_both, path).added == 2
    again = bring(town_on_both, path)
    assert (again.added, again.duplicates) == (0, 2)
    assert stored(town_on_both.store) == 2


def test_the_same_row_twice_in_one_file_counts_as_a_duplicate(town: Town, write: Write):
    report = bring(town, write(GOOD, GOOD))
    assert (report.rows, report.added, report.duplicates) == (2, 1, 1)


def test_the_files_own_number_tells_two_events_at_one_place_apart(town: Town, write: Write):
    path = write((*GOOD, "a1"), (*GOOD, "a2"), header=("time", "lat", "lon", "call"))
    assert bring(town, path, columns={**PLAIN, "id": "call"}).added == 2


def test_a_dry_run_says_what_would_happen_and_changes_nothing(town: Town, write: Write):
    report = bring(town, write(GOOD), dry_run=True)
    assert report.added == 1
    assert report.dry_run
    assert stored(town.store) == 0
    with town.store.reading() as session:
        assert feeds.listed(session, town.programme_id) == []


def test_every_mistake_is_told_at_once_with_its_row_and_column(town: Town, write: Write):
    path = write(
        GOOD, ("soon", 42.33, -71.07), ("2026-08-23 10:00", "here", -71.07), ("9999-12-31", 42.33, -71.07)
    )
    said = refusal(town, path)
    assert "calls.csv, row 3, column time: “soon” is no date or time" in said
    assert "row 4, column lat: “here” is not a number" in said
    assert "row 5, column time" in said
    assert "3 things to mend" in said


def test_a_death_dated_9999_is_refused_as_in_the_future(town: Town, write: Write):
    assert "in the future" in refusal(town, write(GOOD, ("9999-12-31 23:59:59", 42.33, -71.07)))


def test_a_date_of_1899_is_refused(town: Town, write: Write):
    assert "before 1990" in refusal(town, write(GOOD, ("1899-12-31", 42.33, -71.07)))


def test_more_than_a_hundred_mistakes_are_counted(town: Town, write: Write):
    said = refusal(town, write(GOOD, *[("soon", 42.33, -71.07)] * 130))
    assert "130 things to mend" in said
    assert "… and 30 more." in said


def test_a_wrong_time_zone_name_gets_a_sentence_with_the_nearest_names(town: Town, write: Write):
    said = refusal(town, write(GOOD), timezone="America/NewYork")
    assert "There is no time zone named 'America/NewYork'. Did you mean America/New_York" in said


def test_a_path_is_no_time_zone(town: Town, write: Write):
    assert "no time zone" in refusal(town, write(GOOD), timezone="../../etc/passwd")


def test_swapped_columns_are_named_once_with_the_command_that_mends_them(town: Town, write: Write):
    said = refusal(town, write(*[(t, lon, lat) for t, lat, lon in [GOOD] * 3]))
    assert "look swapped" in said
    assert "--column lat=lon --column lon=lat" in said


def test_one_swapped_row_is_named_by_its_row(town: Town, write: Write):
    said = refusal(town, write(GOOD, GOOD, ("2026-08-23 10:00", -71.0685, 42.3325)))
    assert "row 4, column lat: latitude and longitude look swapped" in said


def test_coordinates_in_another_country_are_refused(town: Town, write: Write):
    assert "far from the city" in refusal(town, write(GOOD, ("2026-08-23 10:00", 48.2, 16.37)))


def test_a_neighbouring_towns_row_is_left_out_and_counted(town: Town, write: Write):
    report = bring(town, write(GOOD, ("2026-08-23 10:00", 42.46, -71.06)))
    assert (report.added, report.skipped) == (1, 1)
    assert "1 rows outside the city were left out." in report.notes


def test_rows_without_a_position_are_left_out_and_counted(town: Town, write: Write):
    report = bring(town, write(GOOD, ("2026-08-23 10:00", "", ""), ("2026-08-23 11:00", 0, 0)))
    assert (report.added, report.skipped) == (1, 2)


def test_cancelled_calls_are_left_out_and_counted(town: Town, write: Write):
    rows = [(*GOOD, "TRANSPORTED"), ("2026-08-23 10:00", 42.34, -71.07, "CAN: Cancelled en route")]
    path = write(*rows, header=("time", "lat", "lon", "outcome"))
    report = bring(town, path, columns={**PLAIN, "status": "outcome"})
    assert (report.added, report.skipped) == (1, 1)


def test_an_empty_file_and_a_header_alone_each_get_a_sentence(town: Town, write: Write, tmp_path: Path):
    nothing = tmp_path / "nothing.csv"
    nothing.write_bytes(b"")
    assert "nothing.csv is empty" in refusal(town, nothing)
    assert "has a header but no rows" in refusal(town, write())


def test_a_missing_column_is_named_with_what_the_file_has(town: Town, write: Write):
    said = refusal(town, write(GOOD, header=("when", "lat", "lon")))
    assert "time" in said
    assert "when, lat, lon" in said


def test_an_unknown_mapping_is_refused(town: Town, write: Write):
    assert "--column moment=… is not known" in refusal(town, write(GOOD), columns={**PLAIN, "moment": "time"})


@pytest.mark.parametrize(
    "raw", [b"time,lat,lon\n2026-08-23\0,42,-71\n", b"\x89PNG\r\n\x1a\n\0\0\0", b"\x1f\x8b\x08no"]
)
def test_what_is_no_text_is_refused_with_a_sentence(town: Town, tmp_path: Path, raw: bytes):
    path = tmp_path / "calls.csv"
    path.write_bytes(raw)
    assert "calls.csv" in refusal(town, path)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_the_spreadsheets_encodings_are_read(town: Town, tmp_path: Path, encoding: str):
    path = tmp_path / "calls.csv"
    path.write_text("time,lat,lon,ort\n2026-08-23 14:20:00,42.3325,-71.0685,café\n", encoding=encoding)
    assert bring(town, path).added == 1


def test_a_gzipped_file_is_read(town: Town, write: Write, tmp_path: Path):
    packed = tmp_path / "calls.csv.gz"
    packed.write_bytes(gzip.compress(write(GOOD).read_bytes()))
    assert bring(town, packed).added == 1


def test_dates_without_a_clock_make_no_hour_profile(town: Town, write: Write):
    report = bring(town, write(*[(f"2026-08-{day:02d}", 42.33, -71.07) for day in range(1, 29)]))
    assert sum(report.by_hour) == 0
    with town.store.reading() as session:
        assert feeds.one(session, town.programme_id, "ems").clock == "none"
        assert not feeds.one(session, town.programme_id, "ems").hours_count


def test_many_rows_at_midnight_mean_that_the_time_is_not_known(town: Town, write: Write):
    clocked = [(f"2026-08-{day:02d} 15:10:00", 42.33, -71.07) for day in range(1, 20)]
    unclocked = [(f"2026-08-{day:02d} 00:00:00", 42.34, -71.07) for day in range(1, 20)]
    report = bring(town, write(*clocked, *unclocked))
    assert report.by_hour[0] == 0
    assert report.by_hour[15] == 19
    assert any("00:00" in note for note in report.notes)


def test_a_local_time_skipped_by_the_change_of_clocks_is_moved_and_said(town: Town, write: Write):
    report = bring(town, write(GOOD, ("2026-03-08 02:30:00", 42.33, -71.07)))
    assert any("1 local times do not exist" in note for note in report.notes)
    with town.store.reading() as session:
        moved = session.scalars(select(Incident).order_by(Incident.occurred_at)).first()
        assert moved is not None
        assert moved.occurred_at == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)


def test_a_local_time_that_exists_twice_is_read_as_the_earlier_and_said(town: Town, write: Write):
    report = bring(town, write(("2026-11-01 01:30:00", 42.33, -71.07)))
    assert any("exist twice" in note for note in report.notes)
    with town.store.reading() as session:
        assert session.scalars(select(Incident)).one().occurred_at == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-08-23T18:20:00Z",
        "2026-08-23T14:20:00-04:00",
        "08/23/2026 02:20:00 PM",
        "8/23/2026 14:20",
        "08/23/26 2:20 pm",
    ],
)
def test_the_usual_ways_to_write_a_time_all_mean_the_same(town: Town, write: Write, text: str):
    bring(town, write((text, 42.33, -71.07)))
    with town.store.reading() as session:
        assert session.scalars(select(Incident)).one().occurred_at == datetime(
            2026, 8, 23, 18, 20, tzinfo=UTC
        )


def test_the_file_itself_settles_whether_the_day_comes_first(town: Town, write: Write):
    bring(town, write(("03/04/2026 10:00", 42.33, -71.07), ("23/04/2026 10:00", 42.33, -71.07)))
    with town.store.reading() as session:
        days = session.scalars(select(Incident.local_date).order_by(Incident.local_date)).all()
    assert days == [date(2026, 4, 3), date(2026, 4, 23)]


def invented(folder: Path, shift_hours: int = 0) -> Path:
    """A month of invented incidents in New York's local time, all moved by some hours."""
    path = folder / "invented.csv"
    rows = synthetic.incidents(
        BOSTON,
        CENTRES,
        seed=3,
        from_date=date(2026, 5, 1),
        until_date=date(2026, 9, 1),
        timezone="America/New_York",
    )
    lines = [f"{moment + timedelta(hours=shift_hours)},{lat:.5f},{lon:.5f}" for moment, lon, lat in rows]
    path.write_text("time,lat,lon\n" + "\n".join(lines))
    return path


def test_a_file_in_utc_read_as_local_time_is_warned_of_and_its_hours_are_not_used(town: Town, tmp_path: Path):
    report = bring(town, invented(tmp_path, shift_hours=4))
    assert "looks shifted by 4 h" in report.notes[0] or "looks shifted by 5 h" in report.notes[0]
    assert "read like UTC" in report.notes[0]
    with town.store.reading() as session:
        assert feeds.one(session, town.programme_id, "ems").clock == "suspect"


def test_a_file_in_local_time_is_not_warned_of(town: Town, tmp_path: Path):
    assert bring(town, invented(tmp_path)).notes == ()
    with town.store.reading() as session:
        assert feeds.one(session, town.programme_id, "ems").hours_count


def test_a_file_in_utc_said_to_be_utc_shows_local_hours(town: Town, tmp_path: Path):
    report = bring(town, invented(tmp_path, shift_hours=4), timezone="UTC")
    assert report.notes == ()
    assert 16 <= max(range(24), key=lambda hour: report.by_hour[hour]) <= 21


def test_requests_about_needles_are_not_judged_by_the_hours_of_overdoses(town: Town, tmp_path: Path):
    assert bring(town, invented(tmp_path, shift_hours=4), kind="311").notes == ()


def test_a_feed_that_was_removed_can_be_imported_anew(town: Town, write: Write):
    bring(town, write(GOOD))
    with town.store.transaction() as session:
        assert incidents.forget(session, town.programme_id, "ems") == 1
    assert bring(town, write(GOOD), timezone="UTC").added == 1


def test_the_health_of_a_feed_tells_its_days(town_on_both: Town, write: Write):
    bring(town_on_both, write(GOOD, ("2026-08-26 10:00", 42.33, -71.07)))
    with town_on_both.store.reading() as session:
        told = health.of_feeds(session, town_on_both.programme_id, NOW)[0]
    assert (told.events, told.first_event, told.last_event) == (2, date(2026, 8, 23), date(2026, 8, 26))
    assert told.empty_days == 2
    assert told.last_import == NOW
    assert told.last_moment == datetime(2026, 8, 26, 14, 0, tzinfo=UTC)


def test_a_hundred_thousand_rows_are_in_within_seconds(town: Town, tmp_path: Path):
    path = tmp_path / "many.csv"
    moment = datetime(2020, 1, 1)  # noqa: DTZ001
    lines = [
        f"{moment + timedelta(minutes=7 * n)},{42.30 + n % 331 / 5000:.5f},{-71.10 + n % 577 / 9000:.5f}"
        for n in range(100_000)
    ]
    path.write_text("time,lat,lon\n" + "\n".join(lines))
    started = time.process_time()
    assert bring(town, path, kind="other").added == 100_000
    assert time.process_time() - started < 15


def test_the_real_cincinnati_file_is_read_whole(town: Town, real: Path):
    report = bring(
        town,
        real / "cincinnati_heroin_ems.csv.gz",
        columns={"time": "t", "lat": "lat", "lon": "lng"},
        city_bounds=None,
    )
    assert (report.rows, report.added) == (2592, 2592)
    assert not any("shifted" in note for note in report.notes)


def test_the_real_montgomery_file_read_as_local_time_is_caught(town: Town, real: Path):
    columns = {"time": "time_stamp", "lat": "lat", "lon": "lng"}
    report = bring(town, real / "montco_911_overdose.csv.gz", columns=columns, city_bounds=None)
    assert "looks shifted by 5 h" in report.notes[0]


@pytest.mark.parametrize(
    ("zone", "lat", "lon"),
    [("America/New_York", 42.33, -71.07), ("Europe/Vienna", 48.2, 16.4), ("UTC", 42.33, -71.07)],
)
def test_swapped_columns_are_found_even_where_no_city_is_known(
    write: Write, zone: str, lat: float, lon: float
):
    rows = [(f"2026-08-{day:02d} 10:00", lat, lon) for day in range(1, 9)]
    path = write(*rows)
    with pytest.raises(Invalid, match="look swapped"):
        read(path, timezone=zone, columns={"time": "time", "lat": "lon", "lon": "lat"}, bounds=None, now=NOW)
    assert len(read(path, timezone=zone, columns=PLAIN, bounds=None, now=NOW).sightings) == 8


def test_a_month_is_not_enough_of_a_date(town: Town, write: Write):
    assert "tells only the month" in refusal(town, write(("2026-08", 42.33, -71.07)))


@pytest.mark.parametrize(
    ("second", "zone", "order"),
    [
        ("10/12/2026 13:00", "America/New_York", "month first"),
        ("10/12/2026 13:00", "UTC", "day first"),
        ("10/13/2026 13:00", "America/New_York", None),
    ],
)
def test_the_order_of_dates_that_no_row_settles_is_told(
    write: Write, second: str, zone: str, order: str | None
):
    path = write(("10/11/2026 13:00", *GOOD[1:]), (second, *GOOD[1:]))
    now = datetime(2026, 12, 31, tzinfo=UTC)
    notes = " ".join(read(path, timezone=zone, columns=PLAIN, bounds=BOSTON, now=now).notes)
    assert ("“10/11/2026 13:00” was read with the" in notes) == (order is not None)
    assert (order or "") in notes
