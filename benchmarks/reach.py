"""How many overdoses would have happened within a walk of a van that was there, at equal van-hours?

    python -m benchmarks.reach FILE --timezone TZ --column time=t --column lat=lat --column lon=lng --weeks 12

Week by week on a real file: every method sees only what came before the week, places the same number of
four-hour stays at the same candidate sites, and is then shown what happened. `pilot` stands at fixed sites in
office hours; `last_year` covers last year's counts, `last_year_hours` counts by cell and band; `outreach` is
our surface and our planner in hours it may choose (and in office hours), asked to be there when it happens;
`outreach_spread` is asked, as in daily use, to reach many places rather than one place often; `hindsight` has
seen the week (a greedy cover, within 1 - 1/e of the best there is). Distances are straight lines × 1.3.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from outreach.risk import hours
from outreach.risk.grid import Grid
from outreach.risk.incident_file import read
from outreach.risk.intensity import Intensities
from outreach.risk.layout import laid_out
from outreach.risk.past import WEEK, Events
from solver.limits import Until
from solver.problem import HOUR, Problem, Shift, Site, Van, Weights, Window
from solver.solve import solve

VANS, DAYS, STAYS = 3, 5, 2
DWELL_HOURS = 4
DETOUR, WALK_METRES, WALK_FAR = 1.3, 450.0, 1200.0
OFFICE, CHOSEN = (8, 18), (10, 22)
SITE_SPACING = 500.0
PRESENCE, SPREAD = 0.02, 1.2

Floats = NDArray[np.float64]
Stay = tuple[int, int, float]  # site, day of the week, hour of the start


@dataclass(frozen=True)
class City:
    """Candidate sites on a grid; `access[s, c]` is the chance that somebody in cell c walks to site s."""

    grid: Grid
    sites: NDArray[np.int64]
    access: Floats

    @classmethod
    def of(cls, grid: Grid, events: Events, count: int) -> City:
        """The `count` busiest cells of the past that lie at least 500 m apart."""
        busy = np.bincount(events.cell, weights=events.weight, minlength=len(grid))
        chosen: list[int] = []
        for cell in np.argsort(-busy, kind="stable"):
            away = np.hypot(*(grid.metres[chosen] - grid.metres[cell]).T) if chosen else np.array([np.inf])
            if busy[cell] > 0 and away.min() >= SITE_SPACING:
                chosen.append(int(cell))
            if len(chosen) == count:
                break
        sites = np.array(chosen, np.int64)
        near = cKDTree(grid.metres[sites]).sparse_distance_matrix(
            cKDTree(grid.metres), WALK_FAR / DETOUR, output_type="coo_matrix"
        )
        access = np.zeros((len(sites), len(grid)))
        access[near.row, near.col] = np.exp(-DETOUR * near.data / WALK_METRES)
        return cls(grid, sites, access)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--timezone", required=True)
    parser.add_argument("--local", help="the city's own zone, when the file is written in another")
    parser.add_argument("--column", action="append", default=[], metavar="OURS=THEIRS")
    parser.add_argument("--weeks", type=int, default=12, help="the last so many weeks of the file")
    parser.add_argument("--sites", type=int, default=120)
    parser.add_argument("--work", type=int, default=4000, help="the planner's work for one week")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args(arguments)
    reading = read(
        asked.file,
        timezone=asked.timezone,
        local=asked.local,
        columns=dict(pair.split("=", 1) for pair in asked.column),
        bounds=None,
        now=datetime.now(UTC),
    )
    grid, events = laid_out(reading)
    began = time.perf_counter()
    report = replay(grid, events, asked.weeks, asked.sites, asked.work)
    report["file"], report["seconds"] = asked.file.name, round(time.perf_counter() - began, 1)
    print(_table(report))
    if asked.json:
        asked.json.write_text(json.dumps(report, indent=1), encoding="utf-8")
    return 0


def replay(grid: Grid, events: Events, weeks: int, sites: int, work: int) -> dict[str, object]:
    """Every method's share of the clocked events of the last `weeks` weeks."""
    clocked = events.only(events.minute >= 0)
    origin = int(events.day[-1]) + 1
    origin -= (origin - date(2024, 1, 1).toordinal()) % WEEK  # weeks run from Monday to Sunday
    model = Intensities(grid, events, origin)
    first = origin - weeks * WEEK
    city = City.of(grid, events.before(first), sites)
    pilot = _pilot(city, events.before(first))
    reached: dict[str, list[float]] = {}
    walked: dict[str, list[float]] = {}
    total = 0.0
    for start in range(first, origin, WEEK):
        coming = clocked.before(start + WEEK, start)
        total += float(coming.weight.sum())
        for name, stays in _methods(city, model, events, start, coming, pilot, work).items():
            within, expected = _reached(city, stays, coming, start)
            reached.setdefault(name, []).append(within)
            walked.setdefault(name, []).append(expected)
    return {
        "cells": len(grid),
        "sites": len(city.sites),
        "weeks": weeks,
        "events": total,
        "van_hours_a_week": VANS * DAYS * STAYS * DWELL_HOURS,
        "within_a_walk": {name: sum(found) / max(1.0, total) for name, found in reached.items()},
        "expected_to_walk": {name: sum(found) / max(1.0, total) for name, found in walked.items()},
    }


def _methods(
    city: City, model: Intensities, events: Events, start: int, coming: Events, pilot: list[Stay], work: int
) -> dict[str, list[Stay]]:
    last_year = events.before(start, start - 52 * WEEK)
    flat = np.full(hours.BANDS, 1.0 / hours.BANDS)
    counts = np.bincount(last_year.cell, weights=last_year.weight, minlength=len(city.grid))[:, None] * flat
    told = last_year.minute >= 0
    by_band = np.zeros((len(city.grid), hours.BANDS))
    bands = hours.band_of(last_year.minute[told])
    np.add.at(by_band, (last_year.cell[told], bands), last_year.weight[told])
    fitted = model.at(model.past.weeks - (model.past.origin - start) // WEEK)
    risk = fitted.weekly[:, None] * fitted.bands
    return {
        "pilot": pilot,
        "last_year": _greedy(city, counts * 7 / 52, OFFICE),
        "last_year_hours": _greedy(city, by_band / 52, CHOSEN),
        "outreach_office_hours": planned(city, risk, OFFICE, work, PRESENCE),
        "outreach": planned(city, risk, CHOSEN, work, PRESENCE),
        "outreach_spread": planned(city, risk, CHOSEN, work, SPREAD),
        "hindsight": _hindsight(city, coming, start),
    }


def _slots(span: tuple[int, int]) -> list[float]:
    """The starts of a van-day's two stays."""
    return [float(span[0] + 0.5), float(span[1] - 0.5 - DWELL_HOURS)]


def _pilot(city: City, past: Events) -> list[Stay]:
    """Six fixed sites, each its own weekday hours all year: the best cover of all that had happened."""
    counts = np.bincount(past.cell, weights=past.weight, minlength=len(city.grid))[:, None]
    flat = np.full((1, hours.BANDS), 1.0 / hours.BANDS)
    stays = _greedy(city, counts * flat, OFFICE, days=1)
    return [(site, day, hour) for site, _, hour in stays for day in range(DAYS)]


def _greedy(city: City, risk: Floats, span: tuple[int, int], days: int = DAYS) -> list[Stay]:
    """Stays one by one where they add most to what is covered, with the planner's diminishing returns."""
    exposure = np.zeros(len(city.grid))
    weekly = risk.sum(axis=1)
    stays: list[Stay] = []
    free = {(day, hour): VANS for day in range(days) for hour in _slots(span)}
    taken: set[tuple[int, int]] = set()
    while any(free.values()):
        best: tuple[float, Stay, Floats] | None = None
        for (day, hour), left in free.items():
            if not left:
                continue
            share = np.divide(risk @ _presence(hour), weekly, out=np.zeros_like(weekly), where=weekly > 0)
            added = city.access * share
            gains = (weekly * (np.exp(-1.2 * exposure) - np.exp(-1.2 * (exposure + added)))).sum(axis=1)
            gains[[site for site, when in taken if when == day]] = -1.0
            site = int(np.argmax(gains))
            if best is None or gains[site] > best[0]:
                best = float(gains[site]), (site, day, hour), added[site]
        assert best is not None
        _, stay, added_there = best
        stays.append(stay)
        taken.add((stay[0], stay[1]))
        free[stay[1], stay[2]] -= 1
        exposure = exposure + added_there
    return stays


def _presence(hour: float) -> Floats:
    """How many hours of each risk band a stay from `hour` covers, over the band's length."""
    edges = hours.FIRST_BAND_MINUTE / 60 + np.arange(hours.BANDS) * 4.0
    covered = np.minimum(edges + 4, hour + DWELL_HOURS) - np.maximum(edges, hour)
    return np.asarray(np.clip(covered, 0, 4) / 4)


def planned(city: City, risk: Floats, span: tuple[int, int], work: int, saturation: float) -> list[Stay]:
    """The planner's stays: free to choose sites, order and hours within the span. `risk` is that of a week,
    or already by day, by cell and band."""
    seen = np.flatnonzero(city.access.sum(axis=0) > 0)
    rows, columns = np.nonzero(city.access[:, seen])
    xy = city.grid.metres[city.sites]
    xy = np.vstack([xy, xy.mean(axis=0)])
    metres = DETOUR * np.sqrt(((xy[:, None] - xy[None]) ** 2).sum(axis=2))
    shifts = tuple(Shift(day, span[0] * HOUR, span[1] * HOUR) for day in range(DAYS))
    windows = tuple(Window(day, span[0] * HOUR, span[1] * HOUR) for day in range(DAYS))
    problem = Problem(
        sites=tuple(
            Site(f"site {n + 1}", windows=windows, dwell_options=(DWELL_HOURS * HOUR,))
            for n in range(len(city.sites))
        ),
        vans=tuple(Van(f"van {n + 1}", len(city.sites), shifts) for n in range(VANS)),
        days=DAYS,
        travel=np.ceil(metres / (25 / 3.6))[None].astype(np.int32),
        travel_band=np.zeros((DAYS, 24), np.int8),
        risk=_by_day(risk[seen]),
        access_starts=np.searchsorted(rows, np.arange(len(city.sites) + 1)).astype(np.int64),
        access_cells=columns.astype(np.int32),
        access_share=city.access[:, seen][rows, columns],
        saturation=saturation,
        weights=Weights(travel_hour=0.001),
    )
    plan = solve(problem, Until(work=work, gap=0.005)).plan
    return [(stop.site, run.day, stop.start / HOUR) for run in plan.van_days for stop in run.stops]


def _by_day(risk: Floats) -> Floats:
    """Cells × days × bands; a week's risk falls evenly on its five days."""
    by_day = risk if risk.ndim == 3 else np.repeat(risk[:, None, :] / DAYS, DAYS, axis=1)
    return np.asarray(by_day, float)


def _hindsight(city: City, coming: Events, start: int) -> list[Stay]:
    """Greedy over every site, weekday and hour, on what really happened: three vans, two stays a day each."""
    within = city.access[:, coming.cell] > 0
    weight = coming.weight.copy()
    chosen: list[Stay] = []
    for _ in range(VANS * DAYS * STAYS):
        best = (-1.0, 0, 0, 0.0, np.zeros(0, np.int64))
        for day in range(DAYS):
            if sum(stay[1] == day for stay in chosen) >= VANS * STAYS:
                continue
            for hour in np.arange(CHOSEN[0], CHOSEN[1] - DWELL_HOURS + 0.01):
                there = np.flatnonzero(_during(coming, start, day, float(hour)) & (weight > 0))
                gains = within[:, there] @ weight[there]
                site = int(np.argmax(gains)) if len(there) else 0
                gain = float(gains[site]) if len(there) else 0.0
                if gain > best[0]:
                    best = gain, site, day, float(hour), there[within[site, there]]
        chosen.append((best[1], best[2], best[3]))
        weight[best[4]] = 0
    return chosen


def _reached(city: City, stays: Sequence[Stay], coming: Events, start: int) -> tuple[float, float]:
    """Weight of events within a walk of a van that was there, and the weight expected to walk to one."""
    missed = np.ones(len(coming))
    for site, day, hour in stays:
        there = _during(coming, start, day, hour)
        missed[there] *= 1.0 - city.access[site, coming.cell[there]]
    return float(coming.weight[missed < 1].sum()), float((coming.weight * (1 - missed)).sum())


def _during(coming: Events, start: int, day: int, hour: float) -> NDArray[np.bool_]:
    minute = coming.minute + 1440 * (coming.minute < hours.FIRST_BAND_MINUTE)
    on = (coming.day == start + day) & (minute >= 60 * hour) & (minute < 60 * (hour + DWELL_HOURS))
    return np.asarray(on)


def _table(report: dict[str, object]) -> str:
    within, expected = report["within_a_walk"], report["expected_to_walk"]
    assert isinstance(within, dict)
    assert isinstance(expected, dict)
    lines = [
        f"{report['file']}: {report['events']:.0f} events in {report['weeks']} weeks, "
        f"{report['sites']} sites, {report['van_hours_a_week']} van-hours a week, {report['seconds']} s",
        f"{'method':24s}{'within a walk':>15s}{'expected':>10s}",
    ]
    lines += [f"{name:24s}{within[name]:15.1%}{expected[name]:10.1%}" for name in within]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
