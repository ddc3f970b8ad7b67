"""A city of one's own: a real road graph, one's own files, and a published plan from the command line.

A coordinator in Cambridge has a road graph, two years of calls and four spreadsheets. Eight commands later
she has a schedule her crews can pull; a mistake in a file is named, and nothing of that file is kept.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from outreach.policies import Policy
from tests.commands import run

MIDDLE_OF_CALLS = (39.1312, -84.5120)  # the middle of the calls, moved onto the middle of Cambridge
CAMBRIDGE = (42.3736, -71.1097)
SHRINK = 0.2
LAST_CALL = date(2017, 1, 31)
TODAY = datetime.now(UTC).date()
MOVED = timedelta((TODAY - timedelta(2) - LAST_CALL).days // 7 * 7)


@pytest.fixture(scope="module")
def real_data() -> Path:
    """The folder with real road graphs and incident files."""
    folder = os.environ.get("OUTREACH_REAL_DATA")
    if not folder:
        pytest.skip("OUTREACH_REAL_DATA names no folder with real road graphs and incidents")
    return Path(folder)


@pytest.fixture(scope="module")
def city(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Cambridge with sites, staff, vans, a promise and real calls moved onto it, all through the commands."""
    folder = tmp_path_factory.mktemp("cambridge")
    data = folder / "data"
    graph = real_data / "roads" / "cambridge_ma.graphml.gz"
    for arguments in (
        ("city", "create", "Cambridge", "--graphml", graph, "--timezone", "America/New_York"),
        ("sites", "import", _sites(folder)),
        ("staff", "import", _staff(folder)),
        ("vans", "import", _vans(folder)),
        ("anchors", "import", _anchors(folder)),
    ):
        assert run(*arguments, data_dir=data).code == 0
    told = run(
        "incidents",
        "import",
        _calls(real_data, folder),
        "--timezone",
        "America/New_York",
        *("--column", "time=t", "--column", "lat=lat", "--column", "lon=lng"),
        data_dir=data,
    )
    assert told.code == 0
    assert f"rows from {date(2015, 7, 22) + MOVED}" in told.out
    return data


def test_a_city_of_ones_own_has_a_published_plan(city: Path, tmp_path: Path) -> None:
    answer = tmp_path / "plan.json"
    monday = _monday_to_plan()
    plan = ("plan", "--from", monday, "--days", 7, "--seconds", 6, "--json", answer)
    planned = run(*plan, data_dir=city)
    assert planned.code == 0, planned.err
    assert "gap" in planned.out
    document = json.loads(answer.read_text("utf-8"))
    assert 0 < document["value"] <= document["bound"]
    tuesday = monday + timedelta(1)
    assert tuesday.isoformat() in _dates(document, "Site 1"), "the promise for Tuesday is kept"
    judged = run("check", 1, data_dir=city)
    assert "accepts" in judged.out
    assert "Version 1 is published" in run("publish", 1, data_dir=city).out
    assert "unbroken" in run("audit", "verify", data_dir=city).out


@pytest.mark.parametrize(
    ("option", "wrong", "sentence"),
    [
        ("--timezone", "America/Bostn", "no time zone"),
        ("--column", "lat:latitude", "of the form"),
    ],
)
def test_a_wrong_option_is_told_in_a_sentence(
    city: Path, tmp_path: Path, option: str, wrong: str, sentence: str
) -> None:
    file = tmp_path / "calls.csv"
    file.write_text("t,lat,lng\n2016-01-01 10:00:00,42.37,-71.11\n", "utf-8")
    options = {"--timezone": "America/New_York", "--column": "time=t"} | {option: wrong}
    told = run(
        "incidents", "import", file, *(part for pair in options.items() for part in pair), data_dir=city
    )
    assert told.code == 1
    assert sentence in told.err


def test_swapped_coordinates_are_named_and_nothing_is_kept(city: Path, tmp_path: Path) -> None:
    file = tmp_path / "swapped.csv"
    rows = "".join(f"2016-01-{day:02d} 10:00:00,-71.11,42.37\n" for day in range(1, 29))
    file.write_text("t,lat,lng\n" + rows, "utf-8")
    columns = ("--column", "time=t", "--column", "lat=lat", "--column", "lon=lng")
    told = run(
        "incidents",
        "import",
        file,
        "--timezone",
        "America/New_York",
        "--feed",
        "new",
        *columns,
        data_dir=city,
    )
    assert told.code == 1
    assert "swapped" in told.err


def _dates(document: dict[str, Any], site: str) -> list[str]:
    """The days on which a plan's vans stop at a site."""
    return [
        van_day["date"]
        for van_day in document["van_days"]
        for stop in van_day["stops"]
        if stop["site"]["name"] == site
    ]


def _monday_to_plan() -> date:
    """The next Monday after which no Tuesday's promise falls on a holiday."""
    mondays = (TODAY + timedelta(7 * weeks - TODAY.weekday()) for weeks in range(1, 10))
    return next(monday for monday in mondays if Policy.load().holiday(monday + timedelta(1)) is None)


def _calls(real_data: Path, folder: Path) -> Path:
    """The Cincinnati calls, shrunk and moved onto Cambridge, and by whole weeks to end just before today:
    each keeps its weekday and its time of day."""
    target = folder / "calls.csv"
    source = real_data / "incidents" / "cincinnati_heroin_ems.csv.gz"
    with gzip.open(source, "rt", encoding="utf-8") as calls, target.open("w", encoding="utf-8") as moved:
        writer = csv.writer(moved)
        writer.writerow(("t", "lat", "lng"))
        for row in csv.DictReader(calls):
            if row["lat"] and row["lng"]:
                lat = CAMBRIDGE[0] + SHRINK * (float(row["lat"]) - MIDDLE_OF_CALLS[0])
                lon = CAMBRIDGE[1] + SHRINK * (float(row["lng"]) - MIDDLE_OF_CALLS[1])
                moment = datetime.fromisoformat(row["t"]) + MOVED
                writer.writerow((moment, f"{lat:.6f}", f"{lon:.6f}"))
    return target


def _sites(folder: Path, count: int = 40) -> Path:
    draw = random.Random(3)
    lines = ["code,name,lon,lat,host,services,windows"]
    for number in range(1, count + 1):
        lat, lon = CAMBRIDGE[0] + draw.uniform(-0.012, 0.012), CAMBRIDGE[1] + draw.uniform(-0.02, 0.02)
        hours = "Mon-Sat 09:00-21:00"
        lines.append(
            f"S{number:03d},Site {number},{lon:.5f},{lat:.5f},Host {number},harm_reduction;moud,{hours}"
        )
    return _written(folder / "sites.csv", lines)


def _staff(folder: Path) -> Path:
    lines = ["code,name,roles,shifts"]
    for role, count in (("driver", 2), ("harm_reduction", 2), ("prescriber", 1)):
        lines += [f"{role}{n},{role.title()} {n},{role},Mon-Fri 09:00-19:00" for n in range(1, count + 1)]
    return _written(folder / "staff.csv", lines)


def _vans(folder: Path) -> Path:
    vans = [f"{letter},Van {letter},-71.1097,42.3736,Mon-Fri 09:00-19:00" for letter in "AB"]
    return _written(folder / "vans.csv", ["code,name,lon,lat,shifts", *vans])


def _anchors(folder: Path) -> Path:
    header = "site,weekday,starts,dwell_minutes,tolerance_minutes,services"
    return _written(folder / "anchors.csv", [header, "S001,Tue,13:00,240,15,harm_reduction;moud"])


def _written(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path
