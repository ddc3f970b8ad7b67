"""The backtest: a file's past replayed week by week, the model and the baselines side by side."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from outreach.errors import Invalid
from outreach.risk import hours, scores
from outreach.risk.baselines import Baselines
from outreach.risk.grid import RESOLUTION, Grid
from outreach.risk.incident_file import Reading, read
from outreach.risk.intensity import Intensities, Intensity
from outreach.risk.layout import on_grid
from outreach.risk.past import WEEK, Events

MODEL = "outreach"
UNITS_TOP = 0.05
LEAST_WEEKS = 4

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Line:
    """One method's measures over all weeks: `hit_rate`, `pai` and `pei` by share of cells taken."""

    hit_rate: dict[str, float]
    pai: dict[str, float]
    pei: dict[str, float]
    bits_over_kde: float


@dataclass(frozen=True)
class Report:
    """What the replay found. Rates are shares of the events; differences are in points."""

    file: str
    cells: int
    weeks: int
    events: int
    outside: int
    first_origin: date
    horizon_weeks: int
    methods: dict[str, Line]
    best_baseline: str
    top5_points_over_best: scores.Interval
    top5_points_over_last_year: scores.Interval
    coverage90: float
    units_top5: dict[str, float] | None
    notes: tuple[str, ...] = ()

    def as_json(self) -> str:
        """The report for `--json`."""
        return json.dumps(asdict(self), indent=1, default=str)


def run(
    path: Path,
    *,
    timezone: str,
    columns: Mapping[str, str],
    now: datetime,
    from_date: date | None = None,
    horizon_weeks: int = 1,
    resolution: int = RESOLUTION,
    area: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Replay the file from `from_date` on (default: after a year, or half of it), one origin a week.

    The cells are those of `area` (GeoJSON polygons), else all cells of the neighbourhoods (H3 resolution 7)
    with events before the first origin.

    Raises:
        Invalid: the file cannot be read, or is too short to replay; says what is needed.
    """
    reading = read(path, timezone=timezone, columns=columns, bounds=None, now=now, forgiving=True)
    days = sorted(sighting.when.day.toordinal() for sighting in reading.sightings)
    first = _first_origin(days, from_date, horizon_weeks, path.name)
    grid = _grid(reading, first, resolution, area)
    events = on_grid(reading, grid, resolution)
    replay = Replay(grid, events, first, days[-1] + 1, horizon_weeks)
    replay.play(progress)
    return replay.report(path.name, outside=len(reading.sightings) - len(events), notes=tuple(reading.notes))


class Replay:
    """Every week's forecasts against what then happened."""

    def __init__(self, grid: Grid, events: Events, first: int, end: int, horizon_weeks: int) -> None:
        weeks = (end - first) // WEEK
        self.grid, self.events, self.first, self.horizon = grid, events, first, horizon_weeks
        self.model = Intensities(grid, events, first + WEEK * weeks)
        self.baselines = Baselines(grid, self.model.past)
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
        intensity = self.model.at(week)
        self.seen.append(float(actual.sum()))
        for top in scores.TOPS:
            self.best[top].append(scores.best_hits(actual, top))
        for name, share in {MODEL: intensity.share.mean, **self.baselines.at(week)}.items():
            kept = self.hits.setdefault(name, {top: [] for top in scores.TOPS})
            for top in scores.TOPS:
                kept[top].append(scores.hits(share, actual, top))
            self.bits[name] = self.bits.get(name, 0.0) + scores.log_score(share, actual)
        self._score_intervals(intensity, week)
        self._score_units(intensity, week)

    def _score_intervals(self, intensity: Intensity, week: int) -> None:
        actual = np.zeros(len(self.grid))
        actual[self.model.past.active] = self.model.past.counts[week]
        top = np.argsort(-intensity.weekly, kind="stable")[: max(1, round(0.05 * len(self.grid)))]
        self.pits.append(scores.pit(actual[top], intensity.weekly[top], intensity.dispersion, self.random))

    def _score_units(self, intensity: Intensity, week: int) -> None:
        origin = intensity.origin
        coming = _by_unit(self.events.before(origin + WEEK * self.horizon, origin), len(self.grid))
        if not coming.sum():
            return
        last_year = _by_unit(self.events.before(origin, origin - 52 * WEEK), len(self.grid))
        ours = (intensity.share.mean[:, None] * intensity.bands).ravel()
        self.units["outreach"].append(scores.hits(ours, coming, UNITS_TOP))
        self.units["last_year_cell_band"].append(scores.hits(last_year, coming, UNITS_TOP))
        self.units["events"].append(float(coming.sum()))

    def report(self, file: str, *, outside: int, notes: tuple[str, ...]) -> Report:
        """The measures over all weeks played."""
        events = np.array(self.seen)
        top5 = {name: np.array(kept[0.05]) for name, kept in self.hits.items()}
        simple = [name for name in top5 if name != MODEL]
        best = max(simple, key=lambda name: float(top5[name].sum()))
        pits = np.concatenate(self.pits)
        return Report(
            file=file,
            cells=len(self.grid),
            weeks=len(self.seen),
            events=int(events.sum()),
            outside=outside,
            first_origin=date.fromordinal(self.first),
            horizon_weeks=self.horizon,
            methods={name: self._line(name) for name in self.hits},
            best_baseline=best,
            top5_points_over_best=scores.paired_difference(top5[MODEL], top5[best], events),
            top5_points_over_last_year=scores.paired_difference(
                top5[MODEL], top5["last_year_counts"], events
            ),
            coverage90=float(((pits > 0.05) & (pits < 0.95)).mean()),
            units_top5=self._units(),
            notes=notes,
        )

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


def _first_origin(days: list[int], from_date: date | None, horizon_weeks: int, file: str) -> int:
    first, last = days[0], days[-1]
    origin = from_date.toordinal() if from_date else first + min(52 * WEEK, (last - first) // 2)
    if origin < first + WEEK * LEAST_WEEKS or origin + WEEK * horizon_weeks > last + 1:
        raise Invalid(
            f"{file} runs from {date.fromordinal(first)} to {date.fromordinal(last)}: too short to replay "
            f"from {date.fromordinal(origin)}. Choose a --from with {LEAST_WEEKS} weeks before it and "
            f"{horizon_weeks} after it.",
            code="too-short",
        )
    return origin


def _grid(reading: Reading, first: int, resolution: int, area: Path | None) -> Grid:
    if area is not None:
        return Grid.covering(_polygons(area), resolution)
    past = [s.cell for s in reading.sightings if s.when.day.toordinal() < first]
    return Grid.around(past, resolution)


def _polygons(area: Path) -> list[dict[str, object]]:
    try:
        document = json.loads(area.read_text(encoding="utf-8"))
        shapes = [feature["geometry"] for feature in document["features"]]
    except (OSError, ValueError, KeyError, TypeError):
        raise Invalid(
            f"{area.name} is no GeoJSON file with features. Export the area as GeoJSON (WGS84).",
            code="no-geojson",
        ) from None
    kept = [shape for shape in shapes if shape and shape.get("type") in ("Polygon", "MultiPolygon")]
    if not kept:
        raise Invalid(f"{area.name} holds no polygon. Export the area's outline.", code="no-polygon")
    return kept
