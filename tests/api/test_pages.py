"""The pages as files, and the notice for the wall."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api import notice, pages
from tests.api.conftest import House


def _built(folder: Path) -> TestClient:
    for name in ("index", *pages.ROOMS):
        (folder / f"{name}.html").write_text(f"<!doctype html><title>{name}</title>")
    (folder / "assets").mkdir()
    (folder / "assets" / "board-1a2b.js").write_text("1")
    (folder / "crew").mkdir()
    (folder / "crew" / "sw.js").write_text("2")
    app = FastAPI()
    pages.hang(app, folder)
    return TestClient(app)


def test_each_page_is_at_its_short_address(tmp_path: Path) -> None:
    browser = _built(tmp_path)
    own = ("board", "crew", "participant", "report", "releases", "admin")
    doors = (("/", "index"), ("/enrol", "index"), ("/password", "index"))
    for address, name in (*doors, *((f"/{name}", name) for name in own)):
        answer = browser.get(address)
        assert f"<title>{name}</title>" in answer.text
        assert answer.headers["cache-control"] == "no-cache"
        assert browser.head(address).status_code == 200


def test_assets_may_be_kept_for_a_year_and_the_worker_may_serve_the_crew_page(tmp_path: Path) -> None:
    browser = _built(tmp_path)
    assert "immutable" in browser.get("/assets/board-1a2b.js").headers["cache-control"]
    worker = browser.get("/crew/sw.js")
    assert worker.headers["service-worker-allowed"] == "/crew"
    assert worker.headers["content-type"].startswith("text/javascript")
    assert worker.headers["cache-control"] == "no-cache"


def test_nothing_outside_the_folder_is_served(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("canary")
    (tmp_path / "built").mkdir()
    browser = _built(tmp_path / "built")
    for path in (
        "/assets/../../secret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt",
        "/assets/..%2f..%2fsecret.txt",
    ):
        assert "canary" not in browser.get(path).text


def test_without_built_pages_a_sentence_says_what_to_do(tmp_path: Path) -> None:
    app = FastAPI()
    pages.hang(app, tmp_path)
    answer = TestClient(app).get("/board")
    assert answer.status_code == 503
    assert "pip install ." in answer.text
    for path in ("/crew/sw.js", "/assets/board-1a2b.js", "/assets/..%2f..%2fsecret.txt"):
        assert TestClient(app).get(path).status_code == 404


def test_an_empty_notice_says_so_in_both_languages(house: House) -> None:
    english, spanish = (house.browser().get(f"/notice?language={one}") for one in ("en", "es"))
    assert "No stops are planned" in english.text
    assert '<html lang="es">' in spanish.text
    assert "No hay paradas previstas" in spanish.text
    assert "Información del sábado 21 de noviembre" in spanish.text
    assert "<script" not in english.text
    assert house.browser().get("/notice.css").headers["content-type"].startswith("text/css")


def test_a_strange_language_is_english(house: House) -> None:
    assert '<html lang="en">' in house.browser().get("/notice?language=%00<script>").text


@pytest.mark.parametrize("address", ["/nothing-here", "/boards", "/api/v1/nothing", "/assets/nothing.js"])
def test_whoever_opens_an_address_where_nothing_is_reads_a_page_with_a_way_home(
    house: House, address: str
) -> None:
    stranger = house.browser()
    asked = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "es-MX,en;q=0.5"}
    page = stranger.get(address, headers=asked)
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    assert '<html lang="es">' in page.text
    assert '<a href="/">' in page.text
    assert "No hay ninguna página" in page.text
    assert "There is no page" in stranger.get(address, headers={"Accept": "text/html"}).text
    program = stranger.get(address, headers={"Accept": "application/json"})
    assert (program.status_code, program.json()["code"]) == (404, "http-404")


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("en-US,en;q=0.9,es;q=0.8", "en"),
        ("pt-BR,es;q=0.5,en;q=0.4", "es"),
        ("es;q=0", "en"),
        ("fr, *;q=0.1", "en"),
        ("", "en"),
        (",;q=nan,es;q=2", "en"),
    ],
)
def test_the_notice_follows_the_readers_browser(house: House, accepted: str, language: str) -> None:
    asked = {"Accept-Language": accepted}
    assert f'<html lang="{language}">' in house.browser().get("/notice", headers=asked).text
    assert '<html lang="en">' in house.browser().get("/notice?language=en", headers=asked).text


def test_times_are_told_in_the_manner_of_the_language() -> None:
    assert notice.hours(745, 985, "en") == "12:25 PM – 4:25 PM"
    assert notice.hours(0, 60, "en") == "12:00 AM – 1:00 AM"
    assert notice.hours(745, 985, "es") == "12:25 – 16:25"
    assert notice.hours(1320, 1500, "en") == "10:00 PM – 1:00 AM (next day)"
    assert notice.day_name(date(2026, 11, 24), "en") == "Tuesday, November 24"
    assert notice.day_name(date(2026, 11, 24), "es") == "Martes 24 de noviembre"
