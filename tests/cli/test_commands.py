"""What people type, and what they are told."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from outreach.cli import PANEL_OF, PANELS
from outreach.cli.options import installation
from outreach.errors import SHOWN_PROBLEMS
from outreach.place import sites
from tests.commands import run


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """A data folder with a city of straight lines and nothing in it."""
    folder = tmp_path / "data"
    graph = tmp_path / "town.graphml"
    graph.write_text(_small_town(), "utf-8")
    assert run("city", "create", "Town", "--graphml", graph, data_dir=folder).code == 0
    return folder


def test_every_template_is_accepted_by_its_own_import(city: Path, tmp_path: Path) -> None:
    assert run("templates", tmp_path / "templates").code == 0
    for noun in ("sites", "staff", "vans", "anchors", "due"):
        told = run(noun, "import", tmp_path / "templates" / f"{noun}.csv", data_dir=city)
        assert told.code == 0, told.err
        assert "0 stored already" in told.out


def test_templates_never_overwrite_what_somebody_filled_in(tmp_path: Path) -> None:
    mine = tmp_path / "sites.csv"
    mine.write_text("mine", "utf-8")
    told = run("templates", tmp_path)
    assert told.code == 1
    assert "already there" in told.err
    assert mine.read_text("utf-8") == "mine"


def test_every_mistake_of_a_file_is_named_and_nothing_is_kept(city: Path, tmp_path: Path) -> None:
    file = tmp_path / "vans.csv"
    bad = "".join(f"V{n},Van {n},-71.1,91.5,Mon 10:00-9:99\n" for n in range(120))
    file.write_text("code,name,lon,lat,shifts\nA,Van A,-71.1,42.37,Mon 09:00-17:00\n" + bad, "utf-8")
    told = run("vans", "import", file, data_dir=city)
    assert told.code == 1
    assert "vans.csv, row 3, column lat" in told.err
    assert f"and {240 - SHOWN_PROBLEMS} more" in told.err
    good = tmp_path / "good.csv"
    good.write_text("code,name,lon,lat,shifts\nA,Van A,-71.1,42.37,Mon 09:00-17:00\n", "utf-8")
    assert "1 added" in run("vans", "import", good, data_dir=city).out


def test_a_dry_run_changes_nothing(city: Path, tmp_path: Path) -> None:
    run("templates", tmp_path / "templates")
    file = tmp_path / "templates" / "vans.csv"
    assert "1 would be added" in run("vans", "import", file, "--dry-run", data_dir=city).out
    assert "1 added" in run("vans", "import", file, data_dir=city).out


def test_a_column_left_out_of_a_file_is_told_and_what_is_stored_stays(city: Path, tmp_path: Path) -> None:
    run("templates", tmp_path / "templates")
    run("sites", "import", tmp_path / "templates" / "sites.csv", data_dir=city)
    lean = tmp_path / "lean.csv"
    lean.write_text(
        "code,name,lon,lat,services,windows\n"
        "S001,Example lot,-71.0838,42.3296,harm_reduction;moud,Mon-Fri 09:00-19:00; Sat 10:00-16:00\n",
        "utf-8",
    )
    for flags, stay in (("--dry-run",), "would stay"), ((), "stayed"):
        told = " ".join(run("sites", "import", lean, *flags, data_dir=city).out.split())
        assert "The file has no status, host, closed," in told
        assert f"what is stored of that {stay} as it is" in told
    again = " ".join(run("sites", "import", lean, data_dir=city).out.split())
    assert "0 changed, 1 stored already" in again
    with installation(city) as (_, store), store.reading() as session:
        site = sites.listed(session, 1)[0]
        assert (site.name, site.status, site.host) == ("Example lot", "active", "Example Library")
        assert (site.languages, site.note) == (["en", "es"], "Ask the host for the gate key")


def test_a_site_in_another_city_is_refused_by_row(city: Path, tmp_path: Path) -> None:
    file = tmp_path / "sites.csv"
    file.write_text("code,name,lon,lat,services,windows\nP,Louvre,2.35,48.85,moud,Mon 09:00-17:00\n", "utf-8")
    for flags in (("--dry-run",), ()):
        told = run("sites", "import", file, *flags, data_dir=city)
        assert told.code == 1
        assert "sites.csv, row 2, column lat" in told.err
        assert "far from the city" in " ".join(told.err.split())


def test_areas_far_from_the_city_are_told(city: Path, tmp_path: Path) -> None:
    bounds = tomllib.loads((city / "city" / "city.toml").read_text("utf-8"))["bounds"]
    for name, west, south in (("Here", bounds[0], bounds[1]), ("Porto", -8.6, 41.1)):
        ring = [[west, south], [west + 0.01, south], [west + 0.01, south + 0.01], [west, south]]
        shape = {"type": "Polygon", "coordinates": [ring]}
        feature = {"type": "Feature", "properties": {"name": name}, "geometry": shape}
        file = tmp_path / f"{name}.geojson"
        file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8")
    assert "Warning" not in run("areas", "import", tmp_path / "Here.geojson", data_dir=city).out
    told = run("areas", "import", tmp_path / "Porto.geojson", data_dir=city).out
    assert "1 of 2 areas lie outside the city's streets" in told
    assert "Porto among them" in told


def test_one_folder_holds_one_city(city: Path, tmp_path: Path) -> None:
    told = run("city", "create", "Elsewhere", "--graphml", tmp_path / "town.graphml", data_dir=city)
    assert told.code == 1
    assert "already holds the city 'Town'" in told.err


def test_a_city_needs_exactly_one_source_of_roads(tmp_path: Path) -> None:
    told = run("city", "create", "Town", data_dir=tmp_path)
    assert told.code == 1
    assert "--graphml" in told.err


def test_a_plan_without_vans_is_refused_by_name(city: Path) -> None:
    told = run("plan", "--from", "2026-11-23", "--days", 1, data_dir=city)
    assert told.code == 1
    assert "site" in told.err or "van" in told.err
    assert "Traceback" not in told.err


@pytest.mark.parametrize("when", ["tomorrow", "2026-02-30", "23/11/2026"])
def test_a_date_that_is_none_is_told_how_to_be_written(city: Path, when: str) -> None:
    told = run("plan", "--from", when, data_dir=city)
    assert told.code == 1
    assert "YYYY-MM-DD" in told.err


@pytest.mark.parametrize(
    "words", [("replay", "x"), ("check", "x"), ("devices", "revoke", "x"), ("tablets", "accept", "x")]
)
def test_a_number_that_is_none_is_told_how_to_be_written(city: Path, words: tuple[str, ...]) -> None:
    told = run(*words, data_dir=city)
    assert (told.code, told.err) == (1, "'x' is not a number. Write it in digits, for example 12.\n")


def test_the_demo_never_touches_a_real_installation(city: Path) -> None:
    told = run("demo", "--no-serve", data_dir=city)
    assert told.code == 1
    assert "a real installation" in told.err


def test_a_bent_audit_is_found(city: Path) -> None:
    import sqlite3

    database = sqlite3.connect(city / "outreach.db")
    for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        database.execute(f'DROP TRIGGER "{trigger}"')
    database.execute("UPDATE audit_entries SET actor = 'somebody else'")
    database.commit()
    database.close()
    told = run("audit", "verify", data_dir=city)
    assert told.code == 1
    assert "broken at entry 1" in told.err


def test_an_audit_whose_end_was_cut_off_is_found_by_a_head_kept_elsewhere(city: Path, tmp_path: Path) -> None:
    head = run("audit", "verify", data_dir=city).out.split()[-1]
    assert run("audit", "verify", "--head", head, data_dir=city).code == 0
    told = run("audit", "verify", "--head", "0" * 64, data_dir=city)
    assert told.code == 1
    assert "cut off" in told.err


def test_the_help_begins_with_where_to_start_and_shows_every_command_once(tmp_path: Path) -> None:
    told = run("--help").out
    assert "Start here: `outreach demo`" in told
    places = [told.index(f"─ {panel} ─") for panel in PANELS]
    assert places == sorted(places)
    listed = re.findall(r"^│ ([a-z]+) ", told, re.MULTILINE)
    assert sorted(listed) == sorted(PANEL_OF)
    assert "─ Commands ─" not in told


def test_asking_for_help_loads_no_heavy_library(tmp_path: Path) -> None:
    asked = "import sys, outreach.cli; print(sorted({'osmnx', 'ortools', 'numba'} & set(sys.modules)))"
    told = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert told.stdout.strip() == "[]"


def _small_town() -> str:
    """A ring of four two-way streets around a park in Cambridge, as osmnx would save it."""
    corners = [(42.370, -71.110), (42.370, -71.104), (42.374, -71.104), (42.374, -71.110)]
    keys = "".join(
        f'<key id="{key}" for="{kind}" attr.name="{name}" attr.type="string"/>'
        for key, kind, name in (
            ("y", "node", "y"),
            ("x", "node", "x"),
            ("l", "edge", "length"),
            ("h", "edge", "highway"),
            ("o", "edge", "oneway"),
            ("c", "graph", "crs"),
        )
    )
    nodes = "".join(
        f'<node id="{number}"><data key="y">{lat}</data><data key="x">{lon}</data></node>'
        for number, (lat, lon) in enumerate(corners)
    )
    facts = '<data key="l">450</data><data key="h">residential</data><data key="o">False</data>'
    pairs = [(n, (n + step) % 4) for n in range(4) for step in (1, 3)]
    edges = "".join(f'<edge source="{a}" target="{b}">{facts}</edge>' for a, b in pairs)
    crs = '<data key="c">epsg:4326</data>'
    return (
        '<?xml version="1.0"?><graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
        f'{keys}<graph edgedefault="directed">{crs}{nodes}{edges}</graph></graphml>'
    )


def test_a_refused_city_leaves_the_one_that_is_there(city: Path, tmp_path: Path) -> None:
    roads = (city / "city" / "drive.npz").read_bytes()
    told = run("city", "create", "Elsewhere", "--synthetic", data_dir=city)
    assert told.code == 1
    assert (city / "city" / "drive.npz").read_bytes() == roads


def test_a_plan_for_the_end_of_time_is_refused_before_a_run_is_made(city: Path) -> None:
    told = run("plan", "--from", "9999-12-31", data_dir=city)
    assert told.code == 1
    assert "2099" in told.err
    assert "no run 1" in run("check", 1, data_dir=city).err


def test_a_data_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("", "utf-8")
    told = run("demo", "--no-serve", data_dir=file)
    assert told.code == 1
    assert "cannot be" in told.err


def test_a_port_somebody_has_is_told_before_any_address(city: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        told = run("serve", "--port", taken.getsockname()[1], data_dir=city)
    assert told.code == 1
    assert "not free" in told.err
    assert "http://" not in told.out


def test_an_unknown_role_is_told_before_a_password_is_asked_for(city: Path) -> None:
    told = run("accounts", "add", "ana", "--role", "king", data_dir=city)
    assert told.code == 1
    assert "is no role" in told.err


def test_dates_that_can_be_read_either_way_are_told(city: Path, tmp_path: Path) -> None:
    file = tmp_path / "calls.csv"
    file.write_text("time,lat,lon\n10/11/2026 13:00,42.372,-71.107\n", "utf-8")
    asked = ("incidents", "import", file, "--timezone", "America/New_York", "--dry-run")
    told = " ".join(run(*asked, data_dir=city).out.split())
    assert "could be read either way: “10/11/2026 13:00” was read with the month first" in told
    file.write_text(
        "time,lat,lon\n10/11/2026 13:00,42.372,-71.107\n10/13/2026 13:00,42.372,-71.107\n", "utf-8"
    )
    assert "either way" not in run(*asked, data_dir=city).out


def test_the_incident_template_needs_no_mapping(city: Path, tmp_path: Path) -> None:
    run("templates", tmp_path / "templates")
    file = tmp_path / "templates" / "incidents.csv"
    file.write_text("id,time,lat,lon\nE1,2026-10-01 21:40:00,42.372,-71.107\n", "utf-8")
    told = run("incidents", "import", file, "--timezone", "America/New_York", data_dir=city)
    assert "1 added" in told.out
