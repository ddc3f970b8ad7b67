"""In which hours of a day some crew could be on duty at all, and for which services."""

from __future__ import annotations

from itertools import combinations

from solver.problem import HOUR, Problem


def levels(problem: Problem, day: int) -> list[frozenset[int]]:
    """The sets of services worth telling apart on a day: the base with every choice of those that are worth
    something that day. Fewer would leave crews out of the bound."""
    if not problem.services:
        return [frozenset()]
    useful = sorted(problem.extras_on(day))
    return [frozenset({0, *more}) for size in range(len(useful) + 1) for more in combinations(useful, size)]


def duty_windows(
    problem: Problem, day: int, starts: int, ends: int, level: frozenset[int]
) -> list[tuple[int, int, int]]:
    """The largest spans (begin, end, longest duty) inside a van's shift in which some crew is on shift."""
    if not problem.services:
        return [(starts, ends, ends - starts)]
    shifts = [(s.starts, s.ends) for m in problem.staff for s in m.shifts if s.day == day]
    begins = sorted({max(starts, a) for a, b in shifts if a < ends and b > starts})
    finishes = sorted({min(ends, b) for a, b in shifts if a < ends and b > starts}, reverse=True)
    spans: list[tuple[int, int, int]] = []
    for a in begins:
        for b in (b for b in finishes if b > a):
            longest = min(_longest(problem, day, a, b, level), b - a)
            if longest and not any(c <= a and b <= d and longest <= most for c, d, most in spans):
                spans.append((a, b, longest))
    return spans


def crew_spans(
    problem: Problem, day: int, starts: int, ends: int, level: frozenset[int], shortest: int = 2 * HOUR
) -> list[tuple[int, int]]:
    """Spans inside [starts, ends] in which one particular choice of people could be on shift together."""
    spans = {(starts, ends)}
    roles = sorted({(role, n) for n in level for role, _ in problem.services[n].crew})
    for role, service in roles:
        able = {
            (max(starts, s.starts), min(ends, s.ends))
            for m, person in enumerate(problem.staff)
            if can_fill(problem, m, role, day, service)
            for s in person.shifts
            if s.day == day
        }
        spans = {(max(a, c), min(b, d)) for a, b in spans for c, d in able}
        spans = {(a, b) for a, b in spans if b - a >= shortest}
    return sorted(spans)


def has_a_role(problem: Problem, member: int, day: int, level: frozenset[int]) -> bool:
    """Whether the member can fill some role of some of these services that day."""
    roles = ((role, service) for service in level for role, _ in problem.services[service].crew)
    return any(can_fill(problem, member, role, day, service) for role, service in roles)


def can_fill(problem: Problem, member: int, role: str, day: int, service: int) -> bool:
    """Whether the member has the role that day, and is aboard or may work from afar in it."""
    person = problem.staff[member]
    near = not person.remote or role in problem.services[service].telehealth
    return near and any(name == role and day in days for name, days in person.roles)


def _longest(problem: Problem, day: int, a: int, b: int, level: frozenset[int]) -> int:
    there = [
        m for m, person in enumerate(problem.staff)
        if any(s.day == day and s.starts <= a and b <= s.ends for s in person.shifts)
    ]  # fmt: skip
    for longest in sorted({problem.staff[m].max_day_seconds for m in there}, reverse=True):
        able = [m for m in there if problem.staff[m].max_day_seconds >= longest]
        if all(_crew_exists(problem, able, day, service) for service in level):
            return longest
    return 0


def _crew_exists(problem: Problem, members: list[int], day: int, service: int) -> bool:
    wanted = problem.services[service]
    slots = [role for role, count in wanted.crew for _ in range(count)]
    taken: dict[int, int] = {}

    def place(slot: int, tried: set[int]) -> bool:
        for m in members:
            if m not in tried and can_fill(problem, m, slots[slot], day, service):
                tried.add(m)
                if m not in taken or place(taken[m], tried):
                    taken[m] = slot
                    return True
        return False

    aboard = sum(not problem.staff[m].remote for m in members)
    return aboard >= wanted.people and all(place(slot, set()) for slot in range(len(slots)))
