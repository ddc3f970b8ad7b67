"""Need: what is still unmet after the vans have been, and where nobody has looked.

Contacts are people reached, never evidence of little need: presence lowers what is *unmet*, not the risk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outreach.place.walking import DETOUR, WALKERS
from outreach.risk.grid import Grid

FULL_WEEK_HOURS = 4.0

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Visit:
    """A van stood at a place for some hours; `could_not_provide` people asked for what it did not have."""

    lon: float
    lat: float
    hours: float
    could_not_provide: int = 0


def presence(grid: Grid, visits: Sequence[Visit], weeks: float) -> Floats:
    """How far each cell was served, 0 to 1: 1 - exp(-hours a week within a walk / 4)."""
    hours = np.zeros(len(grid))
    for visit in visits:
        hours += visit.hours * _walk(grid, visit)
    return np.asarray(1.0 - np.exp(-hours / max(weeks, 1e-9) / FULL_WEEK_HOURS))


def unmet(grid: Grid, weekly: Floats, visits: Sequence[Visit], weeks: float) -> Floats:
    """Weekly risk that no van was near, and the people who came and could not be provided for."""
    asked = np.zeros(len(grid))
    for visit in visits:
        if visit.could_not_provide:
            near = _walk(grid, visit)
            asked += visit.could_not_provide * near / max(float(near.sum()), 1e-9)
    return np.asarray(weekly * (1.0 - presence(grid, visits, weeks)) + asked / max(weeks, 1e-9))


@dataclass(frozen=True)
class Choice:
    """What to plan with: row `drawn` of `surfaces` (draws, cells), each of which was as likely to be it. So
    the share of the surfaces under which something would have been chosen too is its propensity."""

    surfaces: Floats
    drawn: int

    @property
    def weekly(self) -> Floats:
        """The surface to plan with."""
        return np.asarray(self.surfaces[self.drawn])


def explored(weekly: Floats, draws: Floats, served: Floats, seed: int, share: float) -> Choice:
    """Risk to plan with that also learns: `share` of the whole goes to cells by how little they were served
    and by how high they are in one possible city (Thompson); the rest stays where it is expected.

    `draws` has shape (draws, cells), mean 1; `served` is `presence`. The sum is that of `weekly` under every
    surface; where nothing is expected at all (water, parks) nothing is given.
    """
    lack = (1.0 - served) * np.sqrt(np.maximum(weekly, 0.0)) * draws
    totals = lack.sum(axis=1, keepdims=True)
    given = np.where(totals > 0, lack / np.where(totals > 0, totals, 1.0) * weekly.sum(), weekly)
    surfaces = (1.0 - share) * weekly + share * given
    return Choice(surfaces, int(np.random.default_rng((seed, 3)).integers(len(draws))))


def propensities(reach: Floats, places: int) -> Floats:
    """How likely each site was to be among the best `places`, from `reach` (draws, sites): 0 to 1."""
    places = min(places, reach.shape[1])
    if places == 0:
        return np.zeros(reach.shape[1])
    ranks = np.argsort(np.argsort(-reach, axis=1, kind="stable"), axis=1, kind="stable")
    return np.asarray((ranks < places).mean(axis=0))


def _walk(grid: Grid, visit: Visit) -> Floats:
    """The chance that somebody in each cell walks to the van, by straight lines."""
    return WALKERS["usual"].share(DETOUR * grid.metres_to(visit.lon, visit.lat))
