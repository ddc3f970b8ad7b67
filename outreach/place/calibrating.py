"""Calibrating: a city's traffic factors fitted to legs its vans have really driven.

A leg's time is reckoned as Σ factor[group, band] × free-flow seconds on that group of streets, plus the
lights. Factors are fitted by least squares on relative errors, shrunk towards what they were: as if
PRIOR_LEGS more legs in each band had confirmed the old ones. Few legs therefore change little.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from outreach.errors import Invalid
from outreach.place.ground import Position
from outreach.place.roads import Network
from outreach.place.traffic import GROUPS, Traffic, band_of
from outreach.tabular import Row, Table

PRIOR_LEGS = 10.0
FOLDS = 5
SLOWEST_RATIO = 4.0
COLUMNS = ("departed", "from_lon", "from_lat", "to_lon", "to_lat", "seconds")


@dataclass(frozen=True, slots=True)
class Leg:
    """A drive as it happened; `departed` is local wall time."""

    departed: datetime
    start: Position
    end: Position
    seconds: float

    @property
    def band(self) -> int:
        """The traffic band it set out in."""
        return band_of(self.departed.weekday(), self.departed.hour)


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the legs taught. Errors are mean absolute shares of the driven time; `after` was measured on
    legs the fit had not seen."""

    legs: int
    left_out: int
    before: float
    after: float
    traffic: Traffic
    notes: tuple[str, ...] = ()


def calibrate(folder: Path, legs: Path, *, seed: int = 0, dry_run: bool = False) -> Calibration:
    """Fit the factors of the city in `folder` to the legs in a CSV, and keep them if they do better.

    Raises:
        Invalid: with every mistake in the file, or when no leg can be used, or there is no road network.
    """
    network = Network.open(folder)
    if network.is_fallback:
        raise Invalid(
            "There is no road network to calibrate. Run `outreach city create` first.", code="no-roads"
        )
    driven = read(legs)
    sample = _sample(network, driven)
    if len(sample.seconds) < 2 * FOLDS:
        raise Invalid(
            f"{legs.name}: {len(sample.seconds)} of {len(driven)} legs can be used; at least {2 * FOLDS} are "
            "needed. Look at their coordinates and seconds.",
            code="few-legs",
        )
    old = network.traffic
    fitted = _fitted(sample, old)
    before, after = _error(sample, old), _held_out_error(sample, old, seed)
    better = after < before
    if better and not dry_run:
        fitted.save(folder / "traffic.toml")
    notes = () if better else ("The fit did no better on legs it had not seen: the old factors stay.",)
    left_out = len(driven) - len(sample.seconds)
    return Calibration(len(driven), left_out, before, after, fitted if better else old, notes)


def read(path: Path) -> list[Leg]:
    """The legs in a CSV with the columns departed (local time), from_lon, from_lat, to_lon, to_lat, seconds.

    Raises:
        Invalid: with every mistake in the file.
    """
    table = Table.open(path, required=COLUMNS)
    legs = [_leg(row) for row in table]
    table.finish_unique([str(number) for number, _ in enumerate(legs)])
    return [leg for leg in legs if leg is not None]


def _leg(row: Row) -> Leg | None:
    departed = row.read("departed", datetime.fromisoformat, "Write local time like 2026-11-23T08:30.")
    start, end = row.position("from_lon", "from_lat"), row.position("to_lon", "to_lat")
    seconds = row.decimal("seconds", least=10, most=6 * 3600)
    return None if departed is None else Leg(departed, start, end, seconds)


@dataclass(frozen=True, slots=True)
class _Sample:
    """Legs as numbers: free-flow seconds by group (n, groups), lights, the band and the real seconds."""

    free: NDArray[np.float64]
    lights: NDArray[np.float64]
    band: NDArray[np.int64]
    seconds: NDArray[np.float64]

    def chosen(self, rows: NDArray[np.bool_]) -> _Sample:
        return _Sample(self.free[rows], self.lights[rows], self.band[rows], self.seconds[rows])

    def reckoned(self, traffic: Traffic) -> NDArray[np.float64]:
        factors = np.array([traffic.factors[group] for group in GROUPS])[:, self.band].T
        return np.asarray((self.free * factors).sum(axis=1) + traffic.signal_seconds * self.lights)


def _sample(network: Network, legs: Sequence[Leg]) -> _Sample:
    """The legs a road leads along and whose time is believable (within four times of what is reckoned)."""
    made = [network.makeup(leg.start, leg.end, leg.band) for leg in legs]
    whole = _Sample(
        np.array([[free.get(group, 0.0) for group in GROUPS] for free, _ in made]).reshape(-1, len(GROUPS)),
        np.array([lights for _, lights in made], float),
        np.array([leg.band for leg in legs], np.int64),
        np.array([leg.seconds for leg in legs], float),
    )
    reckoned = whole.reckoned(network.traffic)
    with np.errstate(divide="ignore"):
        ratio = whole.seconds / reckoned
    return whole.chosen((reckoned > 0) & (ratio < SLOWEST_RATIO) & (ratio > 1 / SLOWEST_RATIO))


def _fitted(sample: _Sample, old: Traffic) -> Traffic:
    """Ridge regression around the old factors, each band for itself."""
    factors = {group: list(old.factors[group]) for group in GROUPS}
    for band in np.unique(sample.band).tolist():
        here = sample.chosen(sample.band == band)
        relative = here.free / here.seconds[:, None]
        miss = (here.seconds - here.reckoned(old)) / here.seconds
        usual = relative.mean(axis=0) + 0.05
        system = relative.T @ relative + np.diag(PRIOR_LEGS * usual**2)
        change = np.linalg.solve(system, relative.T @ miss)
        for group, step in zip(GROUPS, change.tolist(), strict=True):
            factors[group][band] = round(float(np.clip(factors[group][band] + step, 0.5, 5.0)), 3)
    return replace(old, factors={group: tuple(figures) for group, figures in factors.items()}, assumed=False)


def _error(sample: _Sample, traffic: Traffic) -> float:
    return float(np.mean(np.abs(sample.reckoned(traffic) - sample.seconds) / sample.seconds))


def _held_out_error(sample: _Sample, old: Traffic, seed: int) -> float:
    fold = np.random.default_rng(seed).permutation(len(sample.seconds)) % FOLDS
    parts = [_error(sample.chosen(fold == f), _fitted(sample.chosen(fold != f), old)) for f in range(FOLDS)]
    sizes = [int((fold == f).sum()) for f in range(FOLDS)]
    return float(np.average(parts, weights=sizes))
