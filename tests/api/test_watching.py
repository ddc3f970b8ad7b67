"""Progress on the line: an event when something changed, an end, and never a session held open."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import anyio
import pytest

from api.dispatch import watching
from api.dispatch.runs import RunProgress
from outreach.errors import Missing


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "POLL_SECONDS", 0)


def _all(answers: list[RunProgress | Exception]) -> list[str]:
    given: Iterator[RunProgress | Exception] = iter(answers)

    async def ask() -> RunProgress:
        answer = next(given)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def collect() -> list[str]:
        lines: AsyncIterator[str] = watching.lines(ask)
        return [line async for line in lines]

    return anyio.run(collect)


def _at(state: str, seconds: float) -> RunProgress:
    return RunProgress.model_validate({"state": state, "seconds": seconds})


def test_only_changes_are_told_and_the_end_closes_the_line() -> None:
    lines = _all([_at("queued", 0), _at("running", 1), _at("running", 1), _at("running", 2), _at("done", 3)])
    assert [line.split("\n")[0] for line in lines] == [
        "event: progress",
        "event: progress",
        "event: progress",
        "event: end",
    ]
    assert all(line.endswith("\n\n") and line.count("\n") == 3 for line in lines)


def test_a_quiet_line_is_kept_open() -> None:
    lines = _all([_at("running", 1)] * (watching.QUIET_POLLS + 1) + [_at("failed", 1)])
    assert ": still here\n\n" in lines
    assert lines[-1].startswith("event: end")


def test_a_run_that_is_gone_closes_the_line() -> None:
    assert len(_all([_at("running", 1), Missing("gone")])) == 1
