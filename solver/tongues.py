"""Tongues: the languages that hosts ask for. A plan is crewed first; then somebody who speaks is put aboard
where a host requires it, and changes places with a colleague where a host wishes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from solver.bench import Bench
from solver.nearby import clashes
from solver.plan import Plan, Stop, VanDay
from solver.problem import Problem


def required(problem: Problem, plan: Plan) -> Plan:
    """The plan with every language that a host requires spoken aboard; a stop where nobody can be found is
    left out."""
    if not any(site.required_languages for site in problem.sites):
        return plan
    for d in plan.van_days:
        if missing(problem, d, wished=False):
            plan = _required(problem, plan, d)
    return plan


def wished(problem: Problem, plan: Plan) -> Plan:
    """The plan with as many of the languages wished as colleagues can bring by changing places."""
    for d in plan.van_days:
        if missing(problem, d):
            plan = next(_better(problem, plan, d), plan)
    return plan


def missing(problem: Problem, d: VanDay, *, wished: bool = True) -> set[str]:
    """Languages that hosts on the van-day require (or wish, too) and nobody of the crew speaks."""
    sites = [problem.sites[s.site] for s in d.stops]
    asked = {tongue for site in sites for tongue in site.required_languages}
    if wished:
        asked |= {tongue for site in sites for tongue in site.languages}
    return asked - {tongue for m in d.crew for tongue in problem.staff[m].languages}


def _required(problem: Problem, plan: Plan, d: VanDay) -> Plan:
    for crew in _crews(problem, plan, d):
        new = replace(d, crew=crew)
        if not missing(problem, new, wished=False):
            better = _with(plan, d, new)
            if not any(clashes(problem, better, [new])):
                return better
    lacking = missing(problem, d, wished=False)
    left = tuple(s for s in d.stops if not lacking & problem.sites[s.site].required_languages)
    return _with(plan, d, _shorter(d, left))


def _shorter(d: VanDay, left: tuple[Stop, ...]) -> VanDay | None:
    return replace(d, stops=left) if left else None


def _better(problem: Problem, plan: Plan, d: VanDay) -> Iterator[Plan]:
    """Plans in which the crew speaks more of what is wished."""
    now = len(missing(problem, d))
    for crew in _crews(problem, plan, d):
        new = replace(d, crew=crew)
        if len(crew) == len(d.crew) and len(missing(problem, new)) < now:
            better = _with(plan, d, new)
            if not any(clashes(problem, better, [new])):
                yield better


def _crews(problem: Problem, plan: Plan, d: VanDay) -> Iterator[tuple[int, ...]]:
    """The crew with a speaker in somebody's place, else with one more aboard."""
    bench, lacking = Bench(problem, plan), missing(problem, d)
    speakers = [
        m for m, person in enumerate(problem.staff)
        if m not in d.crew and lacking & person.languages and bench.able(m, d)
    ]  # fmt: skip
    for n in speakers:
        for out in d.crew:
            crew = tuple(n if m == out else m for m in d.crew)
            if not bench.lacking(d, crew):
                yield crew
    for n in speakers:
        yield (*d.crew, n)


def _with(plan: Plan, old: VanDay, new: VanDay | None) -> Plan:
    days = [new if d is old else d for d in plan.van_days]
    return Plan(tuple(d for d in days if d is not None))
