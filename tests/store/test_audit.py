from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from outreach import audit
from outreach.errors import Invalid
from outreach.store import Store
from tests.town import Town

ENTRIES = 8
FIELDS = ("actor", "act", "subject", "body", "at", "number", "previous", "digest", "programme_id")


def _fill(town: Town) -> None:
    with town.store.transaction() as session:
        for number in range(ENTRIES):
            audit.record(
                session, town.programme_id, "dora", "site.added", f"site/{number}", {"n": number, "é": [1.5]}
            )


def _verdict(store: Store) -> audit.Verdict:
    with store.reading() as session:
        return audit.verify(session)


def _behind_its_back(store: Store, connection: Connection, *statements: str) -> None:
    """What somebody with the database's own password could do: triggers off, then anything."""
    if store.dialect == "sqlite":
        for act in ("update", "delete"):
            connection.execute(text(f"DROP TRIGGER audit_entries_no_{act}"))
    else:
        connection.execute(text("ALTER TABLE audit_entries DISABLE TRIGGER ALL"))
    for statement in statements:
        connection.execute(text(statement))


def test_an_untouched_chain_is_whole(town_on_both: Town):
    _fill(town_on_both)
    verdict = _verdict(town_on_both.store)
    assert verdict.whole
    assert verdict.count == ENTRIES


def test_an_empty_chain_is_whole(store: Store):
    assert _verdict(store) == audit.Verdict(0, audit.GENESIS, None)


@pytest.mark.parametrize(
    "act", ["UPDATE audit_entries SET actor = 'nobody'", "DELETE FROM audit_entries WHERE number = 3"]
)
def test_the_database_refuses_to_change_or_delete_an_entry(town_on_both: Town, act: str):
    _fill(town_on_both)
    with (
        pytest.raises(DBAPIError, match="append-only"),
        town_on_both.store.engine.begin() as connection,
    ):
        connection.execute(text(act))
    assert _verdict(town_on_both.store).count == ENTRIES


PLANTED = {
    "a changed body": ("UPDATE audit_entries SET body = '{\"n\"\\:99}' WHERE number = 3", 3),
    "a changed actor": ("UPDATE audit_entries SET actor = 'eve' WHERE number = 5", 5),
    "a changed moment": ("UPDATE audit_entries SET at = '2020-01-01 00:00:00+00' WHERE number = 2", 2),
    "an entry taken out": ("DELETE FROM audit_entries WHERE number = 4", 4),
    "the first taken out": ("DELETE FROM audit_entries WHERE number = 1", 1),
    "a renumbered entry": ("UPDATE audit_entries SET number = 80 WHERE number = 6", 6),
    "another programme's": ("UPDATE audit_entries SET subject = 'site/x' WHERE number = 8", 8),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_change_is_found_where_it_is(town_on_both: Town, planted: str):
    statement, number = PLANTED[planted]
    _fill(town_on_both)
    with town_on_both.store.engine.begin() as connection:
        _behind_its_back(town_on_both.store, connection, statement)
    assert _verdict(town_on_both.store).broken_at == number


def test_a_changed_entry_with_a_fresh_digest_breaks_the_next(town: Town):
    """Reckoning the digest of one entry anew is not enough: the next one holds the old."""
    _fill(town)
    with town.store.engine.begin() as connection:
        _behind_its_back(town.store, connection, "UPDATE audit_entries SET actor = 'eve' WHERE number = 3")
    with town.store.reading() as session:
        forged = audit.digest_of(session.query(audit.Entry).filter_by(number=3).one())
    with town.store.engine.begin() as connection:
        connection.execute(text(f"UPDATE audit_entries SET digest = '{forged}' WHERE number = 3"))
    assert _verdict(town.store).broken_at == 4


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(number=st.integers(1, ENTRIES), field=st.sampled_from(FIELDS))
def test_no_field_of_any_entry_can_change_unseen(town: Town, number: int, field: str):
    if _verdict(town.store).count == 0:
        _fill(town)
    entry = audit.Entry
    with town.store.reading() as session:
        stored = session.query(entry).filter_by(number=number).one()
        value = getattr(stored, field)
        changed = value + 1 if isinstance(value, int) else _other(value)
        setattr(stored, field, changed)
        session.expunge(stored)
        assert audit.digest_of(stored) != stored.digest or field in ("number", "previous")


def _other(value: object) -> object:
    return datetime(2020, 1, 1, tzinfo=UTC) if isinstance(value, datetime) else f"{value}x"


@pytest.mark.parametrize("body", [{"x": float("nan")}, {"x": "\0"}, {"x": "\ud800"}, {"x": object()}])
def test_what_one_database_could_not_hold_is_refused_on_both(town_on_both: Town, body: dict[str, object]):
    with pytest.raises(Invalid), town_on_both.store.transaction() as session:
        audit.record(session, town_on_both.programme_id, "dora", "site.added", "site/1", body)


def test_two_programmes_share_one_chain(town: Town):
    with town.store.transaction() as session:
        first = audit.record(session, town.programme_id, "dora", "a", "b", {})
        second = audit.record(session, town.programme_id, "dora", "a", "b", {})
    assert second.previous == first.digest
