"""Participants, as little of them as can be: a code of their own choice, kept only as a keyed hash.

A code is never required, holds no name and no birthday unless somebody chose one, and cannot be read back.
The key lies outside the database and may be changed: codes met again move to the new key, and once the old
one is destroyed the others are nobody any more. What is written about a participant is sealed with a key of
their own.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from datetime import date, datetime
from typing import Final

from sqlalchemy import String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach import audit, codes, sealing
from outreach.errors import Invalid, Missing
from outreach.store import Base, Owned, one_at_a_time

SHORTEST: Final = 6
LONGEST: Final = 60
LONGEST_NOTE: Final = 500


class Participant(Owned, Base):
    """Somebody who wanted to be known again. `code_key` names the key their code was hashed with, `own_key`
    the one that seals `note`. Erased: the row stays for the count, and says nothing."""

    __tablename__ = "participants"
    __table_args__ = (UniqueConstraint("programme_id", "code_hash"), UniqueConstraint("own_key"))

    code_hash: Mapped[str | None] = mapped_column(String(64))
    code_key: Mapped[str | None] = mapped_column(String(60))
    own_key: Mapped[str] = mapped_column(String(60))
    first_seen: Mapped[date]
    last_seen: Mapped[date]
    note: Mapped[str | None] = mapped_column(Text)
    erased_at: Mapped[datetime | None]


def met(session: Session, programme_id: int, code: str, today: date) -> Participant:
    """The participant of a code, new or known; a code hashed with an older key moves to the newest.

    Raises: `Invalid` for a code that cannot be one, or one of ours that was mistyped.
    """
    plain = _plain(code)
    one_at_a_time(session, f"participants of programme {programme_id}")
    found = _found(session, programme_id, plain)
    newest = code_keys(session, programme_id)[0]
    if found is None:
        own_key = f"p{programme_id}/person/{secrets.token_hex(8)}"
        found = Participant(programme_id=programme_id, own_key=own_key, first_seen=today)
        session.add(found)
    found.code_key, found.code_hash = newest, _hash(session, newest, plain)
    found.last_seen = today
    session.flush()
    return found


def known(session: Session, programme_id: int, code: str) -> Participant:
    """The participant of a code. Raises: `Missing` when nobody has it, `Invalid` for what is no code."""
    found = _found(session, programme_id, _plain(code))
    if found is None:
        raise Missing("Nobody is known by this code. Look at it again.", code="no-participant")
    return found


def write(session: Session, participant: Participant, note: str) -> None:
    """Keep a few words, sealed with the participant's own key. Raises: `Invalid` when they are too many."""
    if len(note) > LONGEST_NOTE:
        raise Invalid(f"Write at most {LONGEST_NOTE} characters.", code="note")
    about = _about(participant)
    participant.note = sealing.seal(session, participant.own_key, about, note) if note.strip() else None


def read(session: Session, participant: Participant) -> str:
    """The words kept; empty when there are none, or their key was destroyed."""
    if participant.note is None:
        return ""
    return sealing.unseal(session, _about(participant), participant.note) or ""


def erase(session: Session, participant: Participant, *, actor: str, now: datetime) -> None:
    """Forget somebody for good: their key is destroyed, so that what it sealed opens nowhere, in no old
    backup either; the code's hash goes with it. The database commits after the key is gone, never before."""
    sealing.ring_of(session).destroy(participant.own_key, now)
    participant.code_hash = participant.code_key = participant.note = None
    participant.erased_at = now
    _record(session, participant, actor, "participant.erased", now)


def note_reading(session: Session, participant: Participant, *, actor: str, now: datetime) -> None:
    """Say in the audit who looked at whom, by the row's number: never the code, never the content."""
    _record(session, participant, actor, "participant.read", now)


def note_writing(session: Session, participant: Participant, *, actor: str, now: datetime) -> None:
    """Say in the audit who wrote about whom."""
    _record(session, participant, actor, "participant.written", now)


def rotate(session: Session, programme_id: int, *, actor: str, now: datetime) -> str:
    """Begin a new key for codes; whoever comes again moves to it. The name of the new key."""
    number = int(code_keys(session, programme_id)[0].rsplit("/", 1)[1]) + 1
    name = f"{_prefix(programme_id)}{number:04}"
    sealing.ring_of(session).make(name)
    audit.record(session, programme_id, actor, "codes.rotated", name, {}, now=now)
    return name


def retire(session: Session, programme_id: int, *, actor: str, now: datetime) -> list[str]:
    """Destroy every key for codes but the newest: who has not come since is nobody any more."""
    old = code_keys(session, programme_id)[1:]
    for name in old:
        sealing.ring_of(session).destroy(name, now)
        audit.record(session, programme_id, actor, "codes.retired", name, {}, now=now)
    return old


def code_keys(session: Session, programme_id: int) -> list[str]:
    """The names of the programme's keys for codes, the newest first; there is always one."""
    ring = sealing.ring_of(session)
    if not ring.names(_prefix(programme_id)):
        ring.make(f"{_prefix(programme_id)}0001")
    return sorted(ring.names(_prefix(programme_id)), reverse=True)


def _found(session: Session, programme_id: int, plain: str) -> Participant | None:
    hashes = [_hash(session, key, plain) for key in code_keys(session, programme_id)]
    asked = select(Participant).where(Participant.programme_id == programme_id)
    return session.scalars(asked.where(Participant.code_hash.in_(hashes)).limit(1)).first()


def _hash(session: Session, key: str, plain: str) -> str:
    return hmac.new(sealing.ring_of(session).make(key), plain.encode(), hashlib.sha256).hexdigest()


def _plain(code: str) -> str:
    """A code as it is hashed: small letters, no blanks."""
    plain = "".join(unicodedata.normalize("NFKC", code).casefold().split())
    if not SHORTEST <= len(plain) <= LONGEST or not plain.isprintable():
        raise Invalid(f"A code has {SHORTEST} to {LONGEST} letters or digits.", code="code")
    if codes.mistyped(plain):
        raise Invalid("This code was mistyped: its last digit does not fit. Ask again.", code="code")
    return plain


def _prefix(programme_id: int) -> str:
    return f"p{programme_id}/codes/"


def _about(participant: Participant) -> str:
    return f"participants/{participant.own_key}/note"


def _record(session: Session, participant: Participant, actor: str, act: str, now: datetime) -> None:
    audit.record(session, participant.programme_id, actor, act, str(participant.id), {}, now=now)
