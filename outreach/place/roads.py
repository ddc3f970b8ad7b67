"""Roads: how long the vans drive, which way, and who can walk to them. The one door to the city's network."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from outreach.errors import Invalid
from outreach.place import facts, isochrones, traffic, walking
from outreach.place.arcs import Arcs, woven
from outreach.place.directions import Leg, Step, told
from outreach.place.engines import Engine, Scipy, best, cheapest_path
from outreach.place.ground import Position, metres_between
from outreach.place.snapping import Snapper
from outreach.place.streets import KINDS, Streets
from outreach.place.traffic import Traffic
from outreach.place.travel import SNAP_METRES, UNREACHABLE, Travel, as_the_crow_drives

__all__ = ["SNAP_METRES", "UNREACHABLE", "Network"]

MOVED_METRES = 60.0


class Network:
    """The roads and paths of one city, read from its folder.

    Without a road graph everything still answers, by straight lines × 1.3 at 25 km/h; `is_fallback` is
    then true and `notes` says so in words to be shown to people.
    """

    def __init__(
        self,
        city: Mapping[str, object],
        drive: Streets | None,
        walk: Streets | None,
        traffic: Traffic,
        folder: Path,
        engine: Engine | None = None,
    ) -> None:
        self.city = city
        self._drive, self._walk = drive, walk
        self._traffic, self._folder = traffic, folder
        self._engine: Engine = engine or best()
        self._costs: dict[int, NDArray[np.int64]] = {}

    @classmethod
    def open(cls, folder: Path) -> Network:
        """The network of a city folder; an empty or absent folder gives the fall-back.

        Raises:
            Invalid: a file in it is damaged.
        """
        return cls(
            facts.read(folder),
            _streets(folder / "drive.npz"),
            _streets(folder / "walk.npz"),
            Traffic.opened(folder / "traffic.toml"),
            folder,
        )

    @property
    def bands(self) -> tuple[str, ...]:
        """The traffic bands by name; a band is a position in this."""
        return traffic.BANDS

    def band_of(self, weekday: int, hour: int) -> int:
        """The traffic band of an hour of a weekday (0 = Monday)."""
        return traffic.band_of(weekday, hour)

    @property
    def is_fallback(self) -> bool:
        """Are travel times guessed from straight lines?"""
        return self._drive is None

    @property
    def notes(self) -> list[str]:
        """What people must know before they trust these times, a sentence each."""
        found = []
        if self._drive is None:
            found.append(
                "No road network: drive times are straight lines × 1.3 at 25 km/h. "
                "Run `outreach city create` with a road graph."
            )
        elif self._traffic.assumed:
            found.append("Traffic factors are assumed, not measured.")
        if self._walk is None:
            found.append("No walking network: walks are straight lines × 1.3.")
        if self.city.get("synthetic"):
            found.append("SYNTHETIC streets: generated for the demonstration, not a map of a real city.")
        return found

    def snap(self, points: Sequence[Position]) -> NDArray[np.float64]:
        """Metres from each point to the nearest street a van may stop on; 0 without a network."""
        if self._drive is None:
            return np.zeros(len(points))
        return self._drive_snapper.snap(points).metres

    def reachable(self, points: Sequence[Position]) -> NDArray[np.bool_]:
        """Which points have a street within 300 m; the others a van cannot be sent to."""
        return self.snap(points) <= SNAP_METRES

    def strays(self, named: Mapping[str, Position]) -> list[str]:
        """A sentence for each named place that no van can reach, or that lies well off the nearest street."""
        found = []
        for (name, _), metres in zip(named.items(), self.snap(list(named.values())).tolist(), strict=True):
            if metres > SNAP_METRES:
                far = f"{metres:,.0f} m away" if metres < 100_000 else "far away"
                found.append(f"{name} cannot be reached: the nearest street a van may stop on is {far}.")
            elif metres > MOVED_METRES:
                found.append(f"{name} lies {metres:,.0f} m off the streets: vans stop at the nearest one.")
        return found

    def drive_seconds(self, points: Sequence[Position], band: int) -> NDArray[np.int32]:
        """Seconds from each point (rows) to each (columns) in a traffic band; UNREACHABLE where no way leads.

        Never symmetric by force: one-ways count. The last metres off the street go at 10 km/h.
        """
        if self._drive is None:
            return as_the_crow_drives(points)
        if not len(points):
            return np.zeros((0, 0), np.int32)
        return self._travel(band).seconds(points)

    @property
    def walker(self) -> str:
        """Whom plans and reports count on to walk to a van: "usual", or "slow" where the city says so."""
        return str(self.city.get("walker", "usual"))

    def walk_access(
        self, points: Sequence[Position], cells: Sequence[str], walker: str | None = None
    ) -> csr_array:
        """Share 0..1 of each cell's people (columns) who will walk to each point (rows), if they walk like
        `walker`, by default the city's; none past 1.2 km."""
        who = walking.walker_named(walker or self.walker)
        return self._walks(points, cells, who.share, who.farthest_metres)

    def walk_within(
        self, points: Sequence[Position], cells: Sequence[str], minutes: float, walker: str | None = None
    ) -> csr_array:
        """Share 0..1 of each cell's people (columns) within `minutes` on foot of each point (rows)."""
        far = walking.walker_named(walker or self.walker).metres_in(minutes)
        return self._walks(points, cells, np.ones_like, far)

    def _walks(
        self, points: Sequence[Position], cells: Sequence[str], worth: walking.Worth, farthest: float
    ) -> csr_array:
        if self._walk is None:
            return walking.as_the_crow_flies(points, cells, worth, farthest)
        return walking.on_foot(self._walk, self._walk_snapper, Scipy(), points, cells, worth, farthest)

    def isochrone(self, point: Position, minutes: float, walker: str | None = None) -> dict[str, object]:
        """The ground within so many minutes on foot of a point, as a GeoJSON geometry; a circle where there
        is no walk network."""
        far = walking.walker_named(walker or self.walker).metres_in(minutes)
        if self._walk is None:
            return isochrones.circle(point, far / walking.DETOUR)
        return isochrones.shape(self._walk, self._walk_snapper, point, far)

    def drive_route(self, a: Position, b: Position, band: int = 2) -> list[Position]:
        """The line a van drives from `a` to `b` (fastest way, weekday midday by default)."""
        line = [spot for leg in self._legs(a, b, band) for spot in leg.line]
        inner = [spot for i, spot in enumerate(line) if i == 0 or spot != line[i - 1]]
        return [a, *inner, b]

    def directions(self, a: Position, b: Position, band: int = 2) -> list[Step]:
        """The same way in steps: turn, street and metres. Empty without a road network."""
        return told(self._legs(a, b, band))

    def basemap(self) -> dict[str, object]:
        """The city's own map as GeoJSON: roads by kind, water, areas. Empty without a network."""
        path = self._folder / "basemap.geojson"
        if not path.exists():
            return {"type": "FeatureCollection", "features": []}
        return dict(json.loads(path.read_text("utf-8")))

    @property
    def traffic(self) -> Traffic:
        """The traffic factors in use."""
        return self._traffic

    def makeup(self, a: Position, b: Position, band: int) -> tuple[dict[str, float], dict[str, int]]:
        """What the fastest way consists of: free-flow seconds by traffic group, and waits by kind."""
        free, waited = dict[str, float](), dict[str, int]()
        if self._drive is None:
            return free, waited
        arcs, path = self._path(a, b, band)
        for arc in path:
            edge = int(arcs.edge[arc])
            group = traffic.group_of(KINDS[int(self._drive.kind[edge])])
            whole = float(self._drive.metres[edge]) / (float(self._drive.kph[edge]) / 3.6)
            free[group] = free.get(group, 0.0) + whole * float(arcs.end[arc] - arcs.start[arc])
            if arcs.end[arc] == 1:
                wait = traffic.WAITS[int(self._waits[edge])]
                waited[wait] = waited.get(wait, 0) + 1
        return free, waited

    @cached_property
    def _waits(self) -> NDArray[np.intp]:
        assert self._drive is not None
        return traffic.waits(self._drive)

    def _path(self, a: Position, b: Position, band: int) -> tuple[Arcs, list[int]]:
        assert self._drive is not None
        arcs = woven(self._drive, self._cost(band), self._drive_snapper.snap([a, b]))
        guess = 1000 * (120 + metres_between(a, b) / 4)
        return arcs, cheapest_path(arcs, int(arcs.places[0]), int(arcs.places[1]), guess)

    def _legs(self, a: Position, b: Position, band: int) -> list[Leg]:
        """The streets of the fastest way, in order."""
        if self._drive is None:
            return []
        arcs, path = self._path(a, b, band)
        names = [self._drive.names[int(self._drive.name[arcs.edge[arc]])] for arc in path]
        lines = [arcs.line_of(arc, self._drive) for arc in path]
        return [Leg(name, tuple(line)) for name, line in zip(names, lines, strict=True)]

    @cached_property
    def _drive_snapper(self) -> Snapper:
        assert self._drive is not None
        return Snapper(self._drive)

    @cached_property
    def _walk_snapper(self) -> Snapper:
        assert self._walk is not None
        return Snapper(self._walk)

    def _travel(self, band: int) -> Travel:
        assert self._drive is not None
        kept = self._folder / f"travel-{band}.npz"
        return Travel(self._drive, self._drive_snapper, self._engine, self._cost(band), kept)

    def _cost(self, band: int) -> NDArray[np.int64]:
        assert self._drive is not None
        if not 0 <= band < len(self.bands):
            raise Invalid(f"There is no traffic band {band}; there are {len(self.bands)}, from 0.")
        if band not in self._costs:
            self._costs[band] = self._traffic.milliseconds(self._drive, band)
        return self._costs[band]


def _streets(path: Path) -> Streets | None:
    return Streets.opened(path) if path.exists() else None
