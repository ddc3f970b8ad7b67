from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, StatementError

from outreach import audit
from outreach.errors import Invalid, Missing, OutreachError, Refused
from outreach.plan.schedules import Version
from outreach.store import Programme, Store, open_store, programme
from tests.town import Town


def _programme(slug: str) -> Programme:
    return Programme(slug=slug, name="N", city="C", timezone="UTC")


def _write_and_fail(store: Store) -> None:
    with store.transaction() as session:
        session.add(_programme("one"))
        session.flush()
        raise Missing("changed my mind")


def _count(store: Store) -> int:
    with store.reading() as session:
        return len(session.scalars(select(Programme)).all())


def test_what_a_transaction_wrote_is_there_afterwards(store: Store):
    with store.transaction() as session:
        session.add(_programme("one"))
    with store.reading() as session:
        assert programme(session).slug == "one"


def test_a_transaction_that_fails_leaves_nothing(store: Store):
    with pytest.raises(Missing, match="changed my mind"):
        _write_and_fail(store)
    assert _count(store) == 0


def test_rows_can_be_used_after_the_commit(store: Store):
    with store.transaction() as session:
        made = _programme("one")
        session.add(made)
    assert made.slug == "one"


def test_the_tiny_town_stands(town_on_both: Town):
    assert len(town_on_both.sites) == 5


def test_a_reading_session_refuses_to_write(store: Store):
    with store.reading() as session:
        session.add(_programme("one"))
        with pytest.raises(DBAPIError):
            session.flush()
    with store.transaction() as session:
        session.add(_programme("two"))
    with store.reading() as session:
        assert audit.verify(session).whole


def test_a_reader_sees_one_moment_while_others_write(store: Store):
    with store.transaction() as session:
        session.add(_programme("one"))
    with store.reading() as reader:
        before = len(reader.scalars(select(Programme)).all())
        with store.transaction() as session:
            session.add(_programme("two"))
        assert len(reader.scalars(select(Programme.id)).all()) == before
    assert _count(store) == 2


def test_no_writer_is_turned_away_when_many_read_before_they_write(store: Store):
    """A deferred BEGIN would fail here with "database is locked": every thread reads, then writes."""
    start = threading.Barrier(8)

    def write(number: int) -> None:
        start.wait()
        for turn in range(10):
            with store.transaction() as session:
                session.scalars(select(Programme)).all()
                session.add(_programme(f"{number}-{turn}"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    assert _count(store) == 80


def test_no_audit_entry_is_lost_or_doubled_when_many_write(town_on_both: Town):
    def write(number: int) -> None:
        for turn in range(5):
            with town_on_both.store.transaction() as session:
                audit.record(session, town_on_both.programme_id, f"w{number}", "a.b", str(turn), {})

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(6)))
    with town_on_both.store.reading() as session:
        assert audit.verify(session) == audit.Verdict(30, audit.verify(session).head, None)


def test_sqlite_is_opened_for_safety(sqlite_store: Store):
    with sqlite_store.engine.connect() as connection:
        pragma = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragma == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}


def test_a_moment_comes_back_in_utc(town_on_both: Town):
    noon = datetime(2026, 11, 21, 12, 0, tzinfo=timezone(timedelta(hours=-5)))
    with town_on_both.store.transaction() as session:
        session.add(_version(town_on_both, noon))
    with town_on_both.store.reading() as session:
        found = session.scalars(select(Version.created_at)).one()
    assert found == noon
    assert found.tzinfo is UTC


def test_a_moment_without_a_zone_is_refused(town_on_both: Town):
    naive = datetime(2026, 11, 21, 12, 0)  # noqa: DTZ001 - the fault this test plants
    with pytest.raises(StatementError, match="time zone"), town_on_both.store.transaction() as session:
        session.add(_version(town_on_both, naive))


@pytest.mark.parametrize("score", [{"x": float("inf")}, {"x": "a\0b"}, {"x": "\udfff"}])
def test_a_document_is_refused_alike_on_both_databases(town_on_both: Town, score: dict[str, object]):
    version = _version(town_on_both, datetime.now(UTC))
    version.score = score
    with pytest.raises(StatementError, match="cannot be stored"), town_on_both.store.transaction() as session:
        session.add(version)


def test_a_document_comes_back_as_it_went(town_on_both: Town):
    score: dict[str, object] = {"value": 1.25, "terms": {"reach": [1, 2.5, None, "é", True]}}
    with town_on_both.store.transaction() as session:
        version = _version(town_on_both, datetime.now(UTC))
        version.score = score
        session.add(version)
    with town_on_both.store.reading() as session:
        assert session.scalars(select(Version.score)).one() == score


def test_a_foreign_key_to_nothing_is_refused(town_on_both: Town):
    version = _version(town_on_both, datetime.now(UTC))
    version.run_id = 4711
    with pytest.raises(DBAPIError), town_on_both.store.transaction() as session:
        session.add(version)


def test_a_database_of_a_newer_outreach_is_refused(store_url: str):
    store = open_store(store_url)
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    with pytest.raises(Refused, match="newer Outreach"):
        open_store(store_url)


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense", "sqlite+pysqlcipher:///x"])
def test_an_address_that_is_none_is_refused_in_words(url: str):
    with pytest.raises((Invalid, OutreachError), match="database"):
        open_store(url)


def test_a_file_that_is_no_database_is_refused_in_words(tmp_path: Path):
    path = tmp_path / "outreach.db"
    path.write_text("shopping list: eggs, milk. " * 100)
    with pytest.raises(OutreachError, match="cannot be opened"):
        open_store(f"sqlite:///{path}")


def test_a_disk_on_which_power_cuts_lose_records_is_refused_in_words(tmp_path: Path):
    # This way of SQLite's to its files has no shared memory, as on a network share: no write-ahead log.
    with pytest.raises(Refused, match="journal_mode is delete here"):
        open_store(f"sqlite:///file:{tmp_path / 'outreach.db'}?vfs=unix-none&uri=true")


def test_an_address_with_options_is_looked_at_where_its_file_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "data" / "outreach.db"
    open_store(f"sqlite:///file:{path}?uri=true").close()
    assert path.is_file()
    assert [found.name for found in tmp_path.iterdir()] == ["data"]
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(OutreachError):
        open_store(f"sqlite:///file:{path}?uri=true")


def test_postgresql_waits_for_its_disk_whatever_the_server_says(postgres_store: Store):
    with postgres_store.reading() as session:
        assert session.scalar(text("SHOW synchronous_commit")) == "on"


def test_without_a_city_the_next_step_is_told(store: Store):
    with store.reading() as session, pytest.raises(Missing, match="outreach city create"):
        programme(session)


def _version(town: Town, moment: datetime) -> Version:
    return Version(
        programme_id=town.programme_id,
        number=1,
        state="published",
        from_date=town.monday,
        until_date=town.monday,
        created_at=moment,
        score={},
    )
