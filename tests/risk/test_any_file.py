"""Whatever people upload, the importer answers with incidents or with a sentence, never with a traceback."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from outreach.errors import Invalid
from outreach.risk.incident_file import read
from outreach.risk.sightings import Reading
from tests.risk.conftest import BOSTON, PLAIN

NOW = datetime(2026, 11, 21, 17, 0, tzinfo=UTC)
EXTRA = ("id", "status", "weight", "received", "precision")
EVERY = {**PLAIN, **{name: name for name in EXTRA}}
NUMBERS = ("nan", "inf", "-inf", "1e400", "0", "-0", "42.3325", "-71.0685", "1,5", "٤٢", "0x1p3", "1_000")
TIMES = (
    *("9999-12-31 23:59:59", "0001-01-01", "2026-08-23 14:20", "2026-02-30", "24/08/2026 25:61", "20260823"),
    *("1471962000000", "99999999999999", "-6213559680000", "08/23/26 12:00 AM", "2026-08-23T14:20:00+99:00"),
    *("2026-W33-1", "2026-03-08 02:30", "2026-11-01 01:30", "12/31/1899", "13/13/2026 13:13", "W33"),
)
TRICKY = st.sampled_from((*NUMBERS, *TIMES, "", " ", "\ufeff", "\ud83d", "CANCELLED"))
NAMES = (
    *("time", "lat", "lon", "id", "features", "attributes", "geometry", "x", "y", "result", "records"),
    *("error", "coordinates", "spatialReference", "wkid", "properties"),
)
CELL = st.one_of(TRICKY, st.text(max_size=12))
GOOD = ("2026-08-23 14:20", "42.3325", "-71.0685", "a1", "", "1", "2026-08-23 15:00", "")


def spoilt(cells: dict[int, str]) -> tuple[str, ...]:
    """A good row, but for these cells."""
    return tuple(cells.get(place, good) for place, good in enumerate(GOOD))


ROW = st.one_of(
    st.tuples(*[CELL] * len(GOOD)),
    st.dictionaries(st.integers(0, len(GOOD) - 1), CELL, max_size=2).map(spoilt),
)
ROWS = st.lists(ROW, min_size=1, max_size=6)


def attempt(path: Path, columns: dict[str, str]) -> Reading | None:
    try:
        found = read(path, timezone="America/New_York", columns=columns, bounds=BOSTON, now=NOW)
    except Invalid as refused:
        str(refused).encode()
        return None
    return found


def written(folder: Path, rows: Sequence[tuple[str, ...]]) -> Path:
    """A file of these rows, with every column there is."""
    path = folder / "calls.csv"
    lines = [
        ",".join(EVERY),
        *(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows),
    ]
    path.write_bytes("\n".join(lines).encode("utf-8", errors="replace"))
    return path


def test_the_row_that_is_spoilt_below_is_an_incident_before(tmp_path: Path):
    found = attempt(written(tmp_path, [GOOD]), EVERY)
    assert found is not None
    assert len(found.sightings) == 1


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_any_cells_in_any_column_give_incidents_or_a_sentence(tmp_path: Path, rows: list[tuple[str, ...]]):
    found = attempt(written(tmp_path, rows), EVERY)
    for sighting in found.sightings if found else ():
        assert BOSTON[0] <= sighting.lon <= BOSTON[2]
        assert sighting.when.moment.tzinfo is not None
        assert 1989 <= sighting.when.day.year <= 2026
        assert 0.001 <= sighting.weight <= 10_000


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.binary(max_size=300))
@pytest.mark.parametrize("name", ["calls.csv", "calls.csv.gz", "calls.json"])
def test_any_bytes_give_a_sentence(tmp_path: Path, name: str, raw: bytes):
    path = tmp_path / name
    path.write_bytes(raw)
    attempt(path, PLAIN)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), TRICKY),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=JSON)
def test_any_json_gives_incidents_or_a_sentence(tmp_path: Path, document: object):
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(document))
    attempt(path, {**PLAIN, "id": "id"})
