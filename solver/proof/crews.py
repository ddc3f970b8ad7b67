"""Which crews a van-day could have at all, and what all people together can work: from the problem alone.

Only counted by role: no plan works more than these rooms, whoever goes where.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from solver.certificate import PricedWork
from solver.crews import missing_for
from solver.problem import DAY, HOUR, Member, Problem

Level = frozenset[int]
Span = tuple[int, int, int]


def offers(problem: Problem, day: int) -> list[Level]:
    """Every set of services that a crew may be for: the base with any of those worth something that day."""
    if not problem.services:
        return [frozenset()]
    more = {n for n, service in enumerate(problem.services) if service.hourly_value > 0}
    more |= {n for anchor in problem.anchors if anchor.day == day for n in anchor.services}
    more |= {due.service for due in problem.follow_ups if day in due.days}
    rest = sorted(more - {0})
    return [frozenset({0, *some}) for n in range(len(rest) + 1) for some in combinations(rest, n)]


def spans(problem: Problem, day: int, starts: int, ends: int, level: Level) -> list[Span]:
    """(begin, end, longest duty) such that every van-day of the shift with a crew for the level lies in one:
    people's shifts begin and end where they do, and nobody works longer than a day may be."""
    if not problem.services:
        return [(starts, ends, ends - starts)]
    shifts = [(m, s) for m in range(len(problem.staff)) for s in problem.staff[m].shifts if s.day == day]
    begins = {max(starts, s.starts) for _, s in shifts}
    finishes = {min(ends, s.ends) for _, s in shifts}
    found: list[Span] = []
    for begin in begins:
        for end in (e for e in finishes if e > begin):
            there = {m for m, s in shifts if s.starts <= begin and end <= s.ends}
            longest = _longest(problem, day, there, level)
            if longest > 0:
                found.append((begin, end, min(longest, end - begin)))
    return [span for span in found if not any(span != other and _within(span, other) for other in found)]


def need(problem: Problem, level: Level, roles: frozenset[str]) -> int:
    """The fewest holders of one of the roles in a crew for the level."""
    counts = (sum(n for role, n in problem.services[s].crew if role in roles) for s in level)
    return max(counts, default=0) if problem.services else 0


def room(problem: Problem, row: PricedWork) -> float:
    """The most duties, or hours, that all holders of the roles can work in what the row speaks of."""
    if not row.by_hour:
        assert row.day is not None, "heads are counted by day"
        holders = _holders(problem, row.roles, row.day)
        return float(sum(_duties(problem, m, row.day, row.longer_than) for m in holders))
    if row.day is None:
        return sum(_week_hours(problem, m, row) for m in range(len(problem.staff)))
    return sum(_day_hours(problem, m, row, row.day) for m in _holders(problem, row.roles, row.day))


def _within(span: Span, other: Span) -> bool:
    return other[0] <= span[0] and span[1] <= other[1] and span[2] <= other[2]


def _longest(problem: Problem, day: int, there: set[int], level: Level) -> int:
    """The longest duty for which some of those present make a crew."""
    for longest in sorted({problem.staff[m].max_day_seconds for m in there}, reverse=True):
        able = sorted(m for m in there if problem.staff[m].max_day_seconds >= longest)
        if not any(missing_for(problem, able, day, service) for service in level):
            return longest
    return 0


def _holders(problem: Problem, roles: frozenset[str], day: int) -> list[int]:
    return [m for m, who in enumerate(problem.staff) if any(r in roles and day in on for r, on in who.roles)]


def _duties(problem: Problem, member: int, day: int, longer_than: int) -> int:
    """How many duties of one day, each longer than so many seconds, somebody could work with the rest they
    must have between them."""
    span, rest = _span(problem.staff[member], day), problem.staff[member].min_rest_seconds
    if span == 0:
        return 0
    stays = (min(s.dwell_options) + s.setup_seconds + s.packdown_seconds for s in problem.sites)
    shortest = max(min(stays, default=1), longer_than + 1)
    return max(0, (span + rest) // (shortest + rest))


def _day_hours(problem: Problem, member: int, row: PricedWork, day: int) -> float:
    """How many of the row's hours of a day somebody could be on duty."""
    there = sum(
        max(0, min(ends, row.ends) - max(begins, row.begins))
        for begins, ends in _presence(problem.staff[member], day)
    )
    return min(there, _work(problem, member, day)) / HOUR


def _work(problem: Problem, member: int, day: int) -> int:
    """The most seconds of duty in somebody's day: a duty lies in one shift of theirs and of a van, and
    another one comes after a rest."""
    who = problem.staff[member]
    own = max((s.ends - s.starts for s in who.shifts if s.day == day), default=0)
    driven = max((s.ends - s.starts for van in problem.vans for s in van.shifts if s.day == day), default=0)
    most = 0
    for duties in range(1, 1 + _duties(problem, member, day, 0)):
        rested = _span(who, day) - (duties - 1) * who.min_rest_seconds
        most = max(most, min(duties * min(own, driven), rested))
    return min(most, who.max_day_seconds)


def _week_hours(problem: Problem, member: int, row: PricedWork) -> float:
    who = problem.staff[member]
    days = [d for d in range(problem.days) if problem.week_of(d) == row.week]
    able = [d for d in days if member in _holders(problem, row.roles, d)]
    return min(who.max_week_seconds, sum(_work(problem, member, day) for day in able)) / HOUR


def _span(who: Member, day: int) -> int:
    shifts = [s for s in who.shifts if s.day == day]
    return max((s.ends for s in shifts), default=0) - min((s.starts for s in shifts), default=0)


def _presence(who: Member, day: int) -> Iterator[tuple[int, int]]:
    """When somebody is on shift, hours told twice counted once."""
    until = -DAY
    for begins, ends in sorted((s.starts, s.ends) for s in who.shifts if s.day == day):
        if ends > until:
            yield max(begins, until), ends
            until = ends
