"""What a route may ask for: the session it works in, who is asking, what time it is.

One request is one transaction. `Writing` commits before the answer leaves (`scope="function"`): with
FastAPI's default scope a 200 would leave first, and a tablet would empty its outbox on a failing commit.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from typing import Annotated, cast

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from api.desk import Actor, Desk


def desk_of(request: Request) -> Desk:
    """The desk this application was made with."""
    return cast(Desk, request.app.state.desk)


def _actor(request: Request) -> Actor:
    return cast(Actor, request.state.actor)


def _now(request: Request) -> datetime:
    return desk_of(request).now()


async def _turn_to_write(request: Request) -> AsyncIterator[None]:
    async with desk_of(request).writers.turn():
        yield


async def _turn_to_read(request: Request) -> AsyncIterator[None]:
    async with desk_of(request).readers.turn():
        yield


def _writing(
    request: Request, _turn: Annotated[None, Depends(_turn_to_write, scope="function")]
) -> Iterator[Session]:
    with desk_of(request).store.transaction() as session:
        yield session


def _reading(
    request: Request, _turn: Annotated[None, Depends(_turn_to_read, scope="function")]
) -> Iterator[Session]:
    with desk_of(request).store.reading() as session:
        yield session


Writing = Annotated[Session, Depends(_writing, scope="function")]
"""A session whose work is committed before the answer leaves, or not at all."""

Reading = Annotated[Session, Depends(_reading, scope="function")]
"""A session on one snapshot, which the database lets nobody write in."""

Asking = Annotated[Actor, Depends(_actor)]
"""Who is asking; only on routes that need a log-in."""

Now = Annotated[datetime, Depends(_now)]
"""The moment of this request, UTC."""

AtDesk = Annotated[Desk, Depends(desk_of)]
"""Settings, store and ground of this installation."""
