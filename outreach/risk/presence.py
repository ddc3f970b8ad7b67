"""Presence: where a van has stood, when, and how many people it met: the other half of need."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach.errors import Invalid
from outreach.store import Base


class Presence(Base):
    """One visit to a site. Contacts are people reached, never evidence of little need; `could_not_provide`
    are those who asked for what the van did not have."""

    __tablename__ = "presences"
    __table_args__ = (
        UniqueConstraint("programme_id", "visit_id"),
        CheckConstraint("ends > starts", name="times"),
        CheckConstraint("contacts >= 0", name="contacts"),
        CheckConstraint("could_not_provide >= 0", name="could_not_provide"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"), index=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), index=True)
    date: Mapped[date]
    starts: Mapped[datetime]
    ends: Mapped[datetime]
    contacts: Mapped[int] = mapped_column(default=0)
    could_not_provide: Mapped[int] = mapped_column(default=0)
    visit_id: Mapped[int]


@dataclass(frozen=True, slots=True)
class Stay:
    """What a visit came to: where, from when to when, how many people it met, and how many
    asked for what it did not have.

    Raises: `Invalid` when it ends no later than it starts, or met fewer than no people.
    """

    visit_id: int
    site_id: int
    day: date
    starts: datetime
    ends: datetime
    contacts: int
    could_not_provide: int = 0

    def __post_init__(self) -> None:
        if self.ends <= self.starts or min(self.contacts, self.could_not_provide) < 0:
            raise Invalid("A visit ends after it starts and meets no fewer than 0 people.", code="presence")


def record(session: Session, programme_id: int, stays: Collection[Stay], gone: Collection[int] = ()) -> None:
    """Store what visits came to; recording one again replaces what was known of it. Of the visits `gone` (by
    id) nothing is known any more."""
    known = {
        each.visit_id: each
        for each in session.scalars(
            select(Presence).where(
                Presence.programme_id == programme_id,
                Presence.visit_id.in_(sorted({*gone, *(stay.visit_id for stay in stays)})),
            )
        )
    }
    for visit_id in known.keys() & set(gone):
        session.delete(known[visit_id])
    for stay in stays:
        row = known.get(stay.visit_id) or Presence(programme_id=programme_id, visit_id=stay.visit_id)
        row.site_id, row.date, row.starts, row.ends = stay.site_id, stay.day, stay.starts, stay.ends
        row.contacts, row.could_not_provide = stay.contacts, stay.could_not_provide
        session.add(row)
    session.flush()


def between(session: Session, programme_id: int, from_date: date, until_date: date) -> list[Presence]:
    """Every visit from `from_date` to `until_date`, both included, in order."""
    return list(
        session.scalars(
            select(Presence)
            .where(Presence.programme_id == programme_id)
            .where(Presence.date >= from_date, Presence.date <= until_date)
            .order_by(Presence.date, Presence.starts, Presence.id)
        )
    )
