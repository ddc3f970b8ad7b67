"""File columns: which column of a file holds what, under whatever names its publisher chose.

`--column ours=THEIRS` maps one; `--column time=DATE+HOUR` joins several with a blank between; `--column
point=LOCATION` is split into latitude and longitude. Case, blanks and underscores of THEIRS do not matter
where they leave no doubt.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from outreach.errors import Invalid
from outreach.risk import points, portal_answers
from outreach.tabular import Findings, Row, Table

NEEDED = ("time", "lat", "lon")
OPTIONAL = ("id", "status", "weight", "received", "precision", "feed")
POINT = "point"
POINT_LAT, POINT_LON = "point.lat", "point.lon"


def rows_of(path: Path, columns: Mapping[str, str]) -> tuple[dict[str, str], Findings, list[Row]]:
    """Our names to those of cells in the rows; where to note what is wrong; and the rows of a CSV file or of
    a portal's JSON answer, each with those cells.

    Raises:
        Invalid: no such file, no table, no row, a mapping that is not known, or a column that is not there.
    """
    names = _asked(columns)
    findings, headers, rows = _opened(path)
    if not rows:
        raise Invalid(
            f"{path.name} has a header but no rows. Export it again with its incidents.", code="empty"
        )
    missing = Findings(path.name)
    names = {ours: _found(ours, theirs, headers, rows, missing) for ours, theirs in names.items()}
    missing.finish()
    if POINT in names:
        points.split(rows, names.pop(POINT), POINT_LAT, POINT_LON)
    return names, findings, rows


def _asked(columns: Mapping[str, str]) -> dict[str, str]:
    unknown = sorted(set(columns) - {*NEEDED, *OPTIONAL, POINT})
    if unknown:
        known = ", ".join((*NEEDED, POINT, *OPTIONAL))
        raise Invalid(f"--column {unknown[0]}=… is not known. Map one of: {known}.", code="unknown-column")
    names = {ours: ours for ours in NEEDED} | dict(columns)
    if POINT not in names and names["lat"] == names["lon"]:
        names[POINT] = names["lat"]
    if POINT in names and names["lat"] in ("lat", names[POINT]):
        names |= {"lat": POINT_LAT, "lon": POINT_LON}
    return names


def _opened(path: Path) -> tuple[Findings, list[str], list[Row]]:
    if portal_answers.is_json(path):
        findings = Findings(path.name)
        rows = portal_answers.rows(path, findings)
        return findings, sorted({name for row in rows[:1000] for name in row.cells}), rows
    table = Table.open(path, exact=True, twice=True)
    return table.findings, list(table.headers), list(table)


def _found(ours: str, theirs: str, headers: Sequence[str], rows: Sequence[Row], findings: Findings) -> str:
    """The file's own name for a column; joined columns become a cell of their own."""
    if theirs in (POINT_LAT, POINT_LON) and theirs not in headers:
        return theirs
    name = _named(theirs, headers)
    if name is not None:
        if headers.count(name) > 1:
            findings.note(1, name, "stands twice in the header", "Keep one of the two columns.")
        return name
    parts = [_named(part.strip(), headers) for part in theirs.split("+")] if "+" in theirs else []
    if parts and all(parts):
        for row in rows:
            row.cells[theirs] = " ".join(filter(None, (row.cells.get(part or "", "") for part in parts)))
        return theirs
    there = ", ".join(filter(None, headers))[:300]
    findings.note(1, theirs, "is no column of it", f"Map it: --column {ours}=NAME; the file has: {there}.")
    return theirs


def _named(name: str, headers: Collection[str]) -> str | None:
    if name in headers:
        return name
    alike = {header for header in headers if _plain(header) == _plain(name)}
    return alike.pop() if len(alike) == 1 else None


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())
