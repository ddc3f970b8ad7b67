from __future__ import annotations

from pathlib import Path

import pytest

from outreach.errors import Invalid, Missing, Problem
from outreach.settings import Settings, packaged


def test_a_folder_given_wins_over_the_environment(tmp_path: Path):
    settings = Settings.load(tmp_path / "a", {"OUTREACH_DATA": str(tmp_path / "b")})
    assert settings.data_dir == tmp_path / "a"
    assert settings.database_url == f"sqlite:///{tmp_path / 'a' / 'outreach.db'}"
    assert settings.city == tmp_path / "a" / "city"


def test_the_environment_wins_over_home(tmp_path: Path):
    settings = Settings.load(None, {"OUTREACH_DATA": str(tmp_path), "OUTREACH_DATABASE": "postgresql://x/y"})
    assert settings.data_dir == tmp_path
    assert settings.database_url == "postgresql://x/y"


def test_without_anything_the_data_is_in_the_home_folder():
    assert Settings.load(None, {}).data_dir == Path.home() / ".outreach"


def test_packed_files_are_found_and_others_named():
    assert packaged("policies/massachusetts.toml").exists()
    with pytest.raises(Missing, match="nowhere"):
        packaged("nowhere.toml")


def test_an_invalid_input_tells_a_hundred_problems_and_counts_the_rest():
    problems = [Problem("a.csv", n, "lat", "is empty", "Fill it in.") for n in range(2, 252)]
    error = Invalid("a.csv was not imported.", problems=problems)
    assert (len(error.problems), error.more) == (100, 150)
    assert "a.csv, row 2, column lat: is empty. Fill it in." in str(error)
    assert str(error).endswith("… and 150 more.")
