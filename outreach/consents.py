"""Consents: what a participant allowed, until when, and what they took back. No consent is for everything."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import CheckConstraint, ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach import audit
from outreach.errors import Invalid, Refused
from outreach.participants import Participant
from outreach.policies import Policy
from outreach.store import Base, Owned

SCOPES: Final = ("follow_up", "treatment", "funder", "research")


class Consent(Owned, Base):
    """One consent, for one scope. `expires_on` is the last day it holds."""

    __tablename__ = "consents"
    __table_args__ = (
        CheckConstraint(f"scope IN {SCOPES}", name="scope"),
        CheckConstraint("expires_on >= given_on", name="dates"),
    )

    participant_id: Mapped[int] = mapped_column(ForeignKey("participants.id"), index=True)
    scope: Mapped[str] = mapped_column(String(20))
    given_on: Mapped[date]
    expires_on: Mapped[date]
    revoked_at: Mapped[datetime | None]
    recorded_by: Mapped[str] = mapped_column(String(120))


def give(
    session: Session,
    participant: Participant,
    scope: str,
    *,
    today: date,
    policy: Policy,
    actor: str,
    now: datetime,
) -> Consent:
    """Record a consent from today, for as long as the jurisdiction lets one of this scope hold.

    Raises: `Invalid` for a scope there is not, or one that the jurisdiction has no term for.
    """
    days = policy.consent_days.get(scope)
    if scope not in SCOPES or days is None:
        raise Invalid(f"This cannot be consented to here. Use one of: {', '.join(SCOPES)}.", code="scope")
    revoke(session, participant, scope, actor=actor, now=now)
    consent = Consent(
        programme_id=participant.programme_id,
        participant_id=participant.id,
        scope=scope,
        given_on=today,
        expires_on=today + timedelta(days),
        recorded_by=actor,
    )
    session.add(consent)
    session.flush()
    _record(session, participant, actor, "consent.given", scope, now)
    return consent


def revoke(session: Session, participant: Participant, scope: str, *, actor: str, now: datetime) -> int:
    """Take back every consent of this scope, at once; how many there were."""
    standing = [each for each in of(session, participant) if each.scope == scope and each.revoked_at is None]
    for consent in standing:
        consent.revoked_at = now
    if standing:
        _record(session, participant, actor, "consent.revoked", scope, now)
    return len(standing)


def require(session: Session, participant: Participant, scope: str, day: date) -> None:
    """Raises: `Refused` unless the participant's consent for this scope holds on the day."""
    for each in of(session, participant):
        if each.scope == scope and each.revoked_at is None and each.given_on <= day <= each.expires_on:
            return
    raise Refused("The participant has not consented to this, or not any longer.", code="no-consent")


def of(session: Session, participant: Participant) -> list[Consent]:
    """Everything a participant ever consented to, the latest first."""
    asked = select(Consent).where(
        Consent.programme_id == participant.programme_id, Consent.participant_id == participant.id
    )
    return list(session.scalars(asked.order_by(Consent.id.desc())))


def standing(session: Session, programme_id: int, scope: str, day: date) -> list[tuple[Participant, Consent]]:
    """Whoever's consent for this scope holds on the day: given, not expired, not taken back, not erased."""
    asked = (
        select(Participant, Consent)
        .join(Consent, Consent.participant_id == Participant.id)
        .where(Consent.programme_id == programme_id, Consent.scope == scope, Consent.revoked_at.is_(None))
        .where(Consent.given_on <= day, Consent.expires_on >= day, Participant.erased_at.is_(None))
        .order_by(Participant.id)
    )
    return [(participant, consent) for participant, consent in session.execute(asked)]


def _record(
    session: Session, participant: Participant, actor: str, act: str, scope: str, now: datetime
) -> None:
    facts: dict[str, object] = {"scope": scope}
    audit.record(session, participant.programme_id, actor, act, str(participant.id), facts, now=now)
