"""The equity audit: whom does the surface see less well, and what would happen if some people called less?

Tracts are split into thirds by vulnerability. For each third: how many of its events lie in the cells taken
(recall), and how many were observed for each expected. Then the same weeks again with half the calls of the
most vulnerable tracts never made, and with each feed left out.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import gamma

from outreach.risk import tracts
from outreach.risk.backtest import first_origin
from outreach.risk.incident_file import read_past
from outreach.risk.intensity import Intensities
from outreach.risk.layout import on_grid
from outreach.risk.past import WEEK, Events
from outreach.risk.scores import Interval
from outreach.risk.sightings import Reading
from outreach.risk.tracts import THIRDS, Tracts

TOP = 0.05
KEPT = 0.5
SEED = 4

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Third:
    """One third of the tracts. `recall_top5`: the share of its events within the riskiest 5 % of all cells;
    `observed_over_expected` with a 95 % interval (1 is honest, above 1 the surface expects too little);
    `top_cells` the share of those riskiest cells that lie here."""

    name: str
    tracts: int
    cells: int
    events: float
    expected: float
    observed_over_expected: Interval
    recall_top5: float
    top_cells: float


@dataclass(frozen=True, slots=True)
class Stress:
    """The most vulnerable third reports every second event: recall there, and the part of the city's risk
    expected there, before and after."""

    tracts: int
    events_never_reported: int
    recall_before: float
    recall_after: float
    expected_share_before: float
    expected_share_after: float


@dataclass(frozen=True, slots=True)
class Ablation:
    """What the top 5 % of cells hold of all events when one feed had never been imported."""

    feed: str
    events: int
    hit_rate_with: float
    hit_rate_without: float


@dataclass(frozen=True)
class Audit:
    """What the audit found over some weeks of a file."""

    file: str
    measure: str
    weeks: int
    events: float
    outside: int
    first_origin: date
    hit_rate_top5: float
    thirds: tuple[Third, ...]
    stress: Stress
    ablation: tuple[Ablation, ...]
    notes: tuple[str, ...] = ()

    def as_json(self) -> str:
        """The audit for `--json`."""
        return json.dumps(asdict(self), indent=1, default=str)


@dataclass(frozen=True)
class Played:
    """Sums over the weeks, by cell: events that came, those expected, and those within the top 5 % of cells;
    how often the cell was among these."""

    observed: Floats
    expected: Floats
    hit: Floats
    taken: Floats

    @property
    def hit_rate(self) -> float:
        """The share of all events within the top cells."""
        return float(self.hit.sum() / max(1.0, self.observed.sum()))


def audit(
    path: Path,
    *,
    timezone: str,
    columns: dict[str, str],
    areas: Path,
    measure: str,
    now: datetime,
    local: str | None = None,
    from_date: date | None = None,
) -> Audit:
    """Audit a file's past week by week on the cells of the tracts in `areas`, by thirds of their `measure`.

    The column `feed` tells sources apart, where it is mapped.

    Raises:
        Invalid: a file cannot be read, or the incidents are too few to replay.
    """
    reading = read_past(path, timezone=timezone, local=local, columns=columns, now=now)
    city = tracts.read(areas, measure)
    days = [sighting.when.day.toordinal() for sighting in reading.sightings]
    first = first_origin(sorted(days), from_date, 1, path.name)
    true = on_grid(reading, city.grid)
    weeks = (max(days) + 1 - first) // WEEK

    def played(seen: Reading) -> Played:
        return play(city, on_grid(seen, city.grid), true, first, weeks)

    usual = played(reading)
    return Audit(
        file=path.name,
        measure=measure,
        weeks=weeks,
        events=float(usual.observed.sum()),
        outside=len(reading.sightings) - len(true),
        first_origin=date.fromordinal(first),
        hit_rate_top5=usual.hit_rate,
        thirds=tuple(_third(city, usual, number) for number in range(3)),
        stress=_stress(city, reading, usual, played),
        ablation=_ablation(reading, usual, played),
        notes=tuple(reading.notes),
    )


def play(city: Tracts, seen: Events, true: Events, first: int, weeks: int) -> Played:
    """Forecast each week from what was `seen`, and count what truly came."""
    cells = len(city.grid)
    model = Intensities(city.grid, seen, first + WEEK * weeks)
    sums = np.zeros((4, cells))
    for origin in range(first, first + WEEK * weeks, WEEK):
        weekly = model.at(model.past.weeks - (first + WEEK * weeks - origin) // WEEK).weekly
        coming = true.before(origin + WEEK, origin)
        came = np.bincount(coming.cell, weights=coming.weight, minlength=cells)
        top = _top(weekly)
        sums += (came, weekly, came * top, top)
    return Played(*sums)


def _top(weekly: Floats) -> Floats:
    """1 for the riskiest 5 % of cells."""
    found = np.zeros(len(weekly))
    found[np.argsort(-weekly, kind="stable")[: max(1, round(TOP * len(weekly)))]] = 1.0
    return found


def _third(city: Tracts, played: Played, number: int) -> Third:
    inside = city.third[city.tract] == number
    observed, expected = float(played.observed[inside].sum()), float(played.expected[inside].sum())
    low, high = gamma.ppf(0.025, max(observed, 1e-9)), gamma.ppf(0.975, observed + 1)
    scale = max(expected, 1e-9)
    return Third(
        name=THIRDS[number],
        tracts=int((city.third == number).sum()),
        cells=int(inside.sum()),
        events=observed,
        expected=expected,
        observed_over_expected=Interval(observed / scale, float(low) / scale, float(high) / scale),
        recall_top5=float(played.hit[inside].sum()) / max(1.0, observed),
        top_cells=float(played.taken[inside].sum() / played.taken.sum()),
    )


def _stress(city: Tracts, reading: Reading, usual: Played, played: Callable[[Reading], Played]) -> Stress:
    inside = city.third[city.tract] == 2
    place = city.grid.where([sighting.cell for sighting in reading.sightings])
    silent = (place >= 0) & inside[place] & (np.random.default_rng(SEED).random(len(place)) >= KEPT)
    kept = [s for s, lost in zip(reading.sightings, silent, strict=True) if not lost]
    after = played(replace(reading, sightings=kept))

    def share(of: Floats, whole: Floats) -> float:
        return float(of[inside].sum() / max(1e-9, whole.sum()))

    observed = usual.observed[inside]
    return Stress(
        tracts=int((city.third == 2).sum()),
        events_never_reported=int(silent.sum()),
        recall_before=share(usual.hit, observed),
        recall_after=share(after.hit, observed),
        expected_share_before=share(usual.expected, usual.expected),
        expected_share_after=share(after.expected, after.expected),
    )


def _ablation(reading: Reading, usual: Played, played: Callable[[Reading], Played]) -> tuple[Ablation, ...]:
    names = sorted({sighting.feed for sighting in reading.sightings})
    if len(names) < 2:
        return ()
    return tuple(_without(reading, usual, played, name) for name in names[:12])


def _without(reading: Reading, usual: Played, played: Callable[[Reading], Played], feed: str) -> Ablation:
    kept = [sighting for sighting in reading.sightings if sighting.feed != feed]
    rate = played(replace(reading, sightings=kept)).hit_rate
    return Ablation(feed, len(reading.sightings) - len(kept), usual.hit_rate, rate)
