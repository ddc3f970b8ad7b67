"""Words: how people write weekdays, hours, dates and numbers in a cell. Each refuses with a ValueError."""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from datetime import date

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

Week = tuple[tuple[int, int, int], ...]


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


def day(text: str) -> date:
    """The date of "2026-11-23". Raises: ValueError with a sentence."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"“{text[:40]}” is not a date") from None


def whole(text: str, least: int, most: int) -> int:
    """A whole number from `least` to `most`."""
    value = int(text) if re.fullmatch(r"[+-]?\d{1,15}", text) else None
    if value is None or not least <= value <= most:
        raise ValueError(f"“{text[:40]}” is not a whole number from {least} to {most}")
    return value


def number(text: str, least: float, most: float) -> float:
    """A number from `least` to `most`, with a decimal point."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        raise ValueError(f"“{text[:40]}” is not a number from {least:g} to {most:g}")
    return value


def one_of(text: str, choices: Collection[str]) -> str:
    """One of `choices`."""
    if text not in choices:
        raise ValueError(f"“{text[:40]}” is not known")
    return text


def in_degrees(text: str, most: float) -> bool:
    """True for a number from −`most` to `most`."""
    try:
        return abs(float(text)) <= most
    except ValueError:
        return False
