"""The judge: which rules a plan breaks, and what it is worth. Plain Python, no numba, no ortools, and no code
shared with the search, so a plan that passes here is right even where the search is wrong.

Each rule of the field is one function below; `RULES` is the whole list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from solver.crews import missing_for
from solver.plan import Plan, Stop, VanDay
from solver.problem import DAY, HOUR, Problem
from solver.proof import CertificateError, confirm
from solver.score import kept, score, travel_seconds, unkept


@dataclass(frozen=True, slots=True)
class Broken:
    """One rule that one van-day or stop breaks: a stable name, and a sentence a coordinator can act on."""

    rule: str
    sentence: str
    van: int | None = None
    day: int | None = None
    site: int | None = None


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
    return tuple(fault for rule in RULES for fault in rule(problem, plan))


def clock(seconds: int) -> str:
    """Seconds after midnight as people write them."""
    return f"{seconds // HOUR:02d}:{seconds % HOUR // 60:02d}"


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


def shift(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """A van works inside one of its shifts, and drives each shift at most once."""
    used: set[tuple[int, int]] = set()
    for d in plan.van_days:
        fits = [
            (d.van, n)
            for n, s in enumerate(problem.vans[d.van].shifts)
            if s.day == d.day and s.starts <= d.depart and d.back <= s.ends
        ]
        free = [shift for shift in fits if shift not in used]
        used.update(free[:1])
        name = problem.vans[d.van].name
        if not fits:
            yield Broken(
                "shift", f"{name} has no shift from {clock(d.depart)} to {clock(d.back)}", d.van, d.day
            )
        elif not free:
            yield Broken("shift", f"{name} drives one shift twice", d.van, d.day)


def van_twice(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """A van is out once at a time."""
    by_van: dict[int, list[VanDay]] = {}
    for d in plan.van_days:
        by_van.setdefault(d.van, []).append(d)
    for van, days in sorted(by_van.items()):
        for _, b in _overlaps(days):
            name = problem.vans[van].name
            yield Broken("van_twice", f"{name} leaves at {clock(b.depart)} before it is back", van, b.day)


def empty(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """A van-day has a stop; a van with nothing to do has no van-day."""
    for d in plan.van_days:
        if not d.stops:
            yield Broken("empty", f"{problem.vans[d.van].name} goes out with no stop", d.van, d.day)


def travel(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """A van arrives no sooner than the drive (and a meal break taken on the way) allows."""
    for d in plan.van_days:
        legs = [d.depart, *(s.leave for s in d.stops)], [*(s.arrive for s in d.stops), d.back]
        base = problem.vans[d.van].base
        places = [base, *(s.site for s in d.stops), base]
        for n, (leave, arrive) in enumerate(zip(*legs, strict=True)):
            drive = travel_seconds(problem, d.day, leave, places[n], places[n + 1])
            pause = _pause_between(problem, d, leave, arrive)
            if leave + drive + pause > arrive:
                late = f"the {drive} s drive from {clock(leave)} cannot end by {clock(arrive)}"
                yield Broken("travel", late, d.van, d.day, d.stops[min(n, len(d.stops) - 1)].site)


def window(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """A van stands at a site only while its window is open, set-up and pack-down included."""
    for d, s in _stops(plan):
        site = problem.sites[s.site]
        if not any(w.day == d.day and w.opens <= s.arrive and s.leave <= w.closes for w in site.windows):
            stay = f"{site.name} is not open from {clock(s.arrive)} to {clock(s.leave)}"
            yield Broken("window", stay, d.van, d.day, s.site)


def setup(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """Set-up comes between arriving and service."""
    for d, s in _stops(plan):
        site = problem.sites[s.site]
        if s.start - s.arrive < site.setup_seconds:
            yield Broken("setup", f"no time to set up at {site.name}", d.van, d.day, s.site)


def packdown(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """Pack-down comes between service and leaving."""
    for d, s in _stops(plan):
        site = problem.sites[s.site]
        if s.leave - s.end < site.packdown_seconds:
            yield Broken("packdown", f"no time to pack down at {site.name}", d.van, d.day, s.site)


def dwell(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """A stay has one of the site's lengths, or that of a session promised there."""
    for d, s in _stops(plan):
        site = problem.sites[s.site]
        promised = {a.dwell for a in problem.anchors if (a.site, a.day) == (s.site, d.day)}
        if s.dwell <= 0 or s.dwell not in promised.union(site.dwell_options):
            stay = f"{s.dwell // 60} minutes is not a stay {site.name} allows"
            yield Broken("dwell", stay, d.van, d.day, s.site)


def on_the_clock(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """Service starts at a time people can be told: a multiple of the problem's step."""
    for d, s in _stops(plan):
        if s.start % problem.start_step:
            odd = f"{clock(s.start)} is not a multiple of {problem.start_step} s"
            yield Broken("on_the_clock", odd, d.van, d.day, s.site)


def meal_break(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """Work longer than allowed without food holds a break between stops, begun in time."""
    rule = problem.meal_break
    for d in plan.van_days if rule else ():
        assert rule is not None
        begin, name = d.break_start, problem.vans[d.van].name
        if begin is None:
            if d.back - d.depart > rule.after_seconds:
                late = f"{name} works {clock(d.back - d.depart)} h without a meal break"
                yield Broken("meal_break", late, d.van, d.day)
        elif begin - d.depart > rule.after_seconds:
            yield Broken("meal_break", f"the break of {name} at {clock(begin)} comes too late", d.van, d.day)
        elif any(s.arrive < begin + rule.seconds and begin < s.leave for s in d.stops):
            yield Broken("meal_break", f"the break of {name} at {clock(begin)} is in a stop", d.van, d.day)
        elif not d.depart <= begin <= d.back - rule.seconds:
            yield Broken("meal_break", f"the break of {name} is outside its day", d.van, d.day)


def site_twice(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """A van-day stands at a site once."""
    for d in plan.van_days:
        sites = [s.site for s in d.stops]
        for site in sorted({site for site in sites if sites.count(site) > 1}):
            again = f"{problem.vans[d.van].name} comes to {problem.sites[site].name} twice"
            yield Broken("site_twice", again, d.van, d.day, site)


def crowd(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """No more vans stand at a site at once than fit."""
    at_site: dict[int, list[tuple[VanDay, Stop]]] = {}
    for d, s in _stops(plan):
        at_site.setdefault(s.site, []).append((d, s))
    for d, s in _stops(plan):
        there = sum(_at(o, t.arrive) <= _at(d, s.arrive) < _at(o, t.leave) for o, t in at_site[s.site])
        if there > problem.sites[s.site].max_vans:
            full = f"{there} vans stand at {problem.sites[s.site].name} at {clock(s.arrive)}"
            yield Broken("crowd", full, d.van, d.day, s.site)


def spacing(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """Stays that keep no anchor are `spacing_days` apart; on one day there are no more than vans that fit."""
    promised = kept(problem, plan)
    stays: dict[int, list[int]] = {}
    for at, d in enumerate(plan.van_days):
        for n, s in enumerate(d.stops):
            if (at, n) not in promised:
                stays.setdefault(s.site, []).append(d.day)
    for number, days in sorted(stays.items()):
        site = problem.sites[number]
        days.sort()
        if any(0 < b - a < site.spacing_days for a, b in pairwise(days)):
            near = f"stays at {site.name} are less than {site.spacing_days} days apart"
            yield Broken("spacing", near, None, days[0], number)
        if any(days.count(day) > site.max_vans for day in set(days)):
            yield Broken("spacing", f"{site.name} is served too often in a day", None, days[0], number)


def van_fits(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """Only the vans that a site allows stand there."""
    for d, s in _stops(plan):
        allowed = problem.sites[s.site].vans
        if allowed is not None and d.van not in allowed:
            no = f"{problem.vans[d.van].name} may not stand at {problem.sites[s.site].name}"
            yield Broken("van_fits", no, d.van, d.day, s.site)


def host(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """A stop offers only services its host allows, and always the base service (the problem's first)."""
    for d, s in _stops(plan) if problem.services else ():
        site = problem.sites[s.site]
        if not s.services <= site.services:
            names = ", ".join(problem.services[n].name for n in sorted(s.services - site.services))
            yield Broken("host", f"{site.name} does not allow {names}", d.van, d.day, s.site)
        if 0 not in s.services:
            lacking = f"the stop at {site.name} lacks {problem.services[0].name}"
            yield Broken("base_service", lacking, d.van, d.day, s.site)


def staffed(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """The crew fills every role of every service offered, each member one role, with enough people aboard."""
    for d in plan.van_days:
        for service in sorted({n for s in d.stops for n in s.services} if problem.services else ()):
            lacking = missing_for(problem, d.crew, d.day, service)
            if lacking:
                what = f"{problem.services[service].name} on {problem.vans[d.van].name} lacks {lacking}"
                yield Broken("staffed", what, d.van, d.day)


def language(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """Somebody of the crew speaks every language that the host of a stop requires."""
    for d, s in _stops(plan):
        site = problem.sites[s.site]
        spoken = {tongue for m in d.crew for tongue in problem.staff[m].languages}
        unspoken = sorted(site.required_languages - spoken)
        if unspoken:
            who = f"nobody of {problem.vans[d.van].name} speaks {', '.join(unspoken)} at {site.name}"
            yield Broken("language", who, d.van, d.day, s.site)


def on_shift(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """Everybody aboard is on shift for the whole van-day."""
    for d, m in _crew(plan):
        member = problem.staff[m]
        if not any(s.day == d.day and s.starts <= d.depart and d.back <= s.ends for s in member.shifts):
            off = f"{member.name} is not on shift from {clock(d.depart)} to {clock(d.back)}"
            yield Broken("on_shift", off, d.van, d.day)


def two_vans(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """Nobody is on two vans at once, nor twice in one crew."""
    for m, days in _duties(plan):
        for _, b in _overlaps(days):
            both = f"{problem.staff[m].name} is on two vans at {clock(b.depart)}"
            yield Broken("two_vans", both, b.van, b.day)
    for d in plan.van_days:
        if len(set(d.crew)) < len(d.crew):
            yield Broken("two_vans", "a member is twice in one crew", d.van, d.day)


def rest(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """Between two duties everybody rests as long as they must."""
    for m, days in _duties(plan):
        for a, b in pairwise(days):
            free = _at(b, b.depart) - _at(a, a.back)
            if free < problem.staff[m].min_rest_seconds:
                short = f"{problem.staff[m].name} rests {max(free, 0) / HOUR:.1f} h before day {b.day + 1}"
                yield Broken("rest", short, b.van, b.day)


def hours(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """Nobody works more hours in a day or a week than they may."""
    for m, days in _duties(plan):
        member = problem.staff[m]
        by_day: dict[int, int] = {}
        by_week: dict[int, int] = {}
        for d in days:
            by_day[d.day] = by_day.get(d.day, 0) + d.back - d.depart
            week = problem.week_of(d.day)
            by_week[week] = by_week.get(week, 0) + d.back - d.depart
        for day, seconds in by_day.items():
            if seconds > member.max_day_seconds:
                much = f"{member.name} works {seconds / HOUR:.1f} h on day {day + 1}"
                yield Broken("day_hours", much, None, day)
        for week, seconds in by_week.items():
            if seconds > member.max_week_seconds:
                yield Broken("week_hours", f"{member.name} works {seconds / HOUR:.1f} h in week {week + 1}")


def refills(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """A session with refills due is kept: place, time, length and services."""
    for anchor in unkept(problem, plan):
        if anchor.refills_due > 0:
            name = problem.sites[anchor.site].name
            lost = (
                f"{anchor.refills_due} refills are due at {name} at {clock(anchor.start)}; no stop keeps it"
            )
            yield Broken("refills", lost, None, anchor.day, anchor.site)


Rule = Callable[[Problem, Plan], Iterator[Broken]]
RULES: tuple[Rule, ...] = (
    shift, van_twice, empty, travel, window, setup, packdown, dwell, on_the_clock, meal_break, site_twice,
    crowd, spacing, van_fits, host, staffed, language, on_shift, two_vans, rest, hours, refills,
)  # fmt: skip


def _stops(plan: Plan) -> Iterator[tuple[VanDay, Stop]]:
    for van_day in plan.van_days:
        for stop in van_day.stops:
            yield van_day, stop


def _crew(plan: Plan) -> Iterator[tuple[VanDay, int]]:
    for van_day in plan.van_days:
        for member in van_day.crew:
            yield van_day, member


def _duties(plan: Plan) -> Iterator[tuple[int, list[VanDay]]]:
    duties: dict[int, list[VanDay]] = {}
    for van_day in plan.van_days:
        for member in dict.fromkeys(van_day.crew):
            duties.setdefault(member, []).append(van_day)
    for member, days in sorted(duties.items()):
        yield member, sorted(days, key=lambda d: _at(d, d.depart))


def _overlaps(days: list[VanDay]) -> Iterator[tuple[VanDay, VanDay]]:
    """Each van-day that begins before an earlier one is back, with the one of those that is back last."""
    ordered = sorted(days, key=lambda d: _at(d, d.depart))
    for n, b in enumerate(ordered[1:], 1):
        last = max(ordered[:n], key=lambda d: _at(d, d.back))
        if _at(b, b.depart) < _at(last, last.back):
            yield last, b


def _at(d: VanDay, seconds: int) -> int:
    """A second of a van-day counted from the plan's first midnight, so that nights meet the next morning."""
    return d.day * DAY + seconds


def _pause_between(problem: Problem, d: VanDay, leave: int, arrive: int) -> int:
    if problem.meal_break is None or d.break_start is None:
        return 0
    return problem.meal_break.seconds if leave <= d.break_start < arrive else 0


__all__ = ["RULES", "Broken", "CertificateError", "Verdict", "check", "clock", "confirm", "faults", "staffed"]
