"""Watching something change: server-sent events from a question asked over and over, no session held open."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, Protocol

import anyio

from outreach.errors import OutreachError

POLL_SECONDS: Final = 0.4
QUIET_POLLS: Final = 30
LONGEST_POLLS: Final = 9_000
OPEN: Final = frozenset({"queued", "running"})


class Watched(Protocol):
    """What can be watched: it has a state, and can be written as JSON."""

    @property
    def state(self) -> str: ...

    def model_dump_json(self) -> str:
        """The data of one event."""
        ...


async def lines(ask: Callable[[], Awaitable[Watched]]) -> AsyncIterator[str]:
    """An event `progress` whenever the answer changed, a comment now and then so that the line stays open,
    and an event `end` when it is over. After an hour the line closes; browsers take it up again."""
    told, quiet = "", 0
    for _ in range(LONGEST_POLLS):
        try:
            now = await ask()
        except OutreachError:
            return
        text = now.model_dump_json()
        if now.state not in OPEN:
            yield _event("end", text)
            return
        quiet += 1
        if text != told:
            told, quiet = text, 0
            yield _event("progress", text)
        elif quiet >= QUIET_POLLS:
            quiet = 0
            yield ": still here\n\n"
        await anyio.sleep(POLL_SECONDS)


def _event(name: str, text: str) -> str:
    return f"event: {name}\ndata: {text}\n\n"
