"""The four ways the programme says no. Each carries a stable `code` and the HTTP status that fits it."""

# ruff: noqa: N818 — these are the answers people get, and read as such: Missing, Conflict, Refused, Invalid

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SHOWN_PROBLEMS = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a file: where it stands, what is wrong with it, and what to do about it.

    `row` is the line people see in a spreadsheet (the header is row 1); None means the whole file.
    """

    file: str
    row: int | None
    column: str | None
    what: str
    remedy: str

    def __str__(self) -> str:
        place = [self.file]
        if self.row is not None:
            place.append(f"row {self.row}")
        if self.column is not None:
            place.append(f"column {self.column}")
        return f"{', '.join(place)}: {self.what}. {self.remedy}".rstrip()


class OutreachError(Exception):
    """Something was asked that cannot be done; the message says what to do next."""

    status = 500
    kind = "error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.kind


class Missing(OutreachError):
    """What was asked for does not exist (404)."""

    status = 404
    kind = "missing"


class Conflict(OutreachError):
    """The state of things has moved on; look again and repeat (409)."""

    status = 409
    kind = "conflict"


class Refused(OutreachError):
    """The person or the installation may not do this (403)."""

    status = 403
    kind = "refused"


class Invalid(OutreachError):
    """The input is wrong (422). `problems` holds the first hundred, `more` counts the rest."""

    status = 422
    kind = "invalid"

    def __init__(
        self, message: str, *, code: str | None = None, problems: Sequence[Problem] = (), more: int = 0
    ) -> None:
        super().__init__(message, code=code)
        self.problems = tuple(problems[:SHOWN_PROBLEMS])
        self.more = more + max(0, len(problems) - SHOWN_PROBLEMS)

    def __str__(self) -> str:
        lines = [self.message, *(str(problem) for problem in self.problems)]
        if self.more:
            lines.append(f"… and {self.more} more.")
        return "\n".join(lines)
