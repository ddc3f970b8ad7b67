"""Site files: all of a file or none of it, and every mistake named at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from outreach.errors import Invalid
from outreach.place import sites
from outreach.store import Store
from tests.place.test_sites import MONDAY, founded

HEADER = "code,name,lon,lat,area,host,services,windows,closed,dwell_minutes\n"
GOOD = HEADER + (
    'A,Mill lot,-71.095,42.331,,Mill,harm_reduction;moud,"Mon-Fri 08:00-12:00",2026-11-23 Fair,120;240\n'
    "B,Yard,-71.065,42.329,west,,harm_reduction,Sat 09:00-13:00,,\n"
)

CITY = (-71.19, 42.23, -70.99, 42.40)

Writer = Callable[[str | bytes], Path]


@pytest.fixture
def written(tmp_path: Path) -> Writer:
    """Write a file and give its path."""

    def write(content: str | bytes) -> Path:
        path = tmp_path / "sites.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def imported(store: Store, path: Path) -> tuple[sites.Site, ...]:
    """What is stored after the import."""
    with store.transaction() as session:
        pid = founded(session)
        sites.import_csv(session, pid, path)
    with store.reading() as session:
        return tuple(sites.listed(session, pid))


def told(store: Store, path: Path) -> Invalid:
    """The refusal, and proof that nothing was stored."""
    with store.transaction() as session:
        pid = founded(session)
        with pytest.raises(Invalid) as refusal:
            sites.import_csv(session, pid, path)
        assert sites.listed(session, pid) == []
    return refusal.value


def test_a_good_file_is_stored_whole(store: Store, written: Writer):
    mill, yard = imported(store, written(GOOD))
    assert (mill.status, mill.services, mill.dwell_minutes) == (
        "active",
        ["harm_reduction", "moud"],
        [120, 240],
    )
    assert mill.area is not None
    assert mill.area.name == "West"
    assert sites.windows_on(mill, MONDAY) == []  # closed for the fair
    assert (yard.status, yard.dwell_minutes) == ("proposed", [120, 180, 240])
    assert yard.area is not None
    assert yard.area.name == "West"  # the file says so, though East is nearer


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.replace(";", "|").replace(",", ";").encode(),
        GOOD.encode("utf-16"),
        GOOD.replace("\n", "\r\n").encode(),
        GOOD.replace("Mill", "Café").encode("cp1252"),
    ],
    ids=["byte order mark", "semicolons", "utf-16", "windows lines", "cp1252"],
)
def test_spreadsheets_save_files_in_many_ways(sqlite_store: Store, written: Writer, content: bytes):
    assert [site.code for site in imported(sqlite_store, written(content))] == ["A", "B"]


def test_the_same_file_again_changes_nothing_and_a_changed_row_one_site(sqlite_store: Store, written: Writer):
    with sqlite_store.transaction() as session:
        pid = founded(session)
        sites.import_csv(session, pid, written(GOOD))
    with sqlite_store.transaction() as session:
        again = sites.import_csv(session, pid, written(GOOD))
        changed = sites.import_csv(session, pid, written(GOOD.replace("Yard", "Yard gate")))
    assert (again.added, again.changed, again.skipped) == (0, 0, 2)
    assert (changed.added, changed.changed, changed.skipped) == (0, 1, 1)
    with sqlite_store.reading() as session:
        assert [site.name for site in sites.listed(session, pid)] == ["Mill lot", "Yard gate"]


def test_a_changed_window_replaces_the_old_one(store: Store, written: Writer):
    with store.transaction() as session:
        pid = founded(session)
        sites.import_csv(session, pid, written(GOOD))
    with store.transaction() as session:
        sites.import_csv(session, pid, written(GOOD.replace("09:00-13:00", "09:00-14:00; Sun 10:00-12:00")))
    with store.reading() as session:
        yard = sites.listed(session, pid)[1]
        assert [(w.weekday, w.opens, w.closes) for w in yard.windows] == [(5, 540, 840), (6, 600, 720)]


def test_what_a_file_has_no_column_for_stays_and_an_empty_cell_empties(store: Store, written: Writer):
    full = (
        "code,name,lon,lat,area,status,host,services,windows,closed,"
        "spots,dwell_minutes,languages,permit_until,note\n"
        "A,Mill lot,-71.095,42.331,East,retired,Mill,moud,Mon 08:00-12:00,2026-11-23,"
        "3,240,es,2027-01-31,Key\n"
    )
    lean = (
        "code,name,lon,lat,services,windows,note\n"
        "A,Mill gate,-71.095,42.331,moud,Mon 08:00-12:00,\nB,Yard,-71.065,42.329,moud,Sat 09:00-13:00,\n"
    )
    with store.transaction() as session:
        pid = founded(session)
        sites.import_csv(session, pid, written(full))
        report = sites.import_csv(session, pid, written(lean))
    assert (report.added, report.changed) == (1, 1)
    assert {"status", "host", "closed", "permit_until"} <= set(report.absent)
    assert "note" not in report.absent
    with store.reading() as session:
        mill, yard = sites.listed(session, pid)
        assert (mill.name, mill.status, mill.host, mill.note) == ("Mill gate", "retired", "Mill", "")
        assert (mill.spots, mill.dwell_minutes, mill.languages) == (3, [240], ["es"])
        assert (mill.permit_until, len(mill.closures)) == (date(2027, 1, 31), 1)
        assert (mill.area.name if mill.area else None) == "East"
        assert (yard.status, yard.host, yard.dwell_minutes) == ("proposed", None, [120, 180, 240])


def test_a_site_that_moved_gets_the_area_it_lies_in(sqlite_store: Store, written: Writer):
    lean = "code,name,lon,lat,services,windows\nB,Yard,-71.065,42.331,moud,Sat 09:00-13:00\n"
    with sqlite_store.transaction() as session:
        pid = founded(session)
        sites.import_csv(session, pid, written(GOOD))
        sites.import_csv(session, pid, written(lean))
    with sqlite_store.reading() as session:
        yard = sites.listed(session, pid)[1]
        assert (yard.area.name if yard.area else None) == "East"


def test_what_stays_is_checked_together_with_what_changes(sqlite_store: Store, written: Writer):
    with sqlite_store.transaction() as session:
        pid = founded(session)
        sites.import_csv(session, pid, written(GOOD))
        hostless = "code,name,lon,lat,services,windows,host\nA,Mill,-71.095,42.331,moud,Mon 08:00-12:00,\n"
        with pytest.raises(Invalid) as refusal:
            sites.import_csv(session, pid, written(hostless), dry_run=True)
        (problem,) = refusal.value.problems
        assert (problem.row, "needs a host" in problem.what) == (2, True)


def test_a_dry_run_says_what_would_happen_and_does_nothing(sqlite_store: Store, written: Writer):
    with sqlite_store.transaction() as session:
        pid = founded(session)
        report = sites.import_csv(session, pid, written(GOOD), dry_run=True)
        assert (report.rows, report.added) == (2, 2)
        assert sites.listed(session, pid) == []


def test_every_mistake_is_told_with_row_column_and_remedy(sqlite_store: Store, written: Writer):
    refusal = told(
        sqlite_store,
        written(
            HEADER + "A,Mill,42.33,-71.1,,Mill,harm_reduction,Mon 08:00-12:00,,\n"
            "B,Yard,-71.06,42.33,,Y,magic,Mon 08:00,,\n"
            "C,,-71.06,42.33,Atlantis,Y,harm_reduction,Mon 08:00-12:00,2026-13-01,9\n"
        ),
    )
    said = sorted((problem.row or 0, problem.column or "") for problem in refusal.problems)
    assert said == [
        (2, "lat"),
        (3, "services"),
        (3, "windows"),
        (4, "area"),
        (4, "closed"),
        (4, "dwell_minutes"),
        (4, "name"),
    ]
    assert "swapped" in str(refusal.problems[0])
    assert all(problem.remedy for problem in refusal.problems)


def test_a_length_no_plan_can_keep_is_told_with_row_and_column(sqlite_store: Store, written: Writer):
    (problem,) = told(sqlite_store, written(GOOD.replace("120;240", "120;127"))).problems
    assert (problem.row, problem.column) == (2, "dwell_minutes")
    assert "in steps of 5" in str(problem)


def test_swapped_coordinates_are_told_by_name(sqlite_store: Store, written: Writer):
    refusal = told(sqlite_store, written(HEADER + "A,Mill,42.33,-71.1,,M,harm_reduction,Mon 08:00-12:00,,\n"))
    assert "Are lon and lat swapped?" in str(refusal)


def test_another_country_is_told_by_its_distance(sqlite_store: Store, written: Writer):
    refusal = told(sqlite_store, written(HEADER + "A,Mill,13.4,52.5,,M,harm_reduction,Mon 08:00-12:00,,\n"))
    assert "km from the nearest area" in str(refusal)


def test_a_site_far_from_the_city_is_refused_by_row_though_no_area_is_known(
    sqlite_store: Store, written: Writer
):
    with sqlite_store.transaction() as session:
        pid = founded(session)
        for lon, lat, sentence in ((2.35, 48.85, "far from the city"), (42.33, -71.1, "swapped")):
            row = f"A,Mill,{lon},{lat},,M,harm_reduction,Mon 08:00-12:00,,\n"
            with pytest.raises(Invalid) as refusal:
                sites.import_csv(session, pid, written(HEADER + row), bounds=CITY, dry_run=True)
            (problem,) = refusal.value.problems
            assert (problem.row, problem.column) == (2, "lat")
            assert sentence in str(problem)
        assert sites.import_csv(session, pid, written(GOOD), bounds=CITY).added == 2


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (HEADER.encode(), "no rows"),
        (GOOD.encode() + b"\x00", "NUL"),
        (b"name,lon\nx,1\n", "is not in the header"),
        (GOOD.replace("code", "kode").encode(), "not a known column"),
        (GOOD.replace("B,Yard", "A,Yard").encode(), "row 3: has “A” more than once, first in row 2"),
        (GOOD.replace("Sat 09", '"Sat 09').encode(), "line 3: a quotation mark is opened and never closed"),
        ((GOOD + 'C,"Pier').encode(), "line 4: a quotation mark is opened and never closed"),
        (b"\x1f\x8b\x08broken", "damaged .gz"),
    ],
)
def test_hostile_and_broken_files_are_refused_with_a_sentence(
    sqlite_store: Store, written: Writer, content: bytes, sentence: str
):
    assert sentence in str(told(sqlite_store, written(content)))


def test_of_many_mistakes_a_hundred_are_shown_and_the_rest_counted(sqlite_store: Store, written: Writer):
    rows = "".join(f"S{i},Mill,999,42.3,,M,harm_reduction,Mon 08:00-12:00,,\n" for i in range(150))
    refusal = told(sqlite_store, written(HEADER + rows))
    assert len(refusal.problems) == 100
    assert refusal.more == 50
