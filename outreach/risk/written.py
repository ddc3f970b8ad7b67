"""Written times: the many ways in which files write a moment, a day or a month. `clocks` says what they mean.

Read are ISO 8601 (also with blanks, slashes, a twelve-hour clock or 24:00), American and European dates with
slashes, dots or dashes, dates with the month's name, digits run together (20160823142000), seconds or
milliseconds since 1970, and a spreadsheet's day numbers. A zone behind the time is honoured.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Literal

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WEEKDAY = re.compile(r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,? ", re.I)
YEAR_FIRST = re.compile(r"(\d{4})[-/. ](\d{1,2})[-/. ](\d{1,2})(?!\d)")
YEAR_LAST = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})(?!\d)")
NAME_SECOND = re.compile(r"(\d{1,2})[-/. ]?([A-Za-z]{3,9})[-/., ]{0,2}(\d{4}|\d{2})(?!\d)")
NAME_FIRST = re.compile(r"([A-Za-z]{3,9})[-. ]{1,2}(\d{1,2})(?:st|nd|rd|th)?,? (\d{4})(?!\d)")
YEAR_BEHIND = re.compile(r"([A-Za-z]{3} \d{1,2}) (\d{1,2}:\d{2}:\d{2} ?[A-Z]{0,4}) ?(\d{4})")
TIME = re.compile(
    r"[T,: ]{1,3}(\d{1,2})(?:[:.](\d{2})(?:[:.](\d{2})(?:[.,:]\d+)?)?|(\d{2}))?"
    r" ?([AaPp]\.?[Mm]\.?)? ?((?:UTC|GMT)?[+-]\d{1,2}(?::?\d{2})?|[A-Za-z]{1,4})?"
)
MONTH_ONLY = re.compile(r"(\d{4})[-/.](\d{1,2})|(\d{1,2})[-/.](\d{4})|([A-Za-z]{3,9})[-. ,]{1,2}(\d{4})")
ZONES = {
    **{"Z": 0, "UTC": 0, "GMT": 0, "WET": 0, "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3},
    **{"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7},
    **{"AKST": -9, "AKDT": -8, "HST": -10, "NST": -3.5, "NDT": -2.5, "AST": -4, "ADT": -3},
}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SPREADSHEET_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 — a wall clock, as all of a spreadsheet is
SPREADSHEET_DAYS = (32_874, 73_050)


@dataclass(frozen=True, slots=True)
class Written:
    """What a text says: a wall clock (with its zone where it says one), and how much of it is told."""

    wall: datetime
    told: Literal["clock", "day", "month"] = "clock"


def read(text: str, *, day_first: bool) -> Written:
    """The time as written; `day_first` settles 03/04/2016. Raises: ValueError with a sentence."""
    plain = " ".join(text.split())
    found = _digits(plain) or _iso(plain) or _dated(plain, day_first) or _month(plain)
    if found is not None:
        return found
    if re.fullmatch(r"(19|20)\d{2}(\.0)?", plain):
        raise ValueError(f"“{plain}” tells only the year; at least the day is needed")
    raise ValueError(f"“{plain[:40]}” is no date or time")


def slashed(text: str) -> tuple[int, int] | None:
    """The first two numbers of a date that ends in its year: they may be month and day or the reverse."""
    match = YEAR_LAST.match(text.strip())
    return (int(match[1]), int(match[2])) if match else None


def _iso(text: str) -> Written | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return Written(found, "clock" if len(text) > 10 else "day")


def _digits(text: str) -> Written | None:
    """Seconds, milliseconds or microseconds since 1970; digits run together; a spreadsheet's day number."""
    if not re.fullmatch(r"-?\d{5,17}(\.\d+)?|\d(\.\d+)?[eE]\+?\d{1,2}", text):
        return None
    value = float(text)
    whole = text.partition(".")[0]
    if re.fullmatch(r"(19|20)\d{10}(\d{2})?", whole) and (found := _run_together(whole)):
        return found
    if SPREADSHEET_DAYS[0] <= value <= SPREADSHEET_DAYS[1]:
        seconds = round((value % 1) * 86_400)
        wall = SPREADSHEET_EPOCH + timedelta(days=int(value), seconds=seconds)
        return Written(wall, "clock" if "." in text and seconds else "day")
    if abs(value) < 1e8:
        return None
    scale = 1 if abs(value) < 1e10 else 1e3 if abs(value) < 1e14 else 1e6
    try:
        return Written(EPOCH + timedelta(seconds=value / scale))
    except OverflowError:
        return None


def _run_together(digits: str) -> Written | None:
    try:
        form = "%Y%m%d%H%M%S" if len(digits) == 14 else "%Y%m%d%H%M"
        return Written(datetime.strptime(digits, form))  # noqa: DTZ007 — a wall clock
    except ValueError:
        return None


def _dated(text: str, day_first: bool) -> Written | None:
    """A date in any order, and what follows it."""
    text = WEEKDAY.sub("", text, count=1) if text[:1].isalpha() else text
    if behind := YEAR_BEHIND.fullmatch(text):
        text = f"{behind[1]} {behind[3]} {behind[2].strip()}"
    for pattern in (YEAR_FIRST, YEAR_LAST, NAME_SECOND, NAME_FIRST):
        if match := pattern.match(text):
            day = _day(pattern, match, day_first)
            return _with_time(day, text[match.end() :]) if day is not None else None
    return None


def _day(pattern: re.Pattern[str], match: re.Match[str], day_first: bool) -> date | None:
    one, two, three = match.groups()
    if pattern is YEAR_FIRST:
        parts = int(one), int(two), int(three)
    elif pattern is YEAR_LAST:
        parts = _year(three), int(two if day_first else one), int(one if day_first else two)
    elif pattern is NAME_SECOND:
        parts = _year(three), _month_named(two), int(one)
    else:
        parts = int(three), _month_named(one), int(two)
    try:
        return date(*parts)
    except ValueError:
        return None


def _with_time(day: date, rest: str) -> Written | None:
    wall = datetime(day.year, day.month, day.day)  # noqa: DTZ001 — a wall clock
    if not rest.strip(" T"):
        return Written(wall, "day")
    match = TIME.fullmatch(rest)
    if match is None or (match[2] is None and match[4] is None and match[5] is None):
        return None
    minute = int(match[2] or match[4] or 0)
    hour = _hour(int(match[1]), match[5])
    second = int(match[3] or 0)
    if hour is None or minute > 59 or second > 60 or (hour == 24 and minute + second > 0):
        return None
    zone = _zone(match[6])
    try:
        wall += timedelta(hours=hour, minutes=minute, seconds=min(second, 59))
    except OverflowError:
        return None
    return Written(wall.replace(tzinfo=zone))


def _hour(hour: int, half: str | None) -> int | None:
    if not half:
        return hour if hour <= 24 else None
    return hour % 12 + (12 if half[0] in "Pp" else 0) if 1 <= hour <= 12 else None


def _zone(text: str | None) -> tzinfo | None:
    """The zone behind a time: a known abbreviation, or hours from UTC. Raises: ValueError."""
    if not text:
        return None
    if text.upper() in ZONES:
        return timezone(timedelta(hours=ZONES[text.upper()]))
    match = re.fullmatch(r"(?:UTC|GMT)?([+-])(\d{1,2}):?(\d{2})?", text)
    hours = int(match[2]) + int(match[3] or 0) / 60 if match else 99.0
    if match is None or hours > 15:
        raise ValueError(f"“{text}” behind the time is no time zone known here")
    return timezone(timedelta(hours=-hours if match[1] == "-" else hours))


def _month(text: str) -> Written | None:
    match = MONTH_ONLY.fullmatch(text)
    if match is None:
        return None
    year = int(match[1] or match[4] or match[6])
    month = int(match[2] or match[3]) if match[5] is None else _month_named(match[5])
    if not (1 <= month <= 12 and year >= 1):
        return None
    return Written(datetime(year, month, 1), "month")  # noqa: DTZ001 — a wall clock


def _month_named(name: str) -> int:
    """1 to 12; 0 for what is no month's name."""
    return MONTHS.index(name[:3].lower()) + 1 if name[:3].lower() in MONTHS else 0


def _year(text: str) -> int:
    year = int(text)
    return year if len(text) == 4 else year + (2000 if year < 70 else 1900)
