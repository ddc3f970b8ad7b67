"""Rows of the programme as the optimizer takes them: positions for ids, seconds for minutes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from outreach.place import sites as places
from outreach.place.sites import Site as SiteRow
from outreach.plan import services as catalogue
from outreach.plan import staff
from outreach.plan.planning import before, owed
from outreach.plan.planning.ground import Ground
from outreach.plan.staff import Member as MemberRow
from outreach.plan.vans import Van as VanRow
from outreach.policies import Policy
from solver.problem import Anchor, MealBreak, Member, Service, Shift, Site, Van, Window

MINUTE = 60
REQUIRED = "!"
"""A language with it is no wish of the host but a condition."""


def areas(candidates: Sequence[SiteRow]) -> dict[str, int]:
    """Neighbourhood names by position; "" stands for none."""
    names = sorted({row.area.name for row in candidates if row.area is not None})
    return {name: position for position, name in enumerate(["", *names])}


def site(ground: Ground, row: SiteRow, areas: dict[str, int]) -> Site:
    """A site with its windows on the plan's dates."""
    names = catalogue.names()
    return Site(
        name=row.name,
        neighbourhood=areas[row.area.name if row.area is not None else ""],
        windows=tuple(
            Window(position, opens * MINUTE, closes * MINUTE)
            for position, day in enumerate(ground.dates)
            for opens, closes in places.windows_on(row, day)
        ),
        services=frozenset(names.index(name) for name in row.services if name in names),
        dwell_options=tuple(minutes * MINUTE for minutes in row.dwell_minutes),
        setup_seconds=row.setup_minutes * MINUTE,
        packdown_seconds=row.packdown_minutes * MINUTE,
        max_vans=row.spots,
        spacing_days=row.spacing_days,
        languages=frozenset(t for t in row.languages if not t.endswith(REQUIRED)),
        required_languages=frozenset(t.removesuffix(REQUIRED) for t in row.languages if t.endswith(REQUIRED)),
    )


def van(ground: Ground, row: VanRow, base: int) -> Van:
    """A van with its shifts; `base` is its row in the travel matrices."""
    shifts = [
        Shift(position, starts * MINUTE, ends * MINUTE)
        for position, day in enumerate(ground.dates)
        for starts, ends in ground.van_hours(row, day)
    ]
    return Van(row.name, base, tuple(shifts))


def member(ground: Ground, row: MemberRow) -> Member:
    """A person with the hours still free of what the law and they themselves allow."""
    week = before.most_week_minutes(row, ground.policy)
    rest = before.least_rest_minutes(row, ground.policy)
    asked = {n: ground.staff_hours(row, day) for n, day in enumerate(ground.dates)}
    free = before.still_free(ground.dates, asked, ground.worked.get(row.id), week, rest)
    held = [
        (role, frozenset(n for n, day in enumerate(ground.dates) if staff.holds(row, role, day)))
        for role in row.roles
    ]
    return Member(
        name=row.name,
        roles=tuple(held),
        shifts=tuple(Shift(n, a * MINUTE, b * MINUTE) for n, hours in free.items() for a, b in hours),
        languages=frozenset(row.languages),
        remote=row.remote,
        max_day_seconds=round(min(row.max_day_hours * 60, ground.policy.max_day_minutes)) * MINUTE,
        max_week_seconds=week * MINUTE,
        min_rest_seconds=rest * MINUTE,
    )


def service(ground: Ground, offered: catalogue.Service) -> Service:
    """A service with the crew it takes, from afar only where the rules here allow it."""
    barred = frozenset() if ground.policy.telehealth_prescriber else frozenset({"prescriber"})
    return Service(
        name=offered.name,
        crew=tuple(sorted(offered.crew.items())),
        people=offered.people,
        hourly_value=offered.hourly_value,
        telehealth=frozenset(offered.telehealth) - barred,
    )


def anchors(ground: Ground, position: Mapping[int, int], back: owed.Owed) -> tuple[Anchor, ...]:
    """The promises of the dates, at sites that are candidates, with the refills due."""
    names = catalogue.names()
    return tuple(
        Anchor(
            site=position[promise.site_id],
            day=n,
            start=promise.starts * MINUTE,
            dwell=promise.dwell_minutes * MINUTE,
            tolerance=promise.tolerance_minutes * MINUTE,
            services=frozenset({0, *(names.index(name) for name in promise.services if name in names)}),
            refills_due=promise.refills_due + back.refills.get((promise.id, day), 0),
        )
        for n, day in enumerate(ground.dates)
        if not ground.holiday(day)
        for promise in ground.promises(day)
        if promise.site_id in position
    )


def meal_break(policy: Policy) -> MealBreak | None:
    """The break that the jurisdiction asks for, if it does."""
    if policy.meal_after_minutes is None:
        return None
    return MealBreak(policy.meal_after_minutes * MINUTE, policy.meal_minutes * MINUTE)


def week(from_date: date, day: date) -> int:
    """Calendar weeks, counted from the one of `from_date`: limits of hours hold from Monday to Sunday."""
    monday = from_date - timedelta(from_date.weekday())
    return (day - monday).days // 7
