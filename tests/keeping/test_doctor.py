from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from outreach import accounts, audit, factors
from outreach.keeping import Finding, examine
from outreach.keeping.doctor import database, machine
from outreach.keys import KeyRing
from outreach.plan import runs
from outreach.settings import Settings
from outreach.store import Programme, Store
from tests.town import Town


@pytest.fixture
def installed(town: Town) -> Settings:
    """The tiny town as an installation with roads, closed to others."""
    folder = town.city.parent
    (town.city / "drive.npz").write_bytes(b"roads")
    folder.chmod(0o700)
    (folder / "outreach.db").chmod(0o600)
    return Settings(folder, town.store.url)


def _troubles(settings: Settings, now: datetime | None = None) -> dict[str, Finding]:
    found = examine(settings, now or datetime.now(UTC))
    return {finding.topic: finding for finding in found if finding.level != "good"}


def test_a_healthy_installation_has_no_trouble_and_says_what_was_looked_at(installed: Settings):
    found = examine(installed, datetime.now(UTC))
    assert [finding for finding in found if finding.level != "good"] == []
    topics = {finding.topic for finding in found}
    assert topics >= {"disk", "durability", "database", "audit", "clock", "city", "programme", "runs"}


def test_a_database_that_is_none_is_told(installed: Settings, tmp_path: Path):
    (tmp_path / "junk.db").write_text("milk, eggs. " * 500)
    troubles = _troubles(Settings(installed.data_dir, f"sqlite:///{tmp_path / 'junk.db'}"))
    assert "cannot be opened" in troubles["database"].what


def test_a_damaged_page_is_told(installed: Settings, town: Town):
    with town.store.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        root = connection.exec_driver_sql(
            "SELECT rootpage FROM sqlite_master WHERE name = 'staff_shifts'"
        ).scalar()
    town.store.close()
    path = installed.data_dir / "outreach.db"
    raw = bytearray(path.read_bytes())
    begin = (int(root or 0) - 1) * 4096
    raw[begin : begin + 4096] = b"\xff" * 4096
    path.write_bytes(raw)
    assert "damaged" in _troubles(installed)["database"].what


def test_a_planted_change_in_the_audit_is_told(installed: Settings, town: Town):
    with town.store.transaction() as session:
        for number in range(3):
            audit.record(session, town.programme_id, "dora", "a.b", str(number), {})
    with town.store.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER audit_entries_no_update"))
        connection.execute(text("UPDATE audit_entries SET subject = 'x' WHERE number = 2"))
    assert "entry 2" in _troubles(installed)["audit"].what


def test_a_clock_that_went_back_is_told(installed: Settings, town: Town):
    with town.store.transaction() as session:
        audit.record(session, town.programme_id, "dora", "a.b", "c", {}, now=datetime.now(UTC))
    troubles = _troubles(installed, datetime.now(UTC) - timedelta(days=1))
    assert "Set the clock" in troubles["clock"].remedy


def test_a_run_nobody_takes_up_is_told(installed: Settings, town: Town):
    early = datetime.now(UTC) - timedelta(hours=1)
    with town.store.transaction() as session:
        runs.request(session, town.programme_id, town.monday, 7, actor="dora", now=early)
    told = _troubles(installed)["runs"]
    assert "The planning process has not answered for 60 minutes" in told.what
    assert "outreach serve" in told.remedy


def test_a_missing_road_network_is_told(installed: Settings):
    (installed.city / "drive.npz").unlink()
    assert "no road network" in _troubles(installed)["city"].what


def test_a_folder_others_can_read_is_told(installed: Settings):
    (installed.data_dir / "outreach.db").chmod(0o644)
    assert "outreach.db" in _troubles(installed)["folder"].what


def test_a_folder_that_is_not_there_is_told(installed: Settings):
    troubles = _troubles(Settings(installed.data_dir / "gone", installed.database_url))
    assert "no data folder" in troubles["folder"].what


def test_a_full_disk_is_told(installed: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(machine, "LEAST_FREE_BYTES", 1 << 60)
    assert "free" in _troubles(installed)["disk"].what


def test_a_write_ahead_log_that_grows_is_told(installed: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(database, "LARGEST_WAL_BYTES", -1)
    assert "write-ahead log" in _troubles(installed)["wal"].what


def test_an_unknown_policy_is_told(installed: Settings):
    troubles = _troubles(Settings(installed.data_dir, installed.database_url, "atlantis"))
    assert "atlantis" in troubles["policy"].what


def test_a_time_zone_that_is_none_is_told(installed: Settings, town: Town):
    with town.store.transaction() as session:
        session.get_one(Programme, town.programme_id).timezone = "Mars/Olympus"
    assert "no time zone" in _troubles(installed)["programme"].what


def test_a_database_that_risks_records_is_told(installed: Settings, town: Town, postgres_url: str):
    """The tests' own PostgreSQL runs with fsync off: just the fault to find."""
    troubles = _troubles(Settings(installed.data_dir, postgres_url))
    assert "power cuts lose records" in troubles["durability"].what


def test_a_lost_key_file_is_told(installed: Settings, town: Town):
    with town.store.transaction() as session:
        mia = accounts.create(session, town.programme_id, "mia", "Mia", "manager", "four plain words")
        factors.offer(session, mia)
    assert "keys" not in _troubles(installed)
    kept = installed.keys.rename(installed.keys.with_name("kept.db"))
    assert "is gone; it sealed 1 texts: second factors" in _troubles(installed)["keys"].what
    KeyRing(installed.keys).make("installation/factors")
    assert "does not open what is sealed here: second factors" in _troubles(installed)["keys"].what
    kept.replace(installed.keys)
    installed.keys.chmod(0o644)
    assert "Others can read" in _troubles(installed)["keys"].what


def test_a_database_user_whom_no_policy_binds_is_told(postgres_store: Store, plain_store: Store):
    assert [finding.level for finding in database.apart(postgres_store.engine)] == ["warning"]
    assert [finding.level for finding in database.apart(plain_store.engine)] == ["good"]
