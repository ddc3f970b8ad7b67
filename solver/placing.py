"""Placing: how a site that a plan leaves out could be put into it by hand, and what that would do to its
value.

Every placing found has passed the judge, and its gain is the difference of two of the judge's sums.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from solver.bench import Bench
from solver.marginal import Floats, Margins
from solver.nearby import clashes
from solver.plan import Plan, Stop, VanDay
from solver.problem import Problem, Window
from solver.score import keeps, travel_seconds
from solver.timetable import lay

Look = tuple[int, VanDay, Stop, tuple[Stop, ...]]
ENOUGH = 3
MOST_LOOKS = 20_000
"""Sites × van-days up to which several placings are weighed; beyond, the one that looks best is taken."""
MOST_TRIED = 40


@dataclass(frozen=True)
class Placing:
    """`van_day` takes the place of the plan's van-day number `at` (a new one: -1); `stop` is the stay, and
    `out` what makes room for it; `gain` the change of the plan's value."""

    gain: float
    at: int
    van_day: VanDay
    stop: Stop
    out: tuple[Stop, ...] = ()

    def applied(self, plan: Plan) -> Plan:
        """The plan with it."""
        days = [self.van_day if n == self.at else d for n, d in enumerate(plan.van_days)]
        days += [self.van_day] if self.at < 0 else []
        return Plan(tuple(sorted(days, key=lambda d: (d.day, d.van, d.depart))))

    def gain_on(self, problem: Problem, plan: Plan) -> float:
        """By how much a plan is worth more with it."""
        old = plan.van_days[self.at] if self.at >= 0 else None
        return Margins(problem, plan).gain(self.applied(plan), old, self.van_day)


class Placer:
    """A plan looked at from the sites it leaves out."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.problem, self.plan = problem, plan
        self.margins = Margins(problem, plan)
        small = len(problem.sites) * len(plan.van_days) <= MOST_LOOKS
        self.enough = ENOUGH if small else 1

    def best(
        self, site: int, allowed: Problem | None = None, *, swap: bool = True, service: int = 0
    ) -> Placing | None:
        """The best of the placings that look best and offer `service`, in a problem that may allow more or
        less than the plan's own: beside what is planned, else in place of one stop, else on a van-day
        of its own, else in place of all stops of one."""
        p = allowed or self.problem
        return (
            self._of(p, self._beside(p, site), service)
            or (self._of(p, self._instead(p, site), service) if swap else None)
            or self._of(p, self._on_its_own(p, site, service), service)
            or (self._of(p, self._instead_of_all(p, site), service) if swap else None)
        )

    @cached_property
    def _swaps(self) -> tuple[list[tuple[int, int]], Floats]:
        """By stop that could make room: what every site would gain in its place, at a glance."""
        where, gains = [], []
        for at, d in enumerate(self.plan.van_days):
            for n, out in enumerate(d.stops):
                kept = [a for a in self.problem.anchors if a.day == d.day and keeps(a, out)]
                if not any(a.refills_due for a in kept):
                    worth = self.margins.by_site(d.day, out.start, out.dwell, out)
                    where.append((at, n))
                    gains.append(worth - worth[out.site] - self.problem.weights.promise * len(kept))
        return where, np.array(gains).reshape(len(where), len(self.problem.sites))

    def _of(self, p: Problem, placings: Iterator[Look], service: int) -> Placing | None:
        best: Placing | None = None
        judged = 0
        for at, d, stop, out in placings:
            if service and service not in stop.services:
                continue
            new = Placing(0.0, at, d, stop, out)
            if self._accepted(p, new):
                judged += 1
                gain = self._gain(p, new)
                best = replace(new, gain=gain) if best is None or gain > best.gain else best
            if judged == self.enough:
                break
        return best

    def _accepted(self, p: Problem, new: Placing) -> bool:
        return not any(clashes(p, new.applied(self.plan), [new.van_day]))

    def _gain(self, p: Problem, new: Placing) -> float:
        old = self.plan.van_days[new.at] if new.at >= 0 else None
        return self.margins.gain(new.applied(self.plan), old, new.van_day, p)

    @cached_property
    def _gaps(self) -> list[tuple[int, int, int, int]]:
        """Van-day, how many stops come before, and from when until when nobody is served: wide enough for the
        shortest stay anywhere, in the crew's hours."""
        p, found = self.problem, []
        least = min(
            (p.sites[s].setup_seconds + min(p.sites[s].dwell_options) for s in range(len(p.sites))), default=0
        )
        for at, d in enumerate(self.plan.van_days):
            opens, closes = self._hours(d)
            free = [opens, *(s.leave for s in d.stops)]
            until = [*(s.arrive for s in d.stops), closes]
            found += [
                (at, n, a, b) for n, (a, b) in enumerate(zip(free, until, strict=True)) if b - a >= least
            ]
        return found

    def _hours(self, d: VanDay) -> tuple[int, int]:
        """When van and crew of a van-day are all on shift."""
        p = self.problem
        lists = [p.vans[d.van].shifts, *(p.staff[m].shifts for m in d.crew)]
        spans = [
            next(
                (
                    (s.starts, s.ends)
                    for s in shifts
                    if s.day == d.day and s.starts <= d.depart and d.back <= s.ends
                ),
                None,
            )
            for shifts in lists
        ]
        known = [span for span in spans if span is not None]
        return max((a for a, _ in known), default=d.depart), min((b for _, b in known), default=d.back)

    def _beside(self, p: Problem, site: int) -> Iterator[Look]:
        """Before, between or after the stops of a van-day, the longest stay that fits first."""
        days = {w.day for w in windows(p, site)}
        for at, n, free, until in self._gaps:
            d = self.plan.van_days[at]
            if d.day in days and all(s.site != site for s in d.stops):
                for stop in self._in_gap(p, d, n, site, free, until):
                    new = lay(p, d.van, d.day, (*d.stops[:n], stop, *d.stops[n:]), d.crew)
                    if new is not None:
                        yield at, new, stop, ()
                        break

    def _in_gap(self, p: Problem, d: VanDay, n: int, site: int, free: int, until: int) -> Iterator[Stop]:
        """Stays as early as they can be in the n-th gap of a van-day, longest first."""
        base = p.vans[d.van].base
        place = d.stops[n - 1].site if n else base
        onward = d.stops[n].site if n < len(d.stops) else base
        arrive = free + travel_seconds(p, d.day, free, place, site)
        services = frozenset({n for s in d.stops for n in s.services})
        for dwell in sorted(p.sites[site].dwell_options, reverse=True):
            for w in windows(p, site):
                stop = stay(p, site, max(arrive, w.opens), dwell, services) if w.day == d.day else None
                if stop and stop.leave + travel_seconds(p, d.day, stop.leave, site, onward) <= until:
                    yield stop

    def _instead(self, p: Problem, site: int) -> Iterator[Look]:
        """In place of a stop, at its time, those that gain most at a glance first."""
        open_on = {w.day for w in windows(p, site)}
        where, gains = self._swaps
        tried = 0
        for look in np.argsort(-gains[:, site], kind="stable").tolist():
            at, n = where[look]
            if self.plan.van_days[at].day not in open_on:
                continue
            tried += 1
            if tried > MOST_TRIED:
                break
            d = self.plan.van_days[at]
            out = d.stops[n]
            for stop in self._in_its_time(p, d, n, site, out):
                new = lay(p, d.van, d.day, (*d.stops[:n], stop, *d.stops[n + 1 :]), d.crew)
                if new is not None:
                    yield at, new, new.stops[n], (out,)
                    break

    def _instead_of_all(self, p: Problem, site: int) -> Iterator[Look]:
        """In place of a whole van-day, refills excepted."""
        for at, d in enumerate(self.plan.van_days):
            kept = [
                a for a in p.anchors if a.day == d.day and a.refills_due and any(keeps(a, s) for s in d.stops)
            ]
            for w in windows(p, site):
                shifts = [
                    s
                    for s in p.vans[d.van].shifts
                    if s.day == d.day and s.starts < d.back and d.depart < s.ends
                ]
                if w.day != d.day or kept or not shifts:
                    continue
                starts = shifts[0].starts
                arrive = starts + travel_seconds(p, d.day, starts, p.vans[d.van].base, site)
                stop = stay(
                    p, site, max(arrive, w.opens), min(p.sites[site].dwell_options), d.stops[0].services
                )
                new = lay(p, d.van, d.day, (stop,), d.crew)
                if new is not None:
                    yield at, new, stop, d.stops

    def _in_its_time(self, p: Problem, d: VanDay, n: int, site: int, out: Stop) -> Iterator[Stop]:
        before = (d.stops[n - 1].site, d.stops[n - 1].leave) if n else (p.vans[d.van].base, d.depart)
        arrive = before[1] + travel_seconds(p, d.day, before[1], before[0], site)
        options = p.sites[site].dwell_options
        for dwell in sorted((m for m in options if m <= out.dwell), reverse=True) or [min(options)]:
            for w in windows(p, site):
                if w.day == d.day:
                    yield stay(p, site, max(arrive, w.opens), dwell, out.services)

    def _on_its_own(self, p: Problem, site: int, service: int) -> Iterator[Look]:
        """A van that was to stay at its base, with people who are free."""
        bench, place = Bench(p, self.plan), p.sites[site]
        for w in windows(p, site):
            for v, van in enumerate(p.vans):
                for s in van.shifts if place.vans is None or v in place.vans else ():
                    if s.day != w.day:
                        continue
                    out = travel_seconds(p, s.day, max(s.starts, w.opens), van.base, site)
                    stop = stay(
                        p, site, max(s.starts + out, w.opens), min(place.dwell_options), frozenset({0})
                    )
                    new = lay(p, v, s.day, (stop,))
                    taken = any(
                        d.van == v and d.day == s.day and new and d.depart < new.back and new.depart < d.back
                        for d in self.plan.van_days
                    )
                    if new is None or taken or new.back > s.ends:
                        continue
                    for manned in _manned(bench, new, service):
                        yield -1, manned, manned.stops[0], ()
                        break


def _manned(bench: Bench, d: VanDay, service: int) -> Iterator[VanDay]:
    """A van-day of one stop with people who are free: first for the base service, then for more."""
    more = {0, service} & bench.problem.sites[d.stops[0].site].services
    stops = tuple(replace(s, services=s.services | more) for s in d.stops)
    for base in bench.crews(d, None, lambda _: False, lambda _: False):
        for swaps in bench.crews(replace(base[0][1], stops=stops), None, lambda _: False, lambda _: False):
            yield swaps[0][1]
            break


def stay(p: Problem, site: int, arrive: int, dwell: int, services: frozenset[int]) -> Stop:
    """A stay from `arrive` on, on the clock, offering what crew and host both allow."""
    place = p.sites[site]
    start = -(-(arrive + place.setup_seconds) // p.start_step) * p.start_step
    offered = services & place.services if p.services else frozenset()
    return Stop(
        site, start - place.setup_seconds, start, dwell, start + dwell + place.packdown_seconds, offered
    )


def windows(p: Problem, site: int) -> Sequence[Window]:
    """The site's windows on the days of the problem."""
    return [w for w in p.sites[site].windows if 0 <= w.day < p.days]
