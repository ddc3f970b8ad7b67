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
from api.office import Office
from api.offices import Offices


def desk_of(request: Request) -> Desk:
    """The desk this application was made with."""
    return cast(Desk, request.app.state.desk)


def office_of(request: Request) -> Office:
    """The office of whoever asks; for a stranger, of the programme the address names."""
    offices = cast(Offices, request.app.state.offices)
    actor: Actor | None = getattr(request.state, "actor", None)
    return offices.for_strangers(request) if actor is None else offices.of(actor.programme_id)


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
    office: Annotated[Office, Depends(office_of)],
    _turn: Annotated[None, Depends(_turn_to_write, scope="function")],
) -> Iterator[Session]:
    with office.store.transaction(office.programme_id) as session:
        yield session


def _reading(
    office: Annotated[Office, Depends(office_of)],
    _turn: Annotated[None, Depends(_turn_to_read, scope="function")],
) -> Iterator[Session]:
    with office.store.reading(office.programme_id) as session:
        yield session


def _writing_all(
    request: Request, _turn: Annotated[None, Depends(_turn_to_write, scope="function")]
) -> Iterator[Session]:
    with desk_of(request).store.transaction() as session:
        yield session


def _reading_all(
    request: Request, _turn: Annotated[None, Depends(_turn_to_read, scope="function")]
) -> Iterator[Session]:
    with desk_of(request).store.reading() as session:
        yield session


Writing = Annotated[Session, Depends(_writing, scope="function")]
"""A session whose work is committed before the answer leaves, or not at all; of one programme only."""

Reading = Annotated[Session, Depends(_reading, scope="function")]
"""A session on one snapshot, which the database lets nobody write in; of one programme only."""

WritingAll = Annotated[Session, Depends(_writing_all, scope="function")]
"""As `Writing`, over every programme: for logging in, where nobody knows yet who asks."""

ReadingAll = Annotated[Session, Depends(_reading_all, scope="function")]
"""As `Reading`, over every programme: for logging in and for the server's own health."""

Asking = Annotated[Actor, Depends(_actor)]
"""Who is asking; only on routes that need a log-in."""

Now = Annotated[datetime, Depends(_now)]
"""The moment of this request, UTC."""

AtDesk = Annotated[Office, Depends(office_of)]
"""Ground, roads and rules of the asker's programme."""

AtDoor = Annotated[Desk, Depends(desk_of)]
"""What every programme shares: for logging in."""
