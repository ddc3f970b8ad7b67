"""Incidents: what happened, where, and when it came to be known. One table for every feed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    delete,
    func,
    insert,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from outreach.errors import Problem
from outreach.place.ground import Bounds
from outreach.risk import clocks, feeds
from outreach.risk.feeds import Feed
from outreach.risk.incident_file import read
from outreach.risk.sightings import Reading, Sighting
from outreach.store import Base, Programme


class Incident(Base):
    """One overdose, or a sign of one. `local_date` and `minute` (after local midnight) are the feed's own
    wall clock; `minute` is None where the source tells only the day. `received_at` replays what was known."""

    __tablename__ = "incidents"
    __table_args__ = (
        UniqueConstraint("feed_id", "fingerprint"),
        CheckConstraint("lon >= -180 AND lon <= 180 AND lat >= -90 AND lat <= 90", name="position"),
        CheckConstraint("minute IS NULL OR minute BETWEEN 0 AND 1439", name="minute"),
        CheckConstraint("weight > 0 AND weight <= 10000", name="weight"),
        Index("ix_incidents_programme_id_local_date", "programme_id", "local_date"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programmes.id"))
    feed_id: Mapped[int] = mapped_column(ForeignKey("feeds.id"))
    fingerprint: Mapped[str] = mapped_column(String(32))
    occurred_at: Mapped[datetime]
    received_at: Mapped[datetime]
    local_date: Mapped[date]
    minute: Mapped[int | None]
    lon: Mapped[float]
    lat: Mapped[float]
    cell: Mapped[str] = mapped_column(String(15))
    precision_m: Mapped[float] = mapped_column(default=0.0)
    weight: Mapped[float] = mapped_column(default=1.0)


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or in a dry run would do. `by_hour` counts local hours of the day."""

    feed: str
    rows: int
    added: int
    duplicates: int
    skipped: int
    first: date
    last: date
    by_hour: tuple[int, ...]
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    dry_run: bool = False


def import_csv(
    session: Session,
    programme_id: int,
    path: Path,
    *,
    feed: str,
    timezone: str,
    columns: Mapping[str, str],
    city_bounds: Bounds | None,
    now: datetime,
    kind: str = "ems",
    dry_run: bool = False,
    forgiving: bool = False,
    address: str = "",
) -> ImportReport:
    """Add a file's incidents to a feed; rows the feed has already are dropped and counted.

    `forgiving` leaves up to one wrong row in twenty out; `address` is where the file was fetched from.

    `columns` maps time, lat, lon (and id, status, weight, received, precision) to the file's names.

    Raises:
        Invalid: everything wrong with the file at once; nothing of it was imported.
    """
    local = session.get_one(Programme, programme_id).timezone
    reading = read(
        path,
        timezone=timezone,
        local=local,
        columns=columns,
        bounds=city_bounds,
        now=now,
        forgiving=forgiving,
    )
    source = _source(session, programme_id, feed, kind, dry_run)
    fresh = _fresh(session, source, reading)
    suspicion = _suspicion(
        reading, source.kind if source else kind, clocks.zone(timezone), clocks.zone(local)
    )
    if not dry_run and source is not None:
        _add(session, source, fresh, now)
        source.mapping = {"columns": dict(columns), **({"source": address} if address else {})}
        _remember(source, reading, timezone, suspicion, now)
        session.flush()
    return _report(reading, fresh, feed, suspicion, dry_run)


def forget(session: Session, programme_id: int, feed: str) -> int:
    """Remove a feed's incidents, to import them anew (say in the right time zone); how many there were.

    Raises:
        Missing: there is no such feed.
    """
    source = feeds.one(session, programme_id, feed)
    source.clock, source.last_import = "unknown", None
    known = select(func.count()).select_from(Incident).where(Incident.feed_id == source.id)
    count = session.scalar(known) or 0
    session.execute(delete(Incident).where(Incident.feed_id == source.id))
    session.flush()
    return count


def _source(session: Session, programme_id: int, name: str, kind: str, dry_run: bool) -> Feed | None:
    if dry_run:
        return next((feed for feed in feeds.listed(session, programme_id) if feed.name == name), None)
    return feeds.register(session, programme_id, name, kind=kind)


def _fresh(session: Session, source: Feed | None, reading: Reading) -> list[Sighting]:
    statement = select(Incident.fingerprint).where(Incident.feed_id == (source.id if source else -1))
    seen = set(session.scalars(statement))
    fresh: list[Sighting] = []
    for sighting in reading.sightings:
        if sighting.fingerprint not in seen:
            seen.add(sighting.fingerprint)
            fresh.append(sighting)
    return fresh


def _add(session: Session, source: Feed, fresh: list[Sighting], now: datetime) -> None:
    rows = [_row(source, sighting, now) for sighting in fresh]
    if rows:
        session.execute(insert(Incident), rows)


def _row(source: Feed, sighting: Sighting, now: datetime) -> dict[str, object]:
    return {
        "programme_id": source.programme_id,
        "feed_id": source.id,
        "fingerprint": sighting.fingerprint,
        "occurred_at": sighting.when.moment,
        "received_at": sighting.received or now,
        "local_date": sighting.when.day,
        "minute": sighting.when.minute,
        "lon": sighting.lon,
        "lat": sighting.lat,
        "cell": sighting.cell,
        "precision_m": sighting.precision_m,
        "weight": sighting.weight,
    }


def _suspicion(reading: Reading, kind: str, written: ZoneInfo, local: ZoneInfo) -> str | None:
    """The warning that an overdose feed's times were read in the wrong zone."""
    if kind != "ems":
        return None
    trap = clocks.trap(reading.by_hour(), written, local, reading.sightings[-1].when.day.year)
    if trap is None:
        return None
    hours, other = trap
    return (
        f"This file's night peak looks shifted by {hours} h: its times read like {other}, not "
        f"{written.key}. Its hours are not used. Forget the feed and import it with --timezone {other}, or "
        "say that its clock is right."
    )


def _remember(
    source: Feed,
    reading: Reading,
    timezone: str,
    suspicion: str | None,
    now: datetime,
) -> None:
    source.last_import, source.timezone = now, timezone
    if not any(reading.by_hour()):
        source.clock = "none"
    elif suspicion:
        source.clock = "suspect"
    elif source.clock in ("unknown", "none"):
        source.clock = "trusted"


def _report(
    reading: Reading, fresh: list[Sighting], feed: str, suspicion: str | None, dry_run: bool
) -> ImportReport:
    days = [sighting.when.day for sighting in reading.sightings]
    return ImportReport(
        feed=feed,
        rows=reading.rows,
        added=len(fresh),
        duplicates=len(reading.sightings) - len(fresh),
        skipped=sum(reading.left_out.values()),
        first=min(days),
        last=max(days),
        by_hour=tuple(reading.by_hour()),
        notes=tuple(filter(None, (suspicion, *reading.notes))),
        dry_run=dry_run,
    )
