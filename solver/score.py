"""What a plan is worth, term by term, in risk-weighted reach: the judge's sum, in plain numpy.

The search adds up worth by itself. It takes from here only which stops a plan has and how near counts as
told; what mends, explains or polishes a finished plan (`replan`, `placing`, `marginal`) reckons with the
judge's own sums.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from solver.plan import Plan, Stop, VanDay
from solver.problem import BAND_SECONDS, FIRST_BAND_STARTS, HOUR, RISK_BANDS, Anchor, Problem

TOLD_WITHIN = 15 * 60


def score(problem: Problem, plan: Plan) -> Mapping[str, float]:
    """The plan's value by term; costs are negative. It is defined for plans that break rules, too."""
    return {"reach": problem.weights.reach * reached(problem, plan), **besides(problem, plan)}


def besides(problem: Problem, plan: Plan) -> Mapping[str, float]:
    """Every term but reach."""
    weights = problem.weights
    return {
        "profit": sum(problem.sites[site].profit for site in {stop.site for _, stop in stops_of(plan)}),
        "service": _service(problem, plan),
        "promise": weights.promise * sum(anchor is not None for anchor in kept(problem, plan).values()),
        "follow_up": weights.follow_up * _followed_up(problem, plan),
        "travel": -weights.travel_hour * sum(driven(problem, day) for day in plan.van_days) / HOUR,
        "floor": -weights.floor_hour * sum(shortfalls(problem, plan)) / HOUR,
        "change": -weights.change * changes(problem, plan),
        "language": -weights.language * unspoken_hours(problem, plan),
    }


def reached(problem: Problem, plan: Plan) -> float:
    """Risk-weighted reach: Σ over cell and week of R·(1 − exp(−saturation·exposure)). It ranks plans; it is
    no number of overdoses met while a van is there."""
    weekly = week_risk(problem)
    served = 1 - np.exp(-problem.saturation * exposure(problem, plan))
    return float((weekly * served).sum())


def week_risk(problem: Problem) -> NDArray[np.float64]:
    """R[cell, week]: the risk of all days and bands of the week."""
    total = np.zeros((problem.risk.shape[0], problem.weeks))
    for day in range(problem.days if problem.risk.size else 0):
        total[:, problem.week_of(day)] += problem.risk[:, day, :].sum(axis=1)
    return total


def exposure(problem: Problem, plan: Plan) -> NDArray[np.float64]:
    """z[cell, week]: hours of service within a walk, each weighted by its band's share of the week's risk."""
    weekly = week_risk(problem)
    z = np.zeros_like(weekly)
    days_in = np.bincount([problem.week_of(day) for day in range(problem.days)], minlength=problem.weeks)
    for day, stop in stops_of(plan) if problem.risk.size else ():
        week = problem.week_of(day)
        cells, share = _access(problem, stop.site)
        in_bands = problem.risk[cells, day, :] @ hours_by_band(stop.start, stop.dwell)
        risk = weekly[cells, week]
        z[cells, week] += share * np.divide(
            in_bands * days_in[week], risk, out=np.zeros_like(risk), where=risk > 0
        )
    return z


def hours_by_band(start: int, dwell: int) -> NDArray[np.float64]:
    """Hours of [start, start + dwell] inside each of the six risk bands; the clock wraps after 26:00."""
    hours = np.zeros(RISK_BANDS)
    now, end = start, start + dwell
    while now < end:
        band = (now - FIRST_BAND_STARTS) // BAND_SECONDS
        until = min(end, FIRST_BAND_STARTS + (band + 1) * BAND_SECONDS)
        hours[band % RISK_BANDS] += (until - now) / HOUR
        now = until
    return hours


def stops_of(plan: Plan) -> Iterator[tuple[int, Stop]]:
    """Every stop with its day, in the plan's order."""
    for van_day in plan.van_days:
        for stop in van_day.stops:
            yield van_day.day, stop


def kept(problem: Problem, plan: Plan) -> dict[tuple[int, int], Anchor | None]:
    """(position of van-day, position of stop) → the anchor it keeps; one stop an anchor, the first that fits.
    Anchors that nobody keeps are not in it; ask `unkept`."""
    found: dict[tuple[int, int], Anchor | None] = {}
    for anchor in problem.anchors:
        for at, van_day in enumerate(plan.van_days):
            fit = [
                (at, n)
                for n, stop in enumerate(van_day.stops)
                if van_day.day == anchor.day and (at, n) not in found and keeps(anchor, stop)
            ]
            if fit:
                found[fit[0]] = anchor
                break
    return found


def keeps(anchor: Anchor, stop: Stop) -> bool:
    """Whether a stop on the anchor's day is the promised session: place, time, length, services."""
    return (
        stop.site == anchor.site
        and abs(stop.start - anchor.start) <= anchor.tolerance
        and stop.dwell >= anchor.dwell
        and anchor.services <= stop.services
    )


def unkept(problem: Problem, plan: Plan) -> list[Anchor]:
    """The promised sessions that no stop keeps."""
    done = [id(anchor) for anchor in kept(problem, plan).values()]
    return [anchor for anchor in problem.anchors if id(anchor) not in done]


def travel_seconds(problem: Problem, day: int, leave: int, start: int, end: int) -> int:
    """Seconds from row `start` to row `end` of the travel matrices when wheels roll at `leave`."""
    hour = min(max(leave // HOUR, 0), problem.travel_band.shape[1] - 1)
    return int(problem.travel[problem.travel_band[day, hour], start, end])


def driven(problem: Problem, van_day: VanDay) -> int:
    """Seconds of driving in a van-day."""
    if not van_day.stops:
        return 0
    base = problem.vans[van_day.van].base
    places = [base, *(stop.site for stop in van_day.stops), base]
    leaves = [van_day.depart, *(stop.leave for stop in van_day.stops)]
    return sum(
        travel_seconds(problem, van_day.day, leave, a, b)
        for leave, (a, b) in zip(leaves, pairwise(places), strict=True)
    )


def shortfalls(problem: Problem, plan: Plan) -> list[float]:
    """Seconds that each floor is short of."""
    served = [0] * len(problem.floors)
    for day, stop in stops_of(plan):
        for at, floor in enumerate(problem.floors):
            if floor.week == problem.week_of(day):
                served[at] += stop.dwell * (problem.sites[stop.site].neighbourhood == floor.neighbourhood)
    return [max(0, floor.seconds - seconds) for floor, seconds in zip(problem.floors, served, strict=True)]


def changes(problem: Problem, plan: Plan) -> float:
    """Stops of the published plan that are gone or moved: 0 where nothing was published."""
    if problem.published is None:
        return 0.0
    there = list(stops_of(plan))
    return float(sum(not any(_same(told, now) for now in there) for told in stops_of(problem.published)))


def unspoken_hours(problem: Problem, plan: Plan) -> float:
    """Hours of stops × languages their hosts wish for and nobody aboard speaks."""
    total = 0
    for d in plan.van_days:
        spoken = {tongue for m in d.crew for tongue in problem.staff[m].languages}
        total += sum(s.dwell * len(problem.sites[s.site].languages - spoken) for s in d.stops)
    return total / HOUR


def _same(told: tuple[int, Stop], now: tuple[int, Stop]) -> bool:
    """Whether people who come when they were told to are served: same site and day, within 15 minutes."""
    (day, a), (other, b) = told, now
    return (day, a.site) == (other, b.site) and abs(a.start - b.start) <= TOLD_WITHIN


def _access(problem: Problem, site: int) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    if len(problem.access_starts) <= site + 1:
        return np.zeros(0, np.int32), np.zeros(0)
    part = slice(int(problem.access_starts[site]), int(problem.access_starts[site + 1]))
    return problem.access_cells[part], problem.access_share[part]


def _service(problem: Problem, plan: Plan) -> float:
    return sum(
        problem.services[service].hourly_value * stop.dwell / HOUR
        for _, stop in stops_of(plan)
        for service in sorted(stop.services)
        if 0 <= service < len(problem.services)
    )


def _followed_up(problem: Problem, plan: Plan) -> int:
    offered = {(stop.site, day, service) for day, stop in stops_of(plan) for service in stop.services}
    return sum(
        due.people
        for due in problem.follow_ups
        if any((due.site, day, due.service) in offered for day in due.days)
    )
