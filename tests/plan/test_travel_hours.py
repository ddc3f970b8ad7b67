"""Travel by the hour: what a plan tells people holds for the van that leaves at the end of the hour, too."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from outreach.place.traffic import BANDS
from outreach.plan import planning
from tests.place.conftest import PLAIN
from tests.streets import long_street
from tests.town import Town


def test_the_hour_before_slower_traffic_is_planned_with_the_slower(risky_town: Town, now: datetime):
    long_street(risky_town.city)
    slow = tuple(2.0 if name == "weekday afternoon" else 1.0 for name in BANDS)
    replace(PLAIN, factors={**PLAIN.factors, "local": slow}).save(risky_town.city / "traffic.toml")
    with risky_town.store.reading() as session:
        asked, _ = planning.problem(
            session, risky_town.programme_id, risky_town.monday, 2, risky_town.city, now
        )
    east, west = 0, 3
    by_hour = [int(asked.travel[asked.travel_band[0, hour], west, east]) for hour in range(12, 21)]
    usual, peak = by_hour[0], by_hour[4]
    assert peak > 1.5 * usual
    assert by_hour == [usual, usual, peak, peak, peak, peak, peak, usual, usual]  # 14:00 to 18:59
