"""What was counted at the stops, by neighbourhood and week, and how much of it may be shown."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from outreach.report.figures import ALL, table
from outreach.report.suppression import suppress

COUNTERS = (
    "contacts",
    "naloxone_kits",
    "syringes_out",
    "syringes_in",
    "litter_syringes",
    "overdose_responses",
)
"""What a coverage report counts: all of it stands for people, if only a few."""


@dataclass(frozen=True, slots=True)
class Counts:
    """One counter: by area (None: outside every area), by week (its Monday), and in all. None is hidden."""

    areas: Mapping[int | None, int | None]
    weeks: Mapping[date, int | None]
    total: int | None


def monday(day: date) -> date:
    """The Monday of the week a day belongs to."""
    return day - timedelta(day.weekday())


def shown(
    cells: Mapping[tuple[int | None, date], int],
    areas: Collection[int | None],
    weeks: Collection[date],
    threshold: int | None,
) -> Counts:
    """The counts of one counter by area and week that may be shown; all of them without a `threshold`.

    The page shows areas and weeks, not their crossing; yet where people were met in an area in one week
    only, the two are the same number. Every crossing that counts nobody is taken to be known to: the stops
    and hours beside the counts and the public notice say where no van stood, whether none was planned or
    one was skipped, and what the stops did not offer, and who stood nearby saw the rest.
    """
    met = {(str(area), week.isoformat()): count for (area, week), count in cells.items() if count}
    everywhere = {(str(area), week.isoformat()) for area in areas for week in weeks}
    figures = table(met, known_zero=everywhere - met.keys(), only_margins=True)
    numbers = figures.counts if threshold is None else suppress(figures, threshold).shown
    return Counts(
        areas={area: numbers.get((str(area), ALL)) for area in areas},
        weeks={week: numbers.get((ALL, week.isoformat())) for week in weeks},
        total=numbers.get((ALL, ALL)),
    )
