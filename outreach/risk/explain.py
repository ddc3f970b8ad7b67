"""Explanations: why a cell is as high as it is, in numbers a coordinator can check by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import h3
import numpy as np
from sqlalchemy.orm import Session

from outreach import local_time
from outreach.errors import Missing
from outreach.risk import alerts, history, surface, unmet
from outreach.risk.history import Known
from outreach.risk.hours import BAND_MINUTES, FIRST_BAND_MINUTE
from outreach.tabular import clock

NEIGHBOUR_RINGS = 2
YEAR_DAYS = 364


@dataclass(frozen=True, slots=True)
class Explanation:
    """What stands behind one cell: `weekly` expected overdoses and its rank; events of its own and of the
    two rings around it in the last year; the busiest band, (from, to) minutes; how far vans `served` it (0 to
    1) and what is left `unmet`, from the last four weeks; alerts in force."""

    cell: str
    weekly: float
    rank: int
    cells: int
    own_last_year: float
    near_last_year: float
    own_ever: float
    busiest: tuple[int, int]
    served: float
    unmet: float
    alerts: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """For people."""
        start, end = (clock(minute) for minute in self.busiest)
        text = (
            f"{self.weekly:.2f} overdoses a week expected here, place {self.rank:,} of {self.cells:,}. "
            f"In the last year {self.own_last_year:.0f} here and {self.near_last_year:.0f} close by; "
            f"{self.own_ever:.0f} here since records began. Busiest from {start} to {end}, as in the whole "
            "city."
        )
        text = f"{text} Vans were near for {self.served:.0%} of it in the last four weeks."
        return f"{text} Raised by: {'; '.join(self.alerts)}." if self.alerts else text


def of_cell(session: Session, programme_id: int, cell: str, now: datetime) -> Explanation:
    """What stands behind the cell's risk (a cell of resolution 9 or a coarser one).

    Raises:
        Missing: there is no surface yet, or the cell is not in the city.
    """
    known = history.known(session, programme_id, now)
    if known is None:
        raise Missing("There are no incidents yet, so nothing to explain.", code="no-incidents")
    forecast = surface.forecast(session, programme_id, [local_time.today(session, programme_id, now)])
    inside = np.array([_within(name, cell) for name in forecast.cells])
    if not inside.any():
        raise Missing(f"The cell {cell[:20]} is not in the city's risk surface.", code="no-cell")
    weekly = forecast.mean.sum(axis=(1, 2)) * 7
    band = int(np.argmax(forecast.believed.bands))
    start = FIRST_BAND_MINUTE + band * BAND_MINUTES
    own, near, ever = _counts(known, cell)
    left = [need for need in unmet.by_cell(session, programme_id, now) if _within(need.cell, cell)]
    total = sum(need.weekly for need in left)
    return Explanation(
        cell=cell,
        weekly=float(weekly[inside].sum()),
        rank=1 + int((weekly > weekly[inside].max()).sum()),
        cells=len(weekly),
        own_last_year=own,
        near_last_year=near,
        own_ever=ever,
        busiest=(start, start + BAND_MINUTES),
        served=sum(need.weekly * need.served for need in left) / total if total > 0 else 0.0,
        unmet=sum(need.unmet for need in left),
        alerts=_alerts(session, programme_id, cell, now),
    )


def _counts(known: Known, cell: str) -> tuple[float, float, float]:
    """Events of the cell itself and of the two rings around it in the last year, and its own ever."""
    own = np.array([_within(name, cell) for name in known.grid.cells])
    ring = set(h3.grid_disk(cell, NEIGHBOUR_RINGS))
    near = np.array([_parent(name, cell) in ring for name in known.grid.cells]) & ~own
    origin = known.origin.toordinal()
    since = known.events.before(origin, origin - YEAR_DAYS)
    recent = np.bincount(since.cell, weights=since.weight, minlength=len(known.grid))
    ever = np.bincount(known.events.cell, weights=known.events.weight, minlength=len(known.grid))
    return float(recent[own].sum()), float(recent[near].sum()), float(ever[own].sum())


def _within(name: str, cell: str) -> bool:
    if not h3.is_valid_cell(cell) or h3.get_resolution(cell) > h3.get_resolution(name):
        return False
    return _parent(name, cell) == cell


def _parent(name: str, cell: str) -> str:
    """The cell of the other's size that a cell lies in."""
    return str(h3.cell_to_parent(name, h3.get_resolution(cell)))


def _alerts(session: Session, programme_id: int, cell: str, now: datetime) -> tuple[str, ...]:
    lat, lon = h3.cell_to_latlng(cell)
    known = alerts.active(session, programme_id, local_time.today(session, programme_id, now))
    return tuple(f"{alert.kind} ×{alert.factor:g}" for alert in known if surface.felt(alert, lon, lat) > 0)
