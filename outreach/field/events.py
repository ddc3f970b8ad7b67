"""Events: every tap a tablet ever sent, kept whole in the order the server took them in. Never changed.

What a tap means is read in `taps`; what they add up to is in `visits`.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Literal, cast

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    func,
    select,
    text,
    union_all,
)
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from outreach.errors import Missing
from outreach.field.bulk import add_rows, among
from outreach.field.taps import Tap, reread
from outreach.store import Base, Owned

State = Literal["stored", "held"]
STORED, HELD = text("state = 'stored'"), text("state = 'held'")
STRIKES = text("replaces IS NOT NULL")
TURNS = text("kind IN ('stop.arrived', 'stop.left', 'stop.skipped')")
"""The kinds of event that say whether a van was there. They are few: their index spares every other tap its
keep."""


class Event(Owned, Base):
    """One tap. `uid` is the id the tablet gave it, `body` all of it as JSON text.

    `stored`: understood, and counted once. `held`: kept for a coordinator with `held_code` and
    `held_reason`; it counts for nothing. A uid is stored once; other content under it is held.
    """

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("programme_id", "sequence"),
        Index(
            "ix_events_stored_once",
            "programme_id",
            "uid",
            unique=True,
            sqlite_where=STORED,
            postgresql_where=STORED,
        ),
        Index(
            "ix_events_held_once",
            "programme_id",
            "uid",
            "digest",
            unique=True,
            sqlite_where=HELD,
            postgresql_where=HELD,
        ),
        Index(
            "ix_events_turns",
            "programme_id",
            "subject",
            sqlite_where=TURNS,
            postgresql_where=TURNS,
        ),
        Index(
            "ix_events_replaces",
            "programme_id",
            "replaces",
            sqlite_where=STRIKES,
            postgresql_where=STRIKES,
        ),
        Index("ix_events_held", "programme_id", "sequence", sqlite_where=HELD, postgresql_where=HELD),
        CheckConstraint("state IN ('stored', 'held')", name="state"),
        CheckConstraint("state = 'stored' OR held_code IS NOT NULL", name="held_says_why"),
        CheckConstraint("state = 'held' OR kind IS NOT NULL", name="stored_is_understood"),
    )

    # No index of its own: SQLite would take it for every question and walk all rows of the programme.
    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"))
    uid: Mapped[str] = mapped_column(String(36))
    digest: Mapped[str] = mapped_column(String(64))
    sequence: Mapped[int]
    device: Mapped[str] = mapped_column(String(64))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    kind: Mapped[str | None] = mapped_column(String(40))
    subject: Mapped[str | None] = mapped_column(String(64))
    replaces: Mapped[str | None] = mapped_column(String(36))
    occurred_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(6))
    held_code: Mapped[str | None] = mapped_column(String(20))
    held_reason: Mapped[str | None] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)


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


def count_held_from(session: Session, programme_id: int, account_id: int) -> int:
    """How many events of one sender are held."""
    asked = select(func.count()).where(Event.programme_id == programme_id, Event.state == "held")
    return session.scalar(asked.where(Event.account_id == account_id)) or 0


def last_sequence(session: Session, programme_id: int) -> int:
    """The highest sequence given so far, 0 before the first."""
    return session.scalar(select(func.max(Event.sequence)).where(Event.programme_id == programme_id)) or 0


@dataclass(frozen=True, slots=True)
class Kept:
    """As much of an event as the next one with its id has to know."""

    uid: str
    digest: str
    sequence: int
    state: State
    held_code: str | None
    held_reason: str | None
    kind: str | None
    subject: str | None


def named(session: Session, programme_id: int, uids: Collection[str]) -> list[Kept]:
    """Every event, stored or held, that came under one of these ids, in the server's order."""
    columns = [getattr(Event, each.name) for each in fields(Kept)]
    ours = select(*columns).where(Event.programme_id == programme_id, among(session, Event.uid, uids))
    # Each state has an index of its own.
    asked = union_all(ours.where(STORED), ours.where(HELD))
    # Sorted here: asked to, SQLite would walk the index of sequences, which is every event there is.
    return sorted((Kept(*row) for row in session.execute(asked)), key=lambda kept: kept.sequence)


def store(session: Session, rows: Sequence[Mapping[str, object]]) -> None:
    """Store new events in one statement, ordered by id so that two writers never wait for each other."""
    add_rows(session, Event, sorted(rows, key=lambda row: str(row["uid"])))


def turns(
    session: Session, programme_id: int, subjects: Collection[str], *, but: str = ""
) -> dict[str, list[Tap]]:
    """The arrivals, departures and skips that still count at these stops, by stop, without those of the
    tablet `but`; stops that have none are absent."""
    striker = aliased(Event)
    strikes = select(striker.id).where(
        striker.programme_id == programme_id, striker.state == "stored", striker.replaces == Event.uid
    )
    asked = select(Event.subject, Event.body).where(
        Event.programme_id == programme_id,
        Event.state == "stored",
        among(session, Event.subject, subjects),
        TURNS,
        Event.device != but,
        ~strikes.exists(),
    )
    found: dict[str, list[Tap]] = {}
    for subject, body in session.execute(asked):
        found.setdefault(subject or "", []).append(understood(body))
    return found


def struck(session: Session, programme_id: int, uids: Collection[str]) -> set[str]:
    """Those of `uids` that a stored event voids or replaces. What is struck stays struck."""
    asked = select(Event.replaces).where(
        Event.programme_id == programme_id, Event.state == "stored", among(session, Event.replaces, uids)
    )
    return {uid for uid in session.scalars(asked) if uid is not None}


def understood(body: str) -> Tap:
    """What the body of a stored event means."""
    tap = reread(body).tap
    if tap is None:
        raise Missing("This event is held and means nothing yet.", code="held-event")
    return tap


def held(session: Session, programme_id: int, limit: int = 200) -> Sequence[Event]:
    """What waits for a coordinator, oldest first."""
    asked = select(Event).where(Event.programme_id == programme_id, HELD)
    return list(session.scalars(asked.order_by(Event.sequence).limit(limit)))


def count_held(session: Session, programme_id: int) -> int:
    """How many events wait for a coordinator."""
    asked = select(func.count()).select_from(Event).where(Event.programme_id == programme_id, HELD)
    return cast(int, session.scalar(asked))
