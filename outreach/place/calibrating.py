"""Calibrating: a city's traffic factors fitted to legs its vans have really driven.

A leg's time is reckoned as Σ factor[group, band] × free-flow seconds on that group of streets, plus the
waits at junctions. Both are fitted by least squares on relative errors, shrunk towards what they were: as if
PRIOR_LEGS more legs of the usual kind had confirmed each old figure. Few legs therefore change little.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from outreach.errors import Invalid
from outreach.place.ground import Position
from outreach.place.roads import Network
from outreach.place.traffic import BANDS, DELAYS, GROUPS, Traffic, band_of
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
    fitted = _fitted(sample, old, f"fitted to {len(sample.seconds)} driven legs of {legs.name}")
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
    """Legs as numbers: free-flow seconds by group (n, groups), waits by kind, band and real seconds."""

    free: NDArray[np.float64]
    waits: NDArray[np.float64]
    band: NDArray[np.int64]
    seconds: NDArray[np.float64]

    def chosen(self, rows: NDArray[np.bool_]) -> _Sample:
        return _Sample(self.free[rows], self.waits[rows], self.band[rows], self.seconds[rows])

    def reckoned(self, traffic: Traffic) -> NDArray[np.float64]:
        factors = np.array([traffic.factors[group] for group in GROUPS])[:, self.band].T
        delays = np.array([traffic.delays[wait] for wait in DELAYS])
        return np.asarray((self.free * factors).sum(axis=1) + self.waits @ delays)


def _sample(network: Network, legs: Sequence[Leg]) -> _Sample:
    """The legs a road leads along and whose time is believable (within four times of what is reckoned)."""
    made = [network.makeup(leg.start, leg.end, leg.band) for leg in legs]
    whole = _Sample(
        np.array([[free.get(group, 0.0) for group in GROUPS] for free, _ in made]).reshape(-1, len(GROUPS)),
        np.array([[met.get(wait, 0) for wait in DELAYS] for _, met in made], float).reshape(-1, len(DELAYS)),
        np.array([leg.band for leg in legs], np.int64),
        np.array([leg.seconds for leg in legs], float),
    )
    reckoned = whole.reckoned(network.traffic)
    with np.errstate(divide="ignore"):
        ratio = whole.seconds / reckoned
    return whole.chosen((reckoned > 0) & (ratio < SLOWEST_RATIO) & (ratio > 1 / SLOWEST_RATIO))


def _fitted(sample: _Sample, old: Traffic, source: str = "") -> Traffic:
    """Ridge regression around the old figures: a factor for each group and band, and each delay as a share of
    what it was. The more of the legs' time a figure explains, the further it may move."""
    delays = np.array([old.delays[wait] for wait in DELAYS])
    parts = np.zeros((len(sample.seconds), len(BANDS) * len(GROUPS) + len(DELAYS)))
    for band in range(len(BANDS)):
        here = sample.band == band
        parts[here, band * len(GROUPS) : (band + 1) * len(GROUPS)] = sample.free[here]
    parts[:, -len(DELAYS) :] = sample.waits * delays
    relative = parts / sample.seconds[:, None]
    miss = (sample.seconds - sample.reckoned(old)) / sample.seconds
    used = np.maximum((relative > 0).sum(axis=0), 1)
    usual = relative.sum(axis=0) / used + 0.05
    change = np.linalg.solve(relative.T @ relative + np.diag(PRIOR_LEGS * usual**2), relative.T @ miss)
    return _moved(old, np.asarray(change, np.float64), source)


def _moved(old: Traffic, change: NDArray[np.float64], source: str) -> Traffic:
    steps = change[: -len(DELAYS)].reshape(len(BANDS), len(GROUPS))
    factors = {
        group: tuple(
            round(float(np.clip(f + s, 0.5, 5.0)), 3) for f, s in zip(old.factors[group], row, strict=True)
        )
        for group, row in zip(GROUPS, steps.T, strict=True)
    }
    shares = np.clip(1 + change[-len(DELAYS) :], 0.0, 4.0).tolist()
    delays = {wait: round(old.delays[wait] * share, 2) for wait, share in zip(DELAYS, shares, strict=True)}
    sources = {**old.sources, **dict.fromkeys((*GROUPS, *DELAYS), source)} if source else old.sources
    return Traffic(factors, delays, sources)


def _error(sample: _Sample, traffic: Traffic) -> float:
    return float(np.mean(np.abs(sample.reckoned(traffic) - sample.seconds) / sample.seconds))


def _held_out_error(sample: _Sample, old: Traffic, seed: int) -> float:
    fold = np.random.default_rng(seed).permutation(len(sample.seconds)) % FOLDS
    parts = [_error(sample.chosen(fold == f), _fitted(sample.chosen(fold != f), old)) for f in range(FOLDS)]
    sizes = [int((fold == f).sum()) for f in range(FOLDS)]
    return float(np.average(parts, weights=sizes))
