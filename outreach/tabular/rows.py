"""Rows: the cells of one line, read with every mistake noted, and all mistakes of a file told at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from outreach.errors import SHOWN_PROBLEMS, Invalid, Problem
from outreach.tabular import words

Parsed = TypeVar("Parsed")


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
        found = self.read(column, lambda text: words.whole(text, least, most), remedy, required=required)
        return default if found is None and not self.cells.get(column) else found

    def decimal(self, column: str, *, least: float, most: float, default: float | None = None) -> float:
        """A number from `least` to `most`, with a decimal point; `default`, when given, for an empty cell."""
        remedy = f"Write a number from {least:g} to {most:g} with a decimal point."
        if default is not None and not self.cells.get(column):
            return default
        found = self.read(column, lambda text: words.number(text, least, most), remedy)
        return least if found is None else found

    def position(self, lon: str = "lon", lat: str = "lat") -> tuple[float, float]:
        """(longitude, latitude) in degrees, with a word about swapped columns."""
        swapped = words.in_degrees(self.cells.get(lon, ""), 90) and words.in_degrees(
            self.cells.get(lat, ""), 180
        )
        if swapped and not words.in_degrees(self.cells.get(lat, ""), 90):
            self.note(lat, f"“{self.cells[lat][:40]}” is no latitude", f"Are {lon} and {lat} swapped?")
            return 0.0, 0.0
        return self.decimal(lon, least=-180, most=180), self.decimal(lat, least=-90, most=90)

    def day(self, column: str, *, required: bool = True) -> date | None:
        """A date, YYYY-MM-DD."""
        return self.read(
            column, words.day, "Write the date as YYYY-MM-DD, for example 2026-11-23.", required=required
        )

    def choice(self, column: str, choices: Collection[str], *, default: str | None = None) -> str | None:
        """One of `choices`; `default` for an empty cell."""
        if default is not None and not self.cells.get(column):
            return default
        return self.read(column, lambda text: words.one_of(text, choices), _choose(choices))

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


def _choose(choices: Collection[str]) -> str:
    return f"Use one of: {', '.join(choices)}."
