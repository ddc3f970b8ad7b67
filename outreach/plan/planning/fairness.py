"""Fairness: the least service each neighbourhood is to have in a week, as the programme set it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from solver.problem import Floor, Site

EVERY = "*"
MINUTE = 60
DAYS_A_WEEK = 7


def floors(
    minutes: Mapping[str, int], areas: Mapping[str, int], sites: Sequence[Site], weeks: Sequence[int]
) -> tuple[Floor, ...]:
    """A floor for each neighbourhood and calendar week in which one of its sites is open; of a week that
    the plan covers in part, the part. `minutes` is by neighbourhood, `*` for all others; `weeks` is by
    day."""
    covered = Counter(weeks)
    open_in = {(site.neighbourhood, weeks[w.day]) for site in sites for w in site.windows}
    return tuple(
        Floor(areas[name], week, seconds)
        for name, wanted in _wanted(minutes, areas)
        for week in sorted(covered)
        if (areas[name], week) in open_in
        and (seconds := wanted * MINUTE * min(covered[week], DAYS_A_WEEK) // DAYS_A_WEEK)
    )


def unmeetable(minutes: Mapping[str, int], areas: Mapping[str, int], sites: Sequence[Site]) -> Iterator[str]:
    """Sentences about floors that no site of the plan can serve."""
    served = {site.neighbourhood for site in sites if site.windows}
    for name, wanted in minutes.items():
        if name != EVERY and wanted and areas.get(name) not in served:
            yield f"{name} is to have {wanted} minutes of service a week, but no site of the plan lies there."


def _wanted(minutes: Mapping[str, int], areas: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    for name in areas:
        wanted = minutes.get(name, minutes.get(EVERY, 0) if name else 0)
        if wanted:
            yield name, wanted
