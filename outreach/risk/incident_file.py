"""A file of incidents, read row by row: nothing here knows the database.

A row that cannot be true (no time, a date in 9999, a position on another continent) is a problem and stops
the import; a row that is true but of no use here (no position, cancelled, outside the city) is left out and
counted. A replay of somebody else's file is read forgivingly: it cannot be mended, only understood.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from zoneinfo import ZoneInfo

import h3

from outreach.errors import Invalid
from outreach.place.ground import Bounds
from outreach.risk import clocks, file_columns
from outreach.risk.positions import CITY_DEGREES, STATE_DEGREES, Positions, absent, around, number
from outreach.risk.sightings import Reading, Sighting, spread_months
from outreach.tabular import Findings, Row

RESOLUTION = 9
NO_WEIGHT = re.compile(r"0+\.?0*")
MOST_WRONG = 0.05
SHOWN_WRONG, SHOWN_MANY = 3, 6
UNTRUE = "that cannot be true"
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
CANCELLED = re.compile(
    r"\bcan(c|cel|celled|celed|cellation)\b|^can\b|\bvoid(ed)?\b|\bunfounded\b|\bduplicate\b|\bfalse\b|\btest\b",
    re.I,
)


def read(
    path: Path,
    *,
    timezone: str,
    columns: Mapping[str, str],
    bounds: Bounds | None,
    now: datetime,
    local: str | None = None,
    forgiving: bool = False,
    months: bool = False,
) -> Reading:
    """Every usable incident of a CSV file, or of a portal's answer in JSON (`.gz` too).

    `columns` maps time and lat and lon (or point), and, where the file has them, id, status, weight, received
    and precision, to the file's own column names. Times are written in `timezone`; days and hours are told in
    the city's own zone, `local` (the same without it). `bounds` is west, south, east, north of the city.

    `forgiving`: up to one row in twenty that cannot be true is left out and told; rows that repeat another
    are dropped and counted. `months`: rows that tell only the month are spread over its days.

    Raises:
        Invalid: everything wrong with the file at once, by row and column; or no usable row at all.
    """
    zone = clocks.zone(timezone)
    names, findings, rows = file_columns.rows_of(path, columns)
    clock = _clock(rows, names["time"], zone, clocks.zone(local or timezone))
    offset = clocks.standard_offset(clocks.zone(local or timezone))
    sizes = STATE_DEGREES if forgiving else (CITY_DEGREES,)
    positions = Positions(names, bounds or around(rows, names, sizes), bounds is not None, offset)
    positions.refuse_all(rows, path.name)
    reading = Reading(rows=len(rows))
    reading.notes += _doubtful_order(rows, names["time"], clock)
    for row in rows:
        if reason := _of_no_use(row, names, forgiving):
            reading.left_out[reason] += 1
        else:
            _take(reading, row, names, clock, positions, now)
    if not months:
        _refuse_months(reading, findings, names["time"])
    if forgiving:
        _forgive(reading, findings)
    findings.finish()
    spread_months(reading)
    return _finished(reading, path.name)


def read_past(
    path: Path, *, timezone: str, columns: Mapping[str, str], now: datetime, local: str | None = None
) -> Reading:
    """Everything a file tells, wherever it lies, read forgivingly: to be replayed, not kept."""
    return read(
        path, timezone=timezone, columns=columns, bounds=None, now=now, local=local,
        forgiving=True, months=True,
    )  # fmt: skip


def _clock(rows: list[Row], column: str, zone: ZoneInfo, local: ZoneInfo) -> clocks.Clock:
    day_first = clocks.day_first([row.cells.get(column, "") for row in rows], zone)
    return clocks.Clock(zone, local, day_first=day_first)


def _doubtful_order(rows: list[Row], column: str, clock: clocks.Clock) -> list[str]:
    """A sentence on what 03/04/2016 was taken for, where nothing in the file tells."""
    text = clocks.either_way(row.cells.get(column, "") for row in rows)
    if text is None:
        return []
    order, other = ("day", "month") if clock.day_first else ("month", "day")
    return [
        f"The dates could be read either way: “{text[:40]}” was read with the {order} first, as in "
        f"{clock.zone.key}. If the {other} comes first, write dates as YYYY-MM-DD; forget the feed if it is "
        "imported already."
    ]


def _refuse_months(reading: Reading, findings: Findings, column: str) -> None:
    for sighting in reading.sightings:
        if sighting.when.month_only:
            what = f"“{sighting.when.day:%Y-%m}” tells only the month; at least the day is needed"
            findings.note(sighting.row, column, what, "Ask the publisher for dates.")
    reading.sightings = [sighting for sighting in reading.sightings if not sighting.when.month_only]


def _forgive(reading: Reading, findings: Findings) -> None:
    """Leave out what is wrong, where it is little; drop repeated rows."""
    wrong = len({problem.row for problem in findings.problems}) + findings.more
    if wrong > MOST_WRONG * reading.rows:
        findings.more += len(findings.problems[SHOWN_MANY:])
        del findings.problems[SHOWN_MANY:]
    elif wrong:
        told = "; ".join(f"row {p.row}: {p.what}" for p in findings.problems[:SHOWN_WRONG])
        reading.left_out[UNTRUE] = wrong
        reading.notes.append(f"{wrong} rows cannot be true and were left out ({told}).")
        findings.problems.clear()
        findings.more = 0
    once = {sighting.fingerprint: sighting for sighting in reversed(reading.sightings)}
    if repeated := len(reading.sightings) - len(once):
        reading.left_out["that repeat another"] = repeated
        reading.sightings = [s for s in reading.sightings if once[s.fingerprint] is s]


def _take(
    reading: Reading,
    row: Row,
    names: Mapping[str, str],
    clock: clocks.Clock,
    positions: Positions,
    now: datetime,
) -> None:
    when = _when(row, names["time"], clock, now)
    where = positions.of(row)
    weight = number(row, names["weight"], 0.001, 10_000) if "weight" in names else 1.0
    if isinstance(where, str):
        reading.left_out[where] += 1
    elif when is not None and where is not None and weight is not None:
        reading.sightings.append(_sighting(row, names, when, where, weight, clock))


def _of_no_use(row: Row, names: Mapping[str, str], forgiving: bool) -> str | None:
    """Why a row is no incident at all, if it is none."""
    if "status" in names and CANCELLED.search(row.cells.get(names["status"], "")):
        return "cancelled"
    if "weight" in names and NO_WEIGHT.fullmatch(row.cells.get(names["weight"], "")):
        return "that count nothing"
    return "without a time" if forgiving and absent(row, names["time"]) else None


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
        row.cells.get(names.get("feed", ""), ""),
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


def _finished(reading: Reading, file: str) -> Reading:
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
        if reason != UNTRUE:
            reading.notes.append(f"{count} rows {reason} were left out.")
    return reading


def _without_midnight(sighting: Sighting) -> Sighting:
    if sighting.when.minute != 0:
        return sighting
    return replace(sighting, when=replace(sighting.when, minute=None, odd=None))
