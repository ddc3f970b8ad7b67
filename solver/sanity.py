"""Questions asked of a problem before it is solved; every contradiction is named at once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from solver.problem import Problem, ProblemError

MOST_EXTRAS = 5


def refuse(problem: Problem) -> None:
    """Raise `ProblemError` naming everything about the inputs that cannot be meant."""
    doubts = [*_shapes(problem)] or [
        *_numbers(problem),
        *_sites(problem),
        *_anchors(problem),
        *_services(problem),
    ]
    if doubts:
        raise ProblemError("; ".join(doubts))


def _shapes(p: Problem) -> Iterator[str]:
    rows = max([len(p.sites), *(van.base + 1 for van in p.vans)])
    if p.travel.ndim != 3 or p.travel.shape[1] != p.travel.shape[2] or p.travel.shape[1] < rows:
        yield f"travel has shape {p.travel.shape}, but sites and bases need {rows} rows"
    if p.travel_band.ndim != 2 or p.travel_band.shape[0] < p.days or p.travel_band.shape[1] < 1:
        yield f"travel_band has shape {p.travel_band.shape}, but there are {p.days} days"
    elif p.travel_band.size and not 0 <= p.travel_band.min() <= p.travel_band.max() < p.travel.shape[0]:
        yield "travel_band names a band that travel does not have"
    if p.risk.size and (p.risk.ndim != 3 or p.risk.shape[1] < p.days or p.risk.shape[2] != 6):
        yield f"risk has shape {p.risk.shape}, but cells × {p.days} days × 6 bands are needed"
    if len(p.access_starts) not in (1, len(p.sites) + 1):
        yield "access_starts must have one more entry than there are sites"
    if p.start_step <= 0:
        yield "start_step must be positive"


def _numbers(p: Problem) -> Iterator[str]:
    if p.risk.size and not (np.isfinite(p.risk).all() and (p.risk >= 0).all()):
        yield "risk is negative or not a number somewhere"
    if p.travel.size and (p.travel < 0).any():
        yield "a travel time is negative"
    if p.access_share.size and not ((p.access_share >= 0) & (p.access_share <= 1)).all():
        yield "an access share is not between 0 and 1"
    if not p.saturation > 0:
        yield "saturation must be positive"


def _services(p: Problem) -> Iterator[str]:
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
        if site.setup_seconds < 0 or site.packdown_seconds < 0 or site.max_vans < 1:
            yield f"{site.name} has a negative set-up or pack-down time, or fits no van"
        if any(not 0 <= s < len(p.services) for s in site.services):
            yield f"{site.name} allows a service the problem does not have"


def _anchors(p: Problem) -> Iterator[str]:
    for a in p.anchors:
        if not (0 <= a.site < len(p.sites) and 0 <= a.day < p.days):
            yield f"an anchor names site {a.site} on day {a.day}, which the problem does not have"
        elif a.dwell <= 0 or a.dwell % p.start_step:
            yield f"the anchor at {p.sites[a.site].name} has a stay of {a.dwell} s"
