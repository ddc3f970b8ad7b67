from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from tests.planned import with_risk
from tests.town import Town


@pytest.fixture
def risky_town(town: Town, tmp_path: Path, now: datetime) -> Town:
    """The tiny town with a risk surface, on SQLite."""
    return with_risk(town, tmp_path, now)


@pytest.fixture
def risky_town_on_both(town_on_both: Town, tmp_path: Path, now: datetime) -> Town:
    """The tiny town with a risk surface, on each database."""
    return with_risk(town_on_both, tmp_path, now)
