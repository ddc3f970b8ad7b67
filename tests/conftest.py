"""What every test may ask for: a fresh store on each database, a still moment, and the tiny town."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import make_url, text

from outreach import passwords
from outreach.store import Store, open_store
from tests import postgres
from tests.browser import chromium
from tests.databases import Databases, connected, database
from tests.town import Town, build

HERE = Path(__file__).parent
PLAIN = "outreach_plain"
passwords.HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
"""Passwords are hashed here as everywhere, at a small cost: hundreds of tests open an account."""


LONGEST_FIRST = (
    "plan/test_worker.py",
    "browser/test_journey.py",
    "browser/test_board.py",
    "solver/test_certificate.py",
    "cli/test_demo.py",
)
"""Files that take half a minute or more."""


def pytest_xdist_auto_num_workers() -> int:
    """Half as many again as there are processors: a third of the tests' time is waiting."""
    processors = os.cpu_count() or 1
    return processors + (processors + 1) // 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that nobody ends alone with it."""
    places = {str(HERE / name): place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: places.get(str(item.path), len(places)))


def pytest_report_header() -> str:
    """Say which browser runs the pages' tests, or why none does."""
    return chromium.header()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say it at the end too when none does: the quiet header is not printed."""
    if chromium.missing():
        terminalreporter.write_line(chromium.header())


@pytest.fixture
def now() -> datetime:
    """Saturday before the tiny town's first planned week, at noon in New York."""
    return datetime(2026, 11, 21, 17, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy from: quicker than migrating for every test."""
    path = tmp_path_factory.mktemp("template") / "outreach.db"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server on which databases may be made.

    OUTREACH_TEST_DATABASE names one of your own. Without any the tests fail, unless
    OUTREACH_SKIP_POSTGRES=1 asks for a skip by name.
    """
    with ExitStack() as stack:
        given = os.environ.get("OUTREACH_TEST_DATABASE")
        if os.environ.get("OUTREACH_SKIP_POSTGRES") == "1":
            pytest.skip("PostgreSQL is skipped: OUTREACH_SKIP_POSTGRES=1")
        yield given or stack.enter_context(postgres.server())


@pytest.fixture(scope="session")
def databases(postgres_server: str) -> Iterator[Databases]:
    """Fresh databases with our tables, as many as are asked for."""
    with database(postgres_server) as url:
        open_store(url).close()
        yield from _made_from(postgres_server, url)


@pytest.fixture(scope="session")
def _plain_databases(postgres_server: str) -> Iterator[Databases]:
    """The same, owned by an ordinary user."""
    with database(postgres_server) as url:
        with connected(postgres_server) as connection:
            if not connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": PLAIN}):
                connection.execute(text(f"CREATE ROLE {PLAIN} LOGIN NOSUPERUSER NOBYPASSRLS"))
            connection.execute(text(f'ALTER DATABASE "{make_url(url).database}" OWNER TO {PLAIN}'))
        open_store(_as_plain(url)).close()
        yield from _made_from(postgres_server, url)


@pytest.fixture
def sqlite_url(tmp_path: Path, _sqlite_template: Path) -> str:
    """The address of a fresh SQLite database."""
    shutil.copy(_sqlite_template, tmp_path / "outreach.db")
    return f"sqlite:///{tmp_path / 'outreach.db'}"


@pytest.fixture
def postgres_url(databases: Databases) -> Iterator[str]:
    """The address of a fresh PostgreSQL database."""
    with databases.fresh() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    """The address of a fresh database, once on SQLite and once on PostgreSQL."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url"))


@pytest.fixture
def store(store_url: str, tmp_path: Path) -> Iterator[Store]:
    """An empty store on each database: the test runs twice."""
    opened = open_store(store_url, keys=tmp_path / "keys.db")
    yield opened
    opened.close()


@pytest.fixture
def sqlite_store(sqlite_url: str, tmp_path: Path) -> Iterator[Store]:
    """An empty store on SQLite, for what does not depend on the database."""
    opened = open_store(sqlite_url, keys=tmp_path / "keys.db")
    yield opened
    opened.close()


@pytest.fixture
def postgres_store(postgres_url: str, tmp_path: Path) -> Iterator[Store]:
    """An empty store on PostgreSQL."""
    opened = open_store(postgres_url, keys=tmp_path / "keys.db")
    yield opened
    opened.close()


@pytest.fixture
def plain_store(_plain_databases: Databases) -> Iterator[Store]:
    """A PostgreSQL store opened by an ordinary user who owns the tables, as an installation should."""
    with _plain_databases.fresh() as url:
        store = open_store(_as_plain(url))
        yield store
        store.close()


@pytest.fixture
def town(sqlite_store: Store, tmp_path: Path) -> Town:
    """The tiny town on SQLite."""
    return build(sqlite_store, tmp_path / "city")


@pytest.fixture
def town_on_both(store: Store, tmp_path: Path) -> Town:
    """The tiny town on each database: the test runs twice."""
    return build(store, tmp_path / "city")


def _made_from(server: str, template: str) -> Iterator[Databases]:
    made = Databases(server, make_url(template).database or "")
    yield made
    made.close()


def _as_plain(url: str) -> str:
    return make_url(url).set(username=PLAIN).render_as_string(hide_password=False)
