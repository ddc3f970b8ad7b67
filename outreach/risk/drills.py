"""Drills: clusters hidden in a feed's own past, to learn how many the watch would catch and how soon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from outreach.risk.grid import Grid
from outreach.risk.past import Events
from outreach.risk.scan import CITY, DISK_SIZES, Cluster
from outreach.risk.watch import QUIET_DAYS, Alarm, Watch, same_place

EXTRA_EVENTS = 10
SPREAD_DAYS = 7
AREA_KM2 = 5.0
PATIENCE_DAYS = 8


@dataclass(frozen=True, slots=True)
class DrillReport:
    """Of `drills` hidden clusters the share caught within eight days, and the median delay in days (0 is the
    evening of the first day). `placed`: about past events, or evenly over the city."""

    placed: str
    drills: int
    power: float
    median_delay_days: float | None


def run(
    watch: Watch, alarms: Sequence[Alarm], days: Sequence[int], *, about_events: bool, drills: int, seed: int
) -> DrillReport:
    """Hide clusters of +10 events over 7 days in 5 km² on random `days`, and watch for them.

    One is caught when a cluster that holds two of its events clears the bar, at a place where no alarm was on
    already.
    """
    random = np.random.default_rng((seed, int(about_events)))
    grid = watch.scan.grid
    sources = watch.scan.events.cell if about_events else np.arange(len(grid))
    delays = []
    for _ in range(drills):
        start, centre = int(random.choice(days)), int(random.choice(sources))
        hidden = _cluster(grid, centre, start, random)
        delays.append(_delay(watch, alarms, hidden, start))
    caught = [delay for delay in delays if delay is not None]
    return DrillReport(
        "about past events" if about_events else "evenly over the city",
        drills,
        len(caught) / drills if drills else 0.0,
        float(np.median(caught)) if caught else None,
    )


def _cluster(grid: Grid, centre: int, start: int, random: np.random.Generator) -> Events:
    radius = 1000.0 * np.sqrt(AREA_KM2 / np.pi)
    away = radius * np.sqrt(random.random(EXTRA_EVENTS))
    turn = 2 * np.pi * random.random(EXTRA_EVENTS)
    metres = grid.metres[centre] + away[:, None] * np.column_stack([np.cos(turn), np.sin(turn)])
    return Events.of(_nearest(grid, metres), start + random.integers(0, SPREAD_DAYS, EXTRA_EVENTS))


def _nearest(grid: Grid, metres: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.asarray(cKDTree(grid.metres).query(metres)[1], np.int64)


def _delay(watch: Watch, alarms: Sequence[Alarm], hidden: Events, start: int) -> int | None:
    for delay in range(PATIENCE_DAYS):
        day = start + delay
        on = [alarm for alarm in alarms if alarm.first <= day <= alarm.last + QUIET_DAYS]
        for cluster in watch.judged(day, watch.scan.evening(day, hidden)):
            new = not any(same_place(watch.scan.grid, alarm.latest, cluster) for alarm in on)
            if new and _holds(watch, cluster, hidden):
                return delay
    return None


def _holds(watch: Watch, cluster: Cluster, hidden: Events) -> bool:
    if cluster.rings == CITY:
        return True
    disk = watch.scan.disk[cluster.centre, : DISK_SIZES[cluster.rings]]
    return int(np.isin(hidden.cell, disk).sum()) >= 2
