"""A tiny town with a published Monday, a logged morning, and a risk surface."""

from __future__ import annotations

import csv
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from outreach.field import sync
from outreach.risk import incidents, surface
from tests.shift import NINE, Shift, begin, morning
from tests.town import LAT, Town

LATER = NINE + timedelta(days=1)


@pytest.fixture
def shift(town: Town) -> Shift:
    """A published Monday, nothing logged."""
    return begin(town)


@pytest.fixture
def logged(shift: Shift) -> Shift:
    """The same with the crew's morning at the mill received."""
    with shift.town.store.transaction() as session:
        sync.receive(session, shift.town.programme_id, shift.crew, "tablet-1", list(morning(shift)), LATER)
    return shift


@pytest.fixture
def risky(logged: Shift, tmp_path: Path) -> Shift:
    """The same with a year of invented incidents around the mill and the yard, and a fitted surface."""
    path = tmp_path / "incidents.csv"
    luck = random.Random(3)
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(["time", "lat", "lon"])
        for number in range(600):
            when = datetime(2025, 11, 20, tzinfo=UTC) + timedelta(hours=14.6 * number)
            lon = luck.choice((-71.09, -71.07)) + luck.gauss(0, 0.003)
            lines.writerow([when.strftime("%Y-%m-%dT%H:%M:%SZ"), LAT + luck.gauss(0, 0.002), lon])
    with logged.town.store.transaction() as session:
        incidents.import_csv(
            session,
            logged.town.programme_id,
            path,
            feed="ems",
            timezone="UTC",
            columns={"time": "time", "lat": "lat", "lon": "lon"},
            city_bounds=None,
            now=LATER,
        )
        surface.fit(session, logged.town.programme_id, LATER)
    return logged
