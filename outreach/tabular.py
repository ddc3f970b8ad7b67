"""Reading people's CSV files: safely opened, every mistake collected, all of them told at once.

Every room's `import_csv` goes through here: `with Table.open(path, required=…) as table`, then for each
`row in table` call `row.text(…)`, `row.whole(…)`, `row.number(…)`, `row.day(…)` and so on, which note a
`Problem` and answer None for what cannot be read; `table.finish()` raises one `Invalid` with all of them.
Rooms import nothing before `finish()` has let them pass.
"""

from __future__ import annotations

import csv
import gzip
import io
import math
import re
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Protocol, TypeVar

from outreach.errors import SHOWN_PROBLEMS, Invalid, Problem

LARGEST_FILE_BYTES = 200 * 1024 * 1024
LARGEST_ROWS = 2_000_000
LONGEST_CELL = 10_000
SEPARATORS = ",;\t|"

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

Parsed = TypeVar("Parsed")
Week = tuple[tuple[int, int, int], ...]


class Coded(Protocol):
    """Anything a file describes under a code of its own."""

    @property
    def code(self) -> str: ...


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or would do: `skipped` rows say what is stored already."""

    rows: int
    added: int
    changed: int
    skipped: int

    @classmethod
    def counting(cls, news: Sequence[Coded], stored: Mapping[str, object]) -> ImportReport:
        """Compare what a file says with what is `stored` under the same codes."""
        added = sum(new.code not in stored for new in news)
        same = sum(stored.get(new.code) == new for new in news)
        return cls(rows=len(news), added=added, changed=len(news) - added - same, skipped=same)


@dataclass(slots=True)
class Findings:
    """What is wrong with a file so far: the first hundred problems and the count of the rest."""

    file: str
    problems: list[Problem] = field(default_factory=list)
    more: int = 0

    def note(self, row: int | None, column: str | None, what: str, remedy: str) -> None:
        """Remember one problem."""
        if len(self.problems) < SHOWN_PROBLEMS:
            self.problems.append(Problem(self.file, row, column, what, remedy))
        else:
            self.more += 1

    def finish(self) -> None:
        """Raises: `Invalid` with every problem, when there is one."""
        if self.problems:
            count = len(self.problems) + self.more
            things = "1 thing" if count == 1 else f"{count} things"
            raise Invalid(
                f"{self.file} was not imported: {things} to mend.",
                code="bad-file",
                problems=self.problems,
                more=self.more,
            )


@dataclass(slots=True)
class Row:
    """One line of the file, by column name. Empty cells read as absent."""

    number: int
    cells: dict[str, str]
    findings: Findings

    def note(self, column: str | None, what: str, remedy: str) -> None:
        """Remember a problem of this row."""
        self.findings.note(self.number, column, what, remedy)

    def text(self, column: str, *, required: bool = True, longest: int = 500) -> str | None:
        """The cell without surrounding blanks."""
        value = self.cells.get(column, "")
        if not value:
            if required:
                self.note(column, "is empty", "Fill it in or leave the whole row out.")
            return None
        if len(value) > longest:
            self.note(column, f"has {len(value)} characters", f"Shorten it to {longest}.")
            return None
        return value

    def read(
        self, column: str, parse: Callable[[str], Parsed], remedy: str, *, required: bool = True
    ) -> Parsed | None:
        """The cell through `parse`, which raises ValueError (its text is shown) for what it cannot read."""
        value = self.text(column, required=required)
        if value is None:
            return None
        try:
            return parse(value)
        except ValueError as error:
            self.note(column, str(error) or f"“{value[:60]}” cannot be read", remedy)
            return None

    def whole(
        self, column: str, *, least: int, most: int, required: bool = True, default: int | None = None
    ) -> int | None:
        """A whole number from `least` to `most`; `default`, when given, for an empty cell."""
        remedy = f"Write a whole number from {least} to {most}."
        required = required and default is None
        found = self.read(column, lambda text: _whole(text, least, most), remedy, required=required)
        return default if found is None and not self.cells.get(column) else found

    def decimal(self, column: str, *, least: float, most: float, default: float | None = None) -> float:
        """A number from `least` to `most`, with a decimal point; `default`, when given, for an empty cell."""
        remedy = f"Write a number from {least:g} to {most:g} with a decimal point."
        if default is not None and not self.cells.get(column):
            return default
        found = self.read(column, lambda text: _number(text, least, most), remedy)
        return least if found is None else found

    def position(self, lon: str = "lon", lat: str = "lat") -> tuple[float, float]:
        """(longitude, latitude) in degrees, with a word about swapped columns."""
        swapped = _in_degrees(self.cells.get(lon, ""), 90) and _in_degrees(self.cells.get(lat, ""), 180)
        if swapped and not _in_degrees(self.cells.get(lat, ""), 90):
            self.note(lat, f"“{self.cells[lat][:40]}” is no latitude", f"Are {lon} and {lat} swapped?")
            return 0.0, 0.0
        return self.decimal(lon, least=-180, most=180), self.decimal(lat, least=-90, most=90)

    def day(self, column: str, *, required: bool = True) -> date | None:
        """A date, YYYY-MM-DD."""
        return self.read(
            column, day, "Write the date as YYYY-MM-DD, for example 2026-11-23.", required=required
        )

    def choice(self, column: str, choices: Collection[str], *, default: str | None = None) -> str | None:
        """One of `choices`; `default` for an empty cell."""
        if default is not None and not self.cells.get(column):
            return default
        return self.read(column, lambda text: _one_of(text, choices), _choose(choices))

    def several(
        self, column: str, choices: Collection[str] | None = None, *, required: bool = False
    ) -> list[str]:
        """A list split at `;` or `|` (or `,` inside quotes), each one of `choices` when given."""
        value = self.text(column, required=required)
        parts = [part.strip() for part in re.split(r"[;|,]", value or "") if part.strip()]
        for part in parts:
            if choices is not None and part not in choices:
                self.note(column, f"“{part}” is not known", _choose(choices))
        return list(dict.fromkeys(parts))

    def yes(self, column: str, *, default: bool) -> bool:
        """yes or no."""
        found = self.choice(column, ("yes", "no"), default="yes" if default else "no")
        return found == "yes"


class Table:
    """A CSV file as rows. `headers` are trimmed and lower-case unless `exact`."""

    def __init__(
        self, file: str, headers: Sequence[str], lines: Iterator[list[str]], findings: Findings
    ) -> None:
        self.file = file
        self.headers = tuple(headers)
        self.findings = findings
        self._lines = lines

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        required: Collection[str] = (),
        known: Collection[str] | None = None,
        exact: bool = False,
    ) -> Table:
        """Read the file's header and check its columns.

        Raises: `Invalid` when it is no text table, too large, empty, or lacks a `required` column, or has
        a column outside `known` (a misspelt column would otherwise be lost in silence).
        """
        findings = Findings(path.name)
        text = _decoded(path)
        lines = _lines(text, path.name)
        header = next(lines, None)
        if header is None:
            raise Invalid(
                f"{path.name} is empty. Start from the template: `outreach templates DIR`.", code="empty"
            )
        names = [name.strip() if exact else name.strip().lower() for name in header]
        _check_header(names, required, known, findings)
        return cls(path.name, names, lines, findings)

    def __iter__(self) -> Iterator[Row]:
        """Every line that is not blank; the header is row 1."""
        for number, line in enumerate(self._lines, start=2):
            if not any(cell.strip() for cell in line):
                continue
            if number > LARGEST_ROWS:
                raise Invalid(f"{self.file} has more than {LARGEST_ROWS:,} rows. Split it.", code="too-large")
            if len(line) > len(self.headers) and any(cell.strip() for cell in line[len(self.headers) :]):
                self.findings.note(
                    number,
                    None,
                    f"has {len(line)} cells, the header {len(self.headers)}",
                    "Put quotes around text that contains the separator.",
                )
                continue
            cells = {name: cell.strip() for name, cell in zip(self.headers, line, strict=False)}
            yield Row(number, cells, self.findings)

    def finish(self) -> None:
        """Raises: `Invalid` with everything found wrong so far."""
        self.findings.finish()

    def finish_unique(self, codes: Sequence[str]) -> None:
        """The same, and also when a code stands twice or there is no row at all."""
        if not codes:
            self.findings.note(None, None, "has a header but no rows", "Add at least one row.")
        for code in sorted({code for code in codes if code and codes.count(code) > 1}):
            self.findings.note(None, None, f"has “{code}” more than once", "Keep one of its rows.")
        self.findings.finish()


def minutes(text: str) -> int:
    """Minutes after midnight of "08:30"; up to "30:00" for the small hours of the next day.

    Raises: ValueError with a sentence.
    """
    match = re.fullmatch(r"(\d{1,2}):([0-5]\d)", text.strip())
    value = int(match[1]) * 60 + int(match[2]) if match else -1
    if not 0 <= value <= 30 * 60:
        raise ValueError(f"“{text[:20]}” is not a time of day")
    return value


def clock(value: int) -> str:
    """ "08:30" of minutes after midnight; past midnight it stays on a clock face ("01:00")."""
    return f"{value // 60 % 24:02d}:{value % 60:02d}"


def week(text: str) -> Week:
    """(weekday 0 = Monday, start, end) in minutes, from "Mon-Fri 08:00-16:30; Sat 09:00-13:00".

    An end before its start means the next morning. Raises: ValueError with a sentence.
    """
    found: list[tuple[int, int, int]] = []
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        match = re.fullmatch(r"([A-Za-z,\- ]+?)\s+([\d:]+)\s*[-–]\s*([\d:]+)", part)
        if not match:
            raise ValueError(f"“{part[:40]}” is not like “Mon-Fri 08:00-16:30”")
        starts, ends = minutes(match[2]), minutes(match[3])
        if ends <= starts:
            ends += 24 * 60
        if ends > 30 * 60:
            raise ValueError(f"“{part[:40]}” ends after 06:00 of the next day")
        found += [(day, starts, ends) for day in weekdays(match[1])]
    return tuple(sorted(set(found)))


def weekdays(text: str) -> list[int]:
    """[0, 1, 2] of "Mon-Wed" or "Mon,Tue,Wed" or "daily". Raises: ValueError with a sentence."""
    if text.strip().lower() == "daily":
        return list(range(7))
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        start, end = weekday(first), weekday(last or first)
        found += [(start + step) % 7 for step in range((end - start) % 7 + 1)]
    return sorted(set(found))


def weekday(text: str) -> int:
    """0 = Monday of "Mon" or "Monday". Raises: ValueError with a sentence."""
    name = text.strip()[:3].title()
    if name not in WEEKDAYS:
        raise ValueError(f"“{text.strip()[:20]}” is not a weekday")
    return WEEKDAYS.index(name)


def _decoded(path: Path) -> str:
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE_BYTES:
            raise Invalid(f"{path.name} has {size:,} bytes. Split it into smaller files.", code="too-large")
        raw = path.read_bytes()
    except FileNotFoundError:
        raise Invalid(f"There is no file {path}. Look at its name and folder.", code="no-file") from None
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.", code="no-file") from None
    return _text(_unpacked(raw, path.name) if raw[:2] == b"\x1f\x8b" else raw, path.name)


def _unpacked(raw: bytes, file: str) -> bytes:
    try:
        with gzip.open(io.BytesIO(raw)) as packed:
            content = packed.read(LARGEST_FILE_BYTES + 1)
    except (OSError, EOFError, zlib.error):
        raise Invalid(f"{file} is a damaged .gz file. Pack it again.", code="not-text") from None
    if len(content) > LARGEST_FILE_BYTES:
        raise Invalid(
            f"{file} unpacks to more than {LARGEST_FILE_BYTES:,} bytes. Split it.", code="too-large"
        )
    return content


def _text(raw: bytes, file: str) -> str:
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    if encoding == "utf-8-sig" and b"\0" in raw:
        raise Invalid(f"{file} contains NUL bytes: it is no text. Save it as CSV (UTF-8).", code="not-text")
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        # Old spreadsheet exports are Windows-1252; anything else fails below on its control characters.
        text = raw.decode("cp1252", errors="replace")
    if "\ufffd" in text or "\0" in text:
        raise Invalid(f"{file} is not readable as text. Save it as CSV (UTF-8).", code="not-text")
    return text


def _lines(text: str, file: str) -> Iterator[list[str]]:
    first = text.split("\n", 1)[0]
    separator = max(SEPARATORS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=False)
    try:
        for line in reader:
            if any(len(cell) > LONGEST_CELL for cell in line):
                raise Invalid(
                    f"{file}, line {reader.line_num}: a cell is longer than {LONGEST_CELL:,} characters. "
                    "Look for a quotation mark that is never closed.",
                    code="bad-file",
                )
            yield line
    except csv.Error as error:
        raise Invalid(
            f"{file}, line {reader.line_num}: {error}. Save it as CSV again.", code="bad-file"
        ) from None


def _check_header(
    names: Sequence[str], required: Collection[str], known: Collection[str] | None, findings: Findings
) -> None:
    for name in sorted({name for name in names if name and names.count(name) > 1}):
        findings.note(1, name, "stands twice in the header", "Keep one of the two columns.")
    for name in required:
        if name not in names:
            there = ", ".join(filter(None, names))[:200]
            findings.note(1, name, "is not in the header", f"Add the column; the file has: {there}.")
    for name in names:
        if known is not None and name and name not in known:
            findings.note(
                1, name, "is not a known column", f"Rename or remove it; known are: {', '.join(known)}."
            )
    findings.finish()


def _in_degrees(text: str, most: float) -> bool:
    try:
        return abs(float(text)) <= most
    except ValueError:
        return False


def _whole(text: str, least: int, most: int) -> int:
    value = int(text) if re.fullmatch(r"[+-]?\d{1,15}", text) else None
    if value is None or not least <= value <= most:
        raise ValueError(f"“{text[:40]}” is not a whole number from {least} to {most}")
    return value


def _number(text: str, least: float, most: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        raise ValueError(f"“{text[:40]}” is not a number from {least:g} to {most:g}")
    return value


def day(text: str) -> date:
    """The date of "2026-11-23". Raises: ValueError with a sentence."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"“{text[:40]}” is not a date") from None


def _one_of(text: str, choices: Collection[str]) -> str:
    if text not in choices:
        raise ValueError(f"“{text[:40]}” is not known")
    return text


def _choose(choices: Collection[str]) -> str:
    return f"Use one of: {', '.join(choices)}."
