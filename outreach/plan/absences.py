"""Absences: days on which a member of staff or a van cannot be planned."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, get_args

from sqlalchemy import CheckConstraint, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach import audit, sealing
from outreach.errors import Invalid, Missing
from outreach.plan import staff, vans
from outreach.store import Base, Owned

Kind = Literal["staff", "van"]
LONGEST_REASON = 200


class Absence(Owned, Base):
    """From `from_date` to `until_date`, both included, the person or van `subject_id` is away.

    `reason` is sealed, since it may tell of somebody's health: see `reason_of`.
    """

    __tablename__ = "absences"
    __table_args__ = (
        CheckConstraint("kind IN ('staff', 'van')", name="kind"),
        CheckConstraint("until_date >= from_date", name="dates"),
    )

    kind: Mapped[str] = mapped_column(String(10))
    subject_id: Mapped[int] = mapped_column(index=True)
    from_date: Mapped[date]
    until_date: Mapped[date]
    reason: Mapped[str] = mapped_column(Text, default="")

    def covers(self, day: date) -> bool:
        """True when it holds on `day`."""
        return self.from_date <= day <= self.until_date


def listed(
    session: Session, programme_id: int, from_date: date | None = None, until_date: date | None = None
) -> list[Absence]:
    """Absences by first day, those that touch the dates when given."""
    asked = select(Absence).where(Absence.programme_id == programme_id)
    if from_date is not None:
        asked = asked.where(Absence.until_date >= from_date)
    if until_date is not None:
        asked = asked.where(Absence.from_date <= until_date)
    return list(session.scalars(asked.order_by(Absence.from_date, Absence.id)))


def mark(
    session: Session,
    programme_id: int,
    kind: str,
    subject_id: int,
    from_date: date,
    until_date: date,
    reason: str,
    *,
    actor: str,
    now: datetime,
) -> Absence:
    """Keep a person or a van out of every plan on these days.

    Raises: `Invalid` for dates the wrong way round, `Missing` when there is no such person or van.
    """
    if kind not in get_args(Kind):
        raise Invalid("An absence is of “staff” or of a “van”.", code="absence-kind")
    if until_date < from_date:
        raise Invalid(f"The last day {until_date} is before the first {from_date}.", code="absence-dates")
    whose = staff.found if kind == "staff" else vans.found
    code = whose(session, programme_id, subject_id).code
    absence = Absence(
        programme_id=programme_id,
        kind=kind,
        subject_id=subject_id,
        from_date=from_date,
        until_date=until_date,
    )
    session.add(absence)
    session.flush()
    told = reason.strip()[:LONGEST_REASON]
    absence.reason = sealing.kept(session, programme_id, _about(absence), told)
    facts = {"from": from_date.isoformat(), "until": until_date.isoformat()}
    audit.record(session, programme_id, actor, "absence.marked", f"{kind}/{code}", facts, now=now)
    return absence


def reason_of(session: Session, absence: Absence) -> str:
    """Why somebody is away, as it was written; empty when nobody said, or the key is gone."""
    return sealing.told(session, _about(absence), absence.reason)


def remove(session: Session, programme_id: int, absence_id: int, *, actor: str, now: datetime) -> None:
    """Take an absence back. Raises: `Missing`."""
    absence = session.get(Absence, absence_id)
    if absence is None or absence.programme_id != programme_id:
        raise Missing("There is no such absence; it may have been taken back already.", code="no-absence")
    session.delete(absence)
    subject = f"{absence.kind}/{absence.subject_id}"
    facts = {"from": absence.from_date.isoformat(), "until": absence.until_date.isoformat()}
    audit.record(session, programme_id, actor, "absence.removed", subject, facts, now=now)


def _about(absence: Absence) -> str:
    return f"absences/p{absence.programme_id}/{absence.id}/reason"
