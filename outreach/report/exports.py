"""Exports of single rows: asked for by one person, approved by another, handed over once, never forgotten.

Rows about participants leave only for those whose consent holds on the day, under a name made for the
recipient alone, with the notice that the law asks for. There is no recipient of the kind law enforcement,
and who is called so, or asks for what only it asks for, is refused.
"""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach import audit, codes, consents, disclosures, sealing
from outreach.accounts import Account
from outreach.errors import Conflict, Invalid, Missing, Refused
from outreach.field import visits
from outreach.place import sites
from outreach.policies import Policy
from outreach.report.counts import COUNTERS
from outreach.report.recipients import law_enforcement_in
from outreach.store import Base, Owned, Programme

KINDS: Final = ("participants", "visits")
APPROVERS: Final = ("manager", "admin")
GOOD_FOR: Final = timedelta(days=7)
LONGEST_DAYS: Final = 400
SYNTHETIC: Final = "SYNTHETIC: everything here is invented for a demonstration."


class Export(Owned, Base):
    """A request for rows and what became of it. `digest` is the hash of the file that was handed over."""

    __tablename__ = "exports"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint("kind = 'visits' OR scope IS NOT NULL", name="participants_need_a_scope"),
        CheckConstraint("approved_by IS NULL OR approved_by <> asked_by", name="two_people"),
        CheckConstraint("handed_at IS NULL OR approved_at IS NOT NULL", name="approved_first"),
        CheckConstraint("handed_at IS NULL OR declined_at IS NULL", name="declined_stays"),
    )

    kind: Mapped[str] = mapped_column(String(20))
    scope: Mapped[str | None] = mapped_column(String(20))
    recipient_kind: Mapped[str] = mapped_column(String(40))
    recipient: Mapped[str] = mapped_column(String(120))
    purpose: Mapped[str] = mapped_column(Text)
    from_date: Mapped[date]
    until_date: Mapped[date]
    asked_by: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    asked_at: Mapped[datetime]
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    approved_at: Mapped[datetime | None]
    declined_by: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    declined_at: Mapped[datetime | None]
    handed_at: Mapped[datetime | None]
    rows: Mapped[int | None]
    digest: Mapped[str | None] = mapped_column(String(64))


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted, for whom, and why. Raises: `Invalid` for what cannot be."""

    kind: str
    scope: str | None
    recipient_kind: str
    recipient: str
    purpose: str
    from_date: date
    until_date: date

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise Invalid(f"An export is of {' or '.join(KINDS)}.", code="export-kind")
        if self.kind == "participants" and self.scope not in consents.SCOPES:
            raise Invalid("Say which consent covers this: its scope.", code="export-scope")
        if not 0 <= (self.until_date - self.from_date).days < LONGEST_DAYS:
            raise Invalid(f"Ask for 1 to {LONGEST_DAYS} days, the first one first.", code="export-days")
        if not self.recipient.strip() or not self.purpose.strip():
            raise Invalid("Say who is to have it, and what for.", code="export-purpose")
        codes.refuse_in(f"{self.recipient}\n{self.purpose}")


def ask(
    session: Session, programme_id: int, wish: Wish, asker: Account, *, policy: Policy, now: datetime
) -> Export:
    """Ask for an export. Raises: `Refused` for a kind of recipient that rows about people never go to, and
    for a name or a purpose that says law enforcement."""
    _refuse_recipient(wish, policy)
    policy.part2_notice(now.date())
    facts = {name: getattr(wish, name) for name in Wish.__slots__}
    export = Export(programme_id=programme_id, asked_by=asker.id, asked_at=now, **facts)
    session.add(export)
    session.flush()
    _record(session, export, asker, "export.asked", now)
    return export


def approve(
    session: Session, programme_id: int, export_id: int, approver: Account, *, policy: Policy, now: datetime
) -> Export:
    """Let an export go. Raises: `Refused` for whoever asked, and as `ask` does when what is refused there has
    come to include this one; `Conflict` when it was approved before."""
    export = found(session, programme_id, export_id)
    if approver.id == export.asked_by:
        raise Refused("Somebody else has to approve what you asked for.", code="two-people")
    if approver.role not in APPROVERS or not approver.active:
        raise Refused("Exports are approved by managers and administrators.", code="approver")
    if export.approved_at is not None:
        raise Conflict("This export was approved already.", code="approved")
    _refuse_over(export, now)
    _refuse_recipient(export, policy)
    export.approved_by, export.approved_at = approver.id, now
    _record(session, export, approver, "export.approved", now)
    return export


def decline(session: Session, programme_id: int, export_id: int, who: Account, now: datetime) -> Export:
    """Let an export not go: by whoever might approve it, approved or not, and by who asked and thought
    better of it. Raises: `Refused` for anybody else, `Conflict` when it is over."""
    export = found(session, programme_id, export_id)
    if who.role not in APPROVERS or not who.active:
        raise Refused("Exports are declined by managers and administrators.", code="approver")
    _refuse_over(export, now)
    export.declined_by, export.declined_at = who.id, now
    _record(session, export, who, "export.declined", now)
    return export


def hand_over(
    session: Session,
    programme_id: int,
    export_id: int,
    taker: Account,
    *,
    policy: Policy,
    today: date,
    now: datetime,
) -> str:
    """The rows as CSV under their notice, once, to whoever asked. Consent and recipient are looked at now,
    not when asked.

    Raises: `Refused` for anybody else, and as `ask` does by what is refused today; `Conflict` before it was
    approved, a week after, or a second time.
    """
    export = found(session, programme_id, export_id)
    if taker.id != export.asked_by:
        raise Refused("Only who asked for an export may take it.", code="not-yours")
    _refuse_over(export, now)
    if export.approved_at is None:
        raise Conflict("Somebody else has to approve this export first.", code="not-approved")
    _refuse_recipient(export, policy)
    header, rows = (
        _people(session, export, today, now) if export.kind == "participants" else _visits(session, export)
    )
    notices = [policy.part2_notice(today), f"For {export.recipient}: {export.purpose}"]
    if session.get_one(Programme, programme_id).demo:
        notices.append(SYNTHETIC)
    text = _csv(notices, header, rows)
    export.handed_at, export.rows = now, len(rows)
    export.digest = hashlib.sha256(text.encode()).hexdigest()
    _record(session, export, taker, "export.handed_over", now)
    return text


def found(session: Session, programme_id: int, export_id: int) -> Export:
    """The export of this number. Raises: `Missing`, also for another programme's."""
    export = session.scalar(select(Export).where(Export.programme_id == programme_id, Export.id == export_id))
    if export is None:
        raise Missing("There is no such export.", code="no-export")
    return export


def listed(session: Session, programme_id: int, limit: int = 100) -> list[Export]:
    """The latest first."""
    asked = select(Export).where(Export.programme_id == programme_id).order_by(Export.id.desc())
    return list(session.scalars(asked.limit(limit)))


def good_until(export: Export) -> datetime:
    """The moment after which it is over: a week after it was asked for, or approved."""
    return (export.approved_at or export.asked_at) + GOOD_FOR


def _refuse_recipient(export: Wish | Export, policy: Policy) -> None:
    """Asked at each step: the list of words and the pack may have grown since the step before."""
    if export.recipient_kind not in policy.recipients:
        raise Refused(
            f"Rows about people go to: {', '.join(policy.recipients) or 'nobody'}. Anybody else, law "
            "enforcement above all, needs a court's order and the programme's counsel, not this page.",
            code="recipient",
        )
    named = law_enforcement_in(export.recipient) or law_enforcement_in(export.purpose)
    if named is not None:
        raise Refused(
            f"Rows about people never go to law enforcement, and the name or the purpose says “{named}”. "
            "What a court orders goes to the programme's counsel, not through this page: docs/privacy.md.",
            code="law-enforcement",
        )


def _refuse_over(export: Export, now: datetime) -> None:
    if export.handed_at is not None or export.declined_at is not None or now > good_until(export):
        raise Conflict(
            "This export was handed over or declined, or its week is over. Ask for it again.",
            code="export-over",
        )


def _people(
    session: Session, export: Export, today: date, now: datetime
) -> tuple[Sequence[str], list[list[object]]]:
    """Whoever consents today and was seen in the period, under a name that no other recipient can link."""
    key = sealing.ring_of(session).make(_recipient_key(export))
    rows: list[list[object]] = []
    ids: list[int] = []
    for person, consent in consents.standing(session, export.programme_id, export.scope or "", today):
        if person.first_seen <= export.until_date and person.last_seen >= export.from_date:
            name = hmac.new(key, person.own_key.encode(), hashlib.sha256).hexdigest()[:16]
            month = f"{person.first_seen:%Y-%m}"
            rows.append([name, month, consent.scope, consent.given_on, consent.expires_on])
            ids.append(person.id)
    note = (export.programme_id, export.id, export.recipient, export.purpose)
    disclosures.note(session, *note, ids, now)
    return ("person", "first_seen_month", "consent", "given_on", "expires_on"), sorted(rows, key=str)


def _visits(session: Session, export: Export) -> tuple[Sequence[str], list[list[object]]]:
    known = {site.id: site.code for site in sites.listed(session, export.programme_id)}
    came = visits.between(session, export.programme_id, export.from_date, export.until_date)
    counted = visits.counted(session, export.programme_id, came)
    rows: list[list[object]] = [
        [
            visit.date,
            known.get(visit.site_id, ""),
            visit.outcome or "",
            *(counted[visit.id][c] for c in COUNTERS),
        ]
        for visit in came
    ]
    return ("date", "site", "outcome", *COUNTERS), rows


def _csv(notices: Iterable[str], header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    for notice in notices:
        out.write(f"# {' '.join(notice.split())}\n")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def _recipient_key(export: Export) -> str:
    whom = hashlib.sha256(export.recipient.casefold().encode()).hexdigest()[:16]
    return f"p{export.programme_id}/recipient/{whom}"


def _record(session: Session, export: Export, who: Account, act: str, now: datetime) -> None:
    facts: dict[str, object] = {"kind": export.kind, "recipient_kind": export.recipient_kind}
    if export.handed_at is not None:
        facts |= {"rows": export.rows, "digest": export.digest}
    audit.record(session, export.programme_id, who.login, act, str(export.id), facts, now=now)
