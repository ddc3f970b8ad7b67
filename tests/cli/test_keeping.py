"""Keeping an installation: a backup that comes back whole, and a doctor that speaks plainly."""

from __future__ import annotations

from pathlib import Path

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


def test_a_backup_and_a_restore_never_overwrite(city: Path, tmp_path: Path) -> None:
    archive = tmp_path / "backup.zip"
    run("backup", archive, data_dir=city)
    assert "never overwrites" in run("backup", archive, data_dir=city).err
    assert run("restore", archive, data_dir=city).code == 1


def test_the_doctor_examines_without_a_traceback(city: Path) -> None:
    told = run("doctor", data_dir=city)
    assert "database" in told.out or "audit" in told.out
    assert "Traceback" not in told.out + told.err
