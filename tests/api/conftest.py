"""The tiny town behind its HTTP door, with one account a role."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select, update

from api.app import create
from outreach import sessions
from outreach.accounts import Account
from outreach.place.areas import Area
from outreach.place.sites import Site
from outreach.plan.staff import Member
from outreach.plan.vans import Van
from outreach.plan.versions import Version, annotate
from outreach.settings import Settings
from outreach.store import Programme, Store, open_store
from tests.planned import published, with_risk
from tests.town import Town, build

PASSWORD = "four plain words here"
STILL = datetime(2026, 11, 21, 17, 0, tzinfo=UTC)
ROLES = ("dispatch", "crew", "clinician", "manager", "admin", "auditor", "operator", "device")
HASH = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)


@dataclass
class House:
    """The application on the tiny town, and a browser for each role."""

    town: Town
    app: FastAPI
    served: TestClient
    browsers: dict[str, TestClient] = field(default_factory=dict)
    promised: str = ""

    def browser(self, login: str | None = None) -> TestClient:
        """A browser in which this log-in, named like its role, is logged in; None for a stranger's."""
        if login is None:
            return self._fresh()
        if login not in self.browsers:
            browser = self._fresh()
            if login.endswith("device"):
                browser.cookies.set("outreach_session", self._token(login), domain="localhost.local")
            else:
                answer = browser.post("/api/v1/session", json={"login": login, "password": PASSWORD})
                assert answer.status_code == 200, answer.text
            self.browsers[login] = browser
        return self.browsers[login]

    def _token(self, login: str) -> str:
        """A tablet has no password."""
        with self.town.store.transaction() as session:
            account = session.scalars(select(Account).where(Account.login == login)).one()
            return sessions.sign_in(session, account, self.app.state.desk.now())

    def _fresh(self) -> TestClient:
        browser = TestClient(self.app, base_url="http://localhost:8000", headers={"X-Outreach": "1"})
        browser.portal = self.served.portal  # one event loop for all of them, as on a real server
        return browser


@contextmanager
def open_house(store: Store, folder: Path, now: datetime) -> Iterator[House]:
    """The tiny town served, with a still clock and no planning process beside it."""
    with served(_peopled(build(store, folder / "city")), folder, now) as house:
        yield house


@contextmanager
def served(town: Town, folder: Path, now: datetime) -> Iterator[House]:
    """A town that is there already, served."""
    app = create(Settings(folder, town.store.url), planning=False, clock=lambda: now)
    with TestClient(app) as browser:
        yield House(town, app, browser)


def _peopled(town: Town, prefix: str = "") -> Town:
    """With one account a role, and as in a demonstration without second factors: `test_factors` has them."""
    with town.store.transaction() as session:
        session.get_one(Programme, town.programme_id).demo = True
        for role in ROLES:
            session.add(
                Account(
                    programme_id=town.programme_id,
                    login=f"{prefix}{role}",
                    name=f"{prefix}{role}".title(),
                    role=role,
                    password_hash=HASH,
                    active=True,
                )
            )
    return town


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


@pytest.fixture
def strict(store: Store, tmp_path: Path, now: datetime) -> Iterator[House]:
    """A real installation on each database: no demonstration, so managers need a second factor."""
    with open_house(store, tmp_path, now) as house:
        with store.transaction() as session:
            session.execute(update(Programme).values(demo=False))
        yield house


@pytest.fixture(scope="session")
def _published_template(
    tmp_path_factory: pytest.TempPathFactory, _sqlite_template: Path
) -> tuple[Town, Path, str]:
    """A database with a risk surface and a published week, to copy from; and a promised stop's uid."""
    folder = tmp_path_factory.mktemp("published")
    shutil.copy(_sqlite_template, folder / "outreach.db")
    store = open_store(f"sqlite:///{folder / 'outreach.db'}", keys=folder / "keys.db")
    town = _peopled(with_risk(build(store, folder / "city"), folder, STILL))
    version = published(town, STILL)
    with store.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    promised = next(stop.uid for shift in version.shifts for stop in shift.stops if stop.anchor)
    return town, folder / "outreach.db", promised


@pytest.fixture
def published_house(_published_template: tuple[Town, Path, str], tmp_path: Path) -> Iterator[House]:
    """The town with its first week published, on SQLite."""
    town, file, promised = _published_template
    shutil.copy(file, tmp_path / "outreach.db")
    store = open_store(f"sqlite:///{tmp_path / 'outreach.db'}", keys=tmp_path / "keys.db")
    with served(replace(town, store=store), tmp_path, STILL) as house:
        yield replace(house, promised=promised)
    store.close()


@pytest.fixture(scope="module")
def two_houses(
    _published_template: tuple[Town, Path, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """The town with its first week published, and a second programme beside it: log-ins `other-dispatch` and
    so on. What the first town calls its own is marked THEIRS, for the other to look for in vain."""
    town, file, promised = _published_template
    folder = tmp_path_factory.mktemp("two")
    shutil.copy(file, folder / "outreach.db")
    store = open_store(f"sqlite:///{folder / 'outreach.db'}", keys=folder / "keys.db")
    with store.transaction() as session:
        for kind in (Site, Member, Van, Area, Account):
            session.execute(update(kind).values(name="THEIRS " + kind.name))
        for version in session.scalars(select(Version)):
            annotate(session, version, "THEIRS")
    _peopled(build(store, folder / "cities" / "other", slug="other"), "other-")
    with served(replace(town, store=store), folder, STILL) as house:
        yield replace(house, promised=promised)
    store.close()


@pytest.fixture(scope="module")
def shared_house(tmp_path_factory: pytest.TempPathFactory, _sqlite_template: Path) -> Iterator[House]:
    """One service for a whole module of tests that change nothing."""
    folder = tmp_path_factory.mktemp("house")
    (folder / "outreach.db").write_bytes(_sqlite_template.read_bytes())
    store = open_store(f"sqlite:///{folder / 'outreach.db'}", keys=folder / "keys.db")
    with open_house(store, folder, STILL) as opened:
        yield opened
    store.close()


@pytest.fixture
def dispatch(house: House) -> TestClient:
    """A coordinator's browser."""
    return house.browser("dispatch")
