"""The verdict on a whole plan: every rule asked, then what the plan is worth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from solver.check import people, stays, vans
from solver.check.broken import Broken, Rule
from solver.plan import Plan
from solver.problem import Problem
from solver.score import score

RULES: tuple[Rule, ...] = (
    vans.shift, vans.van_twice, vans.empty, vans.travel,
    stays.window, stays.setup, stays.packdown, stays.dwell, stays.on_the_clock,
    vans.meal_break,
    stays.site_twice, stays.crowd, stays.spacing, stays.van_fits, stays.host,
    people.staffed, people.language, people.on_shift, people.two_vans, people.rest, people.hours,
    stays.refills,
)  # fmt: skip
"""Every rule of the field, in the order in which they are told."""

BETWEEN: tuple[Rule, ...] = (
    vans.shift, vans.van_twice, stays.crowd, stays.spacing, people.two_vans, people.rest, people.hours,
)  # fmt: skip
"""Those that two van-days can break together, though neither does alone."""

WITHIN: tuple[Rule, ...] = tuple(rule for rule in RULES if rule not in (*BETWEEN, stays.refills))
"""Those that a van-day breaks or keeps whatever the others do."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Every broken rule (none: the plan may be published) and the score by term."""

    broken: tuple[Broken, ...]
    score: Mapping[str, float]

    @property
    def accepted(self) -> bool:
        """Whether no rule is broken."""
        return not self.broken

    @property
    def value(self) -> float:
        """The sum of the score's terms."""
        return sum(self.score.values())


def check(problem: Problem, plan: Plan) -> Verdict:
    """Judge a plan, wherever it came from. Milliseconds for a month, so every hand edit can be judged."""
    nonsense = tuple(unknown(problem, plan))
    if nonsense:
        return Verdict(nonsense, {})
    return Verdict(faults(problem, plan), score(problem, plan))


def faults(problem: Problem, plan: Plan) -> tuple[Broken, ...]:
    """Every rule broken by a plan that names nothing unknown; its worth is not asked."""
    return tuple(broken(problem, plan, RULES))


def broken(problem: Problem, plan: Plan, rules: Sequence[Rule]) -> Iterator[Broken]:
    """What a plan breaks of some rules, one fault after another: who asks whether there is any asks no
    further than the first."""
    for rule in rules:
        yield from rule(problem, plan)


def unknown(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """Every van, day, site, service and member of the plan is one of the problem's."""
    for d in plan.van_days:
        if not (0 <= d.van < len(problem.vans) and 0 <= d.day < problem.days):
            yield Broken("unknown", f"van {d.van} on day {d.day} is not in the problem", d.van, d.day)
        if any(not 0 <= m < len(problem.staff) for m in d.crew):
            yield Broken("unknown", "a member of the crew is not in the problem", d.van, d.day)
        for stop in d.stops:
            services = all(0 <= s < max(1, len(problem.services)) for s in stop.services)
            if not (0 <= stop.site < len(problem.sites) and services):
                yield Broken("unknown", f"stop {stop} is not in the problem", d.van, d.day)
