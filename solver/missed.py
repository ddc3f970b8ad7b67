"""Why people due back are missed: the first rule that keeps every stop with their service from them, or what
serving them would displace and cost. As in `reasons`, a code and facts; the sentence is one way to say them.

Every statement holds if it is applied: the plan with the placing named passes the judge, serves those people,
and is worth that much more or less.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from solver.bench import Bench
from solver.check import clock
from solver.crews import may_fill, missing_for
from solver.marginal import Margins
from solver.nearby import clashes
from solver.placing import Placer
from solver.plan import Plan, Stop, VanDay
from solver.problem import FollowUp, Problem
from solver.score import stops_of

Facts = Mapping[str, str | int | float]


@dataclass(frozen=True)
class Missed:
    """A follow-up (by its position) that a plan does not keep: a stable `code`, its facts and a sentence;
    `plan` keeps it (None: no way was found)."""

    follow_up: int
    code: str
    facts: Facts = field(default_factory=dict)
    plan: Plan | None = None

    @property
    def sentence(self) -> str:
        """The reason in English."""
        words = {key: str(fact).replace("_", " ") for key, fact in self.facts.items()}
        if "gain" in words:
            gain = float(self.facts["gain"])
            words["gain"] = f"{abs(gain):.2f} {'more' if gain > 0 else 'less'}"
        return SENTENCES[self.code].format(**words)


SENTENCES = {
    "host": "The host of {site} does not allow {service}.",
    "closed": "{site} is not open to vans on any of these days.",
    "no_crew": "Nobody in the role of {role} is on shift on a day when {site} is open.",
    "lacks": "{van} is there on {date} at {start}, and its crew lacks {lacking} for {service}.",
    "could_join": "{van} is there on {date} at {start} and lacks {lacking}; with {who} aboard it could offer "
    "{service}, and the plan would be worth {gain}.",
    "no_room": "No van's day has room for {site} with {service} on these days, and no single stop could make "
    "room for it.",
    "could_add": "{van} could serve them on {date} at {start} for {minutes} minutes; the plan would be worth "
    "{gain}.",
    "outbid": "{van} could serve them on {date} at {start} for {minutes} minutes instead of {instead_of}; "
    "the plan would be worth {gain}.",
}


def keeps(due: FollowUp, day: int, stop: Stop) -> bool:
    """Whether a stop is one at which those due can come."""
    return stop.site == due.site and day in due.days and due.service in stop.services


def why_missed(problem: Problem, plan: Plan) -> tuple[Missed, ...]:
    """One reason for each follow-up that the plan does not keep."""
    there = list(stops_of(plan))
    placer = Placer(problem, plan)
    return tuple(
        _missed(placer, number, due)
        for number, due in enumerate(problem.follow_ups)
        if not any(keeps(due, day, stop) for day, stop in there)
    )


def _missed(placer: Placer, number: int, due: FollowUp) -> Missed:
    p = placer.problem
    facts = {"site": p.sites[due.site].name, "service": p.services[due.service].name}
    block = _blocked(p, due)
    if block is not None:
        code, more = block
        return Missed(number, code, {**facts, **more})
    aboard = _one_more_aboard(placer, due)
    if aboard is not None:
        code, more, changed = aboard
        return Missed(number, code, {**facts, **more}, changed)
    return _placed(placer, number, due, facts)


def _blocked(p: Problem, due: FollowUp) -> tuple[str, Facts] | None:
    """A rule that forbids the service there on all of the days."""
    site = p.sites[due.site]
    if due.service not in site.services:
        return "host", {}
    days = {w.day for w in site.windows} & due.days
    if not days:
        return "closed", {}
    for role, _ in p.services[due.service].crew:
        if not any(_on_shift(p, m, role, day, due.service) for m in range(len(p.staff)) for day in days):
            return "no_crew", {"role": role}
    return None


def _on_shift(p: Problem, member: int, role: str, day: int, service: int) -> bool:
    here = any(s.day == day for s in p.staff[member].shifts)
    return here and may_fill(p, member, role, day, service)


def _one_more_aboard(placer: Placer, due: FollowUp) -> tuple[str, Facts, Plan | None] | None:
    """A van that is there anyway without the service: who lacks, and whether somebody free could come."""
    p, plan, lacking = placer.problem, placer.plan, None
    for at, n in _there(plan, due):
        d = plan.van_days[at]
        facts = {
            "van": p.vans[d.van].name, "date": p.told(d.day), "start": clock(d.stops[n].start),
            "lacking": missing_for(p, d.crew, d.day, due.service) or "nobody",
        }  # fmt: skip
        offering = replace(d, stops=(*d.stops[:n], _with(d.stops[n], due), *d.stops[n + 1 :]))
        for swaps in Bench(p, plan).crews(offering, d, lambda _: False, lambda _: False):
            new = swaps[0][1]
            changed = Plan(tuple(new if k == at else e for k, e in enumerate(plan.van_days)))
            if not any(clashes(p, changed, [new])):
                gain = Margins(p, plan).gain(changed, d, new)
                who = " and ".join(p.staff[m].name for m in new.crew if m not in d.crew) or "the same crew"
                return "could_join", {**facts, "who": who, "gain": round(gain, 6)}, changed
        lacking = lacking or ("lacks", facts, None)
    return lacking


def _there(plan: Plan, due: FollowUp) -> Iterator[tuple[int, int]]:
    """Where a van stands at the site on one of the days."""
    for at, d in enumerate(plan.van_days):
        for n, stop in enumerate(d.stops):
            if stop.site == due.site and d.day in due.days:
                yield at, n


def _with(stop: Stop, due: FollowUp) -> Stop:
    return replace(stop, services=stop.services | {due.service})


def _placed(placer: Placer, number: int, due: FollowUp, facts: Facts) -> Missed:
    """A stop for them: beside what is planned, or in place of something."""
    p = placer.problem
    sites = list(p.sites)
    windows = tuple(w for w in sites[due.site].windows if w.day in due.days)
    sites[due.site] = replace(sites[due.site], windows=windows)
    found = placer.best(due.site, replace(p, sites=tuple(sites)), service=due.service)
    if found is None:
        return Missed(number, "no_room", facts)
    d: VanDay = found.van_day
    told: dict[str, str | int | float] = {
        **facts, "van": p.vans[d.van].name, "date": p.told(d.day), "start": clock(found.stop.start),
        "minutes": found.stop.dwell // 60, "gain": round(found.gain, 6),
    }  # fmt: skip
    if found.out:
        told["instead_of"] = ", ".join(p.sites[s.site].name for s in found.out)
    return Missed(number, "outbid" if found.out else "could_add", told, found.applied(placer.plan))
