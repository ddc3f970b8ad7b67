"""Application instances from a seeded generator, and how good, fast and proven our plans of them are.

`python -m benchmarks.plans --vans 3 --sites 120 --days 1,7,14,28 --budget-seconds 60 --seeds 0,1,2`
"""

from __future__ import annotations

import argparse
import json
import math
import time
from pathlib import Path

import numpy as np

from solver.problem import (
    HOUR,
    FollowUp,
    Floor,
    MealBreak,
    Member,
    Problem,
    Service,
    Shift,
    Site,
    Van,
    Window,
)

CELL_METRES = 490.0
NEIGHBOURHOODS = 12
BAND_SHAPE = np.array([0.10, 0.11, 0.17, 0.21, 0.23, 0.18])


def generate(vans: int, sites: int, days: int, seed: int, cells: int = 600) -> Problem:
    """A city like the programme's: cells with lognormal risk and hotspots, sites near the risk, two shifts
    of eight hours a day for each van, six members of staff a van, follow-ups, floors per neighbourhood."""
    rng = np.random.default_rng([seed, vans, sites])
    side = math.ceil(math.sqrt(cells))
    at = np.stack(np.divmod(np.arange(cells), side), axis=1) * CELL_METRES
    risk = _risk(rng, at, days)
    mass = risk.sum(axis=(1, 2))
    near = rng.choice(cells, size=sites, p=mass**0.5 / (mass**0.5).sum())
    xy = at[near] + rng.uniform(-CELL_METRES, CELL_METRES, (sites, 2))
    centres = at[rng.choice(cells, NEIGHBOURHOODS, replace=False)]
    hood = ((xy[:, None] - centres[None]) ** 2).sum(axis=2).argmin(axis=1)
    base = at.mean(axis=0)[None] + rng.uniform(-2000, 2000, (1, 2))
    starts, reach_cells, share = _access(xy, at)
    return Problem(
        sites=tuple(_site(rng, n, int(hood[n]), days) for n in range(sites)),
        vans=tuple(Van(f"van {v + 1}", sites, _two_shifts(days)) for v in range(vans)),
        days=days,
        travel=_travel(np.concatenate([xy, base])),
        travel_band=np.tile(_rush_hours(), (days, 1)),
        services=(Service("harm reduction", (("driver", 1), ("harm_reduction", 1))),),
        staff=tuple(_member(rng, n, days) for n in range(6 * vans)),
        neighbourhoods=tuple(f"hood {n + 1}" for n in range(NEIGHBOURHOODS)),
        risk=risk,
        access_starts=starts,
        access_cells=reach_cells,
        access_share=share,
        follow_ups=tuple(_follow_up(rng, sites, days) for _ in range(max(1, sites * days // 140))),
        floors=tuple(Floor(n, w, 3 * HOUR) for n in sorted(set(hood.tolist())) for w in range(days // 7)),
        meal_break=MealBreak(),
        seed=seed,
    )


def _risk(rng: np.random.Generator, at: np.ndarray, days: int) -> np.ndarray:
    raw = rng.lognormal(0, 1, len(at))
    for spot in rng.choice(len(at), 8, replace=False):
        raw += rng.uniform(5, 25) * np.exp(-((at - at[spot]) ** 2).sum(axis=1) / (2 * 700.0**2))
    daily = 12.0 * raw / raw.sum()
    weekday = rng.uniform(0.9, 1.1, days)
    return daily[:, None, None] * weekday[None, :, None] * BAND_SHAPE[None, None, :]


def _access(xy: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    away = np.sqrt(((xy[:, None] - at[None]) ** 2).sum(axis=2))
    rows, cols = np.nonzero(away <= 1200.0)
    starts = np.searchsorted(rows, np.arange(len(xy) + 1)).astype(np.int64)
    return starts, cols.astype(np.int32), np.exp(-away[rows, cols] / 450.0)


def _travel(xy: np.ndarray) -> np.ndarray:
    metres = 1.3 * np.sqrt(((xy[:, None] - xy[None]) ** 2).sum(axis=2))
    free = metres / (30 / 3.6) + 60 * (metres > 0)
    return np.stack([np.ceil(free * slow) for slow in (1.0, 1.4)]).astype(np.int32)


def _rush_hours() -> np.ndarray:
    band = np.zeros(24, np.int8)
    band[[7, 8, 9, 16, 17, 18]] = 1
    return band


def _site(rng: np.random.Generator, n: int, hood: int, days: int) -> Site:
    opens = int(rng.choice([7, 8, 9, 10, 12])) * HOUR
    closes = int(rng.choice([16, 18, 20, 22, 23])) * HOUR
    closed = set(np.flatnonzero(rng.random(7) < 0.12).tolist())
    windows = tuple(Window(d, opens, closes) for d in range(days) if d % 7 not in closed)
    return Site(
        name=f"site {n + 1}",
        neighbourhood=hood,
        windows=windows,
        services=frozenset({0}),
        dwell_options=(3600, 5400, 7200, 14400),
        setup_seconds=600,
        packdown_seconds=600,
        spacing_days=2,
    )


def _two_shifts(days: int) -> tuple[Shift, ...]:
    return tuple(Shift(d, h * HOUR, (h + 8) * HOUR) for d in range(days) for h in (7, 15))


def _member(rng: np.random.Generator, n: int, days: int) -> Member:
    roles = [("driver", "harm_reduction")[n % 2]] + (["driver"] if rng.random() < 0.2 else [])
    off = int(rng.integers(7))
    whole = tuple(Shift(d, 7 * HOUR, 23 * HOUR) for d in range(days) if d % 7 != off)
    every = frozenset(range(days))
    return Member(f"member {n + 1}", tuple((r, every) for r in dict.fromkeys(roles)), whole)


def _follow_up(rng: np.random.Generator, sites: int, days: int) -> FollowUp:
    first = int(rng.integers(days))
    return FollowUp(
        int(rng.integers(sites)), frozenset(range(first, min(days, first + 3))), 0, int(rng.integers(1, 4))
    )


__all__ = ["generate"]
_ = (argparse, json, time, Path)
