"""Before: what the published schedule has already used of people's week and rest when a plan begins.

A plan that starts on a Wednesday inherits Monday's and Tuesday's hours, and the night before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from outreach.plan.staff import Member
from outreach.plan.versions import ShiftPlan, duties
from outreach.policies import Policy

DAY_MINUTES = 24 * 60
SHORTEST_SHIFT_MINUTES = 60
Hours = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Worked:
    """`minutes` worked this calendar week before the plan, and when they came `back` last, in minutes
    before (negative) or after midnight of its first day."""

    minutes: int
    back: int


def worked(session: Session, programme_id: int, first: date) -> dict[int, Worked]:
    """By member, what the schedule has them do from Monday (and the day before) to the eve of `first`."""
    monday = first - timedelta(first.weekday())
    eve = first - timedelta(1)
    found: dict[int, Worked] = {}
    for shift in duties(session, programme_id, min(monday, eve), eve):
        minutes = shift.back - shift.depart if shift.date >= monday else 0
        back = shift.back - (first - shift.date).days * DAY_MINUTES
        for member in shift.staff:
            earlier = found.get(member, Worked(0, back))
            found[member] = Worked(earlier.minutes + minutes, max(earlier.back, back))
    return found


def most_week_minutes(member: Member, policy: Policy) -> int:
    """What the member may work in a calendar week, by their own limit and the policy's."""
    return round(min(member.max_week_hours * 60, policy.max_week_minutes))


def least_rest_minutes(member: Member, policy: Policy) -> int:
    """How long the member rests between two duties, by their own limit and the policy's."""
    return round(max(member.min_rest_hours * 60, policy.min_rest_minutes))


def still_free(
    dates: Sequence[date], hours: Mapping[int, Hours], already: Worked | None, week: int, rest: int
) -> dict[int, Hours]:
    """`hours` by day of the plan, less what the past has used: of the first calendar week until no more
    than `week` minutes can come together, and of the first day until `rest` is over.

    On the safe side: it cuts what could be worked, not only what would be.
    """
    if already is None:
        return dict(hours)
    left = week - already.minutes
    found: dict[int, Hours] = {}
    for position, day in enumerate(dates):
        spans = [_rested(span, position, already.back + rest) for span in hours.get(position, ())]
        if already.minutes and _same_week(dates[0], day):
            spans, left = _within(spans, left)
        found[position] = tuple((a, b) for a, b in spans if b - a >= SHORTEST_SHIFT_MINUTES)
    return found


def _rested(span: tuple[int, int], position: int, earliest: int) -> tuple[int, int]:
    return max(span[0], earliest - position * DAY_MINUTES), span[1]


def _within(spans: list[tuple[int, int]], left: int) -> tuple[list[tuple[int, int]], int]:
    kept = []
    for starts, ends in spans:
        length = max(0, min(ends - starts, left))
        kept.append((starts, starts + length))
        left -= length
    return kept, left


def _same_week(first: date, day: date) -> bool:
    return first.isocalendar()[:2] == day.isocalendar()[:2]


def duties_by_member(shifts: Sequence[ShiftPlan]) -> dict[int, list[ShiftPlan]]:
    """Each member's van-days in order of time."""
    found: dict[int, list[ShiftPlan]] = {}
    for shift in sorted(shifts, key=lambda shift: (shift.date, shift.depart)):
        for member in shift.staff:
            found.setdefault(member, []).append(shift)
    return found
