"""Spikes: clusters that are alarms, as a coordinator hears of them, and a replay of a file's alarms."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import h3
import numpy as np
from scipy.special import pdtr, pdtrik
from sqlalchemy.orm import Session

from outreach import local_time
from outreach.errors import Invalid
from outreach.place import areas
from outreach.place.areas import Area
from outreach.risk import alerts, drills, history
from outreach.risk.alerts import Alert
from outreach.risk.drills import DrillReport
from outreach.risk.incident_file import read_past
from outreach.risk.layout import laid_out
from outreach.risk.past import Events
from outreach.risk.scan import CITY, DISK_SIZES, GUARD_DAYS, LEVEL_DAYS, Scan
from outreach.risk.watch import MONTH_DAYS, QUIET_DAYS, Alarm, Bar, Watch

LEAST_DAYS = 150
WATCHED_DAYS = 2 * 365
ALERT_DAYS = 7
LARGEST_FACTOR = 5.0
CITY_RADIUS_M = 30_000.0
LEAST_HOLE_DAYS = 28.0
RELEARNED_DAYS = LEVEL_DAYS + GUARD_DAYS


@dataclass(frozen=True, slots=True)
class Spike:
    """More overdoses than the past allows: `count` in `days` days within `radius_m`, where `expected` were
    (None radius: the whole city). It is over after a week in which each such window has fewer than
    `over_below`. `area` is the neighbourhood of its middle."""

    first: date
    last: date
    lon: float
    lat: float
    radius_m: float | None
    days: int
    count: int
    expected: float
    over_below: int
    area: str | None = None

    @property
    def place(self) -> str:
        """Where it is: the neighbourhood where one is known, else the position to about 10 m."""
        if self.radius_m is None:
            return "in the whole city"
        middle = self.area or f"{self.lat:.4f}, {self.lon:.4f}"
        return f"within {self.radius_m / 1000:.1f} km of {middle}"

    @property
    def sentence(self) -> str:
        """For people, with what would end it."""
        where = self.place
        days = "on one day" if self.days == 1 else f"in {self.days} days"
        return (
            f"{self.count} events {days} {where}, where {self.expected:.1f} were expected. It is over after "
            f"a week with fewer than {self.over_below} in any such window."
        )


@dataclass(frozen=True)
class Replay:
    """What the watch would have said over a file's past. `counted` alarms began on the days watched, where
    `promised` were the budget and `likely` is its 95 % Poisson interval."""

    file: str
    watched_days: int
    alarms: tuple[Spike, ...]
    by_day: dict[str, int]
    counted: int
    promised: float
    likely: tuple[int, int]
    drills: tuple[DrillReport, ...]

    def as_json(self) -> str:
        """The replay for `--json`."""
        return json.dumps(asdict(self), indent=1, default=str)


def look(session: Session, programme_id: int, now: datetime, *, alarms_per_month: float = 1.0) -> list[Spike]:
    """The spikes that are on this evening, judged by the programme's own past."""
    known = history.known(session, programme_id, now)
    if known is None or int(known.events.day[-1]) - int(known.events.day[0]) < LEAST_DAYS:
        return []
    today = known.origin.toordinal() - 1
    scan = Scan(known.grid, known.events.before(today + 1, today - WATCHED_DAYS))
    watch = Watch(scan, alarms_per_month=alarms_per_month)
    on = [_spike(watch, alarm) for alarm in watch.until(today) if today - alarm.last <= QUIET_DAYS]
    known_areas = areas.listed(session, programme_id)
    return [_named(spike, known_areas) for spike in on]


def _named(spike: Spike, known: Sequence[Area]) -> Spike:
    found = areas.area_of(known, spike.lon, spike.lat)
    return replace(spike, area=found.name) if found is not None else spike


def raise_alert(session: Session, programme_id: int, spike: Spike, now: datetime) -> Alert:
    """Enter the spike as an alert for the coming week, so that the next plan takes it into account."""
    today = local_time.today(session, programme_id, now)
    factor = float(np.clip((spike.count + 1) / (spike.expected + 1), 1.2, LARGEST_FACTOR))
    return alerts.enter(
        session,
        programme_id,
        kind="spike",
        lon=spike.lon,
        lat=spike.lat,
        radius_m=spike.radius_m or CITY_RADIUS_M,
        factor=round(factor, 2),
        starts=today,
        ends=today + timedelta(days=ALERT_DAYS),
        now=now,
        note=spike.sentence,
    )


def replay(
    path: Path,
    *,
    timezone: str,
    columns: Mapping[str, str],
    now: datetime,
    local: str | None = None,
    alarms_per_month: float = 1.0,
    hidden: int = 0,
    without: Sequence[tuple[date, date]] = (),
    seed: int = 1,
) -> Replay:
    """Watch a file's past evening by evening; `hidden` clusters are drilled, on days not `without`.

    Raises:
        Invalid: the file cannot be read, is too short to learn from, or the budget is no rate of alarms.
    """
    if not 0.01 <= alarms_per_month <= 31:
        raise Invalid("The budget is a number of alarms a month, from 0.01 to 31.", code="budget")
    reading = read_past(path, timezone=timezone, local=local, columns=columns, now=now)
    grid, events = laid_out(reading, clocks=False)
    first, last = int(events.day[0]), int(events.day[-1])
    if last - first < LEAST_DAYS:
        raise Invalid(
            f"{path.name} spans {last - first} days; the watch learns from {LEAST_DAYS}.", code="too-short"
        )
    watch = Watch(Scan(grid, events), alarms_per_month=alarms_per_month)
    found = watch.until(last)
    without = [*without, *_holes(events)]
    days = [day for day, _ in watch.evenings if watch.bar_on(day) is not None and not _within(day, without)]
    promised = alarms_per_month * len(days) / MONTH_DAYS
    low, high = likely(promised)
    startable = [day for day in days if day + drills.PATIENCE_DAYS <= last]
    return Replay(
        path.name,
        len(days),
        tuple(_spike(watch, alarm) for alarm in found),
        _by_day(found),
        sum(not _within(alarm.first, without) for alarm in found),
        promised,
        (int(low), int(high)),
        tuple(
            drills.run(watch, found, startable, about_events=about, drills=hidden, seed=seed)
            for about in (True, False)
            if hidden and startable
        ),
    )


def _spike(watch: Watch, alarm: Alarm) -> Spike:
    cluster, grid = alarm.latest, watch.scan.grid
    if cluster.rings == CITY:
        lon, lat = grid.lonlat.mean(axis=0)
        radius = None
    else:
        lon, lat = grid.lonlat[cluster.centre]
        km2 = DISK_SIZES[cluster.rings] * h3.cell_area(grid.cells[cluster.centre], unit="km^2")
        radius = round(1000 * float(np.sqrt(km2 / np.pi)), -1)
    bar = watch.bar_on(alarm.last)
    return Spike(
        first=date.fromordinal(alarm.first),
        last=date.fromordinal(alarm.last),
        lon=round(float(lon), 6),
        lat=round(float(lat), 6),
        radius_m=radius,
        days=cluster.days,
        count=round(cluster.count),
        expected=round(cluster.expected, 2),
        over_below=_over_below(bar, cluster.rings, cluster.expected) if bar is not None else 0,
    )


def _over_below(bar: Bar, rings: int, expected: float) -> int:
    """The least count in a window of the same length that would still ring."""
    needed = bar.surprise_needed(rings)
    count = max(3, int(np.floor(expected)) + 1)
    while count * np.log(count / expected) + expected - count < needed:
        count += 1
    return count


def _by_day(found: Sequence[Alarm]) -> dict[str, int]:
    """How many alarms were on, on each day on which one was."""
    days: dict[str, int] = {}
    for alarm in found:
        for day in range(alarm.first, alarm.last + 1):
            told = date.fromordinal(day).isoformat()
            days[told] = days.get(told, 0) + 1
    return dict(sorted(days.items()))


def _holes(events: Events) -> list[tuple[date, date]]:
    """Spans in which nobody was watching: a feed was silent for four weeks and ten times longer than usual,
    and the weeks after that in which a new level is learned."""
    days = np.unique(events.day)
    steps = np.diff(days)
    long = max(LEAST_HOLE_DAYS, 10.0 * float(np.mean(steps)))
    return [
        (date.fromordinal(int(day) + 1), date.fromordinal(int(day + step) + RELEARNED_DAYS))
        for day, step in zip(days[:-1], steps, strict=True)
        if step > long
    ]


def _within(day: int, spans: Sequence[tuple[date, date]]) -> bool:
    return any(first.toordinal() <= day <= last.toordinal() for first, last in spans)


def likely(promised: float) -> tuple[int, int]:
    """Between which two numbers so many promised alarms come to lie in 95 of 100 such times (Poisson)."""
    # Not scipy.stats: the web process would load it at every start for these two numbers.
    return _quantile(0.025, promised), _quantile(0.975, promised)


def _quantile(share: float, mean: float) -> int:
    count = max(0, math.ceil(pdtrik(share, mean)) - 1)
    while pdtr(count, mean) < share:
        count += 1
    return count
