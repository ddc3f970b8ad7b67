"""Anchors from nothing: which sessions to promise for every week, and what each of them costs in freedom.

The field's rule is the same site at the same time at least weekly, with some hours kept free. A typical
week (what is open and at work in all weeks, the mean risk) is planned freely; of its stops those that are
worth most in the weakest of the weeks are promised, until what is left is the share of hours to keep free.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from solver.conflicts import conflicts
from solver.limits import Until
from solver.marginal import worth_of_stops
from solver.plan import Plan, Stop
from solver.problem import Anchor, Problem, ProblemError, Shift, Site, Window
from solver.solve import solve

WEEK = 7
FLEX = 0.25
LEAST_WEEKS = 4


@dataclass(frozen=True)
class Designed:
    """One session to promise every week: `anchor` on its day of the typical week, its `worth` in the weakest
    week, and what the week would gain if its hours were `freed`, or if it could be `moved` to another time of
    its day (both at least; 0 where the engine found nothing better)."""

    anchor: Anchor
    worth: float
    freed: float = 0.0
    moved: float = 0.0


@dataclass(frozen=True)
class Design:
    """The sessions, the share of service hours left to flex, and the value of a typical week planned freely
    and with them kept (without the price of the promises)."""

    sessions: tuple[Designed, ...]
    flex_share: float
    free_value: float
    kept_value: float


def design(
    problem: Problem, until: Until | None = None, *, flex: float = FLEX, prices: bool = True
) -> Design:
    """Sessions to promise in every week of the problem. Each can be kept in every week, beside all the
    others.

    Raises: `ProblemError` for fewer than four whole weeks, or a flex share that leaves nothing or everything.
    """
    if problem.days < LEAST_WEEKS * WEEK or problem.days % WEEK:
        raise ProblemError(
            f"sessions are designed for {LEAST_WEEKS} whole weeks or more, not {problem.days} days"
        )
    if not 0 < flex < 1:
        raise ProblemError(f"the share of hours to keep free is {flex:g}; it lies between 0 and 1")
    asked, week = until or Until(), typical_week(problem)
    free = solve(week, asked)
    chosen = _keepable(problem, _steadiest(problem, free.plan, flex))
    anchors = [one.anchor for one in chosen]
    kept = _value(week, anchors, asked) if prices else 0.0
    priced = [_priced(week, one, anchors, kept, asked) for one in chosen] if prices else chosen
    served = sum(s.dwell for d in free.plan.van_days for s in d.stops)
    share = 1 - sum(a.dwell for a in anchors) / served if served else 1.0
    return Design(tuple(priced), share, free.value, kept)


def every_week(problem: Problem, anchors: Iterable[Anchor]) -> tuple[Anchor, ...]:
    """Anchors of the typical week as promises in each week of the problem."""
    mine = list(anchors)
    return tuple(replace(a, day=a.day + w * WEEK) for w in range(problem.days // WEEK) for a in mine)


def typical_week(problem: Problem) -> Problem:
    """What holds in all weeks: windows and shifts common to them, certificates that last, the mean risk."""
    weeks = problem.days // WEEK
    days = [[d + w * WEEK for w in range(weeks)] for d in range(WEEK)]
    risk = problem.risk
    if risk.size:
        risk = np.stack([problem.risk[:, same, :].mean(axis=1) for same in days], axis=1)
    lasting = {n for n, same in enumerate(days)}
    return replace(
        problem,
        days=WEEK,
        sites=tuple(_site(s, days) for s in problem.sites),
        vans=tuple(replace(v, shifts=_shifts(v.shifts, days)) for v in problem.vans),
        staff=tuple(
            replace(
                m,
                shifts=_shifts(m.shifts, days),
                roles=tuple(
                    (r, frozenset(n for n in lasting if on.issuperset(days[n]))) for r, on in m.roles
                ),
            )
            for m in problem.staff
        ),
        travel_band=problem.travel_band[:WEEK],
        weekday=problem.weekday[:WEEK],
        dates=(),
        week=(),
        risk=np.ascontiguousarray(risk),
        anchors=(),
        follow_ups=(),
        floors=tuple(f for f in problem.floors if f.week == 0),
        published=None,
    )


def _site(site: Site, days: Sequence[Sequence[int]]) -> Site:
    spans = [((w.opens, w.closes), w.day) for w in site.windows]
    common = (Window(n, a, b) for n, same in enumerate(days) for a, b in _common(spans, same))
    return replace(site, windows=tuple(common))


def _shifts(shifts: Sequence[Shift], days: Sequence[Sequence[int]]) -> tuple[Shift, ...]:
    spans = [((s.starts, s.ends), s.day) for s in shifts]
    return tuple(Shift(n, a, b) for n, same in enumerate(days) for a, b in _common(spans, same))


def _common(spans: Sequence[tuple[tuple[int, int], int]], days: Sequence[int]) -> list[tuple[int, int]]:
    """The hours that are among the spans on every one of these days."""
    by_day = [[span for span, day in spans if day == one] for one in days]
    common = by_day[0]
    for spans_then in by_day[1:]:
        common = [(max(a, c), min(b, d)) for a, b in common for c, d in spans_then if max(a, c) < min(b, d)]
    return sorted(set(common))


def _steadiest(problem: Problem, plan: Plan, flex: float) -> list[Designed]:
    """The stops that are worth most in the weakest week, until only the flex share of the hours is left."""
    stops = [(d.day, s) for d in plan.van_days for s in d.stops]
    weakest = np.min([worth_of_stops(_week(problem, w), plan) for w in range(problem.days // WEEK)], axis=0)
    hours = (1 - flex) * sum(s.dwell for _, s in stops)
    chosen: list[Designed] = []
    for n in np.argsort(-weakest, kind="stable").tolist() if stops else []:
        day, stop = stops[n]
        if stop.dwell <= hours and float(weakest[n]) > 0:
            hours -= stop.dwell
            chosen.append(Designed(_anchor(day, stop), float(weakest[n])))
    return chosen


def _anchor(day: int, stop: Stop) -> Anchor:
    return Anchor(stop.site, day, stop.start, stop.dwell, 0, stop.services)


def _week(problem: Problem, week: int) -> Problem:
    """The typical week with the risk of one of the weeks."""
    part = problem.risk[:, week * WEEK : (week + 1) * WEEK, :] if problem.risk.size else problem.risk
    return replace(typical_week(problem), risk=np.ascontiguousarray(part))


def _keepable(problem: Problem, chosen: list[Designed]) -> list[Designed]:
    """Without the least worthy of those that clash in some week (a typical week may hide a lapse)."""
    while clashes := conflicts(problem, every_week(problem, (one.anchor for one in chosen))):
        named = {(one.facts.get("site"), one.facts.get("start")) for c in clashes for one in c.inputs}
        weak = [
            one for one in chosen
            if any(site == problem.sites[one.anchor.site].name for site, _ in named)
        ] or chosen  # fmt: skip
        least = min(weak, key=lambda one: one.worth)
        chosen = [one for one in chosen if one is not least]
    return chosen


def _priced(week: Problem, one: Designed, anchors: list[Anchor], kept: float, until: Until) -> Designed:
    others = [a for a in anchors if a != one.anchor]
    loose = replace(one.anchor, tolerance=WEEK * 3600)
    return replace(
        one,
        freed=max(0.0, _value(week, others, until) - kept),
        moved=max(0.0, _value(week, [*others, loose], until) - kept),
    )


def _value(week: Problem, anchors: Sequence[Anchor], until: Until) -> float:
    """What the best plan found is worth with these sessions kept whatever they cost, the promises not
    counted."""
    held = replace(week, anchors=tuple(replace(a, refills_due=1) for a in anchors))
    result = solve(held, until)
    return result.value - result.score["promise"]
