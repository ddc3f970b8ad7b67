"""The audit: an append-only record of every change of plan, visit and account, each chained to the last.

Every programme has a chain of its own, so that none learns from its numbers what another does. The database
refuses to change or delete an entry (triggers in the migration); `verify` finds what was changed behind its
back. No participant's words or codes belong in a body.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import String, Text, UniqueConstraint, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach.errors import Invalid
from outreach.store import Base, Owned, canonical, one_at_a_time

GENESIS = "0" * 64
VERIFIED = "audit.verified"
HEAD = re.compile(r"(?:(?P<reached>\d{1,9}=\d{1,9}(?:,\d{1,9}=\d{1,9})+):)?(?P<digest>[0-9a-f]{64})")


class Entry(Owned, Base):
    """One act: who (`actor`, a log-in or "system"), what (`act`, a dotted slug), on what, with its facts.

    `body` is canonical JSON text, kept to the letter because `digest` covers it.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        UniqueConstraint("programme_id", "number"),
        UniqueConstraint("programme_id", "previous"),
    )

    number: Mapped[int]
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(120))
    act: Mapped[str] = mapped_column(String(80), index=True)
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
    previous: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))


@dataclass(frozen=True, slots=True)
class Verdict:
    """`count` entries were read up to `head`; `broken_at` is the number of the first that does not fit.

    Of several chains `head` names how far each went and the hash over all their heads: "1=340,2=12:9f3c…".
    """

    count: int
    head: str
    broken_at: int | None

    @property
    def whole(self) -> bool:
        """True when nothing was changed or moved, or taken out before the last entry there is. Only somebody
        who kept an earlier head can tell that the end was cut off: see `holds`."""
        return self.broken_at is None


@dataclass(frozen=True, slots=True)
class Act:
    """What is to be written: the words of an `Entry` before it has its place in the chain."""

    actor: str
    act: str
    subject: str
    body: Mapping[str, object]
    at: datetime


def record(
    session: Session,
    programme_id: int,
    actor: str,
    act: str,
    subject: str,
    body: Mapping[str, object],
    *,
    now: datetime | None = None,
) -> Entry:
    """Add an act to the chain, in the caller's transaction."""
    [entry] = _chain(session, programme_id, [Act(actor, act, subject, body, now or datetime.now(UTC))])
    session.add(entry)
    session.flush()
    return entry


def record_all(session: Session, programme_id: int, acts: Iterable[Act]) -> None:
    """Add acts to the chain in this order, in the caller's transaction."""
    entries = _chain(session, programme_id, acts)
    names = [each.name for each in Entry.__table__.columns if not each.primary_key]
    session.execute(insert(Entry), [{name: getattr(entry, name) for name in names} for entry in entries])


def _chain(session: Session, programme_id: int, acts: Iterable[Act]) -> list[Entry]:
    one_at_a_time(session, f"audit of programme {programme_id}")
    last = session.execute(
        select(Entry.number, Entry.digest)
        .where(Entry.programme_id == programme_id)
        .order_by(Entry.number.desc())
        .limit(1)
    ).first()
    count, head = (0, GENESIS) if last is None else (last.number, last.digest)
    entries: list[Entry] = []
    for number, act in enumerate(acts, start=count + 1):
        entries.append(_chained(programme_id, number, head, act))
        head = entries[-1].digest
    return entries


def verify(session: Session) -> Verdict:
    """Read every chain again and say where it breaks first, if anywhere."""
    verdicts = verify_each(session)
    broken = next((one for one in verdicts.values() if not one.whole), None)
    count = sum(one.count for one in verdicts.values())
    return Verdict(count, together(verdicts), broken.broken_at if broken else None)


def verify_each(session: Session) -> dict[int, Verdict]:
    """The verdict on each programme's chain that has one, by the programme's number."""
    ours = select(Entry.programme_id).distinct().order_by(Entry.programme_id)
    return {programme_id: verify_one(session, programme_id) for programme_id in session.scalars(ours).all()}


def verify_one(session: Session, programme_id: int) -> Verdict:
    """The verdict on one programme's chain."""
    count, head = 0, GENESIS
    chain = select(Entry).where(Entry.programme_id == programme_id).order_by(Entry.number)
    for entry in session.scalars(chain.execution_options(yield_per=1000)):
        if entry.number != count + 1 or entry.previous != head or entry.digest != digest_of(entry):
            return Verdict(count, head, broken_at=count + 1)
        count, head = entry.number, entry.digest
    return Verdict(count, head, None)


def together(verdicts: Mapping[int, Verdict]) -> str:
    """One head for chains by their programme's number. That of a single chain is its own."""
    heads = [one.head for one in verdicts.values()]
    if len(heads) < 2:
        return heads[0] if heads else GENESIS
    reached = ",".join(f"{programme_id}={one.count}" for programme_id, one in verdicts.items())
    return f"{reached}:{_over(heads)}"


def holds(session: Session, head: str) -> bool:
    """True when every chain goes on from a head noted earlier, one chain's or that of several together: no
    end was cut off since, and none was written anew. Raises: `Invalid` for what is no head."""
    if not (noted := HEAD.fullmatch(head.strip())):
        raise Invalid(
            f"“{head}” is no head of the audit. Copy the whole of what `outreach backup` or "
            "`outreach audit verify` gave out.",
            code="audit-head",
        )
    if noted["reached"] is None:
        return _holds_digest(session, noted["digest"])
    reached = (place.split("=") for place in noted["reached"].split(","))
    heads = [_digest_at(session, int(programme_id), int(number)) for programme_id, number in reached]
    return _over([one or "" for one in heads]) == noted["digest"]


def latest(
    session: Session, programme_id: int, limit: int = 200, *, before: int | None = None
) -> list[Entry]:
    """The newest acts first; of those `before` a number when it is given."""
    asked = select(Entry).where(Entry.programme_id == programme_id).order_by(Entry.number.desc())
    if before is not None:
        asked = asked.where(Entry.number < before)
    return list(session.scalars(asked.limit(limit)))


def note_verified(
    session: Session, programme_id: int, verdict: Verdict, *, actor: str, now: datetime
) -> Entry:
    """Say in the chain itself that somebody read it again, and what came of it."""
    facts: dict[str, object] = {
        "count": verdict.count,
        "head": verdict.head,
        "broken_at": verdict.broken_at,
    }
    return record(session, programme_id, actor, VERIFIED, "audit", facts, now=now)


def last_verified(session: Session, programme_id: int) -> Entry | None:
    """The latest `note_verified`."""
    asked = select(Entry).where(Entry.programme_id == programme_id, Entry.act == VERIFIED)
    return session.scalars(asked.order_by(Entry.number.desc()).limit(1)).first()


def digest_of(entry: Entry) -> str:
    """The hash that an entry must carry: over the one before it and everything it says."""
    facts = canonical(
        [
            entry.number,
            entry.programme_id,
            entry.at.isoformat(timespec="microseconds"),
            entry.actor,
            entry.act,
            entry.subject,
        ]
    )
    return hashlib.sha256(f"{entry.previous}\n{facts}\n{entry.body}".encode()).hexdigest()


def _chained(programme_id: int, number: int, previous: str, act: Act) -> Entry:
    entry = Entry(
        programme_id=programme_id,
        number=number,
        at=act.at.astimezone(UTC),
        actor=act.actor,
        act=act.act,
        subject=act.subject,
        body=canonical(dict(act.body)),
        previous=previous,
    )
    entry.digest = digest_of(entry)
    return entry


def _over(heads: list[str]) -> str:
    return hashlib.sha256("\n".join(heads).encode()).hexdigest()


def _holds_digest(session: Session, digest: str) -> bool:
    return session.scalars(select(Entry.number).where(Entry.digest == digest)).first() is not None


def _digest_at(session: Session, programme_id: int, number: int) -> str | None:
    asked = select(Entry.digest).where(Entry.programme_id == programme_id, Entry.number == number)
    return session.scalars(asked).first()
