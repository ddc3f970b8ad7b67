"""Clocks: what a feed's written times mean, and whether its hours of the day can be believed."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import numpy as np
from numpy.typing import NDArray

from outreach.errors import Invalid
from outreach.risk import written

EVENING_PEAK = 18.5
EVENING_STRENGTH = 0.45
ENOUGH_CLOCKS = 200
TELLING_NATS = 8.0
MIDNIGHT_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class When:
    """One written time: the local day, minutes after its midnight (None: only the day is told) and the
    moment in UTC. `odd` is "gap" or "fold" for a local time that the change of clocks skips or repeats;
    `month_only`: the day is the month's first because no day is told."""

    day: date
    minute: int | None
    moment: datetime
    odd: str | None = None
    month_only: bool = False


class Clock:
    """Reads the written times of one file. They are written in `zone`; days and minutes are told as the
    city's own clock, `local`, shows them. `day_first` settles what 03/04/2016 means."""

    def __init__(self, zone: ZoneInfo, local: ZoneInfo | None = None, *, day_first: bool = False) -> None:
        self.zone = zone
        self.local = local or zone
        self.day_first = day_first

    def read(self, text: str) -> When:
        """The time as written. Raises: ValueError with a sentence for what is no time."""
        found = written.read(text, day_first=self.day_first)
        wall = found.wall
        if wall.tzinfo is not None:
            wall = _in_zone(wall, self.zone)
        when = self._placed(wall, found.told == "clock")
        return replace(when, month_only=True) if found.told == "month" else when

    def _placed(self, wall: datetime, clocked: bool) -> When:
        try:
            moment = wall.replace(tzinfo=self.zone).astimezone(UTC)
        except OverflowError:
            when = "in the future" if wall.year > 5000 else "too long ago"
            raise ValueError(f"“{wall.date()}” is {when}") from None
        if not clocked:
            return When(wall.date(), None, moment)
        here = moment.astimezone(self.local)
        return When(here.date(), here.hour * 60 + here.minute, moment, self._oddity(wall, moment))

    def _oddity(self, wall: datetime, moment: datetime) -> str | None:
        if moment.astimezone(self.zone).replace(tzinfo=None) != wall.replace(fold=0):
            return "gap"
        repeated = wall.replace(tzinfo=self.zone, fold=1).utcoffset()
        return "fold" if repeated != wall.replace(tzinfo=self.zone).utcoffset() else None


def zone(name: str) -> ZoneInfo:
    """The time zone of this name.

    Raises:
        Invalid: there is none; suggests the nearest names.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = difflib.get_close_matches(name, available_timezones(), n=3, cutoff=0.5)
        hint = f"Did you mean {' or '.join(near)}?" if near else "Use a name like America/New_York."
        raise Invalid(f"There is no time zone named {name!r}. {hint}", code="no-timezone") from None


def day_first(texts: Iterable[str], zone: ZoneInfo) -> bool:
    """Does 03/04/2016 mean 3 April? The file decides where it can (a part above 12); else American zones
    put the month first."""
    parts = {pair for text in texts if (pair := written.slashed(text))}
    if any(first > 12 for first, _ in parts):
        return True
    if any(second > 12 for _, second in parts):
        return False
    return not zone.key.startswith(("America/", "US/"))


def either_way(texts: Iterable[str]) -> str | None:
    """A date that would be another day with month and day exchanged, where no date of the file settles which
    of the two comes first; None where one does, or it makes no difference."""
    found = {pair: text for text in texts if (pair := written.slashed(text))}
    if any(max(pair) > 12 for pair in found):
        return None
    return next((text for (first, second), text in found.items() if first != second), None)


def midnight_means_unknown(minutes: Sequence[int | None]) -> bool:
    """Do so many rows stand at exactly 00:00 that it must mean “no time known”?"""
    told = [minute for minute in minutes if minute is not None]
    return bool(told) and told.count(0) > max(2.0, MIDNIGHT_SHARE * len(told))


def shift_hours(by_hour: NDArray[np.float64], candidates: Iterable[int]) -> int | None:
    """Which of the candidate shifts (in hours) an overdose feed's day reads better with, if any does by far.

    Calls for overdoses are rarest before dawn and most frequent in the evening wherever it was studied.
    `by_hour` counts events by local hour. None where the hours look right or are too few to tell.
    """
    if by_hour.sum() < ENOUGH_CLOCKS:
        return None
    gains = {shift: _evening(by_hour, shift) - _evening(by_hour, 0) for shift in candidates}
    best = max(gains, key=lambda shift: gains[shift], default=0)
    return best if best and gains[best] > TELLING_NATS else None


def mistaken_for(written: ZoneInfo, local: ZoneInfo, year: int) -> set[int]:
    """By how many hours the day would look shifted had the file been read as `written` by mistake: local
    times that are UTC in truth, or the other way round."""
    offsets = {_offset_hours(local, datetime(year, month, 1)) for month in (1, 7)}  # noqa: DTZ001
    in_utc = {_offset_hours(written, datetime(year, month, 1)) for month in (1, 7)} == {0}  # noqa: DTZ001
    return {offset if in_utc else -offset for offset in offsets} - {0}


def trap(by_hour: Sequence[int], written: ZoneInfo, local: ZoneInfo, year: int) -> tuple[int, str] | None:
    """By how many hours an overdose feed's day looks shifted, and the zone its times read like; None where
    they read well as `written`."""
    candidates = mistaken_for(written, local, year)
    shift = shift_hours(np.array(by_hour, float), candidates)
    if shift is None:
        return None
    in_utc = mistaken_for(ZoneInfo("UTC"), local, year) == candidates
    return abs(shift), local.key if in_utc else "UTC"


def standard_offset(zone: ZoneInfo) -> int | None:
    """Hours from UTC in the zone's winter; None for UTC itself, which says nothing of where a city is."""
    offsets = [_offset_hours(zone, datetime(2020, month, 1)) for month in (1, 7)]  # noqa: DTZ001
    return None if offsets == [0, 0] and "UTC" in zone.key.upper() else min(offsets)


def _in_zone(moment: datetime, zone: ZoneInfo) -> datetime:
    try:
        return moment.astimezone(zone).replace(tzinfo=None)
    except OverflowError:
        raise ValueError(f"“{moment.date()}” is too far away in time") from None


def _offset_hours(zone: ZoneInfo, wall: datetime) -> int:
    offset = zone.utcoffset(wall)
    return round(offset.total_seconds() / 3600) if offset else 0


def _evening(by_hour: NDArray[np.float64], shift: int) -> float:
    hours = np.arange(24)
    expected = np.exp(EVENING_STRENGTH * np.cos(2 * math.pi * (hours + 0.5 - EVENING_PEAK - shift) / 24))
    return float(by_hour @ np.log(expected / expected.sum()))
