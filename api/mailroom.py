"""The mailroom: what tablets send goes in here, and the answer comes out when it is committed.

Waiting costs a tablet no thread and no turn of the office's: hundreds may wait while the one writer works.
"""

from __future__ import annotations

from asyncio import wrap_future
from collections.abc import Callable
from typing import Annotated, Final, cast

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from api.desk import Turns
from outreach.field.inbox import Answer, Inbox
from outreach.field.sync import Parcel
from outreach.store import Store

TABLETS: Final = 200


class Mailroom:
    """One per process, with one writer."""

    def __init__(self, store: Store) -> None:
        self._inbox = Inbox(store)
        self._turns = Turns(TABLETS, queue=0)

    async def post(self, reading: Callable[[], Parcel]) -> Answer:
        """Read a batch in a thread, hand it in, and wait. Raises: `ComeBack` when too many wait."""
        async with self._turns.turn():
            return await wrap_future(self._inbox.post(await run_in_threadpool(reading)))

    def close(self) -> None:
        """Store what was handed in, then stop."""
        self._inbox.close()


def _mailroom(request: Request) -> Mailroom:
    return cast(Mailroom, request.app.state.mailroom)


AtMailroom = Annotated[Mailroom, Depends(_mailroom)]
"""Where batches are handed in."""
