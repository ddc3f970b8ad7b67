"""Participants: a code only as a keyed hash, consents that end, words that can be forgotten everywhere."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from outreach import audit, codes, consents, participants
from outreach.errors import Invalid, Missing, Refused
from outreach.participants import Participant
from outreach.policies import Policy
from outreach.store import Store, open_store
from tests.town import Town, build

DAY = date(2026, 11, 21)


@pytest.fixture
def keyed(store_url: str, tmp_path: Path) -> Iterator[Town]:
    """The tiny town with a key file, on each database."""
    store = open_store(store_url, keys=tmp_path / "keys.db")
    yield build(store, tmp_path / "city")
    store.close()


def _met(town: Town, code: str = "MAKO1993 x", day: date = DAY) -> int:
    with town.store.transaction(town.programme_id) as session:
        return participants.met(session, town.programme_id, code, day).id


def _everything(store: Store) -> str:
    """Every row of every table, as somebody with the database alone would read it."""
    from outreach.tables import metadata

    with store.reading() as session:
        return " ".join(
            str(row) for table in metadata.sorted_tables for row in session.execute(select(table))
        )


def test_who_comes_again_is_known_however_the_code_is_typed(keyed: Town):
    one = _met(keyed, "MAKO1993 x")
    assert _met(keyed, "mako1993X", DAY + timedelta(7)) == one
    assert _met(keyed, "mako1993y") != one
    with keyed.store.reading() as session:
        known = participants.known(session, keyed.programme_id, " Mako 1993X")
        assert (known.first_seen, known.last_seen) == (DAY, DAY + timedelta(7))


def test_the_database_alone_neither_tells_nor_tests_a_code(keyed: Town, tmp_path: Path):
    _met(keyed)
    assert "mako" not in _everything(keyed.store).casefold()
    (tmp_path / "keys.db").unlink()
    with pytest.raises(Missing), keyed.store.reading() as session:
        participants.known(session, keyed.programme_id, "MAKO1993 x")


def test_the_same_code_in_two_programmes_looks_different(keyed: Town, tmp_path: Path):
    other = build(keyed.store, tmp_path / "other", slug="other")
    _met(keyed)
    _met(other)
    with keyed.store.reading() as session:
        assert len(set(session.scalars(select(Participant.code_hash)))) == 2
    with pytest.raises(Missing), keyed.store.reading(other.programme_id) as session:
        participants.known(session, keyed.programme_id, "MAKO1993 x")


def test_a_code_of_ours_catches_a_slip():
    code = codes.make()
    body, digit = code[:-1], int(code[-1])
    assert participants._plain(code) == code
    with pytest.raises(Invalid, match="mistyped"):
        participants._plain(f"{body}{(digit + 1) % 10}")
    assert len({codes.make() for _ in range(200)}) == 200


@pytest.mark.parametrize("code", ["", "abc", "x" * 61, "tab\x07code"])
def test_what_cannot_be_a_code_is_refused(keyed: Town, code: str):
    with pytest.raises(Invalid):
        _met(keyed, code)


def test_after_a_rotation_who_comes_is_moved_and_who_does_not_is_nobody(keyed: Town, now: datetime):
    stays, leaves = _met(keyed, "stays here"), _met(keyed, "leaves us")
    pid = keyed.programme_id
    with keyed.store.transaction() as session:
        participants.rotate(session, pid, actor="ada", now=now)
    assert _met(keyed, "stays here") == stays
    with keyed.store.transaction() as session:
        assert session.get_one(Participant, stays).code_key == f"p{pid}/codes/0002"
        assert participants.retire(session, pid, actor="ada", now=now) == [f"p{pid}/codes/0001"]
    assert _met(keyed, "stays here") == stays
    assert _met(keyed, "leaves us") != leaves
    with keyed.store.reading() as session:
        acts = [entry.act for entry in audit.latest(session, pid)]
    assert acts == ["codes.retired", "codes.rotated"]


def test_words_are_sealed_with_a_key_of_their_own_and_gone_with_it(keyed: Town, now: datetime):
    number, other = _met(keyed), _met(keyed, "somebody else")
    with keyed.store.transaction() as session:
        for one, words in ((number, "likes Tuesdays"), (other, "likes tea")):
            participants.write(session, session.get_one(Participant, one), words)
    assert "Tuesdays" not in _everything(keyed.store)
    with keyed.store.transaction() as session:
        person = session.get_one(Participant, number)
        assert participants.read(session, person) == "likes Tuesdays"
        kept = person.note
        participants.erase(session, person, actor="cem", now=now)
    with keyed.store.transaction() as session:
        person = session.get_one(Participant, number)
        assert (person.code_hash, person.note, person.erased_at) == (None, None, now)
        person.note = kept  # as an old backup would bring it back
        assert participants.read(session, person) == ""
        assert participants.read(session, session.get_one(Participant, other)) == "likes tea"
    assert _met(keyed) != number
    with keyed.store.reading() as session:
        assert session.scalar(select(func.count()).select_from(Participant)) == 3


def test_a_backup_of_the_keys_brings_an_erased_one_back_so_keep_it_short(
    keyed: Town, now: datetime, tmp_path: Path
):
    """What erasing does not cover, told plainly: the key file's own old copies."""
    number = _met(keyed)
    with keyed.store.transaction() as session:
        participants.write(session, session.get_one(Participant, number), "likes Tuesdays")
        kept = session.get_one(Participant, number).note
    shutil.copy(tmp_path / "keys.db", tmp_path / "old.db")
    with keyed.store.transaction() as session:
        participants.erase(session, session.get_one(Participant, number), actor="cem", now=now)
    shutil.copy(tmp_path / "old.db", tmp_path / "keys.db")
    with keyed.store.transaction() as session:
        person = session.get_one(Participant, number)
        person.note = kept
        assert participants.read(session, person) == "likes Tuesdays"
        session.rollback()


def _consent(town: Town, number: int, scope: str, now: datetime) -> None:
    with town.store.transaction() as session:
        person, policy = session.get_one(Participant, number), Policy.load()
        consents.give(session, person, scope, today=DAY, policy=policy, actor="cem", now=now)


def _standing(town: Town, scope: str, day: date) -> list[int]:
    with town.store.reading() as session:
        return [person.id for person, _ in consents.standing(session, town.programme_id, scope, day)]


def test_a_consent_holds_for_its_scope_until_its_last_day(keyed: Town, now: datetime):
    number = _met(keyed)
    _consent(keyed, number, "funder", now)
    last = DAY + timedelta(Policy.load().consent_days["funder"])
    assert _standing(keyed, "funder", DAY) == _standing(keyed, "funder", last) == [number]
    assert _standing(keyed, "funder", DAY - timedelta(1)) == []
    assert _standing(keyed, "funder", last + timedelta(1)) == []
    assert _standing(keyed, "research", DAY) == []


def test_a_consent_taken_back_or_a_participant_forgotten_counts_no_more(keyed: Town, now: datetime):
    one, two = _met(keyed), _met(keyed, "somebody else")
    for number in (one, two):
        _consent(keyed, number, "funder", now)
    with keyed.store.transaction() as session:
        assert (
            consents.revoke(session, session.get_one(Participant, one), "funder", actor="cem", now=now) == 1
        )
        participants.erase(session, session.get_one(Participant, two), actor="cem", now=now)
    assert _standing(keyed, "funder", DAY) == []


def test_consenting_again_replaces_the_earlier_consent(keyed: Town, now: datetime):
    number = _met(keyed)
    for _ in range(2):
        _consent(keyed, number, "funder", now)
    assert _standing(keyed, "funder", DAY) == [number]


def test_what_cannot_be_consented_to_is_refused(keyed: Town, now: datetime):
    number = _met(keyed)
    with pytest.raises(Invalid, match="cannot be consented"):
        _consent(keyed, number, "police", now)
    with keyed.store.reading() as session, pytest.raises(Refused):
        consents.require(session, session.get_one(Participant, number), "follow_up", DAY)
