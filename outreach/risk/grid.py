"""The grid: a city cut into H3 cells, as flat metres, and how a happening in one cell spreads over others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import h3
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from outreach.place.ground import Flat

RESOLUTION = 9
NEIGHBOURHOOD = 7
REACH_IN_BANDWIDTHS = 3.0
RIM_METRES = 200.0


@dataclass(frozen=True)
class Grid:
    """Cells in sorted order; `metres` are their centres east and north of the middle."""

    cells: tuple[str, ...]
    lonlat: NDArray[np.float64] = field(repr=False)

    @classmethod
    def of(cls, cells: Iterable[str]) -> Grid:
        """The grid of these cells."""
        ordered = tuple(sorted(set(cells)))
        latlng = np.array([h3.cell_to_latlng(cell) for cell in ordered], float).reshape(-1, 2)
        return cls(ordered, latlng[:, ::-1].copy())

    @classmethod
    def around(cls, cells: Iterable[str], resolution: int = RESOLUTION) -> Grid:
        """Every cell of the neighbourhoods (H3 resolution 7) in which something has happened."""
        parents = {h3.cell_to_parent(cell, NEIGHBOURHOOD) for cell in cells}
        return cls.of(child for parent in parents for child in h3.cell_to_children(parent, resolution))

    @classmethod
    def covering(cls, geometries: Iterable[dict[str, object]], resolution: int = RESOLUTION) -> Grid:
        """Every cell whose centre lies in one of these GeoJSON polygons."""
        return cls.of(cell for shape in geometries for cell in h3.geo_to_cells(shape, resolution))

    def __len__(self) -> int:
        return len(self.cells)

    @cached_property
    def metres(self) -> NDArray[np.float64]:
        """Centres as flat metres, shape (n, 2)."""
        return self._flat.metres(self.lonlat)

    @cached_property
    def _flat(self) -> Flat:
        middle = self.lonlat.mean(axis=0)
        return Flat(float(middle[0]), float(middle[1]))

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {cell: position for position, cell in enumerate(self.cells)}

    def where(self, cells: Sequence[str]) -> NDArray[np.int64]:
        """The position of each cell, -1 for those outside."""
        return np.array([self._positions.get(cell, -1) for cell in cells], np.int64)

    def within(self, lon: float, lat: float, radius_m: float) -> NDArray[np.float64]:
        """How much of an alert each cell feels, 0..1: all of it inside the radius, fading over a cell's width
        at the rim."""
        beyond = self.metres_to(lon, lat) - radius_m
        return np.asarray(np.clip(1.0 - beyond / RIM_METRES, 0.0, 1.0))

    def metres_to(self, lon: float, lat: float) -> NDArray[np.float64]:
        """How far each cell's centre is from a point."""
        return np.asarray(np.hypot(*(self.metres - self._flat.metres([(lon, lat)])[0]).T))

    def spread(self, bandwidth_m: float, sources: NDArray[np.int64]) -> csr_array:
        """A Gaussian kernel as a matrix cells × sources; each source's mass stays within the city (columns
        sum to 1). Bandwidth 0 keeps everything in its own cell."""
        count = len(sources)
        if bandwidth_m <= 0:
            own = (np.ones(count), (sources, np.arange(count)))
            return csr_array(own, shape=(len(self), count))
        far = REACH_IN_BANDWIDTHS * bandwidth_m
        near = cKDTree(self.metres).sparse_distance_matrix(
            cKDTree(self.metres[sources]), far, output_type="coo_matrix"
        )
        weight = np.exp(-0.5 * (near.data / bandwidth_m) ** 2)
        total = np.bincount(near.col, weights=weight, minlength=count)
        return csr_array((weight / total[near.col], (near.row, near.col)), shape=(len(self), count))
