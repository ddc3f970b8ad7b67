"""The office of one programme, as a request finds it: its ground, roads and rules, and nobody else's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from api.desk import Desk
from api.kept_file import KeptFile
from api.remembered import RememberedRoads
from outreach.place.ground import Bounds
from outreach.place.roads import Network
from outreach.policies import Policy
from outreach.store import Programme

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Ground:
    """What never changes of a programme while the server runs."""

    programme_id: int
    name: str
    city: str
    timezone: ZoneInfo
    demo: bool

    @classmethod
    def of(cls, ours: Programme) -> Ground:
        """A programme as it is stored."""
        return cls(ours.id, ours.name, ours.city, ZoneInfo(ours.timezone), ours.demo)


class Office:
    """The desk, for one programme."""

    def __init__(self, desk: Desk, ours: Programme) -> None:
        self.desk, self.store, self.now = desk, desk.store, desk.now
        self.writers, self.readers, self.watchers = desk.writers, desk.readers, desk.watchers
        self.settings = desk.settings.at(ours.folder, ours.policy)
        self.ground = Ground.of(ours)
        self.programme_id = ours.id
        self.basemap = KeptFile(self.settings.city / "basemap.geojson", "application/geo+json")
        self._network: tuple[int, Network] | None = None

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
    def bounds(self) -> Bounds:
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
        return self.local(self.now()).date()

    def local(self, moment: datetime) -> datetime:
        """A moment as the clocks on the wall show it."""
        return moment.astimezone(self.ground.timezone)

    async def read(self, question: Callable[[Session], Found]) -> Found:
        """Ask the database something off the event loop, in a session of its own that ends at once."""

        def asked() -> Found:
            with self.store.reading(self.programme_id) as session:
                return question(session)

        async with self.readers.turn():
            return await run_in_threadpool(asked)


def _changed(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0


def _numbers(found: object, otherwise: tuple[float, ...]) -> tuple[float, ...]:
    if isinstance(found, list) and len(found) == len(otherwise):
        return tuple(float(one) for one in found)
    return otherwise
