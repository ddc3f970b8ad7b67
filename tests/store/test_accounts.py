from __future__ import annotations

import subprocess
import sys
import time
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from outreach import accounts, audit, passwords, sessions
from outreach.accounts import SignedOut
from outreach.errors import Conflict, Invalid, Missing
from outreach.sessions import LoginSession
from outreach.store import Programme
from tests.town import Town

PASSWORD = "four plain words here"


def _dora(town: Town, role: str = "dispatch") -> None:
    with town.store.transaction() as session:
        accounts.create(session, town.programme_id, "Dora", "Dora Diaz", role, PASSWORD)


def _token(town: Town, now: datetime) -> str:
    with town.store.transaction() as session:
        return sessions.sign_in(session, accounts.recognise(session, "dora", PASSWORD), now)


def _who(town: Town, token: str, now: datetime) -> str:
    with town.store.reading() as session:
        return sessions.who(session, token, now).account.name


def test_who_signs_in_is_known_by_the_token(town_on_both: Town, now: datetime):
    _dora(town_on_both)
    assert _who(town_on_both, _token(town_on_both, now), now) == "Dora Diaz"


def test_neither_the_token_nor_the_password_is_stored(town: Town, now: datetime):
    _dora(town)
    token = _token(town, now)
    raw = (town.store.engine.url.database or "").encode()
    with open(raw, "rb") as file:  # noqa: PTH123 - every byte of the database, as a thief would have it
        kept = file.read()
    with open(raw + b"-wal", "rb") as file:  # noqa: PTH123
        kept += file.read()
    assert b"Dora Diaz" in kept
    assert token.encode() not in kept
    assert PASSWORD.encode() not in kept


@pytest.mark.parametrize(
    ("login", "password"),
    [("dora", "wrong password"), ("nobody", PASSWORD), ("", ""), ("dora\0", PASSWORD), ("dora", "\ud800")],
)
def test_a_wrong_login_or_password_says_the_same(town_on_both: Town, login: str, password: str):
    _dora(town_on_both)
    with (
        pytest.raises(SignedOut, match="log-in or the password is wrong") as refusal,
        town_on_both.store.transaction() as session,
    ):
        accounts.recognise(session, login, password)
    assert refusal.value.status == 401


def test_a_session_ends_when_signed_out(town_on_both: Town, now: datetime):
    _dora(town_on_both)
    token = _token(town_on_both, now)
    with town_on_both.store.transaction() as session:
        sessions.sign_out(session, token, now)
    with pytest.raises(SignedOut):
        _who(town_on_both, token, now)


def test_an_idle_session_ends(town: Town, now: datetime):
    _dora(town)
    token = _token(town, now)
    assert _who(town, token, now + sessions.IDLE_LIMIT - timedelta(minutes=1))
    with pytest.raises(SignedOut):
        _who(town, token, now + sessions.IDLE_LIMIT)


def test_a_used_session_lives_on_until_its_last_day(town: Town, now: datetime):
    _dora(town)
    token, moment = _token(town, now), now
    while moment < now + sessions.ABSOLUTE_LIMIT - timedelta(hours=8):
        moment += timedelta(hours=8)
        with town.store.transaction() as session:
            sessions.touch(session, token, moment)
        assert _who(town, token, moment)
    with pytest.raises(SignedOut):
        _who(town, token, now + sessions.ABSOLUTE_LIMIT)


def test_touching_again_at_once_writes_nothing(town: Town, now: datetime):
    _dora(town)
    token = _token(town, now)
    with town.store.transaction() as session:
        sessions.touch(session, token, now + timedelta(minutes=1))
    with town.store.reading() as session:
        assert session.scalars(select(LoginSession.seen_at)).one() == now


def test_a_closed_account_is_out_at_once(town_on_both: Town, now: datetime):
    _dora(town_on_both)
    token = _token(town_on_both, now)
    with town_on_both.store.transaction() as session:
        account = accounts.named(session, town_on_both.programme_id, "dora")
        accounts.close(session, account, actor="ada", now=now)
    with pytest.raises(SignedOut):
        _who(town_on_both, token, now)
    with pytest.raises(SignedOut):
        _token(town_on_both, now)


def test_a_new_password_ends_the_old_sessions(town: Town, now: datetime):
    _dora(town)
    token = _token(town, now)
    with town.store.transaction() as session:
        account = accounts.named(session, town.programme_id, "dora")
        accounts.set_password(session, account, "another good one", actor="ada", now=now)
        assert sessions.end_all(session, account, now) == 1
    with pytest.raises(SignedOut):
        _who(town, token, now)


def test_a_login_is_taken_once_whatever_its_case(town_on_both: Town):
    _dora(town_on_both)
    with pytest.raises(Conflict, match="taken"), town_on_both.store.transaction() as session:
        accounts.create(session, town_on_both.programme_id, "DORA", "Another", "crew", PASSWORD)


@pytest.mark.parametrize(
    ("login", "name", "role", "password"),
    [
        ("dora", "Dora", "police", PASSWORD),
        ("dora", "Dora", "device", PASSWORD),
        ("dora", "Dora", "crew", "short"),
        ("dora", "Dora", "crew", "x" * 201),
        ("do ra", "Dora", "crew", PASSWORD),
        ("", "Dora", "crew", PASSWORD),
        ("dora", " ", "crew", PASSWORD),
        ("dora", "Do\0ra", "crew", PASSWORD),
    ],
)
def test_what_cannot_be_used_is_refused(town_on_both: Town, login: str, name: str, role: str, password: str):
    with pytest.raises(Invalid), town_on_both.store.transaction() as session:
        accounts.create(session, town_on_both.programme_id, login, name, role, password)


@pytest.mark.parametrize(
    "easy",
    [
        *("password1234", "1234567890", "qwertyuiop12", "aaaaaaaaaaaa", "P@ssw0rd1234", "iloveyou2026"),
        *("dora-dora-2026", "DoraDiaz!2026", "tiny-outreach-26", "TinyOutreach2026!", "Tiny Town 1"),
    ],
)
def test_a_password_that_is_tried_first_is_refused(town: Town, now: datetime, easy: str):
    _dora(town)
    with pytest.raises(Invalid, match="tried first") as refused, town.store.transaction() as session:
        accounts.create(session, town.programme_id, "dora.diaz", "Dora Diaz", "crew", easy)
    assert refused.value.code == "easy-password"
    assert easy not in refused.value.message
    with town.store.transaction() as session:
        account = accounts.named(session, town.programme_id, "dora")
        if "dora" not in easy.casefold():
            with pytest.raises(Invalid, match="tried first"):
                accounts.change_password(session, account, PASSWORD, easy, now=now)


@pytest.mark.parametrize(
    "good",
    [
        "four plain words",
        "Dora likes rainy harbor walks",
        "kq8-vv3-mmz",
        "ñandú río lejos",
        "𝔭𝔞𝔰𝔰 wörter böse",
    ],
)
def test_no_sign_is_asked_for_where_a_password_is_hard_to_guess(town: Town, good: str):
    with town.store.transaction() as session:
        account = accounts.create(session, town.programme_id, "dora", "Dora", "crew", good)
        assert accounts.verify(account, good)


def test_first_passwords_and_those_of_a_demonstration_are_not_judged(town: Town, now: datetime):
    with town.store.transaction() as session:
        accounts.create(session, town.programme_id, "dora", "Dora", "crew", "dora-dora-2026", until=now)
        session.get_one(Programme, town.programme_id).demo = True
        accounts.create(session, town.programme_id, "mia", "Mia", "crew", "outreach-demo")


def test_the_longest_password_is_judged_in_a_moment():
    started = time.process_time()
    passwords.refuse_easy("aA@4$5sS1iI!" * 16, ["a" * 60])
    assert time.process_time() - started < 1


def test_there_is_no_role_for_law_enforcement():
    assert (
        *("dispatch", "crew", "clinician", "manager", "admin", "auditor", "operator", "device"),
    ) == accounts.ROLES


def test_an_unknown_account_is_missing(town: Town, now: datetime):
    with pytest.raises(Missing), town.store.transaction() as session:
        accounts.named(session, town.programme_id, "nobody")


def test_accounts_are_in_the_audit_without_their_passwords(town: Town, now: datetime):
    _dora(town)
    _token(town, now)
    with town.store.reading() as session:
        entries = audit.latest(session, town.programme_id)
    assert [entry.act for entry in entries] == ["account.signed_in", "account.created"]
    assert not any(PASSWORD in entry.body for entry in entries)


def test_a_guess_at_a_password_costs_what_the_authors_of_argon2_recommend():
    """Asked of a process of its own: the tests hash at a small cost."""
    asked = "from outreach import passwords; print(passwords.HASHER.hash('four plain words'))"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert told.stdout.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
