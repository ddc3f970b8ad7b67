"""Disclosures: which participant's row went to whom, why and when. Kept for whoever asks about themselves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach.participants import Participant
from outreach.store import Base, Owned


class Disclosure(Owned, Base):
    """One participant in one export."""

    __tablename__ = "disclosures"

    participant_id: Mapped[int] = mapped_column(ForeignKey("participants.id"), index=True)
    export_id: Mapped[int] = mapped_column(ForeignKey("exports.id"), index=True)
    recipient: Mapped[str] = mapped_column(String(120))
    purpose: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


def note(
    session: Session,
    programme_id: int,
    export_id: int,
    recipient: str,
    purpose: str,
    participant_ids: Iterable[int],
    now: datetime,
) -> None:
    """Note that these participants' rows left the house."""
    shared = {"programme_id": programme_id, "export_id": export_id, "recipient": recipient}
    rows = [{**shared, "purpose": purpose, "at": now, "participant_id": one} for one in participant_ids]
    if rows:
        session.execute(insert(Disclosure), rows)


def of(session: Session, participant: Participant) -> list[Disclosure]:
    """Everything about a participant that was handed to somebody, the latest first."""
    asked = select(Disclosure).where(
        Disclosure.programme_id == participant.programme_id, Disclosure.participant_id == participant.id
    )
    return list(session.scalars(asked.order_by(Disclosure.at.desc(), Disclosure.id.desc())))
