"""Crews for duties that a large model left without one, from the people who are still free."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from solver.hours import can_fill, has_a_role
from solver.problem import Problem
from solver.roster.duty import Duty, clash

Crew = tuple[int, ...]


def filled(problem: Problem, duties: Sequence[Duty], crews: Sequence[Crew | None]) -> list[Crew | None]:
    """The crews, and one for each duty without that free people can still work: those that keep a session
    with refills due first, then those that keep another anchor, then worth most first."""
    work, out = _Work(problem), list(crews)
    for duty, crew in zip(duties, crews, strict=True):
        if crew is not None:
            work.take(duty, crew)
    for n in sorted(range(len(duties)), key=lambda n: (*_urgency(problem, duties[n]), n)):
        crew = work.crew(duties[n]) if out[n] is None and work.wants(duties[n]) else None
        if crew is not None:
            work.take(duties[n], crew)
            out[n] = crew
    return out


def _urgency(problem: Problem, duty: Duty) -> tuple[bool, bool, float]:
    refills = any(problem.anchors[anchor].refills_due for anchor in duty.pledges)
    return not refills, not duty.pledges, -duty.worth


class _Work:
    """What everybody and every van already does, and the anchors that are kept."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.spans: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self.days: dict[tuple[int, int], int] = defaultdict(int)
        self.weeks: dict[tuple[int, int], int] = defaultdict(int)
        self.out: dict[int, list[Duty]] = defaultdict(list)
        self.kept: set[int] = set()

    def take(self, duty: Duty, crew: Crew) -> None:
        """Count a duty as theirs."""
        self.kept |= duty.pledges
        if duty.slot is not None:
            self.out[duty.slot[0]].append(duty)
        for m in crew:
            self.spans[m].append((duty.begins, duty.ends))
            self.days[m, duty.day] += duty.length
            self.weeks[m, self.problem.week_of(duty.day)] += duty.length

    def wants(self, duty: Duty) -> bool:
        """Whether a duty is still good for something, and its van is free."""
        same = self.out[duty.slot[0]] if duty.slot is not None else []
        good = duty.worth > 0 or bool(duty.pledges - self.kept)
        return good and not any(clash(duty, other) for other in same)

    def crew(self, duty: Duty) -> Crew | None:
        """Who could work a duty: fewest roles and least work first; None where somebody is missing."""
        staff = self.problem.staff
        free = [m for m in range(len(staff)) if self._is_free(m, duty)]
        week = self.problem.week_of(duty.day)
        free.sort(key=lambda m: (len(staff[m].roles), self.weeks[m, week], m))
        aboard: list[int] = []
        for service in sorted(duty.level):
            busy: set[int] = set()
            for role in self._roles(service):
                able = (m for m in [*aboard, *free] if m not in busy and self._fills(m, role, duty, service))
                found = next(able, None)
                if found is None:
                    return None
                busy.add(found)
                aboard += [found] if found not in aboard else []
            more = self.problem.services[service].people - sum(not staff[m].remote for m in aboard)
            spare = [m for m in free if m not in aboard and not staff[m].remote]
            if more > len(spare):
                return None
            aboard += spare[: max(0, more)]
        return tuple(sorted(aboard))

    def _roles(self, service: int) -> list[str]:
        return [role for role, count in self.problem.services[service].crew for _ in range(count)]

    def _fills(self, m: int, role: str, duty: Duty, service: int) -> bool:
        return can_fill(self.problem, m, role, duty.day, service)

    def _is_free(self, m: int, duty: Duty) -> bool:
        """Whether somebody with a role in it is on shift, rested, and within the hours of day and week."""
        person, week = self.problem.staff[m], self.problem.week_of(duty.day)
        rest = person.min_rest_seconds
        return (
            duty.shift_of(person) is not None
            and has_a_role(self.problem, m, duty.day, duty.level)
            and self.days[m, duty.day] + duty.length <= person.max_day_seconds
            and self.weeks[m, week] + duty.length <= person.max_week_seconds
            and all(duty.ends + rest <= a or b + rest <= duty.begins for a, b in self.spans[m])
        )
