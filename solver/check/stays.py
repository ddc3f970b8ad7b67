"""Rules of a stay at a site: its hours and length, the stays beside it, and what its host allows."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from solver.check.broken import Broken, clock
from solver.check.outings import on_one_clock, stops
from solver.plan import Plan, Stop, VanDay
from solver.problem import Problem
from solver.score import kept, unkept


def window(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """A van stands at a site only while its window is open, set-up and pack-down included."""
    for d, s in stops(plan):
        site = problem.sites[s.site]
        if not any(w.day == d.day and w.opens <= s.arrive and s.leave <= w.closes for w in site.windows):
            stay = f"{site.name} is not open from {clock(s.arrive)} to {clock(s.leave)}"
            yield Broken("window", stay, d.van, d.day, s.site)


def setup(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """Set-up comes between arriving and service."""
    for d, s in stops(plan):
        site = problem.sites[s.site]
        if s.start - s.arrive < site.setup_seconds:
            yield Broken("setup", f"no time to set up at {site.name}", d.van, d.day, s.site)


def packdown(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """Pack-down comes between service and leaving."""
    for d, s in stops(plan):
        site = problem.sites[s.site]
        if s.leave - s.end < site.packdown_seconds:
            yield Broken("packdown", f"no time to pack down at {site.name}", d.van, d.day, s.site)


def dwell(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """A stay has one of the site's lengths, or that of a session promised there."""
    for d, s in stops(plan):
        site = problem.sites[s.site]
        promised = {a.dwell for a in problem.anchors if (a.site, a.day) == (s.site, d.day)}
        if s.dwell <= 0 or s.dwell not in promised.union(site.dwell_options):
            stay = f"{s.dwell // 60} minutes is not a stay {site.name} allows"
            yield Broken("dwell", stay, d.van, d.day, s.site)


def on_the_clock(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """Service starts at a time people can be told: a multiple of the problem's step."""
    for d, s in stops(plan):
        if s.start % problem.start_step:
            odd = f"{clock(s.start)} is not a multiple of {problem.start_step} s"
            yield Broken("on_the_clock", odd, d.van, d.day, s.site)


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
    for d, s in stops(plan):
        at_site.setdefault(s.site, []).append((d, s))
    for d, s in stops(plan):
        there = sum(
            on_one_clock(o, t.arrive) <= on_one_clock(d, s.arrive) < on_one_clock(o, t.leave)
            for o, t in at_site[s.site]
        )
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
    for d, s in stops(plan):
        allowed = problem.sites[s.site].vans
        if allowed is not None and d.van not in allowed:
            no = f"{problem.vans[d.van].name} may not stand at {problem.sites[s.site].name}"
            yield Broken("van_fits", no, d.van, d.day, s.site)


def host(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """A stop offers only services its host allows, and always the base service (the problem's first)."""
    for d, s in stops(plan) if problem.services else ():
        site = problem.sites[s.site]
        if not s.services <= site.services:
            names = ", ".join(problem.services[n].name for n in sorted(s.services - site.services))
            yield Broken("host", f"{site.name} does not allow {names}", d.van, d.day, s.site)
        if 0 not in s.services:
            lacking = f"the stop at {site.name} lacks {problem.services[0].name}"
            yield Broken("base_service", lacking, d.van, d.day, s.site)


def refills(problem: Problem, plan: Plan) -> Iterator[Broken]:
    """A session with refills due is kept: place, time, length and services."""
    for anchor in unkept(problem, plan):
        if anchor.refills_due > 0:
            name = problem.sites[anchor.site].name
            lost = (
                f"{anchor.refills_due} refills are due at {name} at {clock(anchor.start)}; no stop keeps it"
            )
            yield Broken("refills", lost, None, anchor.day, anchor.site)
