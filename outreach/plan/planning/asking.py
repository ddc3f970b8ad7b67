"""Asking: freezes what the programme keeps into the optimizer's `Problem`. Nothing is decided here.

Travel is rounded up to whole minutes, so that every time in a plan is a whole minute and rows lose nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sqlalchemy.orm import Session

from outreach.errors import Invalid
from outreach.place import progress
from outreach.place import sites as places
from outreach.place.roads import UNREACHABLE, Network
from outreach.place.sites import Site as SiteRow
from outreach.plan import services as catalogue
from outreach.plan import staff
from outreach.plan.planning import before, exploring, fairness, gaps, owed, prechecks, told
from outreach.plan.planning.ground import Ground, load
from outreach.plan.planning.roster import LeftOut, Roster
from outreach.plan.staff import Member as MemberRow
from outreach.plan.vans import Van as VanRow
from outreach.policies import Policy
from outreach.risk import surface
from solver.problem import Anchor, MealBreak, Member, Problem, Service, Shift, Site, Van, Window

MINUTE = 60
HOURS_SHOWN = 30
REQUIRED = "!"
"""A language with it is no wish of the host but a condition."""
NEVER = 24 * 60 * MINUTE


def problem(
    session: Session,
    programme_id: int,
    from_date: date,
    days: int,
    city: Path,
    now: datetime,
    policy: Policy | None = None,
    seed: int = 0,
) -> tuple[Problem, Roster]:
    """Freeze a plan's inputs for `days` days from `from_date`; the roster leads back to the rows.

    Raises: `Invalid` when nothing could be planned, naming why; `Missing` before a risk surface was fitted.
    """
    ground = load(session, programme_id, from_date, days, policy or Policy.load())
    notes = prechecks.check(ground)
    network = Network.open(city)
    candidates, left_out = _candidates(ground, network)
    vans, van_notes = _vans_on_roads(ground, network)
    forecast = surface.forecast(session, programme_id, ground.dates, now)
    areas = _areas(candidates)
    travel, travel_band = _travel(network, candidates, vans, ground.dates)
    places_to_stand = tuple(_site(ground, row, areas) for row in candidates)
    weeks = tuple(_week(from_date, day) for day in ground.dates)
    position = {row.id: n for n, row in enumerate(candidates)}
    back = owed.owed(owed.waiting(session, programme_id, ground.dates, now), ground, position, left_out)
    asked = Problem(
        sites=places_to_stand,
        vans=tuple(_van(ground, row, len(candidates) + n) for n, row in enumerate(vans)),
        days=days,
        travel=travel,
        travel_band=travel_band,
        weekday=tuple(day.weekday() for day in ground.dates),
        week=weeks,
        services=tuple(_service(offered) for offered in catalogue.catalogue()),
        staff=tuple(_member(ground, row) for row in ground.staff),
        neighbourhoods=tuple(areas),
        anchors=_anchors(ground, position, back),
        follow_ups=back.follow_ups,
        floors=fairness.floors(ground.policy.fairness_minutes, areas, places_to_stand, weeks),
        published=told.published(
            session, programme_id, ground.dates, [row.id for row in candidates], [row.id for row in vans]
        ),
        dates=tuple(prechecks.told(day) for day in ground.dates),
        meal_break=_meal_break(ground.policy),
        seed=seed,
    )
    unfair = fairness.unmeetable(ground.policy.fairness_minutes, areas, places_to_stand)
    access = network.walk_access([(row.lon, row.lat) for row in candidates], forecast.cells)
    share = ground.policy.exploring_share
    choice, served = exploring.choose(session, programme_id, forecast, now, seed, share)
    planned_on = exploring.planned_on(forecast, choice)
    factor = ground.policy.other_provider_factor
    counts, others = gaps.factors(network, city, forecast.cells, ground.dates, factor)
    open_nearby = gaps.sentence(others, factor, planned_on, counts)
    roster = Roster(
        from_date=from_date,
        days=days,
        sites=tuple(row.id for row in candidates),
        vans=tuple(row.id for row in vans),
        staff=tuple(row.id for row in ground.staff),
        services=catalogue.names(),
        left_out=tuple(left_out),
        cells=tuple(forecast.cells[n] for n in np.unique(access.indices)),
        notes=(
            *notes,
            *surface.ageing(session, programme_id, now),
            *van_notes,
            *_unkeepable(ground, left_out),
            *back.notes,
            *unfair,
            *open_nearby,
        ),
        explored=exploring.kept(access, choice, served, share, now),
    )
    return _with_risk(asked, access, planned_on * counts), roster


def _candidates(ground: Ground, network: Network) -> tuple[list[SiteRow], list[LeftOut]]:
    """The sites worth handing to the optimizer, and those that are not, with the reason."""
    reached = network.reachable([(row.lon, row.lat) for row in ground.sites])
    chosen, left_out = [], []
    for row, on_road in zip(ground.sites, reached, strict=True):
        why = _not_a_candidate(ground, row, bool(on_road))
        if why is None:
            chosen.append(row)
        elif row.status != "retired":
            left_out.append(LeftOut(row.id, *why))
    if not chosen:
        raise Invalid(
            "No site can be planned: " + " ".join(sorted({left.sentence for left in left_out})[:5]),
            code="no-candidates",
        )
    return chosen, left_out


def _not_a_candidate(ground: Ground, row: SiteRow, on_road: bool) -> tuple[str, str] | None:
    if not places.may_be_planned(row):
        return "proposed", f"{row.name} waits for a host's agreement."
    if not on_road:
        return "unreachable", f"No road reaches {row.name}. Move it to a street, or look at its coordinates."
    if not any(places.windows_on(row, day) for day in ground.dates):
        return "closed", f"{row.name} is closed to vans on all of these dates (hours, permit or closure)."
    if catalogue.names()[0] not in row.services:
        return "no_base_service", f"The host of {row.name} does not allow {catalogue.names()[0]}."
    return None


def _vans_on_roads(ground: Ground, network: Network) -> tuple[list[VanRow], list[str]]:
    reached = network.reachable([(row.lon, row.lat) for row in ground.vans])
    on_road = [row for row, reachable in zip(ground.vans, reached, strict=True) if reachable]
    if not on_road:
        raise Invalid(
            "No van's base lies on a street. Look at the vans' coordinates.", code="vans-unreachable"
        )
    off_road = [row for row in ground.vans if row not in on_road]
    return on_road, [f"The base of {row.name} lies on no street; the van is left out." for row in off_road]


def _unkeepable(ground: Ground, left_out: Sequence[LeftOut]) -> list[str]:
    """Promises at sites that are no candidates."""
    lost = {left.site_id: left.sentence for left in left_out}
    return [
        f"The session promised on {prechecks.told(day)} cannot be kept: {lost[anchor.site_id]}"
        for day in ground.dates
        for anchor in ground.promises(day)
        if anchor.site_id in lost
    ]


def _areas(candidates: Sequence[SiteRow]) -> dict[str, int]:
    """Neighbourhood names by position; "" stands for none."""
    names = sorted({row.area.name for row in candidates if row.area is not None})
    return {name: position for position, name in enumerate(["", *names])}


def _site(ground: Ground, row: SiteRow, areas: dict[str, int]) -> Site:
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


def _van(ground: Ground, row: VanRow, base: int) -> Van:
    shifts = [
        Shift(position, starts * MINUTE, ends * MINUTE)
        for position, day in enumerate(ground.dates)
        for starts, ends in ground.van_hours(row, day)
    ]
    return Van(row.name, base, tuple(shifts))


def _member(ground: Ground, row: MemberRow) -> Member:
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


def _service(offered: catalogue.Service) -> Service:
    return Service(
        name=offered.name,
        crew=tuple(sorted(offered.crew.items())),
        people=offered.people,
        hourly_value=offered.hourly_value,
        telehealth=frozenset(offered.telehealth),
    )


def _anchors(ground: Ground, position: Mapping[int, int], back: owed.Owed) -> tuple[Anchor, ...]:
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


def _meal_break(policy: Policy) -> MealBreak | None:
    if policy.meal_after_minutes is None:
        return None
    return MealBreak(policy.meal_after_minutes * MINUTE, policy.meal_minutes * MINUTE)


def _week(from_date: date, day: date) -> int:
    """Calendar weeks, counted from the one of `from_date`: limits of hours hold from Monday to Sunday."""
    monday = from_date - timedelta(from_date.weekday())
    return (day - monday).days // 7


def _travel(
    network: Network, candidates: Sequence[SiteRow], vans: Sequence[VanRow], dates: Sequence[date]
) -> tuple[NDArray[np.int32], NDArray[np.int8]]:
    """Whole minutes of driving by traffic, and which traffic holds for whom leaves in an hour of a day.

    An hour before the traffic changes has the slower of both: a time people are told must hold for the van
    that leaves at its end (`place/progress.py`).
    """
    points = [(row.lon, row.lat) for row in candidates] + [(row.lon, row.lat) for row in vans]
    bands = [network.drive_seconds(points, band).astype(np.int64) for band in range(len(network.bands))]
    seconds = np.stack(bands)
    pairs = _bands_by_hour(network, dates)
    kinds = sorted({pair for hours in pairs for pair in hours})
    told = np.stack([progress.at_most(seconds, here, then) for here, then in kinds])
    minutes = np.where(told >= UNREACHABLE, NEVER, -(-told // MINUTE) * MINUTE)
    place = {pair: number for number, pair in enumerate(kinds)}
    return minutes.astype(np.int32), np.array([[place[pair] for pair in hours] for hours in pairs], np.int8)


def _bands_by_hour(network: Network, dates: Sequence[date]) -> list[list[tuple[int, int]]]:
    """For each day and hour the traffic band in it and in the next one."""
    return [
        [
            (network.band_of(day.weekday(), hour), network.band_of(day.weekday(), hour + 1))
            for hour in range(HOURS_SHOWN)
        ]
        for day in dates
    ]


def _with_risk(asked: Problem, access: csr_array, risk: NDArray[np.float64]) -> Problem:
    """Only cells somebody can walk from are handed over: no plan reaches the others."""
    near = np.unique(access.indices)
    access = csr_array(access[:, near])
    access.sort_indices()
    return replace(
        asked,
        risk=np.ascontiguousarray(risk[near]),
        access_starts=access.indptr.astype(np.int64),
        access_cells=access.indices.astype(np.int32),
        access_share=access.data.astype(np.float64),
    )
