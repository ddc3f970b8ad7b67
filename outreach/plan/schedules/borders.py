"""Borders: hours and rest where two versions meet. The judge sees one version; people work them all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise

from sqlalchemy.orm import Session

from outreach.plan import staff
from outreach.plan.planning.before import (
    DAY_MINUTES,
    duties_by_member,
    least_rest_minutes,
    most_week_minutes,
)
from outreach.plan.planning.prechecks import told
from outreach.plan.staff import Member
from outreach.plan.versions import ShiftPlan, Version, duties
from outreach.policies import Policy


def broken_at_borders(session: Session, version: Version, policy: Policy) -> list[str]:
    """Sentences about people who would work too long a week or rest too short a night because of what is
    published before or after this version."""
    monday = version.from_date - timedelta(version.from_date.weekday())
    sunday = version.until_date + timedelta(6 - version.until_date.weekday())
    published = duties(session, version.programme_id, monday - timedelta(1), sunday + timedelta(1))
    around = [shift for shift in published if not version.from_date <= shift.date <= version.until_date]
    standing = [shift for shift in version.shifts if any(stop.state != "cancelled" for stop in shift.stops)]
    people = {member.id: member for member in staff.listed(session, version.programme_id, everybody=True)}
    by_member = duties_by_member([*around, *standing])
    long_weeks = (_long_weeks(people[m], shifts, around, policy) for m, shifts in by_member.items())
    short_nights = (_short_nights(people[m], shifts, around, policy) for m, shifts in by_member.items())
    return [sentence for sentences in (*long_weeks, *short_nights) for sentence in sentences]


def _long_weeks(
    member: Member, shifts: Sequence[ShiftPlan], around: Sequence[ShiftPlan], policy: Policy
) -> Iterator[str]:
    """Only weeks that two versions share: the judge has seen the others. A week that was too long before,
    and to which this version adds nothing, is none of its faults."""
    shared = {_monday(shift.date) for shift in around}
    shared &= {_monday(shift.date) for shift in shifts if shift not in around}
    minutes: Counter[date] = Counter()
    for shift in shifts:
        minutes[_monday(shift.date)] += shift.back - shift.depart
    for week, total in sorted(minutes.items()):
        most = most_week_minutes(member, policy)
        if week in shared and total > most:
            hours = f"{total / 60:.1f} h of {most / 60:g} h"
            yield f"{member.name} would work {hours} in the week of {week}"


def _short_nights(
    member: Member, shifts: Sequence[ShiftPlan], around: Sequence[ShiftPlan], policy: Policy
) -> Iterator[str]:
    least = least_rest_minutes(member, policy)
    for a, b in pairwise(shifts):
        free = (b.date - a.date).days * DAY_MINUTES + b.depart - a.back
        if free < least and (a in around) != (b in around):
            yield f"{member.name} would rest only {max(free, 0) / 60:.1f} h before {told(b.date)}"


def _monday(day: date) -> date:
    return day - timedelta(day.weekday())
