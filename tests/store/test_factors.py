"""The six digits: RFC 6238's own numbers, each good once, and none without the key."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from outreach import accounts, factors
from outreach.accounts import Account
from outreach.errors import Conflict, Invalid, Refused
from outreach.factors import FactorWanted
from outreach.keys import KeyRing
from outreach.store import Store, open_store
from tests.town import Town, build

RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_an_authenticator_shows_what_the_rfc_says(seconds: int, shown: str):
    """RFC 6238, appendix B, SHA-1; eight digits there, of which ours are the last six."""
    moment = datetime.fromtimestamp(seconds, UTC)
    assert factors.digits_at(RFC_SECRET, moment, digits=8) == shown
    assert factors.digits_at(RFC_SECRET, moment) == shown[2:]


@pytest.fixture
def keyed(sqlite_url: str, tmp_path: Path) -> Iterator[Town]:
    """The tiny town with a key file, and a manager."""
    store = open_store(sqlite_url, keys=tmp_path / "keys.db")
    town = build(store, tmp_path / "city")
    with store.transaction() as session:
        accounts.create(session, town.programme_id, "mia", "Mia", "manager", "four plain words")
    yield town
    store.close()


def _enrolled(store: Store, now: datetime) -> str:
    with store.transaction() as session:
        mia = session.get_one(Account, 1)
        secret = factors.offer(session, mia)
        factors.confirm(session, mia, factors.digits_at(secret, now), now)
        return secret


def _checked(store: Store, digits: str | None, now: datetime) -> bool:
    with store.transaction() as session:
        try:
            factors.check(session, session.get_one(Account, 1), digits, now)
        except FactorWanted:
            return False
        return True


def test_digits_are_good_once(keyed: Town, now: datetime):
    secret = _enrolled(keyed.store, now)
    later = now + timedelta(minutes=5)
    shown = factors.digits_at(secret, later)
    assert _checked(keyed.store, shown, later)
    assert not _checked(keyed.store, shown, later)
    assert not _checked(keyed.store, None, later)


def test_a_phones_clock_may_be_half_a_minute_off_and_no_more(keyed: Town, now: datetime):
    secret = _enrolled(keyed.store, now)
    for off, good in ((-90, False), (-30, True), (90, False), (30, True)):
        now += timedelta(minutes=10)
        assert _checked(keyed.store, factors.digits_at(secret, now + timedelta(seconds=off)), now) is good


def test_wrong_digits_confirm_nothing(keyed: Town, now: datetime):
    with keyed.store.transaction() as session:
        mia = session.get_one(Account, 1)
        right = int(factors.digits_at(factors.offer(session, mia), now))
        with pytest.raises(Invalid):
            factors.confirm(session, mia, f"{(right + 1) % 10**6:06}", now)
        assert mia.factor_since is None


def test_a_second_factor_is_not_offered_twice(keyed: Town, now: datetime):
    _enrolled(keyed.store, now)
    with pytest.raises(Conflict), keyed.store.transaction() as session:
        factors.offer(session, session.get_one(Account, 1))


def test_a_lost_phone_is_taken_off(keyed: Town, now: datetime):
    _enrolled(keyed.store, now)
    with keyed.store.transaction() as session:
        factors.take_off(session, session.get_one(Account, 1), actor="ada", now=now)
    assert _checked(keyed.store, None, now)


def test_the_database_alone_tells_no_secret(keyed: Town, now: datetime):
    secret = _enrolled(keyed.store, now)
    with keyed.store.reading() as session:
        kept = session.get_one(Account, 1).factor or ""
    assert kept.startswith("sealed1:")
    assert secret not in kept


def test_another_installations_key_file_is_noticed(keyed: Town, now: datetime, tmp_path: Path):
    secret = _enrolled(keyed.store, now)
    (tmp_path / "keys.db").unlink()
    KeyRing(tmp_path / "keys.db").make(factors.KEY)
    with pytest.raises(Refused, match="right key file"):
        _checked(keyed.store, factors.digits_at(secret, now), now + timedelta(seconds=1))


def test_managers_need_one_and_crews_do_not(keyed: Town):
    with keyed.store.transaction() as session:
        assert factors.needed(session, session.get_one(Account, 1))
        crew = accounts.create(session, keyed.programme_id, "cem", "Cem", "crew", "four plain words")
        assert not factors.needed(session, crew)
