"""Does any input break it or divide the databases? `python -m benchmarks.hostile [--inputs N] [--json OUT]`

The same inputs go to the tiny town on SQLite and on PostgreSQL: requests made from the written contract by
whoever asks, bodies, headers and addresses that broke some server once, tablets' batches that are almost
right, and people's files. None may come to a 5xx, a traceback or a refusal without a sentence; both databases
must say the same, and keep the same number of rows. Then schemathesis sends what the contract allows and
forbids to every operation (`--cases`), and holds each answer to it; and road networks and other files that no
database sees are read (`--files`). Planted faults, each of which must be found: `--plant origin` (an Origin
that is no address breaks the door), `--plant numbers` (whole numbers of files without bounds, which the
databases refuse in their own ways), `--plant contract` (the contract forgets a refusal).
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from copy import deepcopy
from dataclasses import asdict
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urlsplit

from api import guard
from outreach.tabular import words
from tests import postgres
from tests.hostile import contract, requests, suite
from tests.hostile.suite import Counts, Stage
from tests.hostile.twins import Nursery


def main(arguments: Sequence[str] | None = None) -> int:
    """Send everything, print what came of it; 1 when anything broke or differed."""
    asked = _parser().parse_args(arguments)
    logging.disable(logging.ERROR)  # every break is told below, with what was sent
    began, used = time.perf_counter(), time.process_time()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = os.environ.get("OUTREACH_TEST_DATABASE") or stack.enter_context(postgres.server())
        nursery = stack.enter_context(Nursery(folder / "houses", server))
        stage = stack.enter_context(Stage(nursery))
        stack.enter_context(_planted(asked.plant))
        counts = _all(stage, folder, asked)
    seconds = {"seconds": time.perf_counter() - began, "processor_seconds": time.process_time() - used}
    return _told(asked, counts, {name: round(value, 1) for name, value in seconds.items()})


def _all(stage: Stage, folder: Path, asked: argparse.Namespace) -> dict[str, Counts]:
    sent, read = folder / "sent", folder / "read"
    sent.mkdir()
    read.mkdir()
    written = _forgetful() if asked.plant == "contract" else requests.CONTRACT
    counts = suite.run(stage, sent, asked.inputs, asked.seed)
    counts["both databases"] = suite.added(counts.values())
    counts["schemathesis"] = contract.run(stage, asked.cases, asked.seed, written)
    counts["read, no database"] = suite.read_files(read, asked.files, asked.seed)
    counts["rows kept alike"] = stage.rows
    return counts


def _forgetful() -> dict[str, object]:
    """The contract, with nothing said of inputs that are wrong."""
    told = deepcopy(requests.CONTRACT)
    for methods in told["paths"].values():
        for operation in methods.values():
            operation["responses"].pop("422", None)
    return told


def _planted(plant: str | None) -> AbstractContextManager[object]:
    if plant == "origin":
        return patch.object(guard, "_site_of", lambda origin: urlsplit(origin).netloc)
    if plant == "numbers":
        return patch.object(words, "whole", lambda text, least, most: int(text))
    return nullcontext()


def _told(asked: argparse.Namespace, counts: dict[str, Counts], seconds: dict[str, float]) -> int:
    print(f"{'':<18} {'inputs':>7} {'taken':>7} {'broken':>7} {'differing':>9}")
    for name, one in counts.items():
        print(f"{name:<18} {one.inputs:>7} {one.accepted:>7} {one.broken:>7} {one.differing:>9}")
    for name in counts.keys() - {"both databases"}:
        for find in counts[name].finds:
            print(f"\n{name}: {find}", file=sys.stderr)
    facts = {"planted": asked.plant, **seconds, "counts": {name: asdict(one) for name, one in counts.items()}}
    if asked.json:
        asked.json.write_text(json.dumps(facts, indent=1))
    print(f"{seconds['seconds']} s, {seconds['processor_seconds']} s of processor")
    return 1 if any(one.bad for one in counts.values()) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--inputs", type=int, default=5000, help="to each of the two databases")
    parser.add_argument("--cases", type=int, default=700, help="of schemathesis")
    parser.add_argument("--files", type=int, default=350, help="that no database sees")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plant", choices=["origin", "numbers", "contract"])
    parser.add_argument("--json", type=Path)
    return parser


if __name__ == "__main__":
    sys.exit(main())
