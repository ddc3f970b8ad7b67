"""A tablet that never found a signal hands over its file, and nothing of it counts twice or is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from outreach.field import visits
from tests import shift
from tests.commands import run
from tests.shift import Shift, tally
from tests.town import Town


@pytest.fixture
def monday(town: Town) -> Shift:
    """A published Monday."""
    return shift.begin(town)


def _exported(path: Path, events: list[object]) -> Path:
    path.write_text(json.dumps({"format": "outreach-tablet-1", "device": "t1", "events": events}), "utf-8")
    return path


def test_a_tablets_file_counts_once_however_often_it_is_taken(monday: Shift, tmp_path: Path) -> None:
    file = _exported(tmp_path / "tablet.json", [tally(n, monday.mill, "contacts", 3) for n in range(250)])
    folder = monday.town.city.parent
    assert "250 stored" in run("tablets", "import", file, "--login", "crew", data_dir=folder).out
    assert "250 known already" in run("tablets", "import", file, "--login", "crew", data_dir=folder).out
    with monday.town.store.reading() as session:
        kept = visits.of_stops(session, monday.town.programme_id, [monday.mill])
        counted = visits.counted(session, monday.town.programme_id, kept)
    assert counted[kept[0].id]["contacts"] == 750


def test_a_record_of_an_unknown_stop_is_held_and_accepted_once_the_plan_is_there(
    monday: Shift, tmp_path: Path
) -> None:
    town, later = monday.town, shift.uid(77)
    folder = town.city.parent
    file = _exported(tmp_path / "tablet.json", [tally(1, later, "contacts", 2)])
    assert "1 held" in run("tablets", "import", file, "--login", "crew", data_dir=folder).out
    assert "1 held" in run("tablets", "held", data_dir=folder).out
    assert run("tablets", "accept", 1, data_dir=folder).code == 1
    with town.store.transaction() as session:
        planned = [shift.Planned("mill", "one", town.monday, 900, 1000, later)]
        shift.publish(session, town, 2, town.monday, town.monday, planned)
    assert "Record 1 is counted" in run("tablets", "accept", 1, data_dir=folder).out
    assert "0 held" in run("tablets", "held", data_dir=folder).out


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "not json", '{"format": "outreach-tablet-1"}', "[" * 100_000]
)
def test_a_file_no_tablet_wrote_is_refused_in_a_sentence(monday: Shift, tmp_path: Path, text: str) -> None:
    file = tmp_path / "wrong.json"
    file.write_text(text, "utf-8")
    told = run("tablets", "import", file, "--login", "crew", data_dir=monday.town.city.parent)
    assert told.code == 1
    assert "Traceback" not in told.err
    assert "wrong.json" in told.err


def test_an_unknown_log_in_is_told_who_is_known(monday: Shift, tmp_path: Path) -> None:
    file = _exported(tmp_path / "tablet.json", [tally(1, monday.mill, "contacts", 1)])
    told = run("tablets", "import", file, "--login", "nobody", data_dir=monday.town.city.parent)
    assert told.code == 1
    assert "crew, manager" in told.err
