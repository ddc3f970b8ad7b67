"""Whatever is sent, by whomever: never a 5xx or a traceback, always a problem one can read, the same verdict
on SQLite and PostgreSQL, and the answers that the written contract promises. A share of what
`python -m benchmarks.hostile` sends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urlsplit

import pytest

from api import guard
from outreach.tabular import words
from tests.hostile import contract, suite
from tests.hostile.files import File, imported
from tests.hostile.judging import Verdict
from tests.hostile.requests import OPERATIONS, Request
from tests.hostile.suite import Counts, Stage
from tests.hostile.twins import Nursery

TABLE = b"code,name,lon,lat,shifts,capacity\nX,Van X,-71.07,42.33,Mon-Fri 08:00-16:00,naloxone_kits:%d\n"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, postgres_server: str) -> Iterator[Stage]:
    """The tiny town with a published week, on both databases."""
    with Nursery(tmp_path_factory.mktemp("nursery"), postgres_server) as nursery, Stage(nursery) as opened:
        yield opened


def _sound(counts: Counts) -> None:
    assert counts.inputs
    assert not counts.bad, "\n".join(counts.finds)


def test_no_input_breaks_it_and_both_databases_agree(stage: Stage, tmp_path: Path) -> None:
    for counts in suite.run(stage, tmp_path, 300, 1).values():
        _sound(counts)
    _sound(stage.rows)


def test_every_operation_keeps_its_written_contract(stage: Stage) -> None:
    counts = contract.run(stage, len(OPERATIONS), 1)
    assert counts.inputs >= len(OPERATIONS)
    _sound(counts)


def test_files_that_no_database_sees_are_read_or_refused_in_a_sentence(tmp_path: Path) -> None:
    _sound(suite.read_files(tmp_path, 35, 1))


def test_a_route_that_breaks_is_found(stage: Stage) -> None:
    headers = (("Origin", b"http://[::1"),)
    request = Request("POST", "/api/v1/dispatch/sites", "admin", headers, b"{}")
    with patch.object(guard, "_site_of", lambda origin: urlsplit(origin).netloc):
        assert all(verdict.broken.startswith("500") for verdict in stage.twins().send(request))
    assert not any(verdict.broken for verdict in stage.twins().send(request))


def test_databases_that_disagree_are_found(stage: Stage, tmp_path: Path) -> None:
    huge = File("vans", "vans.csv", TABLE % 2**40)
    assert not any(verdict.broken for verdict in imported(stage.twins(), huge, tmp_path))
    counts = Counts()
    counts.note("one thing", Verdict((200, {"rows": [1]}), True), Verdict((200, {"rows": [2]}), True))
    assert (counts.differing, counts.bad) == (1, 1)
    assert "at .1.rows.0 SQLite: 1 PostgreSQL: 2" in counts.finds[0]
    with patch.object(words, "whole", lambda text, least, most: int(text)):
        anchors = b"site,weekday,starts,dwell_minutes,tolerance_minutes,services,refills_due\n"
        anchors += b"S001,Wed,13:00,240,15,harm_reduction,%d\n" % 2**40
        found = imported(stage.twins(), File("anchors", "anchors.csv", anchors), tmp_path)
    assert [bool(verdict.broken) for verdict in found] != [False, False]


def test_an_answer_outside_the_contract_is_found(stage: Stage) -> None:
    forgetful = {
        **contract.CONTRACT,
        "paths": {
            path: {
                method: {**told, "responses": {"200": told["responses"].get("200", {"description": ""})}}
                for method, told in methods.items()
            }
            for path, methods in contract.CONTRACT["paths"].items()
            if path == "/api/v1/dispatch/runs/{run_id}"
        },
    }
    assert contract.run(stage, 10, 1, forgetful).broken
