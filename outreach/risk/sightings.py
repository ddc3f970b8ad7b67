"""Sightings: the usable rows of a file, as they are read, and those that tell only their month."""

from __future__ import annotations

import calendar
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import numpy as np

from outreach.risk import clocks

MOST_AT_ONCE = 500.0


@dataclass(frozen=True, slots=True)
class Sighting:
    """One usable row."""

    row: int
    fingerprint: str
    when: clocks.When
    lon: float
    lat: float
    cell: str
    weight: float = 1.0
    precision_m: float = 0.0
    received: datetime | None = None
    feed: str = ""


@dataclass(slots=True)
class Reading:
    """What a file holds: usable rows in file order, and what was left out and why."""

    sightings: list[Sighting] = field(default_factory=list)
    rows: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def by_hour(self) -> list[int]:
        """How many rows in each local hour of the day; all 0 where no clock is told."""
        minutes = [s.when.minute for s in self.sightings if s.when.minute is not None]
        return [int(n) for n in np.bincount(np.array(minutes, int) // 60, minlength=24)]


def spread_months(reading: Reading) -> None:
    """Spread rows that tell only their month over its days, and say so."""
    if any(sighting.when.month_only for sighting in reading.sightings):
        reading.sightings = [one for n, s in enumerate(reading.sightings) for one in _spread(s, n)]
        reading.notes.append(
            "Rows tell only the month: they are spread evenly over its days, so that weeks and spikes within "
            "a month mean nothing; places and months do."
        )


def _spread(sighting: Sighting, number: int) -> list[Sighting]:
    """A month's count as single events on evenly spaced days, another start for each row."""
    if not sighting.when.month_only:
        return [sighting]
    whole = sighting.weight.is_integer() and 1 <= sighting.weight <= MOST_AT_ONCE
    count = int(sighting.weight) if whole else 1
    first = sighting.when.day
    length = calendar.monthrange(first.year, first.month)[1]
    start = number * 0.618034 % 1
    return [
        replace(
            sighting,
            fingerprint=f"{number}|{k}",
            when=replace(sighting.when, day=first + timedelta(days=int((k + start) * length / count))),
            weight=sighting.weight / count,
        )
        for k in range(count)
    ]
