"""Keys: in a file of their own, for their owner alone, and gone when destroyed."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy.orm import Session

from outreach import sealing
from outreach.errors import OutreachError, Refused
from outreach.keys import KeyRing
from outreach.store import open_store


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return KeyRing(tmp_path / "keys.db")


@pytest.fixture
def session(sqlite_url: str, ring: KeyRing) -> Iterator[Session]:
    store = open_store(sqlite_url, keys=ring.path)
    with store.reading() as opened:
        yield opened
    store.close()


def test_a_key_is_made_once_and_stays(ring: KeyRing):
    assert ring.find("a") is None
    key = ring.make("a")
    assert len(key) == 32
    assert ring.make("a") == ring.find("a") == key
    assert ring.make("b") != key
    assert ring.names() == ["a", "b"]
    assert stat.S_IMODE(ring.path.stat().st_mode) == 0o600


def test_two_who_make_a_key_at_once_get_the_same(ring: KeyRing):
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: ring.make("a"), range(40)))) == 1


def test_a_destroyed_key_is_in_no_byte_of_the_file_and_never_comes_back(ring: KeyRing, now: datetime):
    key, kept = ring.make("a"), ring.make("b")
    assert key in ring.path.read_bytes()
    assert ring.destroy("a", now)
    assert key not in ring.path.read_bytes()
    assert kept in ring.path.read_bytes()
    assert ring.find("a") is None
    assert not ring.destroy("a", now)
    with pytest.raises(Refused, match="destroyed"):
        ring.make("a")


def test_many_destroyed_keys_leave_nothing_behind(ring: KeyRing, now: datetime):
    keys = {f"person/{number}": ring.make(f"person/{number}") for number in range(60)}
    gone = {name for number, name in enumerate(keys) if number % 3}
    for name in gone:
        ring.destroy(name, now)
    kept = ring.path.read_bytes()
    assert all(keys[name] in kept for name in keys.keys() - gone)
    assert [name for name in gone if any(keys[name][at : at + 4] in kept for at in range(29))] == []


def test_destroyed_keys_are_gone_where_sqlite_only_forgets_where_they_were(
    ring: KeyRing, now: datetime, monkeypatch: pytest.MonkeyPatch
):
    """Debian builds SQLite with `secure_delete` on, others do not: this one is opened as theirs are."""
    connect = sqlite3.connect

    def elsewhere(*given: Any, **named: Any) -> sqlite3.Connection:  # noqa: ANN401 — as sqlite3 takes them
        opened = connect(*given, **named)
        opened.execute("PRAGMA secure_delete = OFF")
        return opened

    monkeypatch.setattr(sqlite3, "connect", elsewhere)
    draw, keys, gone = Random(7), dict[str, bytes](), set[str]()
    for number in range(100):
        name = f"p{draw.randrange(9)}/person/{'x' * draw.randrange(40)}{number}"
        keys[name] = ring.make(name)
        if number % 2:
            gone.add(draw.choice(sorted(keys.keys() - gone)))
    for name in gone:
        ring.destroy(name, now)
    left = b"".join(file.read_bytes() for file in ring.path.parent.glob(f"{ring.path.name}*"))
    assert all(keys[name] in left for name in keys.keys() - gone)
    assert [name for name in gone if any(keys[name][at : at + 8] in left for at in range(25))] == []


def test_a_damaged_key_file_is_told_in_a_sentence(ring: KeyRing):
    ring.path.write_bytes(b"not a key file" * 100)
    with pytest.raises(OutreachError, match="cannot be used"):
        ring.make("a")


def test_sealed_words_open_where_they_belong_and_nowhere_else(session: Session, now: datetime):
    sealed = sealing.seal(session, "p1/words", "absences/7/reason", "ñandú ill")
    assert "ill" not in sealed
    assert sealing.unseal(session, "absences/7/reason", sealed) == "ñandú ill"
    with pytest.raises(Refused):
        sealing.unseal(session, "absences/8/reason", sealed)
    with pytest.raises(Refused):
        sealing.unseal(session, "absences/7/reason", sealed[:-8] + "AAAAAAA=")
    sealing.ring_of(session).destroy("p1/words", now)
    assert sealing.unseal(session, "absences/7/reason", sealed) is None


def test_the_same_words_are_sealed_differently_each_time(session: Session):
    assert sealing.seal(session, "k", "a", "same") != sealing.seal(session, "k", "a", "same")


def test_without_a_key_file_nothing_is_sealed(sqlite_url: str):
    store = open_store(sqlite_url)
    with store.reading() as opened, pytest.raises(Refused, match="OUTREACH_KEYS"):
        sealing.seal(opened, "k", "a", "words")
    store.close()
