"""Several programmes, accounts, tablets and keeping from the command line, as their keeper types it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.test_commands import _small_town
from tests.commands import Told, run

WORDS = "four plain words"


@pytest.fixture(autouse=True)
def _unchosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """`--programme` goes through the environment, which outlives a command in this process."""
    monkeypatch.setenv("OUTREACH_PROGRAMME", "")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An installation with one programme, and a road network to found another on."""
    (tmp_path / "town.graphml").write_text(_small_town(), "utf-8")
    told = run("city", "create", "Town", "--graphml", tmp_path / "town.graphml", data_dir=tmp_path / "data")
    assert told.code == 0, told.err
    return tmp_path / "data"


def _other(data: Path, *words: object) -> Told:
    return run("--programme", "other", *words, data_dir=data)


@pytest.fixture
def both(data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With a second programme in it, and one account each."""
    graph = data.parent / "town.graphml"
    told = _other(data, "city", "create", "Othertown", "--graphml", graph)
    assert told.code == 0, told.err
    told = _other(data, "accounts", "add", "otto", "--role", "crew", "--password", WORDS)
    assert told.code == 0, told.err
    monkeypatch.setenv("OUTREACH_PROGRAMME", "programme")
    told = run("accounts", "add", "ada", "--role", "admin", "--password", WORDS, data_dir=data)
    assert "second factor" in told.out, told.err
    return data


def test_a_further_programme_has_its_own_city_and_people(both: Path) -> None:
    assert (both / "city" / "city.toml").exists()
    assert 'name = "Othertown"' in (both / "cities" / "other" / "city.toml").read_text("utf-8")
    assert run("accounts", "list", data_dir=both).out.splitlines()[1].split()[0] == "ada"
    assert _other(both, "accounts", "list").out.splitlines()[1].split()[0] == "otto"


def test_with_several_programmes_one_has_to_be_named(both: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTREACH_PROGRAMME", "")
    told = run("accounts", "list", data_dir=both)
    assert told.code == 1
    assert "programme, other. Say which with --programme" in told.err
    assert "There is no programme third" in run("--programme", "third", "accounts", "list", data_dir=both).err


def test_nobody_closes_the_account_of_another_programme(both: Path) -> None:
    told = run("accounts", "close", "otto", data_dir=both)
    assert (told.code, "There is no account otto" in told.err) == (1, True)
    assert _other(both, "accounts", "close", "otto").code == 0
    assert "closed" in _other(both, "accounts", "list").out


def test_what_keeps_the_whole_installation_needs_no_name(both: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTREACH_PROGRAMME", "")
    told = run("audit", "verify", data_dir=both)
    assert (told.code, "programme:" in told.out, "other:" in told.out) == (0, True, True)
    archive = both.parent / "both.zip"
    assert run("backup", archive, data_dir=both).code == 0
    elsewhere = both.parent / "elsewhere"
    assert run("restore", archive, data_dir=elsewhere).code == 0
    assert (elsewhere / "cities" / "other" / "city.toml").exists()
    assert _other(elsewhere, "accounts", "list").out.splitlines()[1].split()[0] == "otto"


@pytest.mark.parametrize("words", [("backup", "nope.zip"), ("doctor",)])
def test_a_programme_that_is_not_there_is_refused_everywhere(
    data: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(data.parent)
    told = run("--programme", "nope", *words, data_dir=data)
    assert (told.code, "There is no programme nope. Known are: programme" in told.err) == (1, True)
    assert not (data.parent / "nope.zip").exists()
    assert run("--programme", "programme", *words, data_dir=data).code == 0


def test_a_restore_is_of_every_programme(data: Path) -> None:
    archive, elsewhere = data.parent / "all.zip", data.parent / "elsewhere"
    assert run("backup", archive, data_dir=data).code == 0
    told = run("--programme", "programme", "restore", archive, data_dir=elsewhere)
    assert (told.code, "every programme of the archive" in told.err) == (1, True)
    assert not elsewhere.exists()


def test_the_last_administrator_stays(both: Path) -> None:
    told = run("accounts", "close", "ada", data_dir=both)
    assert (told.code, "ada is the last administrator. Make somebody else one first" in told.err) == (1, True)
    assert run("accounts", "add", "eve", "--role", "admin", "--password", WORDS, data_dir=both).code == 0
    assert run("accounts", "close", "ada", data_dir=both).code == 0
    assert run("accounts", "close", "eve", data_dir=both).code == 1


def test_the_head_of_a_backup_finds_what_any_programme_lost_since(
    both: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTREACH_PROGRAMME", "")
    kept = run("backup", both.parent / "both.zip", data_dir=both).out.split()[-1]
    each = [line.split()[-1] for line in run("audit", "verify", data_dir=both).out.splitlines()[:2]]
    for heads in ([kept], each):
        asked = [word for head in heads for word in ("--head", head)]
        assert run("audit", "verify", *asked, data_dir=both).code == 0
    with closing(sqlite3.connect(both / "outreach.db")) as database, database:
        database.execute("DROP TRIGGER audit_entries_no_delete")
        database.execute("DELETE FROM audit_entries WHERE programme_id = 2")
    assert run("audit", "verify", data_dir=both).code == 0
    assert run("audit", "verify", "--head", each[0], data_dir=both).code == 0
    for head in (kept, each[1]):
        told = run("audit", "verify", "--head", head, data_dir=both)
        assert (told.code, "cut off" in told.err) == (1, True)
    assert "is no head" in run("audit", "verify", "--head", kept[:-1], data_dir=both).err


def test_a_programmes_name_is_plain(data: Path) -> None:
    told = run("--programme", "../evil", "city", "create", "X", "--synthetic", data_dir=data)
    assert told.code == 1
    assert "cannot name a programme" in told.err


def test_a_city_is_not_founded_over_another(data: Path) -> None:
    told = run("city", "create", "Elsewhere", "--synthetic", data_dir=data)
    assert told.code == 1
    assert "outreach --programme NAME city" in told.err


def test_passwords_sessions_and_factors_are_mended(both: Path) -> None:
    told = run("accounts", "password", "ada", "--password", "another four words", data_dir=both)
    assert "ada has a new password; 0 open sessions ended." in told.out
    assert "0 sessions of ada ended" in run("accounts", "sign-out", "ada", data_dir=both).out
    assert "another second factor" in run("accounts", "factor-off", "ada", data_dir=both).out
    told = run("accounts", "add", "x", "--role", "device", "--password", WORDS, data_dir=both)
    assert (told.code, "is no role" in told.err) == (1, True)


def test_a_tablet_is_offered_listed_and_shut_out(both: Path) -> None:
    told = run("devices", "enrol", "Tablet 3", data_dir=both)
    assert told.code == 0, told.err
    assert len(told.out.split()[0]) == 11
    assert "There is no tablet yet" in run("devices", "list", data_dir=both).out
    assert run("devices", "revoke", 1, data_dir=both).code == 1


def test_retention_says_what_it_would_do_first(both: Path) -> None:
    told = run("retention", "--dry-run", data_dir=both)
    assert told.code == 0, told.err
    assert "participants" in told.out
    assert "would go" in told.out
    assert "would" not in run("retention", data_dir=both).out


def test_keys_for_codes_are_rotated_and_retired(both: Path) -> None:
    assert "p1/codes/0002 is the newest key" in run("codes", "rotate", data_dir=both).out
    assert "1 keys destroyed" in run("codes", "retire", "--yes", data_dir=both).out
