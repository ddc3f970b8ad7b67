"""Rules of the people aboard: roles, languages, shifts, rest and hours."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from solver.check.broken import Broken, clock
from solver.check.outings import aboard, duties, on_one_clock, overlaps, stops
from solver.crews import missing_for
from solver.plan import Plan
from solver.problem import HOUR, Problem


def staffed(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """The crew fills every role of every service offered, each member one role, with enough people aboard."""
    for d in plan.van_days:
        for service in sorted({n for s in d.stops for n in s.services} if problem.services else ()):
            lacking = missing_for(problem, d.crew, d.day, service)
            if lacking:
                what = f"{problem.services[service].name} on {problem.vans[d.van].name} lacks {lacking}"
                yield Broken("staffed", what, d.van, d.day)


def language(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """Somebody of the crew speaks every language that the host of a stop requires."""
    for d, s in stops(plan):
        site = problem.sites[s.site]
        spoken = {tongue for m in d.crew for tongue in problem.staff[m].languages}
        unspoken = sorted(site.required_languages - spoken)
        if unspoken:
            who = f"nobody of {problem.vans[d.van].name} speaks {', '.join(unspoken)} at {site.name}"
            yield Broken("language", who, d.van, d.day, s.site)


def on_shift(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """Everybody aboard is on shift for the whole van-day."""
    for d, m in aboard(plan):
        member = problem.staff[m]
        if not any(s.day == d.day and s.starts <= d.depart and d.back <= s.ends for s in member.shifts):
            off = f"{member.name} is not on shift from {clock(d.depart)} to {clock(d.back)}"
            yield Broken("on_shift", off, d.van, d.day)


def two_vans(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """Nobody is on two vans at once, nor twice in one crew."""
    for m, days in duties(plan):
        for _, b in overlaps(days):
            both = f"{problem.staff[m].name} is on two vans at {clock(b.depart)}"
            yield Broken("two_vans", both, b.van, b.day)
    for d in plan.van_days:
        if len(set(d.crew)) < len(d.crew):
            yield Broken("two_vans", "a member is twice in one crew", d.van, d.day)


def rest(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """Between two duties everybody rests as long as they must."""
    for m, days in duties(plan):
        for a, b in pairwise(days):
            free = on_one_clock(b, b.depart) - on_one_clock(a, a.back)
            if free < problem.staff[m].min_rest_seconds:
                short = f"{problem.staff[m].name} rests {max(free, 0) / HOUR:.1f} h before day {b.day + 1}"
                yield Broken("rest", short, b.van, b.day)


def hours(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """Nobody works more hours in a day or a week than they may."""
    for m, days in duties(plan):
        member = problem.staff[m]
        by_day: dict[int, int] = {}
        by_week: dict[int, int] = {}
        for d in days:
            by_day[d.day] = by_day.get(d.day, 0) + d.back - d.depart
            week = problem.week_of(d.day)
            by_week[week] = by_week.get(week, 0) + d.back - d.depart
        for day, seconds in by_day.items():
            if seconds > member.max_day_seconds:
                much = f"{member.name} works {seconds / HOUR:.1f} h on day {day + 1}"
                yield Broken("day_hours", much, None, day)
        for week, seconds in by_week.items():
            if seconds > member.max_week_seconds:
                yield Broken("week_hours", f"{member.name} works {seconds / HOUR:.1f} h in week {week + 1}")
