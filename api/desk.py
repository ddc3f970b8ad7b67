"""The desk every request comes to: one per process, with the store, the clock, and whose turn it is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

import anyio
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from api.attempts import Attempts
from api.kept_file import KeptFile
from api.problems import ComeBack
from api.remembered import RememberedRoads
from outreach import accounts
from outreach.accounts import SignedOut
from outreach.errors import Refused
from outreach.place.roads import Network
from outreach.policies import Policy
from outreach.settings import Settings
from outreach.store import Store

Found = TypeVar("Found")
COOKIE: Final = "outreach_session"
WRITERS: Final = 4
READERS: Final = 10
WATCHERS: Final = 100
QUEUE: Final = 400
TOUCH_EVERY: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is asking."""

    id: int
    login: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Ground:
    """The one programme of this installation: its number never changes while the server runs."""

    programme_id: int
    name: str
    city: str
    timezone: ZoneInfo


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
        self.attempts = Attempts()
        self.basemap = KeptFile(settings.city / "basemap.geojson", "application/geo+json")
        self._touched: dict[str, datetime] = {}
        self._network: tuple[int, Network] | None = None

    @cached_property
    def ground(self) -> Ground:
        """The programme. Raises: `Missing` before one was created."""
        with self.store.reading() as session:
            found = self.store.programme(session)
            return Ground(found.id, found.name, found.city, ZoneInfo(found.timezone))

    @property
    def programme_id(self) -> int:
        """Whose rows a request may see."""
        return self.ground.programme_id

    @cached_property
    def policy(self) -> Policy:
        """The rules of the jurisdiction. Raises: `Missing`, `Invalid`."""
        return Policy.load(self.settings.policy)

    @property
    def network(self) -> Network:
        """The roads of the city; read again when the city was made anew."""
        made = _changed(self.settings.city / "city.toml")
        if self._network is None or self._network[0] != made:
            self._network = (made, RememberedRoads.open(self.settings.city))
        return self._network[1]

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of the city; the whole globe before there is one."""
        west, south, east, north = _numbers(self.network.city.get("bounds"), (-180.0, -85.0, 180.0, 85.0))
        return west, south, east, north

    @property
    def center(self) -> tuple[float, float]:
        """Where a map begins."""
        west, south, east, north = self.bounds
        lon, lat = _numbers(self.network.city.get("center"), ((west + east) / 2, (south + north) / 2))
        return lon, lat

    def today(self) -> date:
        """The local date."""
        return self.now().astimezone(self.ground.timezone).date()

    async def read(self, question: Callable[[Session], Found]) -> Found:
        """Ask the database something off the event loop, in a session of its own that ends at once."""

        def asked() -> Found:
            with self.store.reading() as session:
                return question(session)

        async with self.readers.turn():
            return await run_in_threadpool(asked)

    def admit(self, token: str | None, roles: frozenset[str]) -> Actor:
        """Who holds the token. Raises: `SignedOut` (401), `Refused` (403) when the role may not do this."""
        now = self.now()
        if not token:
            raise SignedOut("You are not signed in, or the session is over. Sign in again.")
        with self.store.reading() as session:
            found = accounts.who(session, token, now)
            actor = Actor(found.id, found.login, found.name, found.role)
        if actor.role not in roles:
            raise Refused(f"This is not for the role {actor.role}. Ask a colleague who may do it.")
        self._keep_open(token, now)
        return actor

    def _keep_open(self, token: str, now: datetime) -> None:
        if now - self._touched.get(token, datetime.min.replace(tzinfo=UTC)) < TOUCH_EVERY:
            return
        if len(self._touched) > 10_000:
            self._touched.clear()
        self._touched[token] = now
        with self.store.transaction() as session:
            accounts.touch(session, token, now)


def _changed(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0


def _numbers(found: object, otherwise: tuple[float, ...]) -> tuple[float, ...]:
    if isinstance(found, list) and len(found) == len(otherwise):
        return tuple(float(one) for one in found)
    return otherwise


def _utc_now() -> datetime:
    return datetime.now(UTC)
