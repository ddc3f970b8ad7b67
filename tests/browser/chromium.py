"""Finding a Chromium and starting it the way the project does; and ending one the hard way."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
from functools import cache
from pathlib import Path

WEB = Path(__file__).parents[2] / "web"
BUILT = WEB.parent / "api" / "static"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
)
UNPACK = "import('@sparticuz/chromium').then(c => c.default.executablePath()).then(console.log)"


@cache
def executable() -> str | None:
    """The Chromium to use: OUTREACH_CHROMIUM, one on PATH, or that of the npm package @sparticuz/chromium."""
    named = os.environ.get("OUTREACH_CHROMIUM")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None) or _unpacked()


def missing() -> str | None:
    """Why no browser test can run here; None when they can."""
    if importlib.util.find_spec("playwright") is None:
        return "Playwright is not installed (pip install '.[test]')"
    if executable() is None:
        return "no Chromium on PATH and no @sparticuz/chromium in web/node_modules"
    if not (BUILT / "crew.html").is_file():
        return "the pages are not built (pip install .)"
    return None


def header() -> str:
    """A line for pytest's header: which browser runs, or why none does."""
    why = missing()
    return f"browser: {executable()}" if why is None else f"browser: skipped, {why}"


def _unpacked() -> str | None:
    node = shutil.which("node")
    if node is None or not (WEB / "node_modules/@sparticuz/chromium").is_dir():
        return None
    told = subprocess.run(
        [node, "-e", UNPACK], cwd=WEB, capture_output=True, text=True, timeout=120, check=False
    )
    return told.stdout.strip() or None


def kill(profile: Path) -> int:
    """Kill -9 the browser that runs on this profile, as a flat battery would; how many processes died."""
    victims = [pid for pid in _pids() if str(profile) in _command(pid) and "--type=" not in _command(pid)]
    for pid in victims:
        os.kill(pid, signal.SIGKILL)
    return len(victims)


def _pids() -> list[int]:
    return [
        int(path.name)
        for path in Path("/proc").iterdir()
        if path.name.isdigit() and int(path.name) != os.getpid()
    ]


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
