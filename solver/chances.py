"""Chances: stops nobody promised that could be given up for others worth more, the price of change included.

A spike of risk breaks no rule, so nothing forces a change; how many are worth the trouble is a budget
people set.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from solver.marginal import Margins
from solver.mending import Mender
from solver.plan import Plan, Stop, VanDay
from solver.problem import Problem
from solver.score import TOLD_WITHIN, score
from solver.timetable import lay

MOST_TRIED = 24
DAYS_AHEAD = 1


def spend_on_chances(mender: Mender, budget: int) -> int:
    """Give up at most `budget` flexible stops of today and tomorrow for others of more worth; how many
    were."""
    spent = 0
    while spent < budget and _best_exchange(mender):
        spent += 1
    return spent


def _best_exchange(mender: Mender) -> bool:
    """The exchange worth most by the judge's own sum, among those that look best at a glance."""
    value = sum(score(mender.problem, mender.plan).values())
    best: tuple[float, VanDay, VanDay] | None = None
    looks = sorted(_exchanges(mender), key=lambda look: -look[0])[:MOST_TRIED]
    for _, d, out, wish in looks:
        new = _with(mender, d, out, wish)
        if new is None:
            continue
        plan = Plan(tuple(new if e is d else e for e in mender.plan.van_days))
        gain = sum(score(mender.problem, plan).values()) - value
        if gain > 1e-9 and (best is None or gain > best[0]) and mender.standing.allows(d, new):
            best = gain, d, new
    return best is not None and mender.standing.take_one(best[1], best[2])


def _with(mender: Mender, d: VanDay, out: Stop, wish: Stop) -> VanDay | None:
    today = mender.today
    done = tuple(s for s in d.stops if s not in today.open_stops(d))
    begun = replace(d, stops=done) if done else None
    stops = [wish if s is out else s for s in today.open_stops(d)]
    first = today.now if d.day == today.day and not done and d.depart > today.now else 0
    return lay(mender.problem, d.van, d.day, stops, d.crew, slack=TOLD_WITHIN, free_from=first, begun=begun)


def _exchanges(mender: Mender) -> Iterator[tuple[float, VanDay, Stop, Stop]]:
    """By how much each exchange of one flexible stop for one at another site looks better: reach alone."""
    p, today = mender.problem, mender.today
    margins = Margins(p, mender.plan)
    soon = range(today.day, today.day + DAYS_AHEAD + 1)
    for d in [d for d in mender.plan.van_days if d.day in soon]:
        for out in [s for s in today.open_stops(d) if today.weight(d, s) == 1]:
            worth = margins.by_site(d.day, out.start, out.dwell, out)
            for site in np.argsort(-worth)[:6].tolist():
                gain = float(worth[site] - worth[out.site])
                if gain > 0 and all(s.site != site for s in d.stops):
                    for wish in [w for w in _wishes(p, out, site) if today.open_there(d, w)]:
                        yield gain * wish.dwell / out.dwell, d, out, wish


def _wishes(p: Problem, out: Stop, site: int) -> Iterator[Stop]:
    """A stay at another site in the time of one that is given up: as long as can be, or one step shorter."""
    place = p.sites[site]
    fitting = sorted((n for n in place.dwell_options if n <= out.dwell), reverse=True)[:2]
    for dwell in fitting or [min(place.dwell_options)]:
        leave = out.start + dwell + place.packdown_seconds
        yield Stop(
            site, out.start - place.setup_seconds, out.start, dwell, leave, out.services & place.services
        )
