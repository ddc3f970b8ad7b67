"""Tables: a CSV file with a checked header, row by row."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from outreach.errors import Invalid
from outreach.tabular.files import lines_of, text_of
from outreach.tabular.rows import Findings, Row

LARGEST_ROWS = 2_000_000


class Table:
    """A CSV file as rows. `headers` are trimmed and lower-case unless `exact`; `absent` are the known columns
    it lacks."""

    def __init__(
        self,
        file: str,
        headers: Sequence[str],
        lines: Iterator[list[str]],
        findings: Findings,
        known: Collection[str] = (),
    ) -> None:
        self.file = file
        self.headers = tuple(headers)
        self.absent = tuple(name for name in known if name not in self.headers)
        self.findings = findings
        self._lines = lines
        self._numbers: list[int] = []

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        required: Collection[str] = (),
        known: Collection[str] | None = None,
        exact: bool = False,
        twice: bool = False,
    ) -> Table:
        """Read the file's header and check its columns; `twice` lets a name stand there twice.

        Raises: `Invalid` when it is no text table, too large, empty, or lacks a `required` column, or has
        a column outside `known` (a misspelt column would otherwise be lost in silence).
        """
        findings = Findings(path.name)
        text = text_of(path)
        lines = lines_of(text, path.name)
        header = next(lines, None)
        if header is None:
            raise Invalid(
                f"{path.name} is empty. Start from the template: `outreach templates DIR`.", code="empty"
            )
        names = [name.strip() if exact else name.strip().lower() for name in header]
        _check_header(names, required, known, findings, twice)
        return cls(path.name, names, lines, findings, known or ())

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
            self._numbers.append(number)
            yield Row(number, cells, self.findings)

    def finish(self) -> None:
        """Raises: `Invalid` with everything found wrong so far."""
        self.findings.finish()

    def finish_unique(self, codes: Sequence[str]) -> None:
        """The same, and also when a code stands twice or there is no row at all: a code for each row read."""
        if not codes:
            self.findings.note(None, None, "has a header but no rows", "Add at least one row.")
        first: dict[str, int] = {}
        for number, code in zip(self._numbers, codes, strict=False):
            if code and first.setdefault(code, number) != number:
                what = f"has “{code}” more than once, first in row {first[code]}"
                self.findings.note(number, None, what, "Keep one of its rows.")
        self.findings.finish()


def _check_header(
    names: Sequence[str],
    required: Collection[str],
    known: Collection[str] | None,
    findings: Findings,
    twice: bool,
) -> None:
    for name in sorted({name for name in names if name and not twice and names.count(name) > 1}):
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
