"""Conflicts: the smallest set of inputs that cannot all hold, for promised sessions that nobody can keep.

Each promise is asked to be kept with the vans, hosts, windows, people and hours there are, by CP-SAT with an
assumption for each input. What it needs to refute them is cut down, one after another, until every input left
matters: with any one of them gone the others hold together. What is left out (bands of traffic, the way
between crews) makes keeping easier, so a conflict is never claimed where there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from ortools.sat.python import cp_model

from solver.check import clock
from solver.plan import Conflict, Input
from solver.problem import DAY, Anchor, Problem, Shift

EFFORT = 4.0
MOST_CONFLICTS = 8


def conflicts(problem: Problem, wanted: Sequence[Anchor] | None = None) -> tuple[Conflict, ...]:
    """Why these promises (all, if none are named) cannot be kept together: one conflict after another, each a
    smallest one, found without the promises of those before it. Empty when they can."""
    left = list(problem.anchors if wanted is None else wanted)
    found: list[Conflict] = []
    for week in sorted({problem.week_of(a.day) for a in left}):
        anchors = [a for a in left if problem.week_of(a.day) == week]
        while anchors and len(found) < MOST_CONFLICTS:
            model = _Model(problem, anchors)
            core = model.smallest()
            if not core:
                break
            found.append(Conflict(tuple(core)))
            clashing = {model.anchor_of[one] for one in core if one in model.anchor_of}
            anchors = [a for n, a in enumerate(anchors) if n not in clashing]
            if not clashing:
                break
    return tuple(found)


Slot = tuple[int, int]


class _Model:
    """The promises of a week as CP-SAT sees them; one method a rule, one assumption an input."""

    def __init__(self, problem: Problem, anchors: Sequence[Anchor]) -> None:
        self.problem, self.anchors = problem, anchors
        self.model = cp_model.CpModel()
        self.inputs: dict[Input, cp_model.IntVar] = {}
        self.anchor_of: dict[Input, int] = {}
        self.slots: list[Slot] = [
            (v, n)
            for v, van in enumerate(problem.vans)
            for n, s in enumerate(van.shifts)
            if any(a.day == s.day for a in anchors)
        ]
        self.start = [self._start(a) for a in anchors]
        self.asked: list[cp_model.IntVar] = []
        self.takes: dict[tuple[int, Slot], cp_model.IntVar] = {}
        self.aboard: dict[tuple[int, Slot], cp_model.IntVar] = {}
        for i in range(len(anchors)):
            self._kept(i)
            self._open(i)
            self._host(i)
        for slot in self.slots:
            self._driven(slot)
            self._crewed(slot)
        for i, j in combinations(range(len(anchors)), 2):
            self._crowd(i, j)
        for m in range(len(problem.staff)):
            self._rests(m)
            self._week(m)

    def smallest(self) -> list[Input]:
        """A smallest set of inputs that clash, or none."""
        names = list(self.inputs)
        if self._holds(names):
            return []
        core = self._refuted(names)
        for one in list(core):
            fewer = [other for other in core if other != one]
            if not self._holds(fewer):
                core = fewer
        return sorted(core, key=lambda one: (one.kind != "promise", names.index(one)))

    # asking

    def _holds(self, names: Sequence[Input]) -> bool:
        """Whether these inputs can hold together. Refuted only when the solver without presolve says so,
        too."""
        return any(self._asked(names, presolve)[0] != cp_model.INFEASIBLE for presolve in (True, False))

    def _refuted(self, names: Sequence[Input]) -> list[Input]:
        status, solver = self._asked(names, presolve=False)
        if status != cp_model.INFEASIBLE:
            return list(names)
        used = set(solver.sufficient_assumptions_for_infeasibility())
        core = [one for one in names if self.inputs[one].index in used]
        return core if core and not self._holds(core) else list(names)

    def _asked(
        self, names: Sequence[Input], presolve: bool
    ) -> tuple[cp_model.CpSolverStatus, cp_model.CpSolver]:
        self.model.clear_assumptions()
        self.model.add_assumptions([self.inputs[one] for one in names])
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.max_deterministic_time = EFFORT
        solver.parameters.cp_model_presolve = presolve
        solver.parameters.catch_sigint_signal = False
        return solver.solve(self.model), solver

    def _given(self, kind: str, sentence: str, **facts: str | int) -> cp_model.IntVar:
        one = Input(kind, sentence, facts)
        if one not in self.inputs:
            self.inputs[one] = self.model.new_bool_var(sentence)
        return self.inputs[one]

    # promises

    def _start(self, a: Anchor) -> cp_model.IntVar:
        step = self.problem.start_step
        first, last = -(-(a.start - a.tolerance) // step), (a.start + a.tolerance) // step
        return self.model.new_int_var(first * step, max(first, last) * step, "")

    def _kept(self, i: int) -> None:
        """A promise is kept by one van-day, if one may stand there."""
        a, p = self.anchors[i], self.problem
        allowed = p.sites[a.site].vans
        told = f"the session at {p.sites[a.site].name} on {p.told(a.day)} at {clock(a.start)}"
        asked = self._given(
            "promise",
            told,
            site=p.sites[a.site].name,
            day=a.day,
            start=clock(a.start),
            anchor=p.anchors.index(a) if a in p.anchors else -1,
        )
        self.anchor_of[next(one for one in self.inputs if one.sentence == told)] = i
        self.asked.append(asked)
        fits = []
        for v, n in self.slots:
            if p.vans[v].shifts[n].day == a.day:
                takes = self.takes[i, (v, n)] = self.model.new_bool_var("")
                if allowed is not None and v not in allowed:
                    only = self._given(
                        "vans", f"only some vans fit at {p.sites[a.site].name}", site=p.sites[a.site].name
                    )
                    self.model.add(takes == 0).only_enforce_if(only)
                fits.append(takes)
        self.model.add_at_most_one(fits)
        if fits:
            self.model.add(sum(fits) >= 1).only_enforce_if(asked)
        else:
            none = self._given("no_van", f"no van has a shift on {p.told(a.day)}", day=a.day)
            self.model.add_bool_or([asked.negated(), none.negated()])

    def _open(self, i: int) -> None:
        """The stay lies in a window of its site, set-up and pack-down included."""
        a, site = self.anchors[i], self.problem.sites[self.anchors[i].site]
        hours = [w for w in site.windows if w.day == a.day]
        told = ", ".join(f"{clock(w.opens)}-{clock(w.closes)}" for w in hours) or "closed"
        name = f"the hours of {site.name} on {self.problem.told(a.day)} ({told})"
        given = self._given("window", name, site=site.name, day=a.day, hours=told)
        inside = [self.model.new_bool_var("") for _ in hours]
        for w, here in zip(hours, inside, strict=True):
            self.model.add(self.start[i] - site.setup_seconds >= w.opens).only_enforce_if(here)
            self.model.add(self.start[i] + a.dwell + site.packdown_seconds <= w.closes).only_enforce_if(here)
        self._when(i, inside, given)

    def _host(self, i: int) -> None:
        """The host allows what was promised."""
        a, site = self.anchors[i], self.problem.sites[self.anchors[i].site]
        for n in sorted(({0} | a.services if self.problem.services else set()) - site.services):
            service = self.problem.services[n].name
            given = self._given(
                "host",
                f"the host of {site.name} does not allow {service.replace('_', ' ')}",
                site=site.name,
                service=service,
            )
            self._when(i, [], given)

    def _when(self, i: int, any_of: Sequence[cp_model.IntVar], given: cp_model.IntVar) -> None:
        """Whoever serves promise i needs one of these, as long as the input is given."""
        for (n, _), takes in self.takes.items():
            if n == i:
                self.model.add_bool_or([takes.negated(), given.negated(), *any_of])

    # vans

    def _driven(self, slot: Slot) -> None:
        """A van goes from its base to its promises one after another and back within its shift."""
        v, n = slot
        p, shift, van = self.problem, self.problem.vans[v].shifts[n], self.problem.vans[v]
        name = f"the shift of {van.name} on {p.told(shift.day)} ({clock(shift.starts)}-{clock(shift.ends)})"
        given = self._given("van_shift", name, van=van.name, day=shift.day)
        mine = [i for i in range(len(self.anchors)) if (i, slot) in self.takes]
        for i in mine:
            both = [self.takes[i, slot], given]
            self.model.add(self._out(i, van.base) >= shift.starts).only_enforce_if(both)
            self.model.add(self._home(i, van.base) <= shift.ends).only_enforce_if(both)
        for i, j in combinations(mine, 2):
            self._one_after_another(i, j, slot)

    def _one_after_another(self, i: int, j: int, slot: Slot) -> None:
        p, a, b = self.problem, self.anchors[i].site, self.anchors[j].site
        van = p.vans[slot[0]].name
        given = self._given("one_van", f"{van} is at one place at a time", van=van)
        both = [self.takes[i, slot], self.takes[j, slot], given]
        if a == b:
            self.model.add_bool_or([x.negated() for x in both])
            return
        first = self.model.new_bool_var("")
        self.model.add(self._leave(i) + self._drive(a, b) <= self._arrive(j)).only_enforce_if([*both, first])
        self.model.add(self._leave(j) + self._drive(b, a) <= self._arrive(i)).only_enforce_if(
            [*both, first.negated()]
        )

    def _crowd(self, i: int, j: int) -> None:
        """Two promises at once at a site that fits one van."""
        a, b = self.anchors[i], self.anchors[j]
        site = self.problem.sites[a.site]
        if (a.site, a.day) != (b.site, b.day) or site.max_vans > 1:
            return
        given = self._given("one_spot", f"one van fits at {site.name}", site=site.name)
        first, both = self.model.new_bool_var(""), [given, self.asked[i], self.asked[j]]
        self.model.add(self._leave(i) <= self._arrive(j)).only_enforce_if([*both, first])
        self.model.add(self._leave(j) <= self._arrive(i)).only_enforce_if([*both, first.negated()])

    # people

    def _crewed(self, slot: Slot) -> None:
        """Every role of every service promised is filled by somebody on shift, with people enough aboard."""
        p, shift = self.problem, self.problem.vans[slot[0]].shifts[slot[1]]
        mine = [i for i in range(len(self.anchors)) if (i, slot) in self.takes]
        for m, person in enumerate(p.staff):
            aboard = self.aboard[m, slot] = self.model.new_bool_var("")
            hours = [s for s in person.shifts if s.day == shift.day]
            told = ", ".join(f"{clock(s.starts)}-{clock(s.ends)}" for s in hours) or "off"
            name = f"the hours of {person.name} on {p.told(shift.day)} ({told})"
            for i in mine:
                self._present(i, aboard, slot, hours, name)
        for i in mine:
            for n in sorted({0} | self.anchors[i].services if p.services else ()):
                self._offered(i, n, slot)

    def _present(
        self, i: int, aboard: cp_model.IntVar, slot: Slot, hours: Sequence[Shift], name: str
    ) -> None:
        base = self.problem.vans[slot[0]].base
        given = self._given("staff_shift", name)
        there = [self.model.new_bool_var("") for _ in hours]
        for s, on in zip(hours, there, strict=True):
            self.model.add(self._out(i, base) >= s.starts).only_enforce_if(on)
            self.model.add(self._home(i, base) <= s.ends).only_enforce_if(on)
        self.model.add_bool_or([aboard.negated(), self.takes[i, slot].negated(), given.negated(), *there])

    def _offered(self, i: int, service: int, slot: Slot) -> None:
        p, wanted, day = self.problem, self.problem.services[service], self.anchors[i].day
        name = wanted.name.replace("_", " ")
        takes = self.takes[i, slot]
        seats: dict[int, list[cp_model.IntVar]] = {}
        for role, count in wanted.crew:
            work = role.replace("_", " ")
            need = self._given("crew", f"{name} needs {count} {work}", service=wanted.name, role=role)
            able = []
            for m, person in enumerate(p.staff):
                days = [on for r, on in person.roles if r == role]
                if not days or (person.remote and role not in wanted.telehealth):
                    continue
                as_role = self.model.new_bool_var("")
                self.model.add_implication(as_role, self.aboard[m, slot])
                if not any(day in on for on in days):
                    lapsed = f"{person.name} may not work as {work} on {p.told(day)}"
                    given = self._given("certificate", lapsed, member=person.name, role=role, day=day)
                    self.model.add_bool_or([as_role.negated(), given.negated()])
                seats.setdefault(m, []).append(as_role)
                able.append(as_role)
            self.model.add(sum(able) >= count).only_enforce_if([takes, need])
        for roles in seats.values():
            self.model.add_at_most_one(roles)
        aboard = [self.aboard[m, slot] for m, person in enumerate(p.staff) if not person.remote]
        many = self._given("people", f"{name} needs {wanted.people} people aboard", service=wanted.name)
        self.model.add(sum(aboard) >= wanted.people).only_enforce_if([takes, many])

    def _rests(self, m: int) -> None:
        """Between two van-days a member rests; nobody is on two at once."""
        person = self.problem.staff[m]
        pairs = [(a, b) for a, b in combinations(self.takes, 2) if a[1] != b[1] and a[0] != b[0]]
        for (i, one), (j, two) in pairs:
            a, b = self.anchors[i], self.anchors[j]
            if abs(a.day - b.day) > 1 or (m, one) not in self.aboard:
                continue
            hours = person.min_rest_seconds / 3600
            given = self._given(
                "rest", f"{person.name} rests {hours:g} h between two van-days", member=person.name
            )
            both = [self.takes[i, one], self.takes[j, two], self.aboard[m, one], self.aboard[m, two], given]
            first = self.model.new_bool_var("")
            away = (b.day - a.day) * DAY
            bases = self.problem.vans[one[0]].base, self.problem.vans[two[0]].base
            early = self._home(i, bases[0]) + person.min_rest_seconds <= self._out(j, bases[1]) + away
            late = self._home(j, bases[1]) + away + person.min_rest_seconds <= self._out(i, bases[0])
            self.model.add(early).only_enforce_if([*both, first])
            self.model.add(late).only_enforce_if([*both, first.negated()])

    def _week(self, m: int) -> None:
        """Nobody works more in a week than they may; the drive is not counted."""
        person, work = self.problem.staff[m], []
        for (i, slot), takes in self.takes.items():
            with_them = self.model.new_bool_var("")
            self.model.add_bool_or([with_them, takes.negated(), self.aboard[m, slot].negated()])
            work.append(self.anchors[i].dwell * with_them)
        if work and sum(a.dwell for a in self.anchors) > person.max_week_seconds:
            hours = person.max_week_seconds / 3600
            given = self._given(
                "week_hours", f"{person.name} works {hours:g} h a week at most", member=person.name
            )
            self.model.add(sum(work) <= person.max_week_seconds).only_enforce_if(given)

    # times

    def _arrive(self, i: int) -> cp_model.LinearExpr:
        return self.start[i] - self.problem.sites[self.anchors[i].site].setup_seconds

    def _leave(self, i: int) -> cp_model.LinearExpr:
        return (
            self.start[i] + self.anchors[i].dwell + self.problem.sites[self.anchors[i].site].packdown_seconds
        )

    def _out(self, i: int, base: int) -> cp_model.LinearExpr:
        return self._arrive(i) - self._drive(base, self.anchors[i].site)

    def _home(self, i: int, base: int) -> cp_model.LinearExpr:
        return self._leave(i) + self._drive(self.anchors[i].site, base)

    def _drive(self, a: int, b: int) -> int:
        return int(self.problem.travel[:, a, b].min())
