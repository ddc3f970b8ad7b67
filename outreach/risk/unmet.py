"""Unmet need of the programme: its surface, and where its vans have stood in the last weeks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach import local_time
from outreach.place.sites import Site
from outreach.risk import need, surface
from outreach.risk.grid import Grid
from outreach.risk.need import Visit
from outreach.risk.presence import Presence

RECENT_WEEKS = 4


@dataclass(frozen=True, slots=True)
class CellNeed:
    """One cell: expected overdoses a week, how far vans served it (0 to 1), and what is left unmet."""

    cell: str
    weekly: float
    served: float
    unmet: float


def by_cell(
    session: Session, programme_id: int, now: datetime, *, weeks: int = RECENT_WEEKS
) -> list[CellNeed]:
    """Every cell of the surface, the most unmet first.

    Raises:
        Missing: no surface was fitted yet.
    """
    forecast = surface.forecast(session, programme_id, [local_time.today(session, programme_id, now)])
    grid = Grid.of(forecast.cells)
    weekly = forecast.mean.sum(axis=(1, 2)) * 7
    stood = visits(session, programme_id, now, weeks)
    served, left = need.presence(grid, stood, weeks), need.unmet(grid, weekly, stood, weeks)
    rows = zip(forecast.cells, weekly.tolist(), served.tolist(), left.tolist(), strict=True)
    return sorted((CellNeed(*row) for row in rows), key=lambda row: (-row.unmet, row.cell))


def visits(session: Session, programme_id: int, now: datetime, weeks: int = RECENT_WEEKS) -> list[Visit]:
    """Where and how long vans stood in the weeks before `now`, and how many could not be provided for."""
    statement = (
        select(Site.lon, Site.lat, Presence.starts, Presence.ends, Presence.could_not_provide)
        .join(Site, Site.id == Presence.site_id)
        .where(Presence.programme_id == programme_id, Presence.starts < now)
        .where(Presence.starts >= now - timedelta(weeks=weeks))
        .order_by(Presence.id)
    )
    return [
        Visit(lon, lat, (ends - starts).total_seconds() / 3600, asked)
        for lon, lat, starts, ends, asked in session.execute(statement).all()
    ]
