"""Other providers: who else offers help in the city, where, and in which hours. Public facts, kept as one
file in the city's folder; nothing about people."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np

from outreach.place.roads import Network
from outreach.tabular import WEEKDAYS, Row, Table, clock, minutes, weekday

FILE = "providers.csv"
DAY = 24 * 60
LATEST = 30 * 60
WALK_MINUTES, WALKER = 10.0, "usual"
"""How near another provider must be to count."""


@dataclass(frozen=True, slots=True)
class Hours:
    """A provider offers `service` at a place every `weekday` (0 = Monday) from `opens` to `closes`, in
    minutes after midnight; past midnight it goes on counting."""

    name: str
    lon: float
    lat: float
    service: str
    weekday: int
    opens: int
    closes: int


COLUMNS = tuple(column.name for column in fields(Hours))


def import_csv(city: Path, path: Path, *, dry_run: bool = False) -> list[Hours]:
    """Take the file's hours for those of the city, instead of all there were before.

    Raises: `Invalid` with every row's mistakes; then nothing has changed.
    """
    hours = read(path)
    if not dry_run:
        city.mkdir(parents=True, exist_ok=True)
        _write(city / FILE, hours)
    return hours


def known(city: Path) -> list[Hours]:
    """What was imported; nothing before that."""
    path = city / FILE
    return read(path) if path.exists() else []


def near(city: Path, cells: Sequence[str], network: Network) -> list[str]:
    """Who is open within ten minutes on foot of some of these cells, as people say it: "Clinic (kits) Mon
    09:00-17:00"."""
    hours = known(city)
    if not hours:
        return []
    within = network.walk_within([(one.lon, one.lat) for one in hours], cells, WALK_MINUTES, WALKER)
    reached = np.diff(within.indptr) > 0
    return [_told(one) for one, close in zip(hours, reached, strict=True) if close]


def read(path: Path) -> list[Hours]:
    """The hours of a file, in its order. Raises: `Invalid` with every row's mistakes."""
    table = Table.open(path, required=COLUMNS, known=COLUMNS)
    found = [_read(row) for row in table]
    table.finish_unique([" ".join(str(part) for part in astuple(hours)) for hours in found])
    return found


def _read(row: Row) -> Hours:
    name, service = row.text("name", longest=120) or "", row.text("service", longest=80) or ""
    lon, lat = row.position()
    day = row.read("weekday", weekday, "Write Mon, Tue, Wed, Thu, Fri, Sat or Sun.") or 0
    opens = row.read("opens", minutes, "Write the time as HH:MM, for example 09:00.") or 0
    closes = row.read("closes", minutes, "Write the time as HH:MM, for example 17:00.") or 0
    if opens >= DAY:
        row.note("opens", "is after midnight", "Give the next weekday, and the time of that day.")
    if closes <= opens:
        closes += DAY
    if closes > LATEST:
        row.note("closes", "is after 06:00 of the next day", "Write the rest as hours of the next weekday.")
    return Hours(name, lon, lat, service, day, opens, closes)


def _told(one: Hours) -> str:
    when = f"{WEEKDAYS[one.weekday]} {clock(one.opens)}-{clock(one.closes)}"
    return f"{one.name} ({one.service}) {when}"


def _write(path: Path, hours: Sequence[Hours]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for one in hours:
            times = (WEEKDAYS[one.weekday], clock(one.opens), clock(one.closes))
            writer.writerow((one.name, one.lon, one.lat, one.service, *times))
