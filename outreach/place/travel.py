"""Travel: drive times between places, kept on disk by traffic band; a new place adds a row and a column.

Times are whole milliseconds added up, so that a time does not depend on when or with what it was asked.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from outreach.place.arcs import Arcs, woven
from outreach.place.engines import Engine
from outreach.place.ground import Position, metres_apart
from outreach.place.snapping import Snapper
from outreach.place.streets import Streets

UNREACHABLE = 2**30
SNAP_METRES = 300.0
LAST_METRES_PER_SECOND = 10 / 3.6
CROW_DETOUR = 1.3
CROW_METRES_PER_SECOND = 25 / 3.6
MOST_KEPT = 4_000
DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Known:
    """The times between some places, in seconds."""

    places: NDArray[np.float64]
    seconds: NDArray[np.int32]


NOTHING = Known(np.zeros((0, 2)), np.zeros((0, 0), np.int32))


class Travel:
    """Drive times over one network in one band; `kept` is the file that remembers them, None to forget."""

    def __init__(
        self,
        streets: Streets,
        snapper: Snapper,
        engine: Engine,
        cost: NDArray[np.int64],
        kept: Path | None = None,
    ) -> None:
        self._streets, self._snapper, self._engine = streets, snapper, engine
        self._cost, self._kept = cost, kept
        self._key = hashlib.sha256(cost.tobytes() + streets.heads.tobytes()).hexdigest()

    def seconds(self, points: Sequence[Position]) -> NDArray[np.int32]:
        """From each point (rows) to each (columns); UNREACHABLE where no way leads."""
        wanted = np.round(np.asarray(points, float).reshape(-1, 2), DECIMALS)
        places, position = np.unique(wanted, axis=0, return_inverse=True)
        known = self._remembered()
        at = _found_in(known.places, places)
        if (at < 0).any():
            known = self._extended(known, places[at < 0])
            self._remember(known)
            at = _found_in(known.places, places)
        rows = at[position.reshape(-1)]
        return known.seconds[np.ix_(rows, rows)]

    def _extended(self, known: Known, fresh: NDArray[np.float64]) -> Known:
        """The known times with a row and a column for each fresh place."""
        if len(known.places) + len(fresh) > MOST_KEPT:
            known = NOTHING
        places, old = np.concatenate([known.places, fresh]), len(known.places)
        snaps = self._snapper.snap([(float(lon), float(lat)) for lon, lat in places])
        arcs = woven(self._streets, self._cost, snaps)
        off = snaps.metres / LAST_METRES_PER_SECOND
        off[snaps.metres > SNAP_METRES] = np.inf
        seconds = np.empty((len(places), len(places)), np.int32)
        seconds[:old, :old] = known.seconds
        seconds[old:] = self._between(arcs, slice(old, None), off)
        if old:
            seconds[:old, old:] = self._between(arcs.backwards(), slice(old, None), off).T[:old]
        np.fill_diagonal(seconds, 0)
        return Known(places, seconds)

    def _between(self, arcs: Arcs, rows: slice, off: NDArray[np.float64]) -> NDArray[np.int32]:
        table = self._engine.table(arcs, arcs.places[rows], arcs.places).astype(np.float64) / 1000
        table += off[rows, None] + off[None, :]
        return np.where(np.isfinite(table), np.rint(table), UNREACHABLE).astype(np.int32)

    def _remembered(self) -> Known:
        if self._kept is None or not self._kept.exists():
            return NOTHING
        try:
            with np.load(self._kept, allow_pickle=False) as stored:
                if str(stored["key"]) != self._key:
                    return NOTHING
                return Known(stored["places"], stored["seconds"])
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return NOTHING  # a spoilt memory costs time, never a wrong answer

    def _remember(self, known: Known) -> None:
        """Two processes may write at once: each writes a file of its own and the last one stays."""
        if self._kept is None:
            return
        try:
            handle, fresh = tempfile.mkstemp(dir=self._kept.parent, suffix=".npz")
            with os.fdopen(handle, "wb") as file:
                np.savez(file, key=np.array(self._key), places=known.places, seconds=known.seconds)
            Path(fresh).replace(self._kept)
        except OSError:
            return  # a folder that may not be written to, or a full disk: the answer stands all the same


def as_the_crow_drives(points: Sequence[Position]) -> NDArray[np.int32]:
    """Seconds between points where no roads are known: straight lines × 1.3 at 25 km/h."""
    if not len(points):
        return np.zeros((0, 0), np.int32)
    spots = np.asarray(points, float)
    metres = metres_apart(spots[:, None, :], spots[None, :, :])
    return np.rint(metres * CROW_DETOUR / CROW_METRES_PER_SECOND).astype(np.int32)


def _found_in(known: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.intp]:
    """For each wanted place its row among the known ones, −1 where it is none of them."""
    rows = {(lon, lat): row for row, (lon, lat) in enumerate(known.tolist())}
    return np.array([rows.get((lon, lat), -1) for lon, lat in wanted.tolist()], np.intp)
