"""From a spike to a new plan: the nightly look, the alert it raises, the re-planned week, and the seconds.

    python -m benchmarks.outbreak FILE --timezone TZ --column time=t --column lat=lat --column lon=lng
        --evenings 2016-08-18..2016-08-30 [--json OUT]

The file is imported as if each row had come in when it happened, into a store of its own. Every night runs
what the product runs at night: `spikes.look` over all that is known, then an alert for a spike that is new,
the surface with that alert, and the planner on the next five days, from nothing. Sites, vans and hours are
those of `benchmarks.reach`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy.orm import Session

import outreach.tables  # noqa: F401 — all tables are made
from benchmarks.reach import CHOSEN, DAYS, DWELL_HOURS, SPREAD, City, Stay, planned
from outreach.risk import history, incidents, spikes, surface
from outreach.risk.forecast import Forecast
from outreach.risk.grid import Grid
from outreach.risk.spikes import Spike
from outreach.store import Programme, open_store

MIDNIGHT_HOUR = 24
SITES = 120


@dataclass(frozen=True, slots=True)
class Evening:
    """One evening: the spikes that were on, and, where one was new, the seconds of looking and planning anew,
    and the van-hours at sites within it before and after."""

    day: date
    spikes: int
    sentence: str = ""
    look_seconds: float = 0.0
    plan_seconds: float = 0.0
    hours_near_before: float = 0.0
    hours_near_after: float = 0.0

    @property
    def seconds(self) -> float:
        """From looking to the new plan."""
        return self.look_seconds + self.plan_seconds


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--timezone", required=True)
    parser.add_argument("--column", action="append", default=[], metavar="OURS=THEIRS")
    parser.add_argument("--evenings", required=True, metavar="FROM..UNTIL")
    parser.add_argument("--work", type=int, default=300, help="the planner's work for the five days")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args(arguments)
    first, last = (date.fromisoformat(day) for day in asked.evenings.split(".."))
    columns = dict(pair.split("=", 1) for pair in asked.column)
    evenings = []
    for one in play(asked.file, asked.timezone, columns, first, last, asked.work):
        evenings.append(one)
        print(_line(one), flush=True)
    if asked.json:
        rows = [{**_facts(one), "seconds": one.seconds} for one in evenings]
        asked.json.write_text(json.dumps(rows, indent=1, default=str), encoding="utf-8")
    return 0


def play(
    file: Path, timezone: str, columns: dict[str, str], first: date, last: date, work: int
) -> Iterator[Evening]:
    """Every evening from `first` to `last`, each looked at as the day ends."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/outbreak.db", keys=Path(folder) / "keys.db")
        with store.transaction() as session:
            ours = _programme(session, timezone, file.name)
            _import(session, ours, file, timezone, {**columns, "received": columns["time"]})
        known: set[tuple[float, float]] = set()
        for step in range((last - first).days + 1):
            now = datetime.combine(first + timedelta(step), datetime.min.time(), ZoneInfo(timezone))
            now = (now + timedelta(hours=MIDNIGHT_HOUR)).astimezone(UTC)
            with store.transaction() as session:
                yield _evening(session, ours, now, first + timedelta(step), known, work)
        store.close()


def _programme(session: Session, timezone: str, name: str) -> int:
    programme = Programme(slug="outbreak", name=name, city=name, timezone=timezone)
    session.add(programme)
    session.flush()
    return programme.id


def _import(session: Session, ours: int, file: Path, timezone: str, columns: dict[str, str]) -> None:
    incidents.import_csv(
        session, ours, file, feed="ems", timezone=timezone, columns=columns, city_bounds=None,
        now=datetime.now(UTC),
    )  # fmt: skip


def _evening(
    session: Session, ours: int, now: datetime, day: date, known: set[tuple[float, float]], work: int
) -> Evening:
    began = time.perf_counter()
    found = spikes.look(session, ours, now)
    looked = time.perf_counter() - began
    fresh = next((spike for spike in found if (spike.lon, spike.lat) not in known), None)
    if fresh is None:
        return Evening(day, len(found), look_seconds=looked)
    surface.fit(session, ours, now)  # the nightly fit: due every evening, spike or not
    city, dates = _city(session, ours, now), [day + timedelta(1 + step) for step in range(DAYS)]
    usual = surface.forecast(session, ours, dates)
    before = _stays(city, usual, work)
    began = time.perf_counter()
    known.add((fresh.lon, fresh.lat))
    spikes.raise_alert(session, ours, fresh, now)
    after = _stays(city, surface.forecast(session, ours, dates), work)
    seconds = time.perf_counter() - began
    near = _near(city, fresh)
    return Evening(
        day, len(found), fresh.sentence, looked, seconds, _hours(before, near), _hours(after, near)
    )


def _city(session: Session, ours: int, now: datetime) -> City:
    known = history.known(session, ours, now)
    assert known is not None
    return City.of(known.grid, known.events, SITES)


def _stays(city: City, forecast: Forecast, work: int) -> list[Stay]:
    order = Grid.of(forecast.cells).where(city.grid.cells)
    daily = np.where(order[:, None, None] >= 0, forecast.mean[order], 0.0)
    return planned(city, daily, CHOSEN, work, SPREAD)


def _near(city: City, spike: Spike) -> set[int]:
    """The sites within the spike."""
    away = city.grid.metres_to(spike.lon, spike.lat)[city.sites]
    return {int(n) for n in np.flatnonzero(away <= (spike.radius_m or np.inf))}


def _hours(stays: Sequence[Stay], near: set[int]) -> float:
    return float(sum(DWELL_HOURS for site, _, _ in stays if site in near))


def _facts(one: Evening) -> dict[str, object]:
    return {name: getattr(one, name) for name in Evening.__dataclass_fields__}


def _line(one: Evening) -> str:
    text = f"{one.day}: {one.spikes} spikes on, looked in {one.look_seconds:.1f} s"
    if not one.sentence:
        return text
    return (
        f"{text}; NEW: {one.sentence}\n            re-planned in {one.plan_seconds:.1f} s "
        f"({one.seconds:.1f} s with the look), {one.hours_near_before:.0f} van-hours there before and "
        f"{one.hours_near_after:.0f} after"
    )


if __name__ == "__main__":
    sys.exit(main())
