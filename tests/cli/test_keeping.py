"""Keeping an installation: a backup that comes back whole, and a doctor that speaks plainly."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import text

from outreach import audit
from outreach.risk import alerts
from outreach.store import Store, open_store, programme
from tests.cli.test_commands import city
from tests.commands import run

__all__ = ["city"]


def test_a_backup_comes_back_whole_in_an_empty_folder(city: Path, tmp_path: Path) -> None:
    archive = tmp_path / "backup.zip"
    assert "audit head" in run("backup", archive, data_dir=city).out
    back = run("restore", archive, data_dir=tmp_path / "new")
    assert back.code == 0, back.err
    assert "agree with the archive" in back.out
    assert "unbroken" in run("audit", "verify", data_dir=tmp_path / "new").out


def test_a_restore_without_its_key_file_says_what_stays_sealed(city: Path, tmp_path: Path) -> None:
    store, day = open_store(f"sqlite:///{city / 'outreach.db'}", keys=city / "keys.db"), date(2026, 11, 23)
    with closing(store), store.transaction() as session:
        place = {"lon": -71.08, "lat": 42.33, "radius_m": 500.0, "factor": 2.0}
        moment = datetime(2026, 11, 21, tzinfo=UTC)
        alerts.enter(session, 1, kind="other", **place, starts=day, ends=day, now=moment, note="words")  # type: ignore[arg-type]
    run("backup", tmp_path / "backup.zip", data_dir=city)
    told = run("restore", tmp_path / "backup.zip", data_dir=tmp_path / "new")
    assert (told.code, "Sealed until the key file" in told.out, "notes of alerts" in told.out) == (
        0,
        True,
        True,
    )
    assert "is gone; it sealed 1 texts: notes of alerts" in run("doctor", data_dir=tmp_path / "new").out
    (tmp_path / "again").mkdir()
    shutil.copy(city / "keys.db", tmp_path / "again" / "keys.db")
    assert "Sealed" not in run("restore", tmp_path / "backup.zip", data_dir=tmp_path / "again").out


def test_who_verified_the_audit_up_to_where_stands_in_it(city: Path) -> None:
    def last(store: Store) -> dict[str, object]:
        with store.reading() as session:
            noted = audit.last_verified(session, programme(session).id)
        assert noted is not None
        return json.loads(noted.body) | {"actor": noted.actor}

    head = run("audit", "verify", data_dir=city).out.split("head ")[1].split()[0]
    with closing(open_store(f"sqlite:///{city / 'outreach.db'}")) as store:
        noted = last(store)
        assert (noted["actor"], noted["head"], noted["broken_at"]) == ("command line", head, None)
        assert run("audit", "verify", "--head", head, data_dir=city).code == 0, "the head goes on holding"
        assert last(store)["count"] == int(str(noted["count"])) + 1
        with store.engine.begin() as connection:
            connection.execute(text("DROP TRIGGER audit_entries_no_update"))
            connection.execute(text("UPDATE audit_entries SET actor = 'nobody' WHERE number = 2"))
        assert "broken at entry 2" in run("audit", "verify", data_dir=city).err
        assert last(store)["broken_at"] == 2


def test_a_backup_and_a_restore_never_overwrite(city: Path, tmp_path: Path) -> None:
    archive = tmp_path / "backup.zip"
    run("backup", archive, data_dir=city)
    assert "never overwrites" in run("backup", archive, data_dir=city).err
    assert run("restore", archive, data_dir=city).code == 1


def test_the_doctor_examines_without_a_traceback(city: Path) -> None:
    told = run("doctor", data_dir=city)
    assert "database" in told.out or "audit" in told.out
    assert "Traceback" not in told.out + told.err
