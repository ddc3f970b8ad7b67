"""Invented calls for the tests of risk, and their way into the tiny town."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np

from outreach.risk import incidents, synthetic
from outreach.risk.incidents import ImportReport
from tests.risk.conftest import BOSTON, CENTRES
from tests.town import Town

FIRST, LAST = date(2026, 1, 5), date(2026, 8, 31)
PLANTED = (42.245, -71.13)


def calls(path: Path, first: date = FIRST, last: date = LAST, *, seed: int = 3, per_week: float = 45) -> Path:
    """Invented calls of Boston, eight months of them unless said otherwise; `path` again."""
    zone = "America/New_York"
    synthetic.write_csv(
        path, BOSTON, CENTRES, seed=seed, from_date=first, until_date=last, timezone=zone, per_week=per_week
    )
    return path


def calls_with_an_outbreak(path: Path) -> Path:
    """Eight months of calls, and fourteen more at the south end from the noon before the last day on."""
    calls(path, per_week=20)
    random, noon = np.random.default_rng(0), datetime(2026, 8, 30, 12)  # noqa: DTZ001
    with path.open("a", encoding="utf-8") as file:
        for number in range(14):
            lat, lon = np.array(PLANTED) + random.normal(0, 0.002, 2)
            file.write(f"X{number},{noon + timedelta(minutes=30 * number)},{lat:.5f},{lon:.5f},planted\n")
    return path


def bring(
    town: Town,
    path: Path,
    now: datetime,
    columns: Mapping[str, str] = synthetic.COLUMNS,
    *,
    feed: str = "ems",
    kind: str = "ems",
) -> ImportReport:
    """Import a file of calls into the town."""
    with town.store.transaction() as session:
        return incidents.import_csv(
            session, town.programme_id, path, feed=feed, kind=kind, timezone="America/New_York",
            columns=columns, city_bounds=BOSTON, now=now,
        )  # fmt: skip
