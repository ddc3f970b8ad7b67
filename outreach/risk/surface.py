"""The risk surface as the programme keeps it: fitted from its incidents, stored, and read as a forecast."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from outreach.store import Base


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
