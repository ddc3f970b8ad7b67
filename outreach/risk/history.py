"""History: the programme's incidents as numbers on its grid, as they were known at a moment."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach import local_time
from outreach.place import areas
from outreach.risk import feeds
from outreach.risk.feeds import Feed
from outreach.risk.grid import Grid
from outreach.risk.incidents import Incident
from outreach.risk.past import Events

LONGEST_YEARS = 20

Row = tuple[str, date, int | None, float, int]


@dataclass(frozen=True)
class Known:
    """What was known: all `events`, those with a clock to be believed, and the first day not yet seen."""

    grid: Grid
    events: Events
    clocked: Events
    origin: date


def known(session: Session, programme_id: int, now: datetime) -> Known | None:
    """The incidents received by `now`, of days complete by each feed's lag; None where there are none."""
    today = local_time.today(session, programme_id, now)
    sources = {feed.id: feed for feed in feeds.listed(session, programme_id)}
    rows = _rows(session, programme_id, now, today, sources)
    if not rows:
        return None
    grid = _grid(session, programme_id, [row[0] for row in rows])
    every = _events(grid, rows)
    if not len(every):  # nothing happened within the areas: they are not this city's, or no longer
        grid = Grid.around([row[0] for row in rows])
        every = _events(grid, rows)
    clocked = _events(grid, [row for row in rows if sources[row[4]].hours_count])
    origin = min(today, max(row[1] for row in rows) + timedelta(days=1))
    return Known(grid, every, clocked, origin)


def _rows(
    session: Session, programme_id: int, now: datetime, today: date, sources: dict[int, Feed]
) -> list[Row]:
    """(cell, local day, minute, weight, feed), the earliest first."""
    statement = (
        select(Incident.cell, Incident.local_date, Incident.minute, Incident.weight, Incident.feed_id)
        .where(Incident.programme_id == programme_id, Incident.received_at <= now)
        .where(Incident.local_date >= today - timedelta(days=LONGEST_YEARS * 365))
        .order_by(Incident.local_date, Incident.id)
    )
    return [
        (cell, day, minute, weight * sources[feed].weight, feed)
        for cell, day, minute, weight, feed in session.execute(statement).all()
        if day <= today - timedelta(days=sources[feed].lag_days) and sources[feed].weight > 0
    ]


def _grid(session: Session, programme_id: int, cells: Sequence[str]) -> Grid:
    """The cells of the areas, where their outlines are known; else those around what has happened."""
    shapes = [json.loads(a.geometry) for a in areas.listed(session, programme_id) if a.geometry is not None]
    return Grid.covering(shapes) if shapes else Grid.around(cells)


def _events(grid: Grid, rows: Sequence[Row]) -> Events:
    return Events.of(
        grid.where([row[0] for row in rows]),
        np.array([row[1].toordinal() for row in rows], np.int64),
        np.array([-1 if row[2] is None else row[2] for row in rows], np.int64),
        np.array([row[3] for row in rows], float),
    )
