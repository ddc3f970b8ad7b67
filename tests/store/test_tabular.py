from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach import tabular
from outreach.errors import Invalid
from outreach.tabular import Table, clock, files, minutes, week, weekdays


def _file(tmp_path: Path, raw: bytes | str) -> Path:
    path = tmp_path / "t.csv"
    path.write_bytes(raw.encode() if isinstance(raw, str) else raw)
    return path


def _cells(path: Path) -> list[dict[str, str]]:
    return [row.cells for row in Table.open(path)]


@pytest.mark.parametrize(
    "raw",
    [
        "a,b\n1,é\n",
        "a;b\r\n1;é\r\n",
        "a\tb\n1\té",
        "\ufeffa,b\n1,é\n",
        "A , B\n 1 , é \n\n , \n",
        "a,b\n1,é\n".encode("utf-16"),
        "a,b\n1,é\n".encode("cp1252"),
    ],
)
def test_every_spreadsheets_csv_reads_the_same(tmp_path: Path, raw: bytes | str):
    assert _cells(_file(tmp_path, raw)) == [{"a": "1", "b": "é"}]


def test_a_row_is_numbered_as_in_the_spreadsheet(tmp_path: Path):
    rows = list(Table.open(_file(tmp_path, "a\nx\n\ny\n")))
    assert [row.number for row in rows] == [2, 4]


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"", "is empty"),
        (b"\x89PNG\r\n\0\0", "NUL"),
        (b"a,b\n1,\x81\x8d\x8f", "not readable"),
        ("a,a\n1,2\n", "twice in the header"),
        ("x\n1\n", "is not in the header"),
        ("a,colour\n1,red\n", "not a known column"),
        ('a\n"' + "x" * 20_000 + '"', "longer than 10,000"),
        ('a\n"' + "x" * 20_000, "line 2: a quotation mark is opened and never closed"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, raw: bytes | str, sentence: str):
    with pytest.raises(Invalid, match=sentence):
        list(Table.open(_file(tmp_path, raw), required=("a",), known=("a", "b", "x")))


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(Invalid, match=r"no file .*gone\.csv"):
        Table.open(tmp_path / "gone.csv")


def test_a_folder_is_no_file(tmp_path: Path):
    with pytest.raises(Invalid, match="cannot be read"):
        Table.open(tmp_path)


def test_a_file_too_large_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(files, "LARGEST_FILE_BYTES", 10)
    with pytest.raises(Invalid, match="Split it"):
        Table.open(_file(tmp_path, "a\n" + "1\n" * 20))


def test_all_mistakes_are_told_at_once(tmp_path: Path):
    table = Table.open(_file(tmp_path, "n,day\nx,2026-02-30\n5,2026-02-28\n999,\n"))
    for row in table:
        row.whole("n", least=0, most=10)
        row.day("day")
    with pytest.raises(Invalid) as refusal:
        table.finish()
    told = [(problem.row, problem.column) for problem in refusal.value.problems]
    assert told == [(2, "n"), (2, "day"), (4, "n"), (4, "day")]


def test_a_cell_too_many_is_a_mistake_and_not_a_shift(tmp_path: Path):
    table = Table.open(_file(tmp_path, "a,b\n1,2,3\n"))
    assert list(table) == []
    with pytest.raises(Invalid, match="3 cells, the header 2"):
        table.finish()


@pytest.mark.parametrize(("lon", "lat"), [("42.3", "-101.1"), ("42.3", "-171.0")])
def test_swapped_coordinates_are_asked_about(tmp_path: Path, lon: str, lat: str):
    table = Table.open(_file(tmp_path, f"lon,lat\n{lon},{lat}\n"))
    for row in table:
        row.position()
    with pytest.raises(Invalid, match="swapped"):
        table.finish()


@pytest.mark.parametrize("text", ["nan", "inf", "1e999", "", "1,5", "12 N"])
def test_what_is_no_coordinate_is_refused(tmp_path: Path, text: str):
    table = Table.open(_file(tmp_path, f'lon;lat\n"{text}";42\n'))
    for row in table:
        row.position()
    with pytest.raises(Invalid, match="lon"):
        table.finish()


def test_a_week_is_read_as_people_write_it():
    assert week("Mon-Wed 08:00-16:30; Sat 09:00-13:00") == (
        (0, 480, 990), (1, 480, 990), (2, 480, 990), (5, 540, 780),
    )  # fmt: skip


def test_a_night_shift_ends_the_next_morning():
    assert week("Fri 20:00-02:00") == ((4, 1200, 1560),)


def test_days_may_wrap_around_the_week():
    assert weekdays("Sat-Mon") == [0, 5, 6]
    assert weekdays("daily") == list(range(7))


@pytest.mark.parametrize(
    "text", ["Mo 8-16", "Mon 08:00", "Mon 25:00-26:00x", "Mon 20:00-19:00", "Xyz 08:00-09:00"]
)
def test_a_week_that_cannot_be_read_is_refused(text: str):
    with pytest.raises(ValueError, match="“"):
        week(text)


@given(st.integers(0, 24 * 60 - 1))
def test_a_time_of_day_survives_being_told(value: int):
    assert minutes(clock(value)) == value


@given(st.text(max_size=30))
def test_no_text_makes_the_readers_stumble(text: str):
    """Each answers, or refuses with a sentence; any other exception fails here."""
    for reader in (minutes, week, weekdays, tabular.day):
        with suppress(ValueError):
            assert reader(text) is not None


@given(st.binary(max_size=300))
def test_no_bytes_make_the_reader_stumble(tmp_path_factory: pytest.TempPathFactory, raw: bytes):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(raw)
    with suppress(Invalid):
        table = Table.open(path)
        for row in table:
            row.text("a", required=False)
        table.finish()
