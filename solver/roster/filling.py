"""Crews for duties that a large model left without one, from the people who are still free."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from solver.hours import can_fill
from solver.problem import HOUR, Member, Problem
from solver.roster.duty import Duty, clash

Crew = tuple[int, ...]


def filled(problem: Problem, duties: Sequence[Duty], crews: Sequence[Crew | None]) -> list[Crew | None]:
    """The crews and, worth most first, one for each duty without that free people can still work."""
    work = _Work(problem)
    out = list(crews)
    gone = [(duty, crew) for duty, crew in zip(duties, crews, strict=True) if crew is not None]
    for duty, crew in gone:
        work.take(duty, crew)
    of_van: dict[int, list[Duty]] = defaultdict(list)
    for duty, _ in gone:
        if duty.slot is not None:
            of_van[duty.slot[0]].append(duty)
    for n in sorted(range(len(duties)), key=lambda n: (-duties[n].worth, n)):
        duty = duties[n]
        same = of_van[duty.slot[0]] if duty.slot is not None else []
        if out[n] is not None or duty.worth <= 0 or any(clash(duty, other) for other in same):
            continue
        out[n] = work.crew(duty)
        if out[n] is not None:
            work.take(duty, out[n] or ())
            same.append(duty)
    return out


class _Work:
    """What everybody already does."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.spans: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self.days: dict[tuple[int, int], int] = defaultdict(int)
        self.weeks: dict[tuple[int, int], int] = defaultdict(int)

    def take(self, duty: Duty, crew: Crew) -> None:
        """Count a duty as theirs."""
        for m in crew:
            self.spans[m].append(_span(duty))
            self.days[m, duty.day] += duty.back - duty.depart
            self.weeks[m, self.problem.week_of(duty.day)] += duty.back - duty.depart

    def crew(self, duty: Duty) -> Crew | None:
        """Who could work a duty: fewest roles and least work first; None where somebody is missing."""
        staff = self.problem.staff
        free = [m for m, person in enumerate(staff) if self._is_free(m, person, duty)]
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
            spare = [m for m in free if m not in aboard and not staff[m].remote and self._useful(m, duty)]
            if more > len(spare):
                return None
            aboard += spare[: max(0, more)]
        return tuple(sorted(aboard))

    def _roles(self, service: int) -> list[str]:
        return [role for role, count in self.problem.services[service].crew for _ in range(count)]

    def _useful(self, m: int, duty: Duty) -> bool:
        return any(
            self._fills(m, role, duty, service) for service in duty.level for role in self._roles(service)
        )

    def _fills(self, m: int, role: str, duty: Duty, service: int) -> bool:
        return can_fill(self.problem, m, role, duty.day, service)

    def _is_free(self, m: int, person: Member, duty: Duty) -> bool:
        length, (begins, ends) = duty.back - duty.depart, _span(duty)
        rest = person.min_rest_seconds
        return (
            any(s.day == duty.day and s.starts <= duty.depart and duty.back <= s.ends for s in person.shifts)
            and self.days[m, duty.day] + length <= person.max_day_seconds
            and self.weeks[m, self.problem.week_of(duty.day)] + length <= person.max_week_seconds
            and all(ends + rest <= a or b + rest <= begins for a, b in self.spans[m])
        )


def _span(duty: Duty) -> tuple[int, int]:
    return duty.day * 24 * HOUR + duty.depart, duty.day * 24 * HOUR + duty.back
