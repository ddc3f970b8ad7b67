from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

import pytest
from sqlalchemy.orm import Session

from outreach import audit
from outreach.errors import Invalid, Missing
from outreach.plan import absences, anchors, staff, vans
from outreach.tabular import ImportReport
from tests.town import Town

Importer = Callable[..., ImportReport]

STAFF = """code,name,roles,languages,shifts,max_day_hours,max_week_hours,min_rest_hours,certificates
ana,Ana,prescriber,en;es,Mon-Fri 08:00-20:00,10,40,11,prescriber:2027-03-31
gus,Gus,driver;harm_reduction,en,"Mon,Wed 09:00-17:00; Sat 10:00-14:00",8,24,,
"""
VANS = """code,name,lon,lat,shifts,capacity
one,Van one,-71.08,42.33,Mon-Fri 07:00-21:00,naloxone_kits:200;syringes:3000
three,Van three,-71.05,42.33,Sat-Sun 10:00-22:00,
"""
ANCHORS = """site,weekday,starts,dwell_minutes,tolerance_minutes,services,refills_due
square,Tue,10:00,240,0,harm_reduction;moud,12
east,Thursday,13:00,180,15,,
"""


def _import(town: Town, importer: Importer, text: str, *, dry_run: bool = False) -> ImportReport:
    path = town.city.parent / "rows.csv"
    path.write_text(text)
    with town.store.transaction() as session:
        return importer(session, town.programme_id, path, dry_run=dry_run)


def _everything(session: Session, town: Town) -> tuple[int, int, int]:
    return (
        len(staff.listed(session, town.programme_id)),
        len(vans.listed(session, town.programme_id)),
        len(anchors.listed(session, town.programme_id)),
    )


@pytest.mark.parametrize(
    ("importer", "text", "report"),
    [
        (staff.import_csv, STAFF, ImportReport(rows=2, added=1, changed=1, skipped=0, absent=("remote",))),
        (vans.import_csv, VANS, ImportReport(rows=2, added=1, changed=1, skipped=0)),
        (
            anchors.import_csv,
            ANCHORS,
            ImportReport(2, added=1, changed=0, skipped=1, absent=("from_date", "until_date")),
        ),
    ],
)
def test_rows_are_added_or_changed_by_their_code_and_again_change_nothing(
    town_on_both: Town, importer: Importer, text: str, report: ImportReport
):
    assert _import(town_on_both, importer, text, dry_run=True) == report
    assert _import(town_on_both, importer, text) == report
    assert _import(town_on_both, importer, text) == replace(report, added=0, changed=0, skipped=2)


def test_what_a_file_has_no_column_for_stays_as_it_is(town_on_both: Town):
    full = STAFF.replace("certificates\n", "certificates,remote\n").replace("03-31\n", "03-31,yes\n")
    _import(town_on_both, staff.import_csv, full)
    _import(town_on_both, vans.import_csv, VANS)
    _import(town_on_both, anchors.import_csv, ANCHORS)
    told = _import(
        town_on_both, staff.import_csv, "code,name,roles,shifts\nana,Ann,prescriber,Mon 08:00-20:00\n"
    )
    _import(
        town_on_both, vans.import_csv, "code,name,lon,lat,shifts\none,Van 1,-71.08,42.33,Mon 07:00-21:00\n"
    )
    _import(town_on_both, anchors.import_csv, "site,weekday,starts,dwell_minutes\nsquare,Tue,10:00,180\n")
    assert told.changed == 1
    assert told.absent == (
        "languages", "max_day_hours", "max_week_hours", "min_rest_hours", "certificates", "remote"
    )  # fmt: skip
    with town_on_both.store.reading() as session:
        pid = town_on_both.programme_id
        ana = next(member for member in staff.listed(session, pid) if member.code == "ana")
        van = next(van for van in vans.listed(session, pid) if van.code == "one")
        promise = next(a for a in anchors.listed(session, pid) if (a.weekday, a.starts) == (1, 600))
        assert (ana.name, ana.languages, ana.max_week_hours, ana.remote) == ("Ann", ["en", "es"], 40.0, True)
        assert [paper.expires for paper in ana.certificates] == [date(2027, 3, 31)]
        assert (van.name, van.capacity) == ("Van 1", {"naloxone_kits": 200, "syringes": 3000})
        assert (promise.dwell_minutes, promise.services, promise.refills_due) == (
            180,
            ["harm_reduction", "moud"],
            12,
        )


def test_a_dry_run_changes_nothing(town: Town):
    for importer, text in ((staff.import_csv, STAFF), (vans.import_csv, VANS), (anchors.import_csv, ANCHORS)):
        with town.store.reading() as session:
            before = _everything(session, town)
        _import(town, importer, text, dry_run=True)
        with town.store.reading() as session:
            assert _everything(session, town) == before


def test_a_member_is_what_the_row_says(town: Town):
    _import(town, staff.import_csv, STAFF)
    with town.store.reading() as session:
        ana, gus = (
            next(m for m in staff.listed(session, town.programme_id) if m.code == code)
            for code in ("ana", "gus")
        )
    assert (ana.languages, ana.certificates[0].expires) == (["en", "es"], date(2027, 3, 31))
    assert [(s.weekday, s.starts, s.ends) for s in gus.shifts] == [
        (0, 540, 1020),
        (2, 540, 1020),
        (5, 600, 840),
    ]
    assert (gus.max_day_hours, gus.min_rest_hours) == (8.0, 11.0)


STAFF_MISTAKES = {
    "x,X,pilot,,Mon 08:00-16:00,,,,": ("roles", "“pilot” is not known"),
    "x,X,,,Mon 08:00-16:00,,,,": ("roles", "is empty"),
    "x,X,driver,,Monday morning,,,,": ("shifts", "not like"),
    "x,X,driver,,Mon 08:00-16:00,30,,,": ("max_day_hours", "not a number from 1 to 16"),
    "x,X,driver,,Mon 08:00-16:00,,,,driver:soon": ("certificates", "not a date"),
    "x,X,driver,,Mon 08:00-16:00,,,,nurse:2027-01-01": ("certificates", "not one of this person's roles"),
    ",X,driver,,Mon 08:00-16:00,,,,": ("code", "is empty"),
}


@pytest.mark.parametrize("row", STAFF_MISTAKES)
def test_a_mistake_in_a_staff_row_is_named_and_nothing_is_imported(town: Town, row: str):
    column, sentence = STAFF_MISTAKES[row]
    with pytest.raises(Invalid) as refusal:
        _import(town, staff.import_csv, STAFF + row + "\n")
    problem = refusal.value.problems[0]
    assert (problem.file, problem.row, problem.column) == ("rows.csv", 4, column)
    assert sentence in problem.what
    with town.store.reading() as session:
        assert "gus" not in [member.code for member in staff.listed(session, town.programme_id)]


def test_a_code_that_stands_twice_is_named(town: Town):
    with pytest.raises(Invalid, match="row 4: has “three” more than once, first in row 3"):
        _import(town, vans.import_csv, VANS + "three,Again,-71.05,42.33,Mon 10:00-12:00,\n")


@pytest.mark.parametrize("capacity", ["naloxone_kits", "naloxone_kits:many", "naloxone_kits:-4", ":3"])
def test_a_capacity_that_cannot_be_read_is_named(town: Town, capacity: str):
    with pytest.raises(Invalid, match="naloxone_kits:200"):
        _import(town, vans.import_csv, VANS + f"x,X,-71.05,42.33,Mon 10:00-12:00,{capacity}\n")


def test_swapped_coordinates_of_a_van_are_asked_about(town: Town):
    with pytest.raises(Invalid, match="swapped"):
        _import(town, vans.import_csv, VANS + "x,X,42.33,-171.05,Mon 10:00-12:00,\n")


def test_a_promise_at_an_unknown_site_is_named(town: Town):
    with pytest.raises(Invalid, match="“harbour” is no site's code"):
        _import(town, anchors.import_csv, ANCHORS + "harbour,Mon,10:00,60,,,\n")


@pytest.mark.parametrize(
    ("row", "column"), [("east,Mon,10:02,60,,,", "starts"), ("east,Mon,10:00,62,,,", "dwell_minutes")]
)
def test_a_promise_no_plan_can_keep_to_the_minute_is_named(town: Town, row: str, column: str):
    with pytest.raises(Invalid) as refusal:
        _import(town, anchors.import_csv, ANCHORS + row + "\n")
    (problem,) = refusal.value.problems
    assert (problem.row, problem.column) == (4, column)
    assert "no multiple of 5 minutes" in str(problem)


@pytest.mark.parametrize(
    "text",
    [
        "code,name,roles,shifts\n",
        "name\nx\n",
        "",
        "code,name,roles,shifts,salary\na,b,driver,Mon 08:00-09:00,5\n",
    ],
)
def test_a_file_without_rows_or_columns_is_refused(town: Town, text: str):
    with pytest.raises(Invalid):
        _import(town, staff.import_csv, text)


def test_a_promise_holds_between_its_dates(town: Town):
    anchor = anchors.Anchor(weekday=1, from_date=date(2026, 11, 24), until_date=date(2026, 12, 1))
    held = [day for day in range(17, 31) if anchors.promised_on(anchor, date(2026, 11, day))]
    assert held == [24]


def _mark(town: Town, now: datetime, **changes: object) -> int:
    asked: dict[str, object] = {
        "kind": "staff",
        "subject_id": town.staff["ana"],
        "from_date": town.monday,
        "until_date": town.monday,
        "reason": "ill",
    }
    with town.store.transaction() as session:
        absence = absences.mark(session, town.programme_id, **(asked | changes), actor="dora", now=now)  # type: ignore[arg-type]
        return absence.id


def test_an_absence_is_marked_and_taken_back_and_both_are_in_the_audit(town_on_both: Town, now: datetime):
    town = town_on_both
    absence_id = _mark(town, now)
    with town.store.reading() as session:
        assert [a.id for a in absences.listed(session, town.programme_id, town.monday)] == [absence_id]
    with town.store.transaction() as session:
        absences.remove(session, town.programme_id, absence_id, actor="dora", now=now)
    with town.store.reading() as session:
        assert absences.listed(session, town.programme_id) == []
        acts = [entry.act for entry in audit.latest(session, town.programme_id)]
    assert acts[:2] == ["absence.removed", "absence.marked"]


def test_an_absence_the_wrong_way_round_is_refused(town: Town, now: datetime):
    with pytest.raises(Invalid, match="before the first"):
        _mark(town, now, until_date=date(2026, 11, 1))


@pytest.mark.parametrize(("kind", "error"), [("staff", Missing), ("van", Missing), ("dog", Invalid)])
def test_an_absence_of_nobody_is_refused(town: Town, now: datetime, kind: str, error: type[Exception]):
    with pytest.raises(error):
        _mark(town, now, kind=kind, subject_id=4711)


def test_an_absence_is_taken_back_once(town: Town, now: datetime):
    with pytest.raises(Missing), town.store.transaction() as session:
        absences.remove(session, town.programme_id, 4711, actor="dora", now=now)
