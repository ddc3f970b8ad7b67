"""The backtest: any file's past replayed week by week, beside simple ways of doing it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from outreach.errors import Invalid
from outreach.risk import clocks, outlines
from outreach.risk.grid import RESOLUTION, Grid
from outreach.risk.incident_file import read_past
from outreach.risk.layout import around, on_grid
from outreach.risk.past import WEEK, Events
from outreach.risk.replay import Replay, Report
from outreach.risk.sightings import Reading

LEAST_WEEKS = 4


def run(
    path: Path,
    *,
    timezone: str,
    columns: Mapping[str, str],
    now: datetime,
    local: str | None = None,
    from_date: date | None = None,
    horizon_weeks: int = 1,
    resolution: int = RESOLUTION,
    area: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Replay the file from `from_date` on (default: after a year, or half of it), one origin a week.

    The cells are those of `area` (GeoJSON polygons), else all cells of the neighbourhoods (H3 resolution 7)
    with events before the first origin. `local` is the city's own zone where the file is written in another.
    Where the column `received` is mapped, every week sees only what had been received by then.

    Raises:
        Invalid: the file cannot be read, or is too short to replay; says what is needed.
    """
    reading = read_past(path, timezone=timezone, local=local, columns=columns, now=now)
    reading.notes += _doubtful_clock(reading, timezone, local)
    days = sorted(sighting.when.day.toordinal() for sighting in reading.sightings)
    first = first_origin(days, from_date, horizon_weeks, path.name)
    grid = _grid(reading, first, resolution, area)
    events = on_grid(reading, grid, resolution)
    if not len(events.before(first)):
        raise Invalid(f"No event before {date.fromordinal(first)} lies within the area.", code="empty-area")
    replay = Replay(grid, events, first, days[-1] + 1, horizon_weeks, _received(reading, grid, resolution))
    replay.play(progress)
    return replay.report(path.name, local or timezone, reading, resolution)


def _received(reading: Reading, grid: Grid, resolution: int) -> Callable[[int], Events] | None:
    """What was known before a day; None where the file does not tell when its rows came in."""
    if all(sighting.received is None for sighting in reading.sightings):
        return None
    known = [(s.received or s.when.moment).date().toordinal() for s in reading.sightings]

    def before(origin: int) -> Events:
        then = [s for s, day in zip(reading.sightings, known, strict=True) if day < origin]
        return on_grid(replace(reading, sightings=then), grid, resolution)

    return before


def _doubtful_clock(reading: Reading, timezone: str, local: str | None) -> list[str]:
    """The UTC trap, as far as a file without a feed's kind shows it."""
    year = reading.sightings[-1].when.day.year
    trap = clocks.trap(reading.by_hour(), clocks.zone(timezone), clocks.zone(local or timezone), year)
    if trap is None:
        return []
    hint = f"--timezone UTC --city-timezone {timezone}" if trap[1] == "UTC" else f"--timezone {trap[1]}"
    return [
        f"If these are overdose calls, their night peak looks shifted by {trap[0]} h: their times read like "
        f"{trap[1]}, not {timezone}. Try {hint}."
    ]


def first_origin(days: list[int], from_date: date | None, horizon_weeks: int, file: str) -> int:
    """The first day forecast: the one asked for, else a year after the first event, or half-way.

    Raises:
        Invalid: too little lies before or after it.
    """
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
        return outlines.grid(area, resolution)
    past = [s.cell for s in reading.sightings if s.when.day.toordinal() < first]
    return around(past, resolution)
