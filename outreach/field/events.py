"""Events: every tap a tablet ever sent, kept whole in the order the server took them in. Never changed.

What a tap means is read in `taps`; what they add up to is in `visits`.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Literal, cast

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, func, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach.errors import Missing
from outreach.field.taps import Tap, reread
from outreach.store import Base, Owned

State = Literal["stored", "held"]


class Event(Owned, Base):
    """One tap. `uid` is the id the tablet gave it, `body` all of it as JSON text.

    `stored`: understood, and counted once. `held`: kept for a coordinator with `held_code` and
    `held_reason`; it counts for nothing. A uid is stored once; other content under it is held.
    """

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("programme_id", "uid", "digest"),
        UniqueConstraint("programme_id", "sequence"),
        Index(
            "ix_events_stored_once",
            "programme_id",
            "uid",
            unique=True,
            sqlite_where=text("state = 'stored'"),
            postgresql_where=text("state = 'stored'"),
        ),
        CheckConstraint("state IN ('stored', 'held')", name="state"),
        CheckConstraint("state = 'stored' OR held_code IS NOT NULL", name="held_says_why"),
        CheckConstraint("state = 'held' OR kind IS NOT NULL", name="stored_is_understood"),
    )

    uid: Mapped[str] = mapped_column(String(36))
    digest: Mapped[str] = mapped_column(String(64))
    sequence: Mapped[int]
    device: Mapped[str] = mapped_column(String(64))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    kind: Mapped[str | None] = mapped_column(String(40))
    subject: Mapped[str | None] = mapped_column(String(64), index=True)
    replaces: Mapped[str | None] = mapped_column(String(36), index=True)
    occurred_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(6))
    held_code: Mapped[str | None] = mapped_column(String(20))
    held_reason: Mapped[str | None] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)

    @property
    def tap(self) -> Tap:
        """What a stored event means."""
        tap = reread(self.body).tap
        if tap is None:
            raise Missing(f"Event {self.sequence} is held and means nothing yet.", code="held-event")
        return tap

    @property
    def clock_ahead_seconds(self) -> int | None:
        """By how much the tablet's clock was ahead of ours at least; it sends only what has happened."""
        if self.occurred_at is None:
            return None
        return max(0, round((self.occurred_at - self.received_at).total_seconds()))


class SyncState(Owned, Base):
    """The server's `epoch`: another one after a restore, so that tablets send everything they have again."""

    __tablename__ = "sync_states"
    __table_args__ = (UniqueConstraint("programme_id"),)

    epoch: Mapped[str] = mapped_column(String(32))


def epoch(session: Session, programme_id: int) -> str:
    """The epoch to tell a tablet; "new" before anything was received."""
    found = session.scalar(select(SyncState.epoch).where(SyncState.programme_id == programme_id))
    return found or "new"


def open_epoch(session: Session, programme_id: int, *, again: bool = False) -> str:
    """The epoch, made at the first receipt; `again` starts another one (after a restore)."""
    state = session.scalar(select(SyncState).where(SyncState.programme_id == programme_id))
    if state is None:
        state = SyncState(programme_id=programme_id, epoch=secrets.token_hex(8))
        session.add(state)
    elif again:
        state.epoch = secrets.token_hex(8)
    session.flush()
    return state.epoch


def last_sequence(session: Session, programme_id: int) -> int:
    """The highest sequence given so far, 0 before the first."""
    return session.scalar(select(func.max(Event.sequence)).where(Event.programme_id == programme_id)) or 0


def named(session: Session, programme_id: int, uids: Collection[str]) -> list[Event]:
    """Every event, stored or held, that came under one of these ids."""
    asked = select(Event).where(Event.programme_id == programme_id, Event.uid.in_(sorted(uids)))
    return list(session.scalars(asked.order_by(Event.sequence)))


def about(session: Session, programme_id: int, subjects: Collection[str]) -> list[Event]:
    """The stored events about these stops, by id: the order in which they came does not show."""
    asked = select(Event).where(
        Event.programme_id == programme_id, Event.state == "stored", Event.subject.in_(sorted(subjects))
    )
    return list(session.scalars(asked.order_by(Event.uid)))


def struck(session: Session, programme_id: int, uids: Collection[str]) -> set[str]:
    """Those of `uids` that a stored event voids or replaces. What is struck stays struck."""
    asked = select(Event.replaces).where(
        Event.programme_id == programme_id, Event.state == "stored", Event.replaces.in_(sorted(uids))
    )
    return {uid for uid in session.scalars(asked) if uid is not None}


def since(session: Session, programme_id: int, sequence: int, limit: int = 200) -> list[Event]:
    """The next events after `sequence`, in the server's order: what a second tablet has not seen."""
    asked = select(Event).where(Event.programme_id == programme_id, Event.sequence > sequence)
    return list(session.scalars(asked.order_by(Event.sequence).limit(limit)))


def held(session: Session, programme_id: int, limit: int = 200) -> Sequence[Event]:
    """What waits for a coordinator, oldest first."""
    asked = select(Event).where(Event.programme_id == programme_id, Event.state == "held")
    return list(session.scalars(asked.order_by(Event.sequence).limit(limit)))


def count_held(session: Session, programme_id: int) -> int:
    """How many events wait for a coordinator."""
    asked = select(func.count()).where(Event.programme_id == programme_id, Event.state == "held")
    return cast(int, session.scalar(asked))
