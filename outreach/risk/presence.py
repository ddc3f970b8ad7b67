"""Presence: where a van has stood, when, and how many people it met: the other half of need."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach.errors import Invalid
from outreach.store import Base


class Presence(Base):
    """One visit to a site. Contacts are people reached, never evidence of little need."""

    __tablename__ = "presences"
    __table_args__ = (
        UniqueConstraint("programme_id", "visit_id"),
        CheckConstraint("ends > starts", name="times"),
        CheckConstraint("contacts >= 0", name="contacts"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"), index=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), index=True)
    date: Mapped[date]
    starts: Mapped[datetime]
    ends: Mapped[datetime]
    contacts: Mapped[int] = mapped_column(default=0)
    visit_id: Mapped[int]


def record(
    session: Session,
    programme_id: int,
    *,
    site_id: int,
    day: date,
    starts: datetime,
    ends: datetime,
    contacts: int,
    visit_id: int,
) -> Presence:
    """Store what a visit came to; recording the same visit again replaces what was known of it.

    Raises:
        Invalid: the visit ends no later than it starts, or met fewer than no people.
    """
    if ends <= starts or contacts < 0:
        raise Invalid("A visit ends after it starts and meets no fewer than 0 people.", code="presence")
    found = _of_visit(session, programme_id, visit_id)
    row = found or Presence(programme_id=programme_id, visit_id=visit_id)
    row.site_id, row.date, row.starts, row.ends, row.contacts = site_id, day, starts, ends, contacts
    session.add(row)
    session.flush()
    return row


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


def _of_visit(session: Session, programme_id: int, visit_id: int) -> Presence | None:
    return session.scalar(
        select(Presence).where(Presence.programme_id == programme_id, Presence.visit_id == visit_id)
    )
