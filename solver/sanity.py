"""Questions asked of a problem before it is solved; every contradiction is named at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from solver.problem import DAY, RISK_BANDS, Problem, ProblemError, Shift

MOST_EXTRAS = 5
MOST_NAMED = 12
LATEST = 3 * DAY


def refuse(problem: Problem) -> None:
    """Raise `ProblemError` naming everything about the inputs that cannot be meant."""
    doubts = [*_shapes(problem)] or [
        *_numbers(problem),
        *_positions(problem),
        *_sites(problem),
        *_people(problem),
        *_anchors(problem),
        *_services(problem),
    ]
    if doubts:
        more = f"; and {len(doubts) - MOST_NAMED} more of the kind" if len(doubts) > MOST_NAMED else ""
        raise ProblemError("; ".join(doubts[:MOST_NAMED]) + more)


def _shapes(p: Problem) -> Iterator[str]:
    rows = max([len(p.sites), *(van.base + 1 for van in p.vans)])
    if p.days < 0:
        yield f"the problem has {p.days} days"
    if p.travel.ndim != 3 or p.travel.shape[1] != p.travel.shape[2] or p.travel.shape[1] < rows:
        yield f"travel has shape {p.travel.shape}, but sites and bases need {rows} rows"
    if p.travel_band.ndim != 2 or p.travel_band.shape[0] < p.days or p.travel_band.shape[1] < 1:
        yield f"travel_band has shape {p.travel_band.shape}, but there are {p.days} days"
    elif p.travel_band.size and not 0 <= p.travel_band.min() <= p.travel_band.max() < p.travel.shape[0]:
        yield "travel_band names a band that travel does not have"
    if p.risk.size and (p.risk.ndim != 3 or p.risk.shape[1] < p.days or p.risk.shape[2] != RISK_BANDS):
        yield f"risk has shape {p.risk.shape}, but cells × {p.days} days × {RISK_BANDS} bands are needed"
    if len(p.access_starts) not in (1, len(p.sites) + 1):
        yield "access_starts must have one more entry than there are sites"
    elif _crooked(p):
        yield "access_starts, access_cells and access_share do not fit each other or the cells of the risk"
    if p.start_step <= 0:
        yield f"start_step is {p.start_step} s; it must be positive"
    for name, given in (("week", p.week), ("weekday", p.weekday), ("dates", p.dates)):
        if given and len(given) < p.days:
            yield f"{name} is given for {len(given)} of {p.days} days"


def _crooked(p: Problem) -> bool:
    starts, cells = p.access_starts, p.access_cells
    if len(cells) != len(p.access_share) or (len(starts) > 1 and int(starts[-1]) != len(cells)):
        return True
    if len(starts) and (int(starts[0]) != 0 or (np.diff(starts) < 0).any()):
        return True
    known = p.risk.shape[0] if p.risk.size else 0
    return bool(p.risk.size and len(cells) and not 0 <= int(cells.min()) <= int(cells.max()) < known)


def _numbers(p: Problem) -> Iterator[str]:
    yield from _risk(p)
    yield from _travel(p)
    shares = p.access_share
    if shares.size and not ((shares >= 0) & (shares <= 1)).all():
        yield "an access share is not between 0 and 1"
    if not (np.isfinite(p.saturation) and p.saturation > 0):
        yield f"saturation is {p.saturation}; it must be positive"
    weights = [getattr(p.weights, name) for name in p.weights.__dataclass_fields__]
    if not np.isfinite(weights).all() or min(weights) < 0:
        yield "a weight is negative or not a number"


def _risk(p: Problem) -> Iterator[str]:
    if p.risk.size and not (np.isfinite(p.risk).all() and (p.risk >= 0).all()):
        cell, day, band = (int(n) for n in np.argwhere(~(np.isfinite(p.risk) & (p.risk >= 0)))[0])
        found = float(p.risk[cell, day, band])
        yield f"risk is negative or not a number: {found} in cell {cell} on {p.told(day)}, band {band}"


def _travel(p: Problem) -> Iterator[str]:
    if not p.travel.size:
        return
    bad: NDArray[np.bool_] = ~np.isfinite(p.travel) | (p.travel < 0)
    if bad.any():
        band, a, b = (int(n) for n in np.argwhere(bad)[0])
        takes = f"takes {p.travel[band, a, b]} s: infinite, negative or no number"
        yield f"the drive from {_row(p, a)} to {_row(p, b)} {takes}"
    elif not np.issubdtype(p.travel.dtype, np.integer):
        yield f"travel is in {p.travel.dtype}; whole seconds are needed"


def _row(p: Problem, row: int) -> str:
    if row < len(p.sites):
        return p.sites[row].name
    bases = [van.name for van in p.vans if van.base == row]
    return f"the base of {bases[0]}" if bases else f"row {row}"


def _positions(p: Problem) -> Iterator[str]:
    """Everything points at something that is there."""
    for van in p.vans:
        if van.base < 0:
            yield f"the base of {van.name} is row {van.base}"
    for due in p.follow_ups:
        days = due.days and all(0 <= day < p.days for day in due.days)
        if not (0 <= due.site < len(p.sites) and 0 <= due.service < len(p.services) and days):
            yield f"a follow-up at site {due.site} names a service or a day that the problem does not have"
        elif due.people < 0:
            yield f"{due.people} people are due at {p.sites[due.site].name}"
    for floor in p.floors:
        if not 0 <= floor.neighbourhood < len(p.neighbourhoods) or floor.seconds < 0:
            yield f"a floor of {floor.seconds} s is for neighbourhood {floor.neighbourhood}"
    for site in p.sites:
        if not 0 <= site.neighbourhood < len(p.neighbourhoods):
            yield f"{site.name} lies in neighbourhood {site.neighbourhood}, which the problem does not have"


def _services(p: Problem) -> Iterator[str]:
    for service in p.services:
        if service.people < 0 or any(count < 0 for _, count in service.crew):
            yield f"{service.name} asks for a crew of less than nobody"
        if not (np.isfinite(service.hourly_value) and service.hourly_value >= 0):
            yield f"an hour of {service.name} is worth {service.hourly_value}"
    most = max((len(p.extras_on(day)) for day in range(p.days)), default=0)
    if most > MOST_EXTRAS:
        yield (
            f"{most} services besides {p.services[0].name} are worth something on one day; crews can be told "
            f"apart for {MOST_EXTRAS}: set the least important one's hourly value to 0"
        )


def _sites(p: Problem) -> Iterator[str]:
    for site in p.sites:
        if not site.dwell_options or min(site.dwell_options) <= 0:
            yield f"{site.name} has no stay longer than zero"
        elif any(d % p.start_step for d in site.dwell_options):
            yield f"a stay at {site.name} is not a multiple of {p.start_step} s"
        if site.setup_seconds < 0 or site.packdown_seconds < 0:
            yield f"{site.name} has a negative set-up or pack-down time"
        if site.max_vans < 1:
            yield f"{site.name} fits no van (max_vans is {site.max_vans})"
        if any(not 0 <= s < len(p.services) for s in site.services):
            yield f"{site.name} allows a service the problem does not have"
        if not (np.isfinite(site.profit) and site.profit >= 0):
            yield f"{site.name} is worth {site.profit}"
        if any(w.opens < 0 or (w.closes > LATEST and p.services) for w in site.windows):
            yield f"{site.name} has a window that begins before midnight or ends days later"


def _people(p: Problem) -> Iterator[str]:
    for van in p.vans:
        yield from _shifts(van.name, van.shifts)
    for person in p.staff:
        yield from _shifts(person.name, person.shifts)
        if min(person.max_day_seconds, person.max_week_seconds, person.min_rest_seconds) < 0:
            yield f"{person.name} has negative hours or rest"
    if p.meal_break is not None and (p.meal_break.seconds < 0 or p.meal_break.after_seconds < 0):
        yield "the meal break has a negative length"


def _shifts(name: str, shifts: Sequence[Shift]) -> Iterator[str]:
    for s in shifts:
        if s.ends <= s.starts or s.starts < 0:
            yield f"a shift of {name} runs from {s.starts} s to {s.ends} s"


def _anchors(p: Problem) -> Iterator[str]:
    for a in p.anchors:
        if not (0 <= a.site < len(p.sites) and 0 <= a.day < p.days):
            yield f"an anchor names site {a.site} on day {a.day}, which the problem does not have"
        elif a.dwell <= 0 or a.dwell % p.start_step:
            yield f"the anchor at {p.sites[a.site].name} has a stay of {a.dwell} s"
        elif a.tolerance < 0 or a.refills_due < 0 or a.start < 0:
            yield f"the anchor at {p.sites[a.site].name} has a negative start, tolerance or number of refills"
        elif any(not 0 <= s < len(p.services) for s in a.services):
            yield f"the anchor at {p.sites[a.site].name} asks for a service the problem does not have"
