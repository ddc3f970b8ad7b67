"""The forecast: a fitted surface laid over dates and bands, with coherent draws of what it does not know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import h3
import numpy as np
from numpy.typing import NDArray

from outreach.risk.hours import BANDS

DRAWS = 64
INTERVAL = (0.05, 0.95)
LEAST_SHAPE = 0.3


@dataclass(frozen=True)
class Believed:
    """A fitted surface as plain numbers, as it is stored: `weekly` expected overdoses per cell, `shape` how
    firmly each is known (of a Gamma), `bands` the shares of a day with `band_events` behind them."""

    cells: tuple[str, ...]
    weekly: NDArray[np.float64]
    shape: NDArray[np.float64]
    bands: NDArray[np.float64]
    band_events: float
    level_dispersion: float


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A cell as the board shows it: expected overdoses a week and square kilometre, with a 90 % interval."""

    cell: str
    per_week_km2: float
    lower: float
    upper: float


@dataclass(frozen=True)
class Forecast:
    """Risk per cell, date and band (six of four hours from 02:00; the last runs past midnight).

    Every draw is one whole possible city: the same cells stay high in it on every date and band.
    """

    believed: Believed
    dates: tuple[date, ...]
    raised: NDArray[np.float64]
    seed: int = 0

    @property
    def cells(self) -> list[str]:
        """The H3 cells (resolution 9), in the order of every array."""
        return list(self.believed.cells)

    @cached_property
    def mean(self) -> NDArray[np.float64]:
        """Expected overdoses, shape (cells, dates, 6)."""
        daily = self.believed.weekly[:, None] * self.raised / 7.0
        return np.asarray(daily[:, :, None] * self.believed.bands)

    @cached_property
    def draws(self) -> NDArray[np.float32]:
        """64 possible surfaces, shape (64, cells, dates, 6)."""
        by_cell = (self.relative_draws * self.believed.weekly / 7.0).astype(np.float32)
        by_date = by_cell[:, :, None] * self.raised.astype(np.float32)
        return np.asarray(by_date[..., None] * self._band_draws[:, None, None, :].astype(np.float32))

    @property
    def lower(self) -> NDArray[np.float64]:
        """The 5 % quantile of each expected number, shape (cells, dates, 6)."""
        return np.asarray(self.mean * self._relative[0][:, None, :])

    @property
    def upper(self) -> NDArray[np.float64]:
        """The 95 % quantile of each expected number, shape (cells, dates, 6)."""
        return np.asarray(self.mean * self._relative[1][:, None, :])

    def shown(self, resolution: int = 8) -> list[ShownCell]:
        """The mean week of the dates on coarser cells; intervals from whole draws, not summed quantiles."""
        parents = [h3.cell_to_parent(cell, resolution) for cell in self.believed.cells]
        names, place = np.unique(parents, return_inverse=True)
        km2 = np.bincount(place, weights=[h3.cell_area(cell, unit="km^2") for cell in self.believed.cells])
        weekly = self.believed.weekly * self.raised.mean(axis=1)
        sums = np.array([np.bincount(place, weights=weekly * draw) for draw in self.relative_draws]) / km2
        low, high = np.quantile(sums, INTERVAL, axis=0)
        mean = np.bincount(place, weights=weekly) / km2
        return [
            ShownCell(str(name), float(m), float(min(lo, m)), float(max(hi, m)))
            for name, m, lo, hi in zip(names, mean, low, high, strict=True)
        ]

    @cached_property
    def relative_draws(self) -> NDArray[np.float64]:
        """How many times its mean each cell is in each draw, the city's level included; mean 1."""
        random = np.random.default_rng((self.seed, 1))
        shape = np.maximum(self.believed.shape, LEAST_SHAPE)
        cells = random.standard_gamma(shape, (DRAWS, len(shape))) / shape
        level = _unit_gamma(random, self.believed.level_dispersion)
        cells *= level[:, None]
        mean = cells.mean(axis=0)
        return np.asarray(cells / np.where(mean > 0, mean, 1.0))

    @cached_property
    def _band_draws(self) -> NDArray[np.float64]:
        random = np.random.default_rng((self.seed, 2))
        drawn = random.dirichlet(self.believed.bands * (self.believed.band_events + 12.0), DRAWS)
        return np.asarray(drawn / drawn.mean(axis=0) * self.believed.bands)

    @cached_property
    def _relative(self) -> NDArray[np.float64]:
        """Lower and upper quantile relative to the mean, shape (2, cells, 6): the same on every date."""
        bands = self._band_draws / self.believed.bands
        quantiles = [np.quantile(self.relative_draws * bands[:, [b]], INTERVAL, axis=0) for b in range(BANDS)]
        return np.stack(quantiles, axis=-1)


def _unit_gamma(random: np.random.Generator, dispersion: float) -> NDArray[np.float64]:
    if dispersion <= 0:
        return np.ones(DRAWS)
    return np.asarray(random.gamma(1.0 / dispersion, dispersion, DRAWS))
