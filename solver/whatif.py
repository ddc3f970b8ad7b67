"""What would help: one more hour of a van and its crew, one more person of a role for a day, and what the
plan would gain at least. Every offer comes with the change and the plan that proves it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from solver.check import clock
from solver.marginal import Margins
from solver.nearby import clashes
from solver.placing import Placer
from solver.plan import Plan, VanDay
from solver.problem import HOUR, Problem
from solver.remedies import Facts, Remedy
from solver.timetable import lay

MOST_VAN_DAYS = 6
MOST_SITES = 8
LEAST = 1e-6
MOST_LOOKS = 20_000


@dataclass(frozen=True)
class Offer:
    """`kind` is `van_hour` or `person`; `gain` what the plan in `plan` is worth more in the problem that
    `remedy` makes: at least what the change is worth, as the engine asked anew may find better."""

    kind: str
    facts: Facts
    gain: float
    remedy: Remedy
    plan: Plan

    @property
    def sentence(self) -> str:
        """The offer in English."""
        words = {key: str(fact).replace("_", " ") for key, fact in self.facts.items()}
        if self.kind == "van_hour":
            what = "One more hour of {van} and its crew on {date}, until {until},"
        else:
            what = "One more person in the role of {role} aboard {van} on {date} from {from} to {until}"
        return f"{what.format(**words)} would be worth at least {self.gain:.2f}."


def offers(problem: Problem, plan: Plan) -> tuple[Offer, ...]:
    """The best offer of each kind, and of each role, the most worth first; none for a plan that is too
    large to look everywhere."""
    if len(problem.sites) * len(plan.van_days) > MOST_LOOKS:
        return ()
    margins = Margins(problem, plan)
    best: dict[str, Offer] = {}
    for one in (*_van_hours(problem, plan, margins), *_people(problem, plan, margins)):
        key = f"{one.kind}:{one.facts.get('role', '')}"
        if one.gain > LEAST and (key not in best or one.gain > best[key].gain):
            best[key] = one
    return tuple(sorted(best.values(), key=lambda one: -one.gain))


def _van_hours(p: Problem, plan: Plan, margins: Margins) -> Iterator[Offer]:
    """An hour at the end of a van-day, spent on a longer last stay or on one more stop."""
    promising = []
    for at, d in enumerate(plan.van_days):
        sites = margins.by_site(d.day, d.stops[-1].leave, HOUR)
        promising.append(
            (float(sites.max(initial=0.0)), at, (-sites).argsort(kind="stable")[:MOST_SITES].tolist())
        )
    for _, at, sites in sorted(promising, key=lambda one: (-one[0], one[1]))[:MOST_VAN_DAYS]:
        d = plan.van_days[at]
        shift = next(
            (s for s in p.vans[d.van].shifts if s.day == d.day and s.starts <= d.depart and d.back <= s.ends),
            None,
        )
        if shift is None:
            continue
        remedy = Remedy("longer_shift", d.stops[-1].site, d.day, shift.starts, shift.ends + HOUR, d.van)
        longer = remedy.apply(p)
        facts: dict[str, str | int | float] = {
            "van": p.vans[d.van].name,
            "day": d.day,
            "date": p.told(d.day),
            "until": clock(shift.ends + HOUR),
        }
        for new in _longer_stays(longer, d):
            changed = Plan(tuple(new if e is d else e for e in plan.van_days))
            if not any(clashes(longer, changed, [new])):
                yield Offer("van_hour", facts, margins.gain(changed, d, new, longer), remedy, changed)
        placer = Placer(longer, plan)
        for site in sites:
            found = placer.best(site, swap=False)
            if found is not None and found.at == at:
                yield Offer("van_hour", facts, found.gain, remedy, found.applied(plan))


def _longer_stays(p: Problem, d: VanDay) -> Iterator[VanDay]:
    """The van-day with one of its stays longer, those after it as told or later."""
    for n, stop in enumerate(d.stops):
        for dwell in p.sites[stop.site].dwell_options:
            if dwell > stop.dwell:
                more = dwell - stop.dwell
                wish = replace(stop, dwell=dwell, leave=stop.leave + more)
                new = lay(p, d.van, d.day, (*d.stops[:n], wish, *d.stops[n + 1 :]), d.crew, slack=more)
                if new is not None:
                    yield new


def _people(p: Problem, plan: Plan, margins: Margins) -> Iterator[Offer]:
    """Somebody of a role aboard a van-day, so that its hosts' other services can be offered."""
    for service in sorted({n for day in range(p.days) for n in p.extras_on(day)}):
        for role, _ in p.services[service].crew:
            for d in plan.van_days:
                remedy = Remedy("crew", d.stops[0].site, d.day, d.depart, d.back, roles=(role,))
                new = _offering(p, d, service, len(p.staff))
                if new is not None:
                    more = remedy.apply(p)
                    changed = Plan(tuple(new if e is d else e for e in plan.van_days))
                    if not any(clashes(more, changed, [new])):
                        facts: dict[str, str | int | float] = {
                            "role": role, "van": p.vans[d.van].name, "day": d.day, "date": p.told(d.day),
                            "from": clock(d.depart), "until": clock(d.back),
                        }  # fmt: skip
                        yield Offer("person", facts, margins.gain(changed, d, new, more), remedy, changed)


def _offering(p: Problem, d: VanDay, service: int, newcomer: int) -> VanDay | None:
    """The van-day with a newcomer aboard and a service at every stop that allows and lacks it."""
    stops = tuple(
        replace(s, services=s.services | {service}) if service in p.sites[s.site].services else s
        for s in d.stops
    )
    return replace(d, crew=(*d.crew, newcomer), stops=stops) if stops != d.stops else None
