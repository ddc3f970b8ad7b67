"""A file of incidents, read row by row: nothing here knows the database.

A row that cannot be true (no time, a date in 9999, a position on another continent) is a problem and stops
the import; a row that is true but of no use here (no position, cancelled, outside the city) is left out and
counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from zoneinfo import ZoneInfo

import h3
import numpy as np

from outreach.errors import Invalid
from outreach.risk import clocks, portal_answers
from outreach.risk.positions import Bounds, Positions, around, number
from outreach.tabular import Findings, Row, Table

RESOLUTION = 9
NEEDED = ("time", "lat", "lon")
OPTIONAL = ("id", "status", "weight", "received", "precision")
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
CANCELLED = re.compile(
    r"\bcan(c|cel|celled|celed|cellation)?\b|\bunfounded\b|\bduplicate\b|\bfalse\b|\btest\b", re.I
)


@dataclass(frozen=True, slots=True)
class Sighting:
    """One usable row."""

    row: int
    fingerprint: str
    when: clocks.When
    lon: float
    lat: float
    cell: str
    weight: float = 1.0
    precision_m: float = 0.0
    received: datetime | None = None


@dataclass(slots=True)
class Reading:
    """What a file holds: usable rows in file order, and what was left out and why."""

    sightings: list[Sighting] = field(default_factory=list)
    rows: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def by_hour(self) -> list[int]:
        """How many rows in each local hour of the day; all 0 where no clock is told."""
        minutes = [s.when.minute for s in self.sightings if s.when.minute is not None]
        return [int(n) for n in np.bincount(np.array(minutes, int) // 60, minlength=24)]


def read(
    path: Path,
    *,
    timezone: str,
    columns: Mapping[str, str],
    bounds: Bounds | None,
    now: datetime,
    local: str | None = None,
) -> Reading:
    """Every usable incident of a CSV file, or of a portal's answer in JSON (`.gz` too).

    `columns` maps time, lat and lon (and, where the file has them, id, status, weight, received, precision)
    to the file's own column names. Times are written in `timezone`; days and hours are told in the city's own
    zone, `local` (the same without it). `bounds` is west, south, east, north of the city.

    Raises:
        Invalid: everything wrong with the file at once, by row and column; or no usable row at all.
    """
    zone = clocks.zone(timezone)
    names = _columns(columns)
    findings, rows = _rows(path, list(names.values()))
    clock = _clock(rows, names["time"], zone, clocks.zone(local or timezone))
    offset = clocks.standard_offset(clocks.zone(local or timezone))
    positions = Positions(names, bounds or around(rows, names), bounds is not None, offset)
    positions.refuse_swapped(rows, path.name)
    reading = Reading(rows=len(rows))
    for row in rows:
        _take(reading, row, names, clock, positions, now)
    findings.finish()
    return _finished(reading, path.name, clock)


def _rows(path: Path, required: list[str]) -> tuple[Findings, list[Row]]:
    """The rows of a CSV file or of a portal's JSON answer, and where to note what is wrong with them."""
    if portal_answers.is_json(path):
        findings = Findings(path.name)
        rows = portal_answers.rows(path, findings)
        there = {name for row in rows[:1000] for name in row.cells}
        for name in required:
            if rows and name not in there:
                known = ", ".join(sorted(there))[:300]
                findings.note(1, name, "is in no record", f"Map it to one that is: {known}.")
        findings.finish()
    else:
        table = Table.open(path, required=required, exact=True)
        findings, rows = table.findings, list(table)
    if not rows:
        raise Invalid(
            f"{path.name} has a header but no rows. Export it again with its incidents.", code="empty"
        )
    return findings, rows


def _clock(rows: list[Row], column: str, zone: ZoneInfo, local: ZoneInfo) -> clocks.Clock:
    day_first = clocks.day_first([row.cells.get(column, "") for row in rows], zone)
    return clocks.Clock(zone, local, day_first=day_first)


def _take(
    reading: Reading,
    row: Row,
    names: Mapping[str, str],
    clock: clocks.Clock,
    positions: Positions,
    now: datetime,
) -> None:
    if "status" in names and CANCELLED.search(row.cells.get(names["status"], "")):
        reading.left_out["cancelled"] += 1
        return
    when = _when(row, names["time"], clock, now)
    where = positions.of(row)
    weight = number(row, names["weight"], 0.001, 10_000) if "weight" in names else 1.0
    if isinstance(where, str):
        reading.left_out[where] += 1
    elif when is not None and where is not None and weight is not None:
        reading.sightings.append(_sighting(row, names, when, where, weight, clock))


def _sighting(
    row: Row,
    names: Mapping[str, str],
    when: clocks.When,
    where: tuple[float, float],
    weight: float,
    clock: clocks.Clock,
) -> Sighting:
    lon, lat = where
    given = row.cells.get(names.get("id", ""), "") if "id" in names else ""
    key = given or f"{when.moment.isoformat()}|{when.minute is None}|{lat:.6f}|{lon:.6f}"
    received = row.read(names["received"], clock.read, "", required=False) if "received" in names else None
    precise = "precision" in names
    precision = number(row, names["precision"], 0, 1e5, required=False) if precise else None
    return Sighting(
        row.number,
        blake2b(key.encode(), digest_size=16).hexdigest(),
        when,
        lon,
        lat,
        str(h3.latlng_to_cell(lat, lon, RESOLUTION)),
        weight,
        precision or 0.0,
        received.moment if received else None,
    )


def _when(row: Row, column: str, clock: clocks.Clock, now: datetime) -> clocks.When | None:
    when = row.read(column, clock.read, "Write it as YYYY-MM-DD HH:MM:SS in the zone given with --timezone.")
    if when is not None and when.moment > now + timedelta(days=1):
        row.note(column, f"“{when.day}” is in the future", "Correct the date, or leave the row out.")
        return None
    if when is not None and when.moment < EARLIEST:
        row.note(column, f"“{when.day}” is before 1990", "Correct the date, or leave the row out.")
        return None
    return when


def _finished(reading: Reading, file: str, clock: clocks.Clock) -> Reading:
    if not reading.sightings:
        why = ", ".join(f"{count} {reason}" for reason, count in reading.left_out.most_common())
        raise Invalid(
            f"{file} has no usable row: {why}. Check the columns and the city.", code="nothing-usable"
        )
    if clocks.midnight_means_unknown([s.when.minute for s in reading.sightings]):
        reading.sightings = [_without_midnight(s) for s in reading.sightings]
        reading.notes.append("Many rows stand at exactly 00:00: read as a day without a time.")
    for odd, meaning in (
        ("gap", "do not exist (clocks went forward)"),
        ("fold", "exist twice (clocks went back)"),
    ):
        count = sum(s.when.odd == odd for s in reading.sightings)
        if count:
            hint = " So many suggest a wrong time zone." if odd == "gap" and count > 2 else ""
            reading.notes.append(f"{count} local times {meaning}; read by the earlier offset.{hint}")
    for reason, count in reading.left_out.most_common():
        reading.notes.append(f"{count} rows {reason} were left out.")
    return reading


def _without_midnight(sighting: Sighting) -> Sighting:
    if sighting.when.minute != 0:
        return sighting
    return replace(sighting, when=replace(sighting.when, minute=None, odd=None))


def _columns(columns: Mapping[str, str]) -> dict[str, str]:
    unknown = sorted(set(columns) - {*NEEDED, *OPTIONAL})
    if unknown:
        known = ", ".join((*NEEDED, *OPTIONAL))
        raise Invalid(f"--column {unknown[0]}=… is not known. Map one of: {known}.", code="unknown-column")
    return {key: columns.get(key, key) for key in (*NEEDED, *OPTIONAL) if key in columns or key in NEEDED}
