"""Crews: who goes on which van-day, by CP-SAT.

One worker and deterministic time, so the same problem has the same roster on every run.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ortools.sat.python import cp_model

from solver.hours import can_fill
from solver.problem import HOUR, Problem

MOST_CHOICES = 8_000
"""Duties times members of one model: a model of thousands of either would not be done in time."""
MOST_TOGETHER = 2_500
"""Duties times members of several weeks in one model."""
LEAST_VANS, LEAST_EFFORT = 4, 1.0


@dataclass(frozen=True)
class Duty:
    """A van-day that wants a crew able to offer the services of `level`; `worth` is what it is good for
    beside the anchors in `pledges`, which it would keep; an anchor counts once, however many keep it.
    `hint` is a crew that is known to do.
    Of duties with one `slot` (van, shift), and of overlapping ones of one van, at most one goes out."""

    day: int
    depart: int
    back: int
    level: frozenset[int]
    worth: float = 1.0
    pledges: frozenset[int] = frozenset()
    slot: tuple[int, int] | None = None
    hint: tuple[int, ...] = ()


def assign(
    problem: Problem, duties: Sequence[Duty], *, effort: float = 2.0
) -> tuple[list[tuple[int, ...] | None], bool]:
    """A crew for each duty, or None where it goes without, so that the worth of the crewed is greatest.

    Every rule of work holds: roles, head count, certificates, shifts, rest, hours of day and week. The flag
    says whether the choice is proven best. Sessions with refills due are priceless.
    """
    if not problem.services:
        out = _driven_once(duties)
        return [() if n in out else None for n in range(len(duties))], False
    crews: list[tuple[int, ...] | None] = [None] * len(duties)
    weeks, proven = _in_weeks(problem, duties), True
    for week in weeks:
        before = [(d, crew) for d, crew in zip(duties, crews, strict=True) if crew is not None]
        mine = [n for n in week if not any(_clash(duties[n], d) for d, _ in before)]
        blocks = _blocks(problem, [duties[n] for n in mine])
        enough = effort / len(weeks) if len(blocks) == 1 else max(LEAST_EFFORT, effort / len(weeks))
        for block, members in blocks:
            asked = [duties[mine[n]] for n in block]
            found, best = _assigned(problem, asked, members, enough, before)
            proven = proven and best and len(weeks) == len(blocks) == 1
            for n, crew in zip(block, found, strict=True):
                crews[mine[n]] = crew
    return crews, proven


def _in_weeks(problem: Problem, duties: Sequence[Duty]) -> list[list[int]]:
    """Duties week by week, where one model of them all would be slow; people's hours are by the week
    anyhow."""
    if len(duties) * len(problem.staff) <= MOST_TOGETHER:
        return [list(range(len(duties)))]
    weeks: dict[int, list[int]] = {}
    for n, duty in enumerate(duties):
        weeks.setdefault(problem.week_of(duty.day), []).append(n)
    return [weeks[week] for week in sorted(weeks)]


def _blocks(problem: Problem, duties: Sequence[Duty]) -> list[tuple[list[int], list[int]]]:
    """Duties and members in equal parts, small enough for one model each: vans in turn, and members of
    the same roles in turn. A fleet that fits one model is one part."""
    staff = range(len(problem.staff))
    vans = [duty.slot[0] if duty.slot else n for n, duty in enumerate(duties)]
    wanted = math.ceil(math.sqrt(len(duties) * len(staff) / MOST_CHOICES))
    parts = min(wanted, len(set(vans)) // LEAST_VANS)
    if parts <= 1:
        return [(list(range(len(duties))), list(staff))]
    alike = sorted(staff, key=lambda m: (sorted(r for r, _ in problem.staff[m].roles), m))
    return [([n for n, van in enumerate(vans) if van % parts == k], alike[k::parts]) for k in range(parts)]


def _assigned(
    problem: Problem,
    duties: Sequence[Duty],
    members: Sequence[int],
    effort: float,
    before: Sequence[tuple[Duty, tuple[int, ...]]] = (),
) -> tuple[list[tuple[int, ...] | None], bool]:
    model = _Model(problem, duties, members, before)
    for presolve in (True, False):
        status, crews = model.solve(effort, presolve)
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return crews, status == cp_model.OPTIMAL
    return [None for _ in duties], False


def envelope(
    problem: Problem, duties: Sequence[Duty], crews: Sequence[tuple[int, ...]]
) -> list[tuple[int, int, int]]:
    """For each crewed duty: how early it may begin, how late end, and how long be, so that every rule of work
    holds whatever each of the others does within its own envelope. One duty after another takes the room."""
    spans = [(d.depart, d.back, d.back - d.depart) for d in duties]
    spare = _spare_hours(problem, duties, crews)
    for n in sorted(range(len(duties)), key=lambda n: (duties[n].day, duties[n].depart)):
        begin, end = 0, 7 * 24 * HOUR
        for m in crews[n]:
            person = problem.staff[m]
            shift = next(
                s for s in person.shifts
                if s.day == duties[n].day and s.starts <= duties[n].depart and duties[n].back <= s.ends
            )  # fmt: skip
            begin, end = max(begin, shift.starts), min(end, shift.ends)
            for other in range(len(duties)):
                if other != n and m in crews[other]:
                    away = (duties[other].day - duties[n].day) * 24 * HOUR
                    if away + duties[other].depart >= duties[n].back:
                        end = min(end, away + spans[other][0] - person.min_rest_seconds)
                    else:
                        begin = max(begin, away + spans[other][1] + person.min_rest_seconds)
        for other in range(len(duties)):
            if other != n and _same_van(duties[n], duties[other]):
                away = (duties[other].day - duties[n].day) * 24 * HOUR
                if away + duties[other].depart >= duties[n].back:
                    end = min(end, away + spans[other][0])
                else:
                    begin = max(begin, away + spans[other][1])
        more = min((spare[m, problem.week_of(duties[n].day)] for m in crews[n]), default=7 * 24 * HOUR)
        day = min((_spare_day(problem, duties, crews, m, n) for m in crews[n]), default=7 * 24 * HOUR)
        longest = duties[n].back - duties[n].depart + max(0, min(more, day))
        spans[n] = (min(begin, duties[n].depart), max(end, duties[n].back), longest)
    return spans


def _driven_once(duties: Sequence[Duty]) -> set[int]:
    """Duties that need no crew, worth most first, without those that their van cannot drive as well."""
    out: set[int] = set()
    for n in sorted(range(len(duties)), key=lambda n: (-duties[n].worth, n)):
        if not any(_clash(duties[n], duties[other]) for other in out):
            out.add(n)
    return out


def _clash(a: Duty, b: Duty) -> bool:
    """Whether both are one shift of a van, or would have one van out twice at a time."""
    away = (b.day - a.day) * 24 * HOUR
    both = a.depart < away + b.back and away + b.depart < a.back
    return _same_van(a, b) and (a.slot == b.slot or both)


def _same_van(a: Duty, b: Duty) -> bool:
    return a.slot is not None and b.slot is not None and a.slot[0] == b.slot[0]


def _spare_hours(
    problem: Problem, duties: Sequence[Duty], crews: Sequence[tuple[int, ...]]
) -> dict[tuple[int, int], int]:
    """Seconds by which each of a member's duties of a week may grow, shared evenly."""
    work: dict[tuple[int, int], list[int]] = {}
    for duty, crew in zip(duties, crews, strict=True):
        for m in crew:
            work.setdefault((m, problem.week_of(duty.day)), []).append(duty.back - duty.depart)
    return {key: (problem.staff[key[0]].max_week_seconds - sum(s)) // len(s) for key, s in work.items()}


def _spare_day(
    problem: Problem, duties: Sequence[Duty], crews: Sequence[tuple[int, ...]], m: int, n: int
) -> int:
    """Seconds by which each duty of the member's day may grow, shared evenly."""
    mine = [
        d.back - d.depart
        for d, crew in zip(duties, crews, strict=True)
        if m in crew and d.day == duties[n].day
    ]
    return (problem.staff[m].max_day_seconds - sum(mine)) // len(mine)


class _Model:
    """The roster as CP-SAT sees it; one method per rule."""

    def __init__(
        self,
        problem: Problem,
        duties: Sequence[Duty],
        members: Sequence[int],
        before: Sequence[tuple[Duty, tuple[int, ...]]] = (),
    ) -> None:
        self.problem, self.duties, self.members = problem, duties, sorted(members)
        self.back: dict[int, int] = {}
        for duty, crew in before:
            for m in crew:
                self.back[m] = max(self.back.get(m, 0), duty.day * 24 * HOUR + duty.back)
        self.model = cp_model.CpModel()
        self.run = [self.model.new_bool_var(f"run{n}") for n in range(len(duties))]
        self.aboard: dict[tuple[int, int], cp_model.IntVar] = {
            (m, n): self.model.new_bool_var(f"m{m}d{n}")
            for n, duty in enumerate(duties)
            for m in self.members
            if self._on_shift(m, duty) and self._useful(m, duty) and self._rested(m, duty)
        }
        self.crew_of: dict[int, list[tuple[int, cp_model.IntVar]]] = {}
        self.duties_of: dict[int, list[int]] = {}
        for (m, n), aboard in self.aboard.items():
            self.crew_of.setdefault(n, []).append((m, aboard))
            self.duties_of.setdefault(m, []).append(n)
        self._one_duty_a_shift()
        for n in range(len(duties)):
            self._roles_are_filled(n)
            self._nobody_rides_idle(n)
        for m in self.members:
            self._rests(m)
            self._hours(m)
        self._worth()
        self._hints()

    def solve(
        self, effort: float, presolve: bool
    ) -> tuple[cp_model.CpSolverStatus, list[tuple[int, ...] | None]]:
        """Status and crews; the only way out of the model."""
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.max_deterministic_time = effort
        solver.parameters.random_seed = self.problem.seed % (1 << 31)
        solver.parameters.cp_model_presolve = presolve
        # CP-SAT would leave SIGINT at "die" afterwards, and nobody could stop with what there is.
        solver.parameters.catch_sigint_signal = False
        status = solver.solve(self.model)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return status, []
        crews: list[tuple[int, ...] | None] = []
        for n in range(len(self.duties)):
            crew = tuple(m for m, aboard in self.crew_of.get(n, []) if solver.value(aboard))
            crews.append(crew if solver.value(self.run[n]) else None)
        return status, crews

    def _on_shift(self, m: int, duty: Duty) -> bool:
        shifts = self.problem.staff[m].shifts
        short = duty.back - duty.depart <= self.problem.staff[m].max_day_seconds
        return short and any(
            s.day == duty.day and s.starts <= duty.depart and duty.back <= s.ends for s in shifts
        )

    def _rested(self, m: int, duty: Duty) -> bool:
        """Whether the member has rested since the weeks before."""
        ready = self.back.get(m, 0) + self.problem.staff[m].min_rest_seconds
        return m not in self.back or duty.day * 24 * HOUR + duty.depart >= ready

    def _useful(self, m: int, duty: Duty) -> bool:
        return any(
            can_fill(self.problem, m, role, duty.day, service)
            for service in duty.level
            for role, _ in self.problem.services[service].crew
        )

    def _roles_are_filled(self, n: int) -> None:
        """Each service of a duty that runs has all its roles, each by another member, and people enough."""
        for service in sorted(self.duties[n].level):
            wanted = self.problem.services[service]
            fills: dict[int, list[cp_model.IntVar]] = {}
            for role, count in wanted.crew:
                able = []
                for m, aboard in self.crew_of.get(n, []):
                    if can_fill(self.problem, m, role, self.duties[n].day, service):
                        as_role = self.model.new_bool_var("")
                        self.model.add_implication(as_role, aboard)
                        fills.setdefault(m, []).append(as_role)
                        able.append(as_role)
                self.model.add(sum(able) >= count * self.run[n])
            for roles in fills.values():
                self.model.add_at_most_one(roles)
            near = [v for m, v in self.crew_of.get(n, []) if not self.problem.staff[m].remote]
            self.model.add(sum(near) >= wanted.people * self.run[n])

    def _one_duty_a_shift(self) -> None:
        """A van's shift is driven once, and a van is out once at a time."""
        taken = [(n, d) for n, d in enumerate(self.duties) if d.slot is not None]
        for at, (n, a) in enumerate(taken):
            for other, b in taken[at + 1 :]:
                if _clash(a, b):
                    self.model.add_at_most_one([self.run[n], self.run[other]])

    def _nobody_rides_idle(self, n: int) -> None:
        """A duty that does not run has no crew."""
        for _, aboard in self.crew_of.get(n, []):
            self.model.add_implication(aboard, self.run[n])

    def _rests(self, m: int) -> None:
        """Two duties too near each other (or at once) are not both the member's."""
        need = self.problem.staff[m].min_rest_seconds
        mine = self.duties_of.get(m, [])
        spans = {n: (self.duties[n].day * 24 * HOUR + self.duties[n].depart) for n in mine}
        ends = {n: (self.duties[n].day * 24 * HOUR + self.duties[n].back) for n in mine}
        for at, a in enumerate(mine):
            for b in mine[at + 1 :]:
                if spans[a] < ends[b] + need and spans[b] < ends[a] + need:
                    self.model.add_at_most_one([self.aboard[m, a], self.aboard[m, b]])

    def _hours(self, m: int) -> None:
        """Nobody works more than they may in a day or a week."""
        person = self.problem.staff[m]
        by_day: dict[int, list[tuple[int, cp_model.IntVar]]] = {}
        by_week: dict[int, list[tuple[int, cp_model.IntVar]]] = {}
        for n in self.duties_of.get(m, []):
            d, aboard = self.duties[n], self.aboard[m, n]
            by_day.setdefault(d.day, []).append((d.back - d.depart, aboard))
            by_week.setdefault(self.problem.week_of(d.day), []).append((d.back - d.depart, aboard))
        for most, groups in ((person.max_day_seconds, by_day), (person.max_week_seconds, by_week)):
            for parts in groups.values():
                if sum(seconds for seconds, _ in parts) > most:
                    self.model.add(sum(seconds * v for seconds, v in parts) <= most)

    def _hints(self) -> None:
        """Begin with the crews that are known to do."""
        if not any(duty.hint for duty in self.duties):
            return
        for n, duty in enumerate(self.duties):
            self.model.add_hint(self.run[n], bool(duty.hint))
        for (m, n), aboard in self.aboard.items():
            self.model.add_hint(aboard, m in self.duties[n].hint)

    def _worth(self) -> None:
        """Worth of what runs, each anchor counted once, refills before all; idle hands are spared."""
        top = max([d.worth for d in self.duties], default=1.0) or 1.0
        scaled = [max(0, round(1000 * d.worth / top)) for d in self.duties]
        total = sum(w * r for w, r in zip(scaled, self.run, strict=True))
        for number, anchor in enumerate(self.problem.anchors):
            keepers = [r for d, r in zip(self.duties, self.run, strict=True) if number in d.pledges]
            if keepers:
                kept = self.model.new_bool_var("")
                self.model.add(sum(keepers) >= kept)
                price = round(1000 * self.problem.weights.promise / top)
                total += (price + (10**6 if anchor.refills_due else 0)) * kept
        self.model.maximize(100 * total - sum(self.aboard.values()))
