"""Two houses side by side: the same town, furnished the same, one on SQLite and one on PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from unittest.mock import patch

import httpx
from fastapi.testclient import TestClient
from sqlalchemy import func, make_url, select

from api.attempts import Attempts
from api.cookies import COOKIE
from api.dispatch import watching
from outreach.place import sites
from outreach.settings import packaged
from outreach.store import Base, open_store
from tests.api.conftest import PASSWORD, ROLES, STILL, House, open_house, served
from tests.databases import database
from tests.hostile.judging import Verdict, broken_by, judged
from tests.hostile.requests import STOP, Request
from tests.planned import published, with_risk
from tests.town import Town


@dataclass
class Twin:
    """One of the two houses: where requests are sent, by whom, and what its stops are called."""

    house: House
    stop: str
    tokens: dict[str, str] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._client = TestClient(self.house.app, base_url="http://localhost:8000")
        self._client.portal = self.house.served.portal
        for role in ROLES:
            self.tokens[role] = str(self.house.browser(role).cookies[COOKIE])

    def send(self, request: Request) -> Verdict:
        """What one request comes to. Never raises."""
        try:
            return judged(self.answer(request))
        except Exception as error:  # whatever comes out of the application instead of an answer is a find
            return broken_by(error)

    def answer(self, request: Request) -> httpx.Response:
        """The answer to one request, by a browser that keeps no cookies but the session's."""
        sent = {b"x-outreach": b"1", **({b"content-type": b"application/json"} if request.body else {})}
        if request.role in self.tokens:
            sent[b"cookie"] = f"{COOKIE}={self.tokens[request.role]}".encode()
        sent |= {name.lower().encode(): value for name, value in request.headers}
        content = None if request.body is None else request.body.replace(STOP.encode(), self.stop.encode())
        address = request.address.replace(STOP, self.stop)
        try:
            answer = self._client.request(
                request.method, address, content=content, headers=list(sent.items())
            )
        finally:
            self._client.cookies.clear()
        if answer.status_code == 401 and request.role is not None:
            self._sign_in_again(request.role)
        return answer

    def _sign_in_again(self, role: str) -> None:
        """What was sent may have ended the session; a closed account is lost for good."""
        self.house.app.state.desk.attempts = Attempts()
        asked = {"login": role, "password": PASSWORD}
        answer = self._client.post("/api/v1/session", json=asked, headers={"X-Outreach": "1"})
        self._client.cookies.clear()
        if answer.status_code == 200:
            self.tokens[role] = str(answer.cookies[COOKIE])
        else:
            self.lost.add(role)

    def rows(self) -> dict[str, int]:
        """How many rows each table has."""
        with self.house.town.store.reading() as session:
            tables = Base.metadata.sorted_tables
            return {
                table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables
            }


@dataclass
class Twins:
    """Both houses. What is sent to one is sent to the other."""

    both: tuple[Twin, Twin]

    def send(self, request: Request) -> tuple[Verdict, Verdict]:
        """The verdicts of SQLite and of PostgreSQL."""
        first, second = self.both
        return first.send(request), second.send(request)

    @property
    def worn(self) -> bool:
        """True once somebody cannot sign in any more: then take fresh ones."""
        return any(len(twin.lost) > 1 for twin in self.both)

    def uneven(self) -> dict[str, tuple[int, int]]:
        """The tables that do not have the same number of rows on both."""
        first, second = (twin.rows() for twin in self.both)
        return {name: (first[name], second[name]) for name in first if first[name] != second[name]}


class Nursery:
    """Furnishes a house on each database once, and makes as many pairs of copies as are asked for."""

    def __init__(self, folder: Path, server: str) -> None:
        self._folder, self._server, self._made = folder, server, 0
        self._stack = ExitStack()
        self._grown: list[tuple[Town, Path, str]] = []

    def __enter__(self) -> Nursery:
        for name, value in (("POLL_SECONDS", 0), ("LONGEST_POLLS", 2)):
            self._stack.enter_context(patch.object(watching, name, value))
        for kind in ("sqlite", "postgresql"):
            home = self._folder / f"first-{kind}"
            home.mkdir(parents=True)
            url = f"sqlite:///{home / 'outreach.db'}"
            if kind == "postgresql":
                url = self._stack.enter_context(database(self._server))
            store = open_store(url, keys=home / "keys.db")
            with open_house(store, home, STILL) as house:
                stop = furnish(house, home)
                self._grown.append((house.town, home, stop))
            store.close()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @contextmanager
    def twins(self) -> Iterator[Twins]:
        """A fresh pair."""
        self._made += 1
        with ExitStack() as stack:
            first, second = (stack.enter_context(self._copy(*grown)) for grown in self._grown)
            yield Twins((first, second))

    @contextmanager
    def _copy(self, town: Town, home: Path, stop: str) -> Iterator[Twin]:
        folder = self._folder / f"{home.name.removeprefix('first-')}-{self._made}"
        shutil.copytree(home, folder)
        with ExitStack() as stack:
            url = f"sqlite:///{folder / 'outreach.db'}"
            if town.store.dialect == "postgresql":
                template = make_url(town.store.url).database or ""
                url = stack.enter_context(database(self._server, template))
            store = open_store(url, keys=folder / "keys.db")
            stack.callback(store.close)
            moved = replace(town, store=store, city=folder / "city")
            yield Twin(stack.enter_context(served(moved, folder, STILL)), stop)
        shutil.rmtree(folder)


def furnish(house: House, folder: Path) -> str:
    """A published week, a run that waits, an open draft, an absence, an alert; the uid of a stop."""
    with house.town.store.transaction() as session:
        sites.import_csv(session, house.town.programme_id, packaged("templates") / "sites.csv")
    with_risk(house.town, folder, STILL)
    version = published(house.town, STILL)
    uids = [stop.uid for shift in version.shifts for stop in shift.stops]
    board = house.browser("admin")
    away = {"kind": "van", "subject_id": 1, "from_date": "2026-11-23", "until_date": "2026-11-23"}
    for address, body in (
        ("runs", {"from_date": "2026-11-30", "days": 2}),
        (f"stops/{uids[0]}/cancel", {"reason": "Snow"}),
        ("absences", away),
    ):
        assert board.post(f"/api/v1/dispatch/{address}", json=body).is_success
    return uids[-1]
