"""The risk surface as the programme keeps it: fitted from its incidents, stored, and read as a forecast."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import ForeignKey, LargeBinary, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach import local_time
from outreach.errors import Missing
from outreach.place.ground import metres_between
from outreach.risk import alerts, history, intensity
from outreach.risk.alerts import Alert
from outreach.risk.forecast import Believed, Forecast
from outreach.risk.grid import RIM_METRES, Grid
from outreach.risk.intensity import Intensity
from outreach.risk.past import Events
from outreach.store import Base

ALERT_HALF_LIFE_DAYS = 4.0
FRESH_DAYS = 60


class SurfaceFit(Base):
    """One fit. `origin` is the first day it forecasts; `arrays` are its cells and numbers (npz), `document`
    what a person may want to know of it."""

    __tablename__ = "surface_fits"

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"), index=True)
    fitted_at: Mapped[datetime]
    origin: Mapped[date]
    document: Mapped[dict[str, object]] = mapped_column(default=dict)
    arrays: Mapped[bytes] = mapped_column(LargeBinary)


def fit(session: Session, programme_id: int, now: datetime) -> SurfaceFit:
    """Fit the surface to every incident known and store it as the current one.

    Raises:
        Missing: there are no incidents yet.
    """
    known = history.known(session, programme_id, now)
    if known is None:
        raise Missing(
            "There are no incidents yet, so no risk can be shown. Import some: `outreach incidents import`.",
            code="no-incidents",
        )
    fitted = intensity.fit(known.grid, known.events, known.origin.toordinal(), known.clocked)
    stored = SurfaceFit(
        programme_id=programme_id,
        fitted_at=now,
        origin=known.origin,
        document=_document(fitted, known.events),
        arrays=_packed(_believed(fitted)),
    )
    session.add(stored)
    session.flush()
    return stored


def current(session: Session, programme_id: int) -> SurfaceFit | None:
    """The newest fit; None before the first."""
    statement = select(SurfaceFit).where(SurfaceFit.programme_id == programme_id)
    return session.scalar(statement.order_by(SurfaceFit.id.desc()).limit(1))


def ageing(session: Session, programme_id: int, now: datetime) -> list[str]:
    """A sentence when the newest surface knows nothing of the last `FRESH_DAYS` days."""
    stored = current(session, programme_id)
    if stored is None:
        return []
    old = (local_time.today(session, programme_id, now) - stored.origin).days
    if old <= FRESH_DAYS:
        return []
    return [
        f"The risk surface knows no incident since {stored.origin}, {old} days ago: import newer ones, or "
        "this plan goes where overdoses used to be."
    ]


def forecast(session: Session, programme_id: int, dates: Sequence[date]) -> Forecast:
    """Risk on `dates`, alerts in force included.

    Raises:
        Missing: no surface was fitted yet.
    """
    stored = current(session, programme_id)
    if stored is None:
        raise Missing(
            "The risk surface was not fitted yet. Import incidents, then run `outreach risk fit`.",
            code="no-surface",
        )
    believed = _unpacked(stored.arrays)
    known = alerts.active(session, programme_id, min(dates), max(dates)) if dates else []
    return Forecast(believed, tuple(dates), raised(believed.cells, dates, known), seed=stored.id)


def felt(alert: Alert, lon: float, lat: float) -> float:
    """How much of an alert is felt at a point, 0 to 1."""
    beyond = metres_between((alert.lon, alert.lat), (lon, lat)) - alert.radius_m
    return max(0.0, min(1.0, 1.0 - beyond / RIM_METRES))


def raised(cells: Sequence[str], dates: Sequence[date], known: Iterable[Alert]) -> NDArray[np.float64]:
    """How many times its usual risk each cell has on each date: the strongest alert counts, full on its first
    day and half as far above the usual every four days after."""
    grid = Grid.of(cells)
    found = np.ones((len(cells), len(dates)))
    for alert in known:
        near = grid.within(alert.lon, alert.lat, alert.radius_m)
        for place, day in enumerate(dates):
            if alert.starts <= day <= alert.ends:
                decay = 0.5 ** ((day - alert.starts).days / ALERT_HALF_LIFE_DAYS)
                found[:, place] = np.maximum(found[:, place], 1.0 + (alert.factor - 1.0) * decay * near)
    return found


def _believed(fitted: Intensity) -> Believed:
    spread = np.maximum(fitted.dispersion - fitted.level.dispersion, 0.0)
    shape = 1.0 / (1.0 / np.maximum(fitted.share.shape, 1e-6) + spread)
    return Believed(
        fitted.grid.cells, fitted.weekly, shape, fitted.bands, fitted.band_events, fitted.level.dispersion
    )


def _document(fitted: Intensity, events: Events) -> dict[str, object]:
    return {
        "events": len(events),
        "cells": len(fitted.grid),
        "weekly": round(fitted.level.mean, 3),
        "level_half_life_weeks": fitted.level.half_life_weeks,
        "level_dispersion": round(fitted.level.dispersion, 4),
        "cell_dispersion": round(fitted.dispersion, 4),
        "prior_strength": round(fitted.share.taste.strength, 1),
        "power": round(fitted.share.power, 3),
        "bands": [round(float(share), 4) for share in fitted.bands],
        "clocked_events": round(fitted.band_events, 1),
    }


def _packed(believed: Believed) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        cells=np.array(believed.cells),
        weekly=believed.weekly,
        shape=believed.shape,
        bands=believed.bands,
        known=np.array([believed.band_events, believed.level_dispersion]),
    )
    return buffer.getvalue()


def _unpacked(packed: bytes) -> Believed:
    with np.load(io.BytesIO(packed), allow_pickle=False) as kept:
        cells = tuple(str(cell) for cell in kept["cells"])
        known = kept["known"]
        return Believed(cells, kept["weekly"], kept["shape"], kept["bands"], float(known[0]), float(known[1]))
