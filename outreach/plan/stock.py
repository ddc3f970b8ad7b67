"""Stock: what each van holds, as a ledger of movements. What is on board is their sum."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach import codes
from outreach.errors import Invalid
from outreach.settings import packaged
from outreach.store import Base, Owned


class StockEntry(Owned, Base):
    """`delta` of `supply` came aboard (or left, below zero). `event_id` is the tablet's event behind it."""

    __tablename__ = "stock_entries"
    __table_args__ = (
        UniqueConstraint("event_id", "supply"),
        Index("ix_stock_entries_van", "programme_id", "van_id"),
        CheckConstraint("delta <> 0", name="delta"),
    )

    # One index for both: every tap of a tablet pays for each.
    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"))
    van_id: Mapped[int] = mapped_column(ForeignKey("vans.id"))
    supply: Mapped[str] = mapped_column(String(40))
    delta: Mapped[int]
    reason: Mapped[str] = mapped_column(String(200))
    event_id: Mapped[str | None] = mapped_column(String(64))
    at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Supply:
    """Something a van carries."""

    key: str
    label_en: str
    label_es: str


@cache
def supplies() -> tuple[Supply, ...]:
    """What vans carry."""
    return tuple(Supply(**entry) for entry in _catalogue()["supply"])


def move(
    session: Session,
    programme_id: int,
    van_id: int,
    supply: str,
    delta: int,
    reason: str,
    now: datetime,
    event_id: str | None = None,
) -> StockEntry | None:
    """Write one movement; the same event moves a supply only once. None when there is nothing to move.

    Raises: `Invalid` for a supply that is not in `data/supplies.toml`, or a participant's code in the reason.
    """
    if supply not in {known.key for known in supplies()}:
        raise Invalid(f"“{supply}” is no supply of data/supplies.toml.", code="no-supply")
    if delta == 0 or (event_id is not None and _moved(session, supply, event_id)):
        return None
    entry = StockEntry(
        programme_id=programme_id,
        van_id=van_id,
        supply=supply,
        delta=delta,
        reason=codes.refuse_in(reason)[:200],
        event_id=event_id,
        at=now,
    )
    session.add(entry)
    session.flush()
    return entry


def on_board(session: Session, programme_id: int, van_id: int) -> dict[str, int]:
    """What the van holds of each supply. Below zero means more was handed out than was ever loaded."""
    rows = session.execute(
        select(StockEntry.supply, func.sum(StockEntry.delta))
        .where(StockEntry.programme_id == programme_id, StockEntry.van_id == van_id)
        .group_by(StockEntry.supply)
    )
    held = {supply: int(total) for supply, total in rows}
    return {known.key: held.get(known.key, 0) for known in supplies()}


def _moved(session: Session, supply: str, event_id: str) -> bool:
    asked = select(StockEntry.id).where(StockEntry.event_id == event_id, StockEntry.supply == supply)
    return session.scalars(asked).first() is not None


@cache
def _catalogue() -> dict[str, Any]:
    with packaged("supplies.toml").open("rb") as file:
        return tomllib.load(file)
