"""Vans: where they are based, when they may be driven, and how much of each supply they hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship, selectinload

from outreach.errors import Missing
from outreach.store import Base, Owned
from outreach.tabular import ImportReport, Row, Table, Week, kept, week

COLUMNS = ("code", "name", "lon", "lat", "shifts", "capacity")


class Van(Owned, Base):
    """A van and its base. `capacity` is the most of each supply it carries."""

    __tablename__ = "vans"
    __table_args__ = (
        UniqueConstraint("programme_id", "code"),
        CheckConstraint("lon >= -180 AND lon <= 180 AND lat >= -90 AND lat <= 90", name="position"),
    )

    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(120))
    lon: Mapped[float]
    lat: Mapped[float]
    active: Mapped[bool] = mapped_column(default=True)
    capacity: Mapped[dict[str, object]] = mapped_column(default=dict)

    shifts: Mapped[list[VanShift]] = relationship(
        lazy="raise", cascade="all, delete-orphan", order_by="VanShift.weekday, VanShift.starts"
    )


class VanShift(Owned, Base):
    """Every `weekday` (0 = Monday) the van may be out from `starts` to `ends`, minutes after midnight."""

    __tablename__ = "van_shifts"
    __table_args__ = (
        UniqueConstraint("van_id", "weekday", "starts"),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("starts >= 0 AND starts < ends AND ends <= 1800", name="times"),
    )

    van_id: Mapped[int] = mapped_column(ForeignKey("vans.id", ondelete="CASCADE"), index=True)
    weekday: Mapped[int]
    starts: Mapped[int]
    ends: Mapped[int]


@dataclass(frozen=True, slots=True)
class NewVan:
    """A van as a file or a coordinator describes it."""

    code: str
    name: str
    lon: float
    lat: float
    shifts: Week
    capacity: Mapping[str, object] = field(default_factory=dict)


def listed(session: Session, programme_id: int, *, every: bool = False) -> list[Van]:
    """The active vans by code, with their shifts; `every` adds those put away."""
    asked = (
        select(Van)
        .where(Van.programme_id == programme_id)
        .options(selectinload(Van.shifts))
        .order_by(Van.code)
    )
    return list(session.scalars(asked if every else asked.where(Van.active)))


def found(session: Session, programme_id: int, van_id: int) -> Van:
    """One van. Raises: `Missing`."""
    van = session.get(Van, van_id)
    if van is None or van.programme_id != programme_id:
        raise Missing("There is no such van.", code="no-van")
    return van


def import_csv(session: Session, programme_id: int, path: Path, *, dry_run: bool = False) -> ImportReport:
    """Add or change vans by their `code`; of a van that is there, what the file has no column for stays.

    Raises: `Invalid` with every mistake; then nothing changed.
    """
    table = Table.open(path, required=("code", "name", "lon", "lat", "shifts"), known=COLUMNS)
    stored = {van.code: _as_new(van) for van in listed(session, programme_id, every=True)}
    read = [_read(row) for row in table]
    table.finish_unique([new.code for new in read])
    news = [replace(new, **kept(stored.get(new.code), table.absent)) for new in read]
    report = ImportReport.counting(news, stored, table.absent)
    if not dry_run:
        save(session, programme_id, news)
    return report


def save(session: Session, programme_id: int, news: Iterable[NewVan]) -> None:
    """Add or change vans by their code."""
    known = {van.code: van for van in listed(session, programme_id, every=True)}
    for new in news:
        van = known.get(new.code) or Van(programme_id=programme_id, code=new.code, shifts=[])
        _describe(van, new)
        session.add(van)
    session.flush()


def _read(row: Row) -> NewVan:
    lon, lat = row.position()
    return NewVan(
        code=row.text("code", longest=40) or "",
        name=row.text("name", longest=120) or "",
        lon=lon,
        lat=lat,
        shifts=row.read("shifts", week, "Write shifts like “Mon-Fri 08:00-16:30; Sat 09:00-13:00”.") or (),
        capacity=_capacity(row),
    )


def _capacity(row: Row) -> dict[str, object]:
    held: dict[str, object] = {}
    for part in row.several("capacity"):
        supply, _, count = (piece.strip() for piece in part.partition(":"))
        if not supply or not count.isascii() or not count.isdigit() or len(count) > 7:
            row.note("capacity", f"“{part[:40]}” cannot be read", "Write “naloxone_kits:200; syringes:3000”.")
        else:
            held[supply] = int(count)
    return held


def _describe(van: Van, new: NewVan) -> None:
    van.name, van.lon, van.lat, van.active = new.name, new.lon, new.lat, True
    van.capacity = dict(new.capacity)
    if tuple((s.weekday, s.starts, s.ends) for s in van.shifts) != new.shifts:
        kept = {(s.weekday, s.starts): s for s in van.shifts}
        van.shifts = [_shift(van, kept.get(line[:2]), line) for line in new.shifts]


def _shift(van: Van, shift: VanShift | None, line: tuple[int, int, int]) -> VanShift:
    shift = shift or VanShift(programme_id=van.programme_id)
    shift.weekday, shift.starts, shift.ends = line
    return shift


def _as_new(van: Van) -> NewVan:
    shifts = tuple((s.weekday, s.starts, s.ends) for s in van.shifts)
    return NewVan(van.code, van.name, van.lon, van.lat, shifts, dict(van.capacity))
