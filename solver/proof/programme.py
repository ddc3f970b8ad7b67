"""A programme's plan: what prices prove about every plan (docs/problem.md, Bound), from the problem alone.

Every term of the score that is capped or concave is at most price × amount + what it keeps at that price;
every room that plans share is at most its limit. What is left is a sum over van-days, each at most the best.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from solver.certificate import DutyPrices, PricedStay, PricedWork
from solver.problem import HOUR, Anchor, Problem
from solver.proof.crews import Level, need, offers, room, spans
from solver.proof.duty import Duty, best_duty
from solver.proof.refusal import CertificateError
from solver.proof.stays import Stays
from solver.score import stops_of, week_risk

Floats = NDArray[np.float64]
MEETINGS = 64


def programme_bound(problem: Problem, prices: DutyPrices) -> float:
    """What the prices prove of plans that keep every session with refills due that somebody can keep.

    Raises:
        CertificateError: the prices are not for this problem, or a price is below 0.
    """
    _refuse(problem, prices)
    days = {s.day for van in problem.vans for s in van.shifts if 0 <= s.day < problem.days}
    stays = {day: Stays(problem, day) for day in sorted(days)}
    total = kept_by_cells(problem, prices, stays) + kept_by_goods(problem, prices, stays)
    total += sum(row.price * problem.sites[row.site].max_vans for row in prices.stays)
    total += sum(row.price * room(problem, row) for row in prices.work)
    return total + best_duties(problem, prices, stays)


def kept_by_cells(problem: Problem, prices: DutyPrices, stays: dict[int, Stays]) -> float:
    """Σ R·(θ·(1 − p + p·ln p) + max over n of (1 − θ)(1 − uⁿ) − chord·n·(1 − u)), with p = tangent/θ and u
    what the best single stay leaves of a cell."""
    risk = problem.weights.reach * week_risk(problem).ravel()
    most = _most(problem, stays)
    theta, chord = np.clip(np.array(prices.theta), 1e-9, 1.0), np.array(prices.chord)
    ratio = np.clip(np.array(prices.tangent) / theta, 1e-300, 1.0)
    tangents = theta * (1 - ratio + ratio * np.log(ratio))
    counts = np.arange(MEETINGS)
    each = (1 - theta)[:, None] * (1 - (1 - most)[:, None] ** counts) - (chord * most)[:, None] * counts
    many = (1 - theta) - chord * most * MEETINGS
    chords = np.maximum(each.max(axis=1), many)
    return float((risk * (tangents + chords))[most > 0].sum())


def kept_by_goods(problem: Problem, prices: DutyPrices, stays: dict[int, Stays]) -> float:
    """Σ (weight − price) of what counts once or up to a cap, less what the score takes off while it lacks."""
    w = problem.weights
    total = _kept([site.profit for site in problem.sites], prices.profits)
    total += _kept([w.follow_up * due.people for due in problem.follow_ups], prices.follow_ups)
    for floor, price in zip(problem.floors, prices.floors, strict=True):
        hours = floor.seconds / HOUR
        total += max(0.0, w.floor_hour - price) * hours - w.floor_hour * hours
    total += sum(max(0.0, w.change - price) - w.change for price in prices.told)
    for number, (anchor, price) in enumerate(zip(problem.anchors, prices.promises, strict=True)):
        left = w.promise - price
        total += left if _must(problem, stays, number, anchor) else max(0.0, left)
    return total


def best_duties(problem: Problem, prices: DutyPrices, stays: dict[int, Stays]) -> float:
    """For each shift of each van the best van-day's worth, with any crew that could be on it."""
    known: dict[tuple[object, ...], float] = {}
    total = 0.0
    for number, van in enumerate(problem.vans):
        allowed = frozenset(s for s, site in enumerate(problem.sites) if _open_to(site.vans, number))
        for shift in (s for s in van.shifts if 0 <= s.day < problem.days):
            key = (shift, van.base, allowed)
            if key not in known:
                duties = _duties(problem, prices, stays, number, shift.day, shift.starts, shift.ends)
                known[key] = max([0.0, *(best_duty(duty) for duty in duties)])
            total += known[key]
    return total


def _duties(
    problem: Problem, prices: DutyPrices, stays: dict[int, Stays], van: int, day: int, starts: int, ends: int
) -> Iterator[Duty]:
    """Each kind of duty of a van's shift: what its crew offers, and when they are there."""
    for level in offers(problem, day):
        worth = stays[day].worth(prices, level, van)
        for begin, end, longest in spans(problem, day, starts, ends, level):
            for length in _lengths(prices, day, longest):
                once, clock = _people(problem, prices, level, day, length)
                yield Duty(
                    problem, day, problem.vans[van].base, begin, end, length, worth, stays[day].length, once,
                    clock,
                )  # fmt: skip


def _lengths(prices: DutyPrices, day: int, longest: int) -> list[int]:
    """Lengths up to which duties of a day pay the same heads."""
    told = {row.longer_than for row in prices.work if row.day == day}
    return sorted({longest, *(length for length in told if 0 < length < longest)})


class _Clock:
    """The price of a crew's hours up to a second of the day."""

    def __init__(self, rows: list[tuple[float, int, int]]) -> None:
        self.rows = rows

    def __call__(self, second: NDArray[np.int64]) -> Floats:
        paid = np.zeros(np.shape(second))
        for price, begins, ends in self.rows:
            paid = paid + price / HOUR * np.clip(second - begins, 0, max(0, ends - begins))
        return paid


def _people(
    problem: Problem, prices: DutyPrices, level: Level, day: int, length: int
) -> tuple[float, _Clock]:
    """What a van-day of such a length with a crew for the level pays for its people: once, and by the
    clock."""
    once, hourly = 0.0, []
    for row in prices.work:
        heads = need(problem, level, row.roles)
        here = row.day == day if row.day is not None else row.week == problem.week_of(day)
        if here and heads and row.by_hour:
            hourly.append((row.price * heads, row.begins, row.ends))
        elif here and heads and row.longer_than < length:
            once += row.price * heads
    return once, _Clock(hourly)


def _most(problem: Problem, stays: dict[int, Stays]) -> Floats:
    """The largest share of each cell and week that a single stay can win."""
    most = np.zeros((problem.risk.shape[0], problem.weeks))
    for day, on in stays.items():
        for _, site, slot, option in _possible(problem, on, day):
            cells, z = on.exposures(site, slot, option)
            np.maximum.at(most[:, on.week], cells, -np.expm1(-problem.saturation * z))
    return most.ravel()


def _possible(problem: Problem, on: Stays, day: int) -> set[tuple[Level, int, int, int]]:
    """The stays that some van may make on a day with some crew (for what level), whatever it does besides."""
    found: set[tuple[Level, int, int, int]] = set()
    for number, van in enumerate(problem.vans):
        for shift in (s for s in van.shifts if s.day == day):
            for level in offers(problem, day):
                there = spans(problem, day, shift.starts, shift.ends, level)
                for site, slot, option in on.allowed(number) if there else ():
                    arrive, leave = on.span(site, slot, option)
                    if any(begin <= arrive and leave <= end for begin, end, _ in there):
                        found.add((level, site, slot, option))
    return found


def _must(problem: Problem, stays: dict[int, Stays], number: int, anchor: Anchor) -> bool:
    """Whether refills are due and some van-day has the hour and the crew for them."""
    if anchor.refills_due <= 0 or anchor.day not in stays:
        return False
    on = stays[anchor.day]
    return any(on.keeps(number, level, *stay) for level, *stay in _possible(problem, on, anchor.day))


def _kept(weights: list[float], prices: tuple[float, ...]) -> float:
    return sum(max(0.0, weight - price) for weight, price in zip(weights, prices, strict=True))


def _open_to(vans: frozenset[int] | None, van: int) -> bool:
    return vans is None or van in vans


def _refuse(problem: Problem, prices: DutyPrices) -> None:
    """Only prices of the right shape and sign, and rooms that no plan exceeds."""
    cells = problem.risk.shape[0] * problem.weeks
    told = list(stops_of(problem.published)) if problem.published else []
    shapes = [
        ("exposure", prices.tangent, cells),
        ("exposure", prices.chord, cells),
        ("shares of exposure", prices.theta, cells),
        ("profits", prices.profits, len(problem.sites)),
        ("follow-ups", prices.follow_ups, len(problem.follow_ups)),
        ("floors", prices.floors, len(problem.floors)),
        ("promises", prices.promises, len(problem.anchors)),
        ("told stops", prices.told, len(told)),
    ]
    for name, found, wanted in shapes:
        if len(found) != wanted:
            raise CertificateError(f"there are {len(found)} prices of {name} where the problem has {wanted}")
    rows = (*(row.price for row in prices.stays), *(row.price for row in prices.work))
    for name, found in [*((name, found) for name, found, _ in shapes), ("shared rooms", rows)]:
        if any(not 0 <= price < float("inf") for price in found):
            raise CertificateError(f"a price of {name} is negative or no number: it proves no bound")
    for row in prices.stays:
        _refuse_stay(problem, row)
    for work in prices.work:
        _refuse_work(problem, work)


def _refuse_stay(problem: Problem, row: PricedStay) -> None:
    near = max(row.days) - min(row.days) < max(1, problem.sites[row.site].spacing_days)
    if not near:
        name = problem.sites[row.site].name
        raise CertificateError(
            f"stays at {name} are priced as if no plan could have them on two of these days"
        )


def _refuse_work(problem: Problem, row: PricedWork) -> None:
    if row.day is None and (row.begins > 0 or row.ends < 7 * 24 * HOUR):
        raise CertificateError("hours of a week must be priced from the first second of a day to the last")
    if row.longer_than < 0 or (row.by_hour and row.longer_than):
        raise CertificateError("only duties that are counted can be told apart by their length")
    if row.day is None and not row.by_hour:
        raise CertificateError("duties are counted by day, not by week")
    if any(problem.week_of(day) != row.week for day in [row.day] if day is not None):
        raise CertificateError("a row of people's work names a day of another week")
