"""Running the command line in this process, as a person would type it."""

from __future__ import annotations

import contextlib
import io
import sys
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from outreach.cli import main


@dataclass(frozen=True, slots=True)
class Told:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


def run(*arguments: object, data_dir: Path | None = None) -> Told:
    """Run `outreach ARGUMENTS [--data-dir DATA_DIR]`."""
    words = ["outreach", *map(str, arguments), *(["--data-dir", str(data_dir)] if data_dir else [])]
    printed, complained = io.StringIO(), io.StringIO()
    with (
        mock.patch.object(sys, "argv", words),
        contextlib.redirect_stderr(complained),
        contextlib.redirect_stdout(printed),
    ):
        try:
            main()
            code = 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
    return Told(code, printed.getvalue(), complained.getvalue())
