"""The replay: every week's forecasts, of the model and the baselines, against what then happened."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from outreach.risk import hours, scores
from outreach.risk.baselines import Baselines
from outreach.risk.grid import Grid
from outreach.risk.intensity import Intensities, Intensity
from outreach.risk.past import WEEK, Events
from outreach.risk.sightings import Reading

MODEL = "outreach"
UNITS_TOP = 0.05

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Line:
    """One method's measures over all weeks: `hit_rate`, `pai` and `pei` by share of cells taken."""

    hit_rate: dict[str, float]
    pai: dict[str, float]
    pei: dict[str, float]
    bits_over_kde: float


@dataclass(frozen=True, slots=True)
class Week:
    """One origin: how many events came, and how many of them lay in each method's top 5 % of cells."""

    origin: date
    events: float
    hits_top5: dict[str, float]


@dataclass(frozen=True)
class Report:
    """What the replay found. Rates are shares of the events; differences are in points; `docs/risk.md` has a
    table of all fields."""

    file: str
    timezone: str
    rows: int
    left_out: dict[str, int]
    resolution: int
    cells: int
    weeks: int
    events: int
    outside: int
    first_origin: date
    horizon_weeks: int
    methods: dict[str, Line]
    best_baseline: str
    top5_points_over: dict[str, scores.Interval]
    top5_points_over_best: scores.Interval
    top5_points_over_last_year: scores.Interval
    coverage90: float
    units_top5: dict[str, float] | None
    by_week: tuple[Week, ...]
    notes: tuple[str, ...] = ()

    def as_json(self) -> str:
        """The report for `--json`."""
        return json.dumps(asdict(self), indent=1, default=str)


class Replay:
    """Every week's forecasts against what then happened."""

    def __init__(
        self,
        grid: Grid,
        events: Events,
        first: int,
        end: int,
        horizon_weeks: int,
        received: Callable[[int], Events] | None = None,
    ) -> None:
        weeks = (end - first) // WEEK
        self.grid, self.events, self.first, self.horizon = grid, events, first, horizon_weeks
        self.model = Intensities(grid, events, first + WEEK * weeks)
        self.baselines = Baselines(grid, self.model.past)
        self.received = received
        self.start = self.model.past.weeks - weeks
        self.random = np.random.default_rng(1)
        self.seen: list[float] = []
        self.best: dict[float, list[float]] = {top: [] for top in scores.TOPS}
        self.hits: dict[str, dict[float, list[float]]] = {}
        self.bits: dict[str, float] = {}
        self.pits: list[Floats] = []
        self.units: dict[str, list[float]] = {"outreach": [], "last_year_cell_band": [], "events": []}

    def play(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Forecast and score each week."""
        last = self.model.past.weeks - self.horizon
        for week in range(self.start, last + 1):
            self._score(week)
            if progress is not None:
                progress(week - self.start + 1, last - self.start + 1)

    def _score(self, week: int) -> None:
        actual = np.zeros(len(self.grid))
        actual[self.model.past.active] = self.model.past.counts[week : week + self.horizon].sum(axis=0)
        intensity, simple = self._forecasts(week)
        self.seen.append(float(actual.sum()))
        for top in scores.TOPS:
            self.best[top].append(scores.best_hits(actual, top))
        for name, share in {MODEL: intensity.share.mean, **simple}.items():
            kept = self.hits.setdefault(name, {top: [] for top in scores.TOPS})
            for top in scores.TOPS:
                kept[top].append(scores.hits(share, actual, top))
            self.bits[name] = self.bits.get(name, 0.0) + scores.log_score(share, actual)
        self._score_intervals(intensity, week)
        self._score_units(intensity)

    def _forecasts(self, week: int) -> tuple[Intensity, dict[str, Floats]]:
        """The model and the baselines of a week, from what was known then."""
        if self.received is None:
            return self.model.at(week), self.baselines.at(week)
        origin = self.model.past.origin - WEEK * (self.model.past.weeks - week)
        then = Intensities(self.grid, self.received(origin), origin)
        return then.at(), Baselines(self.grid, then.past).at(then.past.weeks)

    def _score_intervals(self, intensity: Intensity, week: int) -> None:
        actual = np.zeros(len(self.grid))
        actual[self.model.past.active] = self.model.past.counts[week]
        top = np.argsort(-intensity.weekly, kind="stable")[: max(1, round(0.05 * len(self.grid)))]
        self.pits.append(scores.pit(actual[top], intensity.weekly[top], intensity.dispersion, self.random))

    def _score_units(self, intensity: Intensity) -> None:
        origin = intensity.origin
        coming = _by_unit(self.events.before(origin + WEEK * self.horizon, origin), len(self.grid))
        if not coming.sum():
            return
        last_year = _by_unit(self.events.before(origin, origin - 52 * WEEK), len(self.grid))
        ours = (intensity.share.mean[:, None] * intensity.bands).ravel()
        self.units["outreach"].append(scores.hits(ours, coming, UNITS_TOP))
        self.units["last_year_cell_band"].append(scores.hits(last_year, coming, UNITS_TOP))
        self.units["events"].append(float(coming.sum()))

    def report(self, file: str, zone: str, reading: Reading, resolution: int) -> Report:
        """The measures over all weeks played."""
        events = np.array(self.seen)
        top5 = {name: np.array(kept[0.05]) for name, kept in self.hits.items()}
        simple = [name for name in top5 if name != MODEL]
        best = max(simple, key=lambda name: float(top5[name].sum()))
        pits = np.concatenate(self.pits)
        over = {name: scores.paired_difference(top5[MODEL], top5[name], events) for name in simple}
        return Report(
            file=file,
            timezone=zone,
            rows=reading.rows,
            left_out=dict(reading.left_out),
            resolution=resolution,
            cells=len(self.grid),
            weeks=len(self.seen),
            events=int(events.sum()),
            outside=len(reading.sightings) - len(self.events),
            first_origin=date.fromordinal(self.first),
            horizon_weeks=self.horizon,
            methods={name: self._line(name) for name in self.hits},
            best_baseline=best,
            top5_points_over=over,
            top5_points_over_best=over[best],
            top5_points_over_last_year=over["last_year_counts"],
            coverage90=float(((pits > 0.05) & (pits < 0.95)).mean()),
            units_top5=self._units(),
            by_week=tuple(self._week(number) for number in range(len(self.seen))),
            notes=tuple(reading.notes),
        )

    def _week(self, number: int) -> Week:
        origin = date.fromordinal(self.first + WEEK * number)
        return Week(origin, self.seen[number], {name: kept[0.05][number] for name, kept in self.hits.items()})

    def _line(self, name: str) -> Line:
        total = max(1.0, sum(self.seen))
        rate = {top: sum(self.hits[name][top]) / total for top in scores.TOPS}
        return Line(
            hit_rate={f"{top:.0%}": rate[top] for top in scores.TOPS},
            pai={f"{top:.0%}": rate[top] / top for top in scores.TOPS},
            pei={f"{top:.0%}": rate[top] * total / max(1.0, sum(self.best[top])) for top in scores.TOPS},
            bits_over_kde=(self.bits[name] - self.bits["kde"]) / total,
        )

    def _units(self) -> dict[str, float] | None:
        total = sum(self.units["events"])
        if not total:
            return None
        return {name: sum(found) / total for name, found in self.units.items() if name != "events"}


def _by_unit(events: Events, cells: int) -> Floats:
    """Counts by cell and band, flat; only events with a clock."""
    told = events.minute >= 0
    unit = events.cell[told] * hours.BANDS + hours.band_of(events.minute[told])
    return np.bincount(unit, weights=events.weight[told], minlength=cells * hours.BANDS).astype(float)
