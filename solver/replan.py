"""Trouble at noon: keep what was told to people wherever that is still possible, and say what changes.

The problem given is the one that holds now: the lost van has no shift, the sick have none, the closed site no
window, the spike is in the risk. What has begun is never touched, and what it breaks is nobody's fault any
more. No search is loaded: every step is tried and judged by `solver.check`, in milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from solver.chances import spend_on_chances
from solver.check import Broken, check, clock
from solver.fewest import Cover, best_cover
from solver.mending import Mender
from solver.plan import Plan, Stop, VanDay
from solver.problem import Problem
from solver.score import TOLD_WITHIN
from solver.timetable import lay


@dataclass(frozen=True)
class Change:
    """A stop people were told of that is `dropped`, `moved` by more than a quarter of an hour, `shortened` or
    offers less (`reduced`); `facts` say the same in parts."""

    kind: str
    day: int
    site: int
    sentence: str
    facts: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class Repair:
    """The repaired plan, how it differs from what was told, what could not be mended, its value, and the
    share of told stops that stand. No plan changes fewer stops than `fewest`; `spent` changes were not forced
    but bought more reach than they cost."""

    plan: Plan
    changes: tuple[Change, ...]
    unmended: tuple[Broken, ...]
    value: float
    kept: float
    fewest: int = 0
    spent: int = 0

    @property
    def proven(self) -> bool:
        """Whether the forced changes are proven to be as few as can be."""
        return len(self.changes) - self.spent <= self.fewest


def replan(
    problem: Problem,
    published: Plan,
    day: int,
    now: int,
    *,
    late: Mapping[int, int] | None = None,
    budget: int = 0,
) -> Repair:
    """The published plan with as little changed as the trouble allows, from second `now` of `day` on.

    Van-days that can stay as they are do; one whose crew is short gets somebody else aboard; what a lost or
    late van cannot serve goes to another at the time told, else is shortened, else goes to another time of
    the day, else is dropped. `late` says from which second a van on the road can roll. With a `budget`, up
    to so many more stops that nobody promised are given up for others worth more, the price of change
    included.
    """
    asked = replace(problem, published=published)
    mender = _mended(asked, published, published, day, now, late or {})
    forced = list(_changes(problem, published, mender.plan))
    fewest, better = _fewest(asked, published, day, now, late or {}, forced)
    if len(forced) > fewest and better is not None:
        other = _mended(asked, published, better, day, now, late or {})
        others = list(_changes(problem, published, other.plan))
        if _hurt(other, others) < _hurt(mender, forced):
            mender, forced = other, others
    spent = spend_on_chances(mender, budget) if budget else 0
    changes = tuple(_changes(problem, published, mender.plan)) if spent else tuple(forced)
    told = sum(len(d.stops) for d in published.van_days)
    value = check(asked, mender.plan).value
    return Repair(
        mender.plan, changes, mender.unmended(), value, 1 - len(changes) / max(1, told), fewest, spent
    )


def _mended(
    problem: Problem, published: Plan, wished: Plan, day: int, now: int, late: Mapping[int, int]
) -> Mender:
    """What was told, put back along the van-days of `wished`, and the rest placed where it still can be."""
    mender = Mender(problem, wished, day, now, late)
    mender.restore()
    mender.lose(published)
    mender.place_the_lost()
    return mender


def _hurt(mender: Mender, changes: list[Change]) -> tuple[int, int]:
    return len(mender.unmended()), len(changes)


def _fewest(
    problem: Problem, published: Plan, day: int, now: int, late: Mapping[int, int], forced: list[Change]
) -> tuple[int, Plan | None]:
    """A number of changes no plan goes below, and van-days that might reach it."""
    fewest, van_days = 0, list(published.van_days)
    for d in sorted({change.day for change in forced}):
        today = d == day
        cover = best_cover(problem, published, d, now if today else -1, late if today else {})
        fewest += cover.lost
        if cover.paths:
            van_days = [v for v in van_days if v.day != d] + _along(problem, published, d, now, cover)
    return fewest, Plan(tuple(sorted(van_days, key=lambda v: (v.day, v.van, v.depart))))


def _along(problem: Problem, published: Plan, day: int, now: int, cover: Cover) -> list[VanDay]:
    """The day's van-days along the paths of a cover, each with the crew that was to serve most of it."""
    told = [d for d in published.van_days if d.day == day]
    led = {slot.begun for slot, _ in cover.paths if slot.begun is not None}
    found = [d for d in told if d not in led and d.depart <= now]
    free = [d for d in told if d not in found and d not in led]
    for slot, stops in cover.paths:
        near = max([*free, *told], key=lambda d: (d in free, len({*d.stops} & {*stops}), d.van == slot.van))
        origin = slot.begun or near
        free = [d for d in free if d is not origin]
        begun = _so_far(slot.begun, stops)
        laid = lay(problem, slot.van, day, stops, origin.crew, slack=TOLD_WITHIN, begun=begun)
        if laid is not None:
            found.append(laid)
    return found


def _so_far(begun: VanDay | None, stops: tuple[Stop, ...]) -> VanDay | None:
    if begun is None:
        return None
    return replace(
        begun, stops=tuple(s for s in begun.stops if s.arrive < stops[0].arrive and s not in stops)
    )


def _changes(problem: Problem, published: Plan, plan: Plan) -> Iterator[Change]:
    now: dict[tuple[int, int], list[Stop]] = {}
    for d in plan.van_days:
        for s in d.stops:
            now.setdefault((d.day, s.site), []).append(s)
    for d in published.van_days:
        for told in d.stops:
            there = now.get((d.day, told.site), [])
            change = _change(
                problem, d.day, told, min(there, key=lambda s: abs(s.start - told.start), default=None)
            )
            if change is not None:
                yield change


def _change(problem: Problem, day: int, told: Stop, now: Stop | None) -> Change | None:
    stop = f"{problem.sites[told.site].name} on {problem.told(day)}"
    facts: dict[str, str | int] = {"start": clock(told.start), "minutes": told.dwell // 60}
    if now is None:
        return Change("dropped", day, told.site, f"{stop} at {clock(told.start)} is dropped.", facts)
    facts |= {"new_start": clock(now.start), "new_minutes": now.dwell // 60}
    if abs(now.start - told.start) > TOLD_WITHIN:
        moved = f"{stop} moves from {clock(told.start)} to {clock(now.start)}."
        return Change("moved", day, told.site, moved, facts)
    if now.dwell < told.dwell:
        ends = f"{stop} ends at {clock(now.end)} instead of {clock(told.end)}."
        return Change("shortened", day, told.site, ends, facts)
    if not told.services <= now.services:
        lost = ", ".join(
            problem.services[n].name.replace("_", " ") for n in sorted(told.services - now.services)
        )
        return Change("reduced", day, told.site, f"{stop} at {clock(now.start)} is without {lost}.", facts)
    return None
