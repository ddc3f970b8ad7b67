"""The watch: which clusters are alarms, at a number of alarms a month that somebody chose.

Thresholds come from the feed's own past, never from theory: counts of overdoses are restless, and thresholds
simulated for calm ones ring nearly twice as often as promised.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from outreach.risk.grid import Grid
from outreach.risk.scan import CITY, SCALES, Cluster, Scan

LEARNING_DAYS = 60
MEMORY_DAYS = 365
QUIET_DAYS = 7
LONGEST_DAYS = 14
MONTH_DAYS = 30.4375
TAIL = 0.9
RING_METRES = 350.0

Floats = NDArray[np.float64]
Told = tuple[int, Sequence[Cluster]]


@dataclass(frozen=True, slots=True)
class Bar:
    """How rare a surprise must be on its scale, given each scale's past tail: beyond `starts`, reached on one
    evening in ten, surprises fall off by `excess`."""

    starts: Floats
    excess: Floats
    rarity: float = 0.0

    def rarity_of(self, cluster: Cluster) -> float:
        """Natural log of one over the share of evenings that are as surprising on that scale."""
        scale = cluster.rings
        return float((cluster.surprise - self.starts[scale]) / self.excess[scale] - np.log(1 - TAIL))

    def surprise_needed(self, rings: int) -> float:
        """The least surprise that is an alarm on the scale of that many rings."""
        return float(self.starts[rings] + (self.rarity + np.log(1 - TAIL)) * self.excess[rings])

    def clears(self, cluster: Cluster) -> bool:
        """Is it an alarm?"""
        return self.rarity_of(cluster) >= self.rarity


@dataclass(frozen=True, slots=True)
class Alarm:
    """Clusters at one place on evenings `first` to `last`; `latest` is the newest of them."""

    first: int
    last: int
    opened: Cluster
    latest: Cluster


class Watch:
    """Evening after evening of a scan, each judged by a bar that saw only the evenings before it."""

    def __init__(self, scan: Scan, *, alarms_per_month: float = 1.0) -> None:
        self.scan = scan
        self.budget = alarms_per_month
        self.first = int(scan.events.day[0]) + LEARNING_DAYS
        self.evenings: list[Told] = []
        self._bars: dict[int, Bar] = {}

    def until(self, last: int) -> list[Alarm]:
        """The alarms of every evening up to `last`; none while the watch still learns."""
        for day in range(self.first + len(self.evenings), last + 1):
            self.evenings.append((day, self.scan.evening(day)))
        judged = [(day, self.judged(day, clusters)) for day, clusters in self.evenings]
        return alarms(judged, self.scan.grid)

    def judged(self, day: int, clusters: Iterable[Cluster]) -> list[Cluster]:
        """The clusters that clear the bar in force on that evening, the rarest first."""
        bar = self.bar_on(day)
        if bar is None:
            return []
        return sorted(filter(bar.clears, clusters), key=bar.rarity_of, reverse=True)

    def bar_on(self, day: int) -> Bar | None:
        """The bar in force on an evening, set anew every week; None while there is too little past."""
        known = (day - self.first) // 7 * 7
        if known < LEARNING_DAYS:
            return None
        if known not in self._bars:
            self._bars[known] = bar(
                self.evenings[max(0, known - MEMORY_DAYS) : known], self.budget, self.scan.grid
            )
        return self._bars[known]


def bar(past: Sequence[Told], alarms_per_month: float, grid: Grid) -> Bar:
    """The bar that would have given the budgeted number of alarms on these past evenings."""
    surprises = np.zeros((len(past), SCALES))
    for row, (_, clusters) in enumerate(past):
        for cluster in clusters:
            surprises[row, cluster.rings] = max(surprises[row, cluster.rings], cluster.surprise)
    starts = np.quantile(surprises, TAIL, axis=0)
    over = np.maximum(surprises - starts, 0.0)
    excess = np.maximum(over.sum(axis=0) / np.maximum((over > 0).sum(axis=0), 1), 0.5)
    tails = Bar(starts, excess)
    allowed = alarms_per_month * len(past) / MONTH_DAYS
    candidates = sorted({tails.rarity_of(cluster) for _, clusters in past for cluster in clusters})
    low, high = 0, len(candidates) - 1
    while low < high:
        middle = (low + high) // 2
        enough = replace(tails, rarity=candidates[middle])
        ringing = [(day, list(filter(enough.clears, clusters))) for day, clusters in past]
        low, high = (low, middle) if len(alarms(ringing, grid)) <= allowed else (middle + 1, high)
    return replace(tails, rarity=candidates[low] if candidates else 0.0)


def alarms(told: Sequence[Told], grid: Grid) -> list[Alarm]:
    """Clusters joined into alarms: at one place, no quiet week between them. Past a fortnight an alarm that
    goes on counts anew."""
    closed: list[Alarm] = []
    live: list[Alarm] = []
    for day, clusters in told:
        closed += [alarm for alarm in live if day - alarm.last > QUIET_DAYS]
        live = [alarm for alarm in live if day - alarm.last <= QUIET_DAYS]
        for cluster in clusters:
            place = next((i for i, alarm in enumerate(live) if same_place(grid, alarm.latest, cluster)), None)
            if place is None:
                live.append(Alarm(day, day, cluster, cluster))
            elif day - live[place].first >= LONGEST_DAYS:
                closed.append(live[place])
                live[place] = Alarm(day, day, cluster, cluster)
            else:
                live[place] = replace(live[place], last=day, latest=cluster)
    return sorted(closed + live, key=lambda alarm: (alarm.first, alarm.opened.rings, alarm.opened.centre))


def same_place(grid: Grid, one: Cluster, other: Cluster) -> bool:
    """Do two clusters overlap? The whole city is a place of its own."""
    if CITY in (one.rings, other.rings):
        return one.rings == other.rings
    away = float(np.hypot(*(grid.metres[one.centre] - grid.metres[other.centre])))
    return away <= RING_METRES * (one.rings + other.rings + 1)
