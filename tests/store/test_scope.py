"""Several programmes in one installation: none sees another's rows, not even by a query that forgot."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import ProgrammingError

from outreach import audit
from outreach.errors import Invalid, Missing
from outreach.place.areas import Area
from outreach.place.sites import Site
from outreach.scope import policies
from outreach.store import Programme, Store, open_store, programme
from outreach.tables import metadata
from tests.town import Town, build

OWNED = [table.name for table in metadata.sorted_tables if "programme_id" in table.c]


@dataclass(frozen=True)
class Two:
    """Two towns in one store."""

    store: Store
    ours: Town
    theirs: Town


def two_towns(store: Store, folder: Path) -> Two:
    ours = build(store, folder / "city")
    return Two(store, ours, build(store, folder / "cities" / "other", slug="other"))


@pytest.fixture
def two(store: Store, tmp_path: Path) -> Two:
    return two_towns(store, tmp_path)


def test_the_database_itself_keeps_the_rows_of_two_programmes_apart(plain_store: Store, tmp_path: Path):
    two = two_towns(plain_store, tmp_path)
    filled = 0
    for name in OWNED:
        table = metadata.tables[name]
        per_owner = select(table.c.programme_id, func.count()).group_by(table.c.programme_id)
        with plain_store.reading() as session:
            everything = {row[0]: row[1] for row in session.execute(per_owner)}
        with plain_store.reading(two.ours.programme_id) as session:  # with the application's filter off
            seen = {row[0]: row[1] for row in session.execute(per_owner)}
        assert seen == {k: n for k, n in everything.items() if k == two.ours.programme_id}, name
        filled += len(everything) == 2
    assert filled >= 8, "the towns fill too few tables for this to mean anything"


def test_who_says_no_programme_sees_nothing(plain_store: Store, tmp_path: Path):
    two_towns(plain_store, tmp_path)
    with plain_store.engine.connect() as connection:
        for name in ("programmes", *OWNED):
            assert connection.scalar(text(f"SELECT count(*) FROM {name}")) == 0, name


def test_the_database_refuses_a_row_for_another_programme(plain_store: Store, tmp_path: Path):
    two = two_towns(plain_store, tmp_path)
    theirs = {"programme_id": two.theirs.programme_id, "name": "Smuggled", "lon": -71.0, "lat": 42.0}
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        plain_store.transaction(two.ours.programme_id) as session,
    ):
        session.execute(insert(metadata.tables["areas"]), [theirs])
    with plain_store.transaction(two.ours.programme_id) as session:
        moved = text("UPDATE sites SET note = 'ours now'")
        assert session.execute(moved).rowcount == len(two.ours.sites)


def test_every_table_with_rows_of_a_programme_is_under_the_policy(postgres_store: Store):
    under = text("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
    with postgres_store.reading() as session:
        assert set(session.scalars(under)) == {"programmes", *OWNED}
        assert set(session.scalars(text("SELECT tablename FROM pg_policies"))) == {"programmes", *OWNED}


def test_a_table_without_the_policy_would_be_noticed(plain_store: Store, tmp_path: Path):
    two = two_towns(plain_store, tmp_path)
    with plain_store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE sites DISABLE ROW LEVEL SECURITY"))
    with plain_store.reading(two.ours.programme_id) as session:
        assert session.scalar(text("SELECT count(*) FROM sites")) == len(two.ours.sites) * 2


def test_a_policy_for_each_table_says_whose_rows_it_shows():
    told = policies({"sites": "programme_id"})
    assert len(told) == 3
    assert "FORCE ROW LEVEL SECURITY" in told[1]
    assert "WITH CHECK" in told[2]


def test_a_row_of_another_programme_is_not_there(two: Two):
    with two.store.reading(two.ours.programme_id) as session, pytest.raises(Missing):
        session.get(Site, two.theirs.sites["mill"])


def test_a_row_cannot_be_written_for_another_programme(two: Two):
    with two.store.transaction(two.ours.programme_id) as session:
        session.add(Area(programme_id=two.theirs.programme_id, name="Smuggled", lon=-71.0, lat=42.0))
        with pytest.raises(Missing):
            session.flush()
        session.rollback()


def test_each_programme_has_a_chain_of_its_own(two: Two):
    _each_acts(two, 3)
    with two.store.reading() as session:
        verdicts = audit.verify_each(session)
        assert {key: one.count for key, one in verdicts.items()} == {1: 3, 2: 3}
        assert audit.verify(session).whole
        assert audit.verify(session).count == 6
        assert audit.verify(session).head not in {one.head for one in verdicts.values()}


def _cut_off(store: Store, programme_id: int, last: int) -> None:
    """The end of a chain taken away by somebody with the database's own password."""
    with store.engine.begin() as connection:
        if store.dialect == "sqlite":
            connection.execute(text("DROP TRIGGER IF EXISTS audit_entries_no_delete"))
        else:
            connection.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER ALL"))
        cut = text("DELETE FROM audit_entries WHERE programme_id = :ours AND number > :last")
        connection.execute(cut, {"ours": programme_id, "last": last})


@pytest.mark.parametrize("left", [2, 0])
@pytest.mark.parametrize("whose", ["ours", "theirs"])
def test_a_head_kept_for_all_finds_the_end_of_any_chain_cut_off(two: Two, whose: str, left: int):
    _each_acts(two, 3)
    with two.store.reading() as session:
        kept = audit.verify(session).head
        assert audit.holds(session, kept)
    _each_acts(two, 2)
    with two.store.reading() as session:
        assert audit.holds(session, kept)
        assert not audit.holds(session, kept[:-1] + ("0" if kept[-1] != "0" else "1"))
        with pytest.raises(Invalid, match="no head"):
            audit.holds(session, kept[:-1])
    _cut_off(two.store, getattr(two, whose).programme_id, left)
    with two.store.reading() as session:
        assert audit.verify(session).whole
        assert not audit.holds(session, kept)


def _each_acts(two: Two, times: int) -> None:
    for number in range(times):
        for town in (two.ours, two.theirs):
            with two.store.transaction(town.programme_id) as session:
                audit.record(session, town.programme_id, "dora", "tested", str(number), {})


def test_without_a_word_the_only_programme_is_meant(sqlite_url: str, tmp_path: Path):
    store = open_store(sqlite_url)
    ours = build(store, tmp_path / "city")
    with store.reading() as session:
        assert programme(session).id == ours.programme_id
    build(store, tmp_path / "other", slug="other")
    with pytest.raises(Invalid, match="tiny, other"), store.reading() as session:
        programme(session)
    store.close()
    for slug in ("tiny", "other"):
        store = open_store(sqlite_url, slug)
        with store.reading() as session:
            assert programme(session).slug == slug
        store.close()
    store = open_store(sqlite_url, "nowhere")
    with pytest.raises(Missing, match="nowhere"), store.reading() as session:
        programme(session)
    store.close()


def test_a_session_of_a_programme_needs_no_word(two: Two):
    with two.store.reading(two.theirs.programme_id) as session:
        assert programme(session).slug == "other"
        assert [each.slug for each in session.scalars(select(Programme).where(Programme.id == 2))] == [
            "other"
        ]
