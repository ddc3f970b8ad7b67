"""Portals: every page is fetched, in bounds, over a line nobody can read; and a feed remembers how."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from typer.testing import CliRunner

from outreach.cli import app
from outreach.errors import Invalid
from outreach.risk import feeds, history, incidents, portals
from outreach.risk.feeds import Changes
from tests.risk.conftest import BOSTON, PLAIN, Write
from tests.risk.invented import bring
from tests.town import Town

NOW = datetime(2026, 11, 21, 17, 0, tzinfo=UTC)
ZONE = "America/New_York"
CITY = ("city", "create", "Boston", "--synthetic", "--timezone", ZONE)
Answers = dict[str, Callable[[dict[str, str]], tuple[int, str, bytes]]]


@pytest.fixture
def server() -> Iterator[tuple[str, Answers, list[dict[str, str]]]]:
    """A portal on this machine: its address, what it answers by path, and what it was asked."""
    answers: Answers = {}
    asked: list[dict[str, str]] = []

    class Portal(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = dict(parse_qsl(parts.query))
            asked.append(query)
            status, kind, body = answers[parts.path](query)
            self.send_response(status)
            self.send_header("Location" if status in (301, 302) else "Content-Type", kind)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Silent."""

    running = ThreadingHTTPServer(("127.0.0.1", 0), Portal)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}", answers, asked
    running.shutdown()
    running.server_close()


def calls(count: int) -> list[dict[str, object]]:
    start = datetime(2026, 6, 1, 12)  # noqa: DTZ001
    return [
        {"id": n, "time": str(start + timedelta(hours=5 * n)), "lat": 42.33 + n / 10_000, "lon": -71.07}
        for n in range(count)
    ]


def paged(size: str, start: str, wrap: Callable[[list[object], bool], object]) -> Callable[..., object]:
    rows: list[object] = [*calls(7)]

    def answer(query: dict[str, str]) -> tuple[int, str, bytes]:
        first, length = int(query.get(start, 0)), int(query[size])
        part = rows[first : first + length]
        return 200, "application/json", json.dumps(wrap(part, first + length < len(rows))).encode()

    return answer


def as_feature(row: dict[str, object]) -> dict[str, object]:
    return {"attributes": row, "geometry": {"x": row["lon"], "y": row["lat"]}}


def _ckan(part: list[object], more: bool) -> object:
    return {"result": {"records": part}}


KINDS = {
    "socrata": ("/resource/abcd-1234.json", "$limit", "$offset", lambda part, more: part),
    "ckan": ("/api/3/action/datastore_search", "limit", "offset", _ckan),
    "arcgis": (
        *("/arcgis/rest/services/Calls/FeatureServer/0/query", "resultRecordCount", "resultOffset"),
        lambda part, more: {"features": [as_feature(row) for row in part], "exceededTransferLimit": more},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_page_of_a_portal_becomes_one_file(
    server: tuple[str, Answers, list[dict[str, str]]],
    kind: str,
    tmp_path: Path,
    town: Town,
    monkeypatch: pytest.MonkeyPatch,
):
    address, answers, asked = server
    path, size, start, wrap = KINDS[kind]
    monkeypatch.setitem(portals.PAGE, kind, 3)
    answers[path] = paged(size, start, wrap)  # type: ignore[assignment, arg-type]
    file = portals.fetch(f"{address}{path}?where=agency%3D1", tmp_path)
    assert [query[start] for query in asked] == ["0", "3", "6"]
    assert {query["where"] for query in asked} == {"agency=1"}
    with town.store.transaction() as session:
        report = incidents.import_csv(
            session, town.programme_id, file, feed="ems", timezone="America/New_York",
            columns={**PLAIN, "id": "id"}, city_bounds=BOSTON, now=NOW,
        )  # fmt: skip
    assert report.added == 7


def test_a_plain_file_behind_an_address_is_fetched_under_its_name(
    server: tuple[str, Answers, list[dict[str, str]]], tmp_path: Path
):
    address, answers, _ = server
    answers["/files/calls.csv"] = lambda query: (200, "text/csv", b"time,lat,lon\n")
    file = portals.fetch(f"{address}/files/calls.csv", tmp_path)
    assert (file.name, file.read_bytes()) == ("calls.csv", b"time,lat,lon\n")


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ((404, "text/plain", b"no such view"), "answers 404: no such view"),
        ((200, "application/json", b"<html>"), "no JSON"),
        ((200, "application/json", b'{"error": {"message": "bad query"}}'), "no records: .*bad query"),
        ((200, "application/json", b"[" + b"1," * 60_000 + b"1]"), "more than 100,000 bytes"),
        ((302, "http://example.org/x.json", b""), "is not https"),
        ((302, "file:///etc/passwd", b""), "answers 302"),
    ],
)
def test_what_a_portal_should_not_answer_gets_a_sentence(
    server: tuple[str, Answers, list[dict[str, str]]],
    tmp_path: Path,
    answer: tuple[int, str, bytes],
    sentence: str,
):
    address, answers, _ = server
    answers["/resource/x.json"] = lambda query: answer
    with pytest.raises(Invalid, match=sentence):
        portals.fetch(f"{address}/resource/x.json", tmp_path, most_bytes=100_000)


@pytest.mark.parametrize("address", ["http://example.org/resource/x.json", "ftp://127.0.0.1/x", "file:///x"])
def test_only_https_is_asked(tmp_path: Path, address: str):
    with pytest.raises(Invalid, match="not https"):
        portals.fetch(address, tmp_path)


def test_nobody_answering_gets_a_sentence(tmp_path: Path):
    with pytest.raises(
        Invalid, match=r"cannot be fetched: Connection refused\. Look at the address"
    ) as refused:
        portals.fetch("http://127.0.0.1:9/resource/x.json", tmp_path)
    assert "urlopen" not in str(refused.value)


def test_a_feed_remembers_its_address_columns_and_zone(
    server: tuple[str, Answers, list[dict[str, str]]], tmp_path: Path
):
    address, answers, _ = server
    rows = [{"number": n["id"], "at": n["time"], "y": n["lat"], "x": n["lon"]} for n in calls(30)]
    rows[4]["at"] = "9999-12-31 00:00:00"
    answers["/resource/ems.json"] = lambda query: (200, "application/json", json.dumps(rows).encode())
    run, folder = CliRunner(), ["--data-dir", str(tmp_path / "data")]
    made = run.invoke(
        app, ["city", "create", "Boston", "--synthetic", "--timezone", "America/New_York", *folder]
    )
    assert made.exit_code == 0, made.output
    first = [
        "feeds",
        "pull",
        "ems",
        "--url",
        f"{address}/resource/ems.json",
        "--timezone",
        "America/New_York",
    ]
    columns = [part for pair in ("id=number", "time=at", "lat=y", "lon=x") for part in ("--column", pair)]
    tried = run.invoke(app, [*first, *columns, "--dry-run", *folder])
    assert "29 would be added" in tried.output, tried.output
    assert "9999" in tried.output
    assert "29 added" in run.invoke(app, [*first, *columns, *folder]).output
    rows.append({"number": 99, "at": "2026-07-01 10:00", "y": 42.33, "x": -71.07})
    again = run.invoke(app, ["feeds", "pull", "ems", *folder])
    assert "1 added, 29 duplicates dropped" in again.output, again.output
    changed = run.invoke(app, ["feeds", "set", "ems", "--lag-days", "3", "--bias", "only calls", *folder])
    assert "3 days" in changed.output
    listed = run.invoke(app, ["feeds", "list", *folder])
    assert "only calls" in listed.output
    assert "time=at" in listed.output


def test_a_feed_never_fetched_asks_for_its_address(tmp_path: Path):
    run, folder = CliRunner(), ["--data-dir", str(tmp_path / "data")]
    run.invoke(app, [*CITY, *folder])
    refused = run.invoke(app, ["feeds", "pull", "ems", *folder])
    assert isinstance(refused.exception, Invalid)
    assert "give --url and --timezone" in str(refused.exception)


def test_lag_weight_and_clock_of_a_feed_decide_what_the_fit_sees(town: Town, write: Write):
    days = [(f"2026-11-{day:02d} 12:00", 42.33 + day / 10_000, -71.07) for day in range(1, 21)]
    bring(town, write(*days), NOW, PLAIN)
    bring(town, write(*days), NOW, PLAIN, feed="deaths", kind="deaths")
    with town.store.transaction() as session:
        usual = history.known(session, town.programme_id, NOW)
        feeds.change(session, town.programme_id, "deaths", Changes(lag_days=10, weight=2.0))
        lagging = history.known(session, town.programme_id, NOW)
        feeds.change(session, town.programme_id, "deaths", Changes(weight=0.0))
        feeds.change(session, town.programme_id, "ems", Changes(clock="suspect"))
        alone = history.known(session, town.programme_id, NOW)
    assert usual is not None
    assert lagging is not None
    assert alone is not None
    assert usual.events.weight.sum() == 40
    assert lagging.events.weight.sum() == 20 + 2 * 11
    assert alone.events.weight.sum() == 20
    assert (len(usual.clocked), len(alone.clocked)) == (20, 0)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (Changes(kind="rumours"), "no kind of feed"),
        (Changes(lag_days=-1), "lags 0 to 3,650 days"),
        (Changes(clock="perfect"), "cannot be 'perfect'"),
    ],
)
def test_a_feed_refuses_what_cannot_be(town: Town, write: Write, changes: Changes, sentence: str):
    bring(town, write(("2026-11-01 12:00", 42.33, -71.07)), NOW, PLAIN)
    with town.store.transaction() as session, pytest.raises(Invalid, match=sentence):
        feeds.change(session, town.programme_id, "ems", changes)
