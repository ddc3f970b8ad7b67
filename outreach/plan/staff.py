"""Staff: who works on the vans, in which roles, on which weekly shifts, under which limits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship, selectinload

from outreach.errors import Missing
from outreach.plan.services import ROLES
from outreach.store import Base, Owned
from outreach.tabular import ImportReport, Row, Table, Week, day, kept, week

COLUMNS = (
    "code",
    "name",
    "roles",
    "languages",
    "shifts",
    "max_day_hours",
    "max_week_hours",
    "min_rest_hours",
    "certificates",
    "remote",
)


class Member(Owned, Base):
    """A member of staff. A `remote` one never rides: they join by telehealth only."""

    __tablename__ = "staff"
    __table_args__ = (
        UniqueConstraint("programme_id", "code"),
        CheckConstraint("max_day_hours > 0 AND max_day_hours <= 24", name="day_hours"),
        CheckConstraint("max_week_hours > 0 AND max_week_hours <= 168", name="week_hours"),
        CheckConstraint("min_rest_hours >= 0 AND min_rest_hours <= 24", name="rest_hours"),
    )

    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(120))
    roles: Mapped[list[str]] = mapped_column(default=list)
    languages: Mapped[list[str]] = mapped_column(default=list)
    max_day_hours: Mapped[float] = mapped_column(default=10.0)
    max_week_hours: Mapped[float] = mapped_column(default=40.0)
    min_rest_hours: Mapped[float] = mapped_column(default=11.0)
    remote: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)

    shifts: Mapped[list[StaffShift]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="StaffShift.weekday, StaffShift.starts"
    )
    certificates: Mapped[list[Certificate]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="Certificate.role"
    )


class StaffShift(Owned, Base):
    """Every `weekday` (0 = Monday) this person can work from `starts` to `ends`, minutes after midnight."""

    __tablename__ = "staff_shifts"
    __table_args__ = (
        UniqueConstraint("member_id", "weekday", "starts"),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("starts >= 0 AND starts < ends AND ends <= 1800", name="times"),
    )

    member_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    weekday: Mapped[int]
    starts: Mapped[int]
    ends: Mapped[int]


class Certificate(Owned, Base):
    """The last day on which the licence for `role` holds."""

    __tablename__ = "certificates"
    __table_args__ = (UniqueConstraint("member_id", "role"),)

    member_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    role: Mapped[str] = mapped_column(String(40))
    expires: Mapped[date]


@dataclass(frozen=True, slots=True)
class NewMember:
    """A member of staff as a file or a coordinator describes them."""

    code: str
    name: str
    roles: tuple[str, ...]
    shifts: Week
    languages: tuple[str, ...] = ()
    max_day_hours: float = 10.0
    max_week_hours: float = 40.0
    min_rest_hours: float = 11.0
    certificates: tuple[tuple[str, date], ...] = ()
    remote: bool = False


def listed(session: Session, programme_id: int, *, everybody: bool = False) -> list[Member]:
    """The active staff by code, with shifts and certificates; `everybody` adds those who left."""
    asked = (
        select(Member)
        .where(Member.programme_id == programme_id)
        .options(selectinload(Member.shifts), selectinload(Member.certificates))
        .order_by(Member.code)
    )
    return list(session.scalars(asked if everybody else asked.where(Member.active)))


def found(session: Session, programme_id: int, member_id: int) -> Member:
    """One member of staff. Raises: `Missing`."""
    member = session.get(Member, member_id)
    if member is None or member.programme_id != programme_id:
        raise Missing("There is no such member of staff.", code="no-member")
    return member


def holds(member: Member, role: str, day: date) -> bool:
    """True when the member may act in `role` on `day`: theirs, and its certificate (if any) still holds."""
    expiries = [paper.expires for paper in member.certificates if paper.role == role]
    return role in member.roles and all(day <= expires for expires in expiries)


def import_csv(session: Session, programme_id: int, path: Path, *, dry_run: bool = False) -> ImportReport:
    """Add or change staff by their `code`; of who is there, what the file has no column for stays.

    Raises: `Invalid` with every mistake; then nothing changed.
    """
    table = Table.open(path, required=("code", "name", "roles", "shifts"), known=COLUMNS)
    stored = {member.code: _as_new(member) for member in _all(session, programme_id)}
    read = [_read(row) for row in table]
    table.finish_unique([new.code for new in read])
    news = [replace(new, **kept(stored.get(new.code), table.absent)) for new in read]
    report = ImportReport.counting(news, stored, table.absent)
    if not dry_run:
        save(session, programme_id, news)
    return report


def save(session: Session, programme_id: int, news: Iterable[NewMember]) -> None:
    """Add or change staff by their code."""
    known = {member.code: member for member in _all(session, programme_id)}
    for new in news:
        member = known.get(new.code) or Member(
            programme_id=programme_id, code=new.code, shifts=[], certificates=[]
        )
        _describe(member, new)
        session.add(member)
    session.flush()


def _all(session: Session, programme_id: int) -> list[Member]:
    return listed(session, programme_id, everybody=True)


def _read(row: Row) -> NewMember:
    roles = tuple(row.several("roles", ROLES, required=True))
    return NewMember(
        code=row.text("code", longest=40) or "",
        name=row.text("name", longest=120) or "",
        roles=roles,
        shifts=row.read("shifts", week, "Write shifts like “Mon-Fri 08:00-16:30; Sat 09:00-13:00”.") or (),
        languages=tuple(row.several("languages")),
        max_day_hours=row.decimal("max_day_hours", least=1, most=16, default=10.0),
        max_week_hours=row.decimal("max_week_hours", least=1, most=80, default=40.0),
        min_rest_hours=row.decimal("min_rest_hours", least=0, most=16, default=11.0),
        certificates=_certificates(row, roles),
        remote=row.yes("remote", default=False),
    )


def _certificates(row: Row, roles: tuple[str, ...]) -> tuple[tuple[str, date], ...]:
    papers: dict[str, date] = {}
    for part in row.several("certificates"):
        role, _, expires = (piece.strip() for piece in part.partition(":"))
        try:
            papers[role] = day(expires)
        except ValueError as error:
            row.note("certificates", str(error), "Write “role:YYYY-MM-DD”, for example “nurse:2027-06-30”.")
            continue
        if role not in roles:
            row.note("certificates", f"“{role[:40]}” is not one of this person's roles", "Add the role too.")
    return tuple(sorted(papers.items()))


def _describe(member: Member, new: NewMember) -> None:
    member.name, member.active, member.remote = new.name, True, new.remote
    member.roles, member.languages = list(new.roles), list(new.languages)
    member.max_day_hours, member.max_week_hours = new.max_day_hours, new.max_week_hours
    member.min_rest_hours = new.min_rest_hours
    if tuple((s.weekday, s.starts, s.ends) for s in member.shifts) != new.shifts:
        kept = {(s.weekday, s.starts): s for s in member.shifts}
        member.shifts = [_shift(member, kept.get(line[:2]), line) for line in new.shifts]
    if tuple((paper.role, paper.expires) for paper in member.certificates) != new.certificates:
        papers = {paper.role: paper for paper in member.certificates}
        member.certificates = [
            _certificate(member, papers.get(role), role, expires) for role, expires in new.certificates
        ]


def _shift(member: Member, shift: StaffShift | None, line: tuple[int, int, int]) -> StaffShift:
    shift = shift or StaffShift(programme_id=member.programme_id)
    shift.weekday, shift.starts, shift.ends = line
    return shift


def _certificate(member: Member, paper: Certificate | None, role: str, expires: date) -> Certificate:
    paper = paper or Certificate(programme_id=member.programme_id, role=role)
    paper.expires = expires
    return paper


def _as_new(member: Member) -> NewMember:
    return NewMember(
        code=member.code,
        name=member.name,
        roles=tuple(member.roles),
        shifts=tuple((s.weekday, s.starts, s.ends) for s in member.shifts),
        languages=tuple(member.languages),
        max_day_hours=member.max_day_hours,
        max_week_hours=member.max_week_hours,
        min_rest_hours=member.min_rest_hours,
        certificates=tuple((paper.role, paper.expires) for paper in member.certificates),
        remote=member.remote,
    )
