"""The desk every request comes to: one per process, with the store, the clock, and whose turn it is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import anyio
from sqlalchemy.orm import Session

from api.attempts import Attempts
from api.oidc import Provider
from api.problems import ComeBack
from outreach import sessions
from outreach.accounts import Account, SignedOut
from outreach.errors import Refused
from outreach.field import events
from outreach.settings import Settings
from outreach.store import Store

WRITERS: Final = 4
READERS: Final = 10
WATCHERS: Final = 100
QUEUE: Final = 400
MOST_SEALED: Final = 5_000
"""Events held from one tablet that was shut out: more than any crew taps in a month, and no flood."""
TOUCH_EVERY: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking, and for which programme."""

    id: int
    programme_id: int
    login: str
    name: str
    role: str
    enrolling: bool = False
    first_password: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms a route lets people in: see `api/access.py`."""

    roles: frozenset[str]
    while_enrolling: bool = False
    sealed: bool = False


class Turns:
    """At most `limit` at once; the others wait in line, and when `queue` wait people are told to come back.

    Threads are few: writers waiting for the database must not take them all, or the one that holds the
    lock finds none to finish with.
    """

    def __init__(self, limit: int, queue: int = QUEUE) -> None:
        self._limit, self._queue = anyio.Semaphore(limit), queue

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn. Raises: `ComeBack`."""
        self.refuse_when_full()
        async with self._limit:
            yield

    def refuse_when_full(self) -> None:
        """Raises: `ComeBack` when nobody more may wait."""
        if self._limit.value == 0 and self._limit.statistics().tasks_waiting >= self._queue:
            raise ComeBack("The server is busy. Nothing was changed; try again in a few seconds.")


class Desk:
    """Everything a request needs that outlives it."""

    def __init__(self, settings: Settings, store: Store, clock: Callable[[], datetime] | None = None) -> None:
        self.settings = settings
        self.store = store
        self.now = clock or _utc_now
        self.writers = Turns(WRITERS)
        self.readers = Turns(READERS)
        self.watchers = Turns(WATCHERS, queue=0)
        self.verifiers = Turns(1, queue=0)
        self.attempts = Attempts()
        self.provider = Provider(settings)
        self._touched: dict[str, datetime] = {}

    def admit(self, token: str | None, terms: Terms) -> Actor:
        """Who holds the token. Raises: `SignedOut` (401), `Refused` (403) when the role may not do this."""
        now = self.now()
        if not token:
            raise SignedOut("You are not signed in, or the session is over. Sign in again.")
        with self.store.reading() as session:
            held = sessions.who(session, token, now, may_be_sealed=terms.sealed)
            known = held.account
            if held.sealed:
                self._refuse_flood(session, known)
            who = (known.id, known.programme_id, known.login, known.name, known.role)
            actor = Actor(*who, held.enrolling, known.password_until is not None)
        if actor.role not in terms.roles:
            raise Refused(f"This is not for the role {actor.role}. Ask a colleague who may do it.")
        if actor.enrolling and not terms.while_enrolling:
            raise Refused(
                "Choose your own password and set up your second factor first, on the first page.",
                code="enrol-first",
            )
        if not held.sealed:
            self._keep_open(token, now)
        return actor

    def _refuse_flood(self, session: Session, account: Account) -> None:
        if events.count_held_from(session, account.programme_id, account.id) >= MOST_SEALED:
            raise Refused("This tablet was shut out and has sent enough. Bring it in.", code="sealed")

    def _keep_open(self, token: str, now: datetime) -> None:
        if now - self._touched.get(token, datetime.min.replace(tzinfo=UTC)) < TOUCH_EVERY:
            return
        if len(self._touched) > 10_000:
            self._touched.clear()
        self._touched[token] = now
        with self.store.transaction() as session:
            sessions.touch(session, token, now)


def _utc_now() -> datetime:
    return datetime.now(UTC)
