"""Synthetic incidents: drawn from a known true surface, so that the demo and the tests know the answer.

Nothing here happened. The file says so in every row and goes through the same importer as a real one.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from outreach.place.ground import Bounds, Flat, Position

COLUMNS = {"time": "time", "lat": "lat", "lon": "lon", "id": "id"}
HEADER = ("id", "time", "lat", "lon", "note")
NOTE = "SYNTHETIC: invented, nobody was harmed"
HOT_SPOTS_PER_AREA = 3
SCATTER_SHARE = 0.08
SCATTER_METRES = 1100.0
MORNING = (3.0, 2.4, 1.9, 1.5, 1.2, 1.1, 1.2, 1.5, 2.0, 2.5, 3.1, 3.6)
EVENING = (4.1, 4.5, 4.8, 5.2, 5.7, 6.2, 6.6, 6.8, 6.5, 5.8, 4.8, 3.8)

Outline = Sequence[Position]


@dataclass(frozen=True)
class Truth:
    """The true surface: hot spots (metres from the middle, spread in metres, share) and a thin scatter about
    every centre. Nothing happens outside the bounds or in the water."""

    flat: Flat
    bounds: Bounds
    water: BaseGeometry
    centres: NDArray[np.float64]
    spreads: NDArray[np.float64]
    shares: NDArray[np.float64]

    @classmethod
    def grown(
        cls, bounds: Bounds, centres: Sequence[Position], seed: int, water: Sequence[Outline] = ()
    ) -> Truth:
        """Three hot spots about each centre, a few of them far hotter than the rest."""
        random = np.random.default_rng((seed, 7))
        flat = Flat((bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2)
        middle = np.repeat(flat.metres(list(centres)), HOT_SPOTS_PER_AREA, axis=0)
        places = middle + random.normal(0.0, 420.0, middle.shape)
        hot = random.lognormal(0.0, 1.3, len(places))
        spreads = random.uniform(110.0, 420.0, len(places))
        thin = np.full(len(centres), SCATTER_SHARE / len(centres))
        return cls(
            flat,
            bounds,
            shapely.union_all([shapely.Polygon(outline) for outline in water]),
            np.concatenate([places, flat.metres(list(centres))]),
            np.concatenate([spreads, np.full(len(centres), SCATTER_METRES)]),
            np.concatenate([hot / hot.sum() * (1 - SCATTER_SHARE), thin]),
        )

    def density(self, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        """The truth at each (lon, lat): events per square metre of one event in all."""
        metres = self.flat.metres(lonlat)
        away = ((metres[:, None, :] - self.centres[None, :, :]) ** 2).sum(axis=2)
        hot = np.exp(-0.5 * away / self.spreads**2) / (2 * np.pi * self.spreads**2)
        return np.asarray((hot @ self.shares) * self.on_land(lonlat))

    def places(self, random: np.random.Generator, count: int) -> NDArray[np.float64]:
        """At most `count` positions drawn from the truth, as (lon, lat): those in the water are dropped."""
        spot = random.choice(len(self.shares), count, p=self.shares)
        metres = self.centres[spot] + random.normal(0.0, 1.0, (count, 2)) * self.spreads[spot, None]
        found = self.flat.positions(metres)
        return found[self.on_land(found)]

    def on_land(self, lonlat: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which of these positions are within the bounds and not in the water."""
        west, south, east, north = self.bounds
        lon, lat = lonlat[:, 0], lonlat[:, 1]
        within = (west <= lon) & (lon <= east) & (south <= lat) & (lat <= north)
        return np.asarray(within & ~shapely.contains_xy(self.water, lon, lat))


def incidents(
    bounds: Bounds,
    centres: Sequence[Position],
    *,
    seed: int,
    from_date: date,
    until_date: date,
    timezone: str,
    per_week: float = 45.0,
    water: Sequence[Outline] = (),
) -> Iterator[tuple[datetime, float, float]]:
    """(local time, lon, lat) of every invented incident from `from_date` to before `until_date`, in order.

    The weekly level drifts slowly; the hours peak in the evening, as calls for overdoses do.
    """
    truth = Truth.grown(bounds, centres, seed, water)
    random = np.random.default_rng((seed, 11))
    zone, level = ZoneInfo(timezone), 1.0
    for ordinal in range(from_date.toordinal(), until_date.toordinal()):
        level = float(np.clip(level * np.exp(random.normal(-0.01 * np.log(level), 0.02)), 0.6, 1.6))
        places = truth.places(random, int(random.poisson(per_week / 7 * level)))
        for minute, (lon, lat) in zip(_minutes(random, len(places)), places, strict=True):
            yield _on_the_clock(date.fromordinal(ordinal), int(minute), zone), float(lon), float(lat)


def write_csv(
    path: Path,
    bounds: Bounds,
    centres: Sequence[Position],
    *,
    seed: int,
    from_date: date,
    until_date: date,
    timezone: str,
    per_week: float = 45.0,
    water: Sequence[Outline] = (),
) -> int:
    """Write invented incidents as a CSV file for `incidents.import_csv` (map it with `COLUMNS`).

    Returns how many rows there are.
    """
    drawn = incidents(
        bounds,
        centres,
        seed=seed,
        from_date=from_date,
        until_date=until_date,
        timezone=timezone,
        per_week=per_week,
        water=water,
    )
    number = 0
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for number, (moment, lon, lat) in enumerate(drawn, start=1):
            told = moment.strftime("%Y-%m-%d %H:%M:%S")
            writer.writerow((f"SYN-{number:06d}", told, f"{lat:.5f}", f"{lon:.5f}", NOTE))
    return number


def _minutes(random: np.random.Generator, count: int) -> NDArray[np.int64]:
    share = np.array(MORNING + EVENING) / sum(MORNING + EVENING)
    return np.sort(random.choice(24, count, p=share) * 60 + random.integers(0, 60, count))


def _on_the_clock(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """The wall-clock time, moved on where the change of clocks skips it."""
    wall = datetime.combine(day, time(minute // 60, minute % 60), zone)
    return wall.astimezone(UTC).astimezone(zone).replace(tzinfo=None)
