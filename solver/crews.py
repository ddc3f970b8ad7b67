"""Who may fill which role: the words in which the judge speaks of crews (`solver.roster` has its own, so that
one does not repeat the other's mistakes). Plain Python."""

from __future__ import annotations

from collections.abc import Sequence

from solver.problem import Problem


def holds(problem: Problem, member: int, role: str, day: int) -> bool:
    """Whether the member's certificate for the role is good on that day."""
    return any(name == role and day in days for name, days in problem.staff[member].roles)


def may_fill(problem: Problem, member: int, role: str, day: int, service: int) -> bool:
    """Whether the member may fill the role in that service: from afar only where telehealth is allowed."""
    aboard = not problem.staff[member].remote or role in problem.services[service].telehealth
    return aboard and holds(problem, member, role, day)


def missing_for(problem: Problem, crew: Sequence[int], day: int, service: int) -> str:
    """What the crew lacks for the service, in words; empty when it can be offered. Each member fills one
    role of a service; another service may see them in another role."""
    wanted = problem.services[service]
    slots = [role for role, count in wanted.crew for _ in range(count)]
    filled: dict[int, int] = {}
    for slot in range(len(slots)):
        if not _fill(problem, crew, day, service, slots, slot, filled, set()):
            return f"a {slots[slot].replace('_', ' ')}"
    aboard = sum(not problem.staff[m].remote for m in crew)
    return "" if aboard >= wanted.people else f"people: {aboard} aboard, {wanted.people} needed"


def _fill(
    problem: Problem,
    crew: Sequence[int],
    day: int,
    service: int,
    slots: list[str],
    slot: int,
    filled: dict[int, int],
    seen: set[int],
) -> bool:
    """Kuhn's augmenting path: find a member for the slot, moving others to slots they also fill."""
    for member in crew:
        if member in seen or not may_fill(problem, member, slots[slot], day, service):
            continue
        seen.add(member)
        if member not in filled or _fill(problem, crew, day, service, slots, filled[member], filled, seen):
            filled[member] = slot
            return True
    return False
