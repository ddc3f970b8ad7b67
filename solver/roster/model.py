"""The choice of crews as CP-SAT sees it."""

from __future__ import annotations

from collections.abc import Sequence

from ortools.sat.python import cp_model

from solver.hours import can_fill, has_a_role
from solver.problem import Problem
from solver.roster.duty import Duty, clash


class CrewModel:
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
                self.back[m] = max(self.back.get(m, 0), duty.ends)
        self.model = cp_model.CpModel()
        self.run = [self.model.new_bool_var(f"run{n}") for n in range(len(duties))]
        self.aboard: dict[tuple[int, int], cp_model.IntVar] = {
            (m, n): self.model.new_bool_var(f"m{m}d{n}")
            for n, duty in enumerate(duties)
            for m in self.members
            if self._could_work(m, duty) and self._rested(m, duty)
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

    def _could_work(self, m: int, duty: Duty) -> bool:
        """Whether the member has a role in it, is on shift then, and may work so long a day."""
        person = self.problem.staff[m]
        on_shift = duty.length <= person.max_day_seconds and duty.shift_of(person) is not None
        return on_shift and has_a_role(self.problem, m, duty.day, duty.level)

    def _rested(self, m: int, duty: Duty) -> bool:
        """Whether the member has rested since the weeks before."""
        ready = self.back.get(m, 0) + self.problem.staff[m].min_rest_seconds
        return m not in self.back or duty.begins >= ready

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
                if clash(a, b):
                    self.model.add_at_most_one([self.run[n], self.run[other]])

    def _nobody_rides_idle(self, n: int) -> None:
        """A duty that does not run has no crew."""
        for _, aboard in self.crew_of.get(n, []):
            self.model.add_implication(aboard, self.run[n])

    def _rests(self, m: int) -> None:
        """Two duties too near each other (or at once) are not both the member's."""
        need = self.problem.staff[m].min_rest_seconds
        mine = self.duties_of.get(m, [])
        for at, a in enumerate(mine):
            for b in mine[at + 1 :]:
                one, other = self.duties[a], self.duties[b]
                if one.begins < other.ends + need and other.begins < one.ends + need:
                    self.model.add_at_most_one([self.aboard[m, a], self.aboard[m, b]])

    def _hours(self, m: int) -> None:
        """Nobody works more than they may in a day or a week."""
        person = self.problem.staff[m]
        by_day: dict[int, list[tuple[int, cp_model.IntVar]]] = {}
        by_week: dict[int, list[tuple[int, cp_model.IntVar]]] = {}
        for n in self.duties_of.get(m, []):
            d, aboard = self.duties[n], self.aboard[m, n]
            by_day.setdefault(d.day, []).append((d.length, aboard))
            by_week.setdefault(self.problem.week_of(d.day), []).append((d.length, aboard))
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
