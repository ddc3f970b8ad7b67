"""The tiny town with a past and a plan: incidents, a surface, and a solved week. Loads the optimizer."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from pathlib import Path

from outreach.plan import runs, schedules, worker
from outreach.plan.schedules import PlannedStop, Version
from outreach.policies import Policy
from outreach.risk import incidents, surface
from tests.town import LAT, Town

HOTSPOTS = (-71.10, -71.08, -71.06, -71.06)


def with_risk(town: Town, folder: Path, now: datetime) -> Town:
    """Two hundred incidents, most of them in the east, through the importer, and the surface of them."""
    draw = random.Random(7)
    lines = ["time,lat,lon"]
    for _ in range(200):
        day = date(2026, 11, 20) - timedelta(draw.randrange(300))
        lon = draw.choice(HOTSPOTS) + draw.gauss(0, 0.003)
        minute = f"{draw.randrange(10, 23):02d}:{draw.randrange(60):02d}"
        lines.append(f"{day}T{minute}:00,{LAT + draw.gauss(0, 0.003):.5f},{lon:.5f}")
    path = folder / "incidents.csv"
    path.write_text("\n".join(lines))
    with town.store.transaction() as session:
        incidents.import_csv(
            session,
            town.programme_id,
            path,
            feed="ems",
            timezone="America/New_York",
            columns={"time": "time", "lat": "lat", "lon": "lon"},
            city_bounds=None,
            now=now,
        )
        surface.fit(session, town.programme_id, now)
    return town


def solved(town: Town, now: datetime, days: int = 5, seed: int = 0) -> int:
    """A run through the worker's own door; its id, whatever came of it."""
    with town.store.transaction() as session:
        asked = runs.request(
            session, town.programme_id, town.monday, days, actor="dora", now=now, budget_seconds=1, seed=seed
        )
        claim = runs.claim(session, now, asked.id)
    assert claim is not None
    worker.solve_run(town.store, town.city, claim)
    return claim.run_id


def published(town: Town, now: datetime, days: int = 5) -> Version:
    """A solved week, drafted and published; a run that is done and not published is not solved again."""
    run_id = _done(town, days) or solved(town, now, days)
    with town.store.transaction() as session:
        run = runs.found(session, town.programme_id, run_id)
        version = schedules.draft(session, town.programme_id, run, "dora", now)
        return schedules.publish(session, town.programme_id, version, "dora", now, policy=Policy.load())


def stops(version: Version) -> list[PlannedStop]:
    """Every stop of a version, in its order."""
    return [stop for shift in version.shifts for stop in shift.stops]


def spare(version: Version) -> PlannedStop:
    """A stop nobody promised."""
    return next(stop for stop in stops(version) if not stop.anchor)


def _done(town: Town, days: int) -> int | None:
    with town.store.reading() as session:
        known = runs.latest(session, town.programme_id)
        told = {version.run_id for version in schedules.latest(session, town.programme_id)}
        free = (run for run in known if (run.state, run.days) == ("done", days) and run.id not in told)
        return next((run.id for run in free), None)
