"""The tiny town behind its HTTP door, with one account a role."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create
from outreach.accounts import Account
from outreach.settings import Settings
from outreach.store import Store, open_store
from tests.town import Town, build

PASSWORD = "four plain words here"
ROLES = ("dispatch", "crew", "manager", "admin")
HASH = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)


@dataclass
class House:
    """The application on the tiny town, and a browser for each role."""

    town: Town
    app: FastAPI
    served: TestClient
    browsers: dict[str, TestClient] = field(default_factory=dict)

    def browser(self, role: str | None = None) -> TestClient:
        """A browser in which this role is logged in; None for a stranger's."""
        if role is None:
            return self._fresh()
        if role not in self.browsers:
            browser = self._fresh()
            answer = browser.post("/api/v1/session", json={"login": role, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
            self.browsers[role] = browser
        return self.browsers[role]

    def _fresh(self) -> TestClient:
        browser = TestClient(self.app, base_url="http://localhost:8000", headers={"X-Outreach": "1"})
        browser.portal = self.served.portal  # one event loop for all of them, as on a real server
        return browser


@contextmanager
def open_house(store: Store, folder: Path, now: datetime) -> Iterator[House]:
    """The tiny town served, with a still clock and no planning process beside it."""
    town = build(store, folder / "city")
    with store.transaction() as session:
        for role in ROLES:
            session.add(
                Account(
                    programme_id=town.programme_id,
                    login=role,
                    name=role.title(),
                    role=role,
                    password_hash=HASH,
                    active=True,
                )
            )
    app = create(Settings(folder, store.url), planning=False, clock=lambda: now)
    with TestClient(app) as served:
        yield House(town, app, served)


@pytest.fixture
def house(sqlite_store: Store, tmp_path: Path, now: datetime) -> Iterator[House]:
    """The town's service on SQLite."""
    with open_house(sqlite_store, tmp_path, now) as opened:
        yield opened


@pytest.fixture
def house_on_both(store: Store, tmp_path: Path, now: datetime) -> Iterator[House]:
    """The town's service on each database: the test runs twice."""
    with open_house(store, tmp_path, now) as opened:
        yield opened


@pytest.fixture(scope="module")
def shared_house(tmp_path_factory: pytest.TempPathFactory, _sqlite_template: Path) -> Iterator[House]:
    """One service for a whole module of tests that change nothing."""
    folder = tmp_path_factory.mktemp("house")
    (folder / "outreach.db").write_bytes(_sqlite_template.read_bytes())
    store = open_store(f"sqlite:///{folder / 'outreach.db'}")
    with open_house(store, folder, datetime.fromisoformat("2026-11-21T17:00:00+00:00")) as opened:
        yield opened
    store.close()


@pytest.fixture
def dispatch(house: House) -> TestClient:
    """A coordinator's browser."""
    return house.browser("dispatch")
