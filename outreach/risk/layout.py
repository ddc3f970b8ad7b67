"""Layout: a file's incidents laid on a grid, for the replays that need no database."""

from __future__ import annotations

from collections.abc import Iterable

import h3
import numpy as np

from outreach.errors import Invalid
from outreach.risk.grid import NEIGHBOURHOOD, RESOLUTION, Grid
from outreach.risk.past import Events
from outreach.risk.sightings import Reading

MOST_CELLS = 150_000


def on_grid(reading: Reading, grid: Grid, resolution: int = RESOLUTION, *, clocks: bool = True) -> Events:
    """The incidents that lie on the grid. Without `clocks` the day is the calendar's, else the risk day."""
    cells = [
        s.cell if resolution == RESOLUTION else str(h3.latlng_to_cell(s.lat, s.lon, resolution))
        for s in reading.sightings
    ]
    minutes = [-1 if s.when.minute is None or not clocks else s.when.minute for s in reading.sightings]
    return Events.of(
        grid.where(cells),
        np.array([s.when.day.toordinal() for s in reading.sightings], np.int64),
        np.array(minutes, np.int64),
        np.array([s.weight for s in reading.sightings]),
    )


def around(cells: Iterable[str], resolution: int = RESOLUTION) -> Grid:
    """All cells of the neighbourhoods (H3 resolution 7) in which something has happened.

    Raises:
        Invalid: there are more of them than a replay can hold; says what to do.
    """
    places = set(cells)
    count = len({h3.cell_to_parent(cell, NEIGHBOURHOOD) for cell in places}) * 7 ** (resolution - 7)
    if count > MOST_CELLS:
        raise Invalid(
            f"The events are spread over {count:,} cells, and a replay holds {MOST_CELLS:,}. Replay one city "
            "at a time (--area FILE.geojson), or coarser cells (--resolution 8).",
            code="too-many-cells",
        )
    return Grid.around(places, resolution)


def laid_out(reading: Reading, *, clocks: bool = True) -> tuple[Grid, Events]:
    """All cells of the neighbourhoods with incidents, and the incidents on them."""
    grid = around(sighting.cell for sighting in reading.sightings)
    return grid, on_grid(reading, grid, clocks=clocks)
