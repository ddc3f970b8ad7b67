"""Asking: freezes what the programme keeps into the optimizer's `Problem`. Nothing is decided here.

Travel is rounded up to whole minutes, so that every time in a plan is a whole minute and rows lose nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sqlalchemy.orm import Session

from outreach.place.ground import Position
from outreach.place.roads import Network
from outreach.place.sites import Site
from outreach.plan import services as catalogue
from outreach.plan.planning import (
    candidates,
    exploring,
    fairness,
    gaps,
    owed,
    pledges,
    prechecks,
    rows,
    told,
    travel,
)
from outreach.plan.planning.ground import Ground, load
from outreach.plan.planning.roster import Roster
from outreach.plan.vans import Van
from outreach.policies import Policy
from outreach.risk import surface
from solver.problem import Problem


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
    policy, notes = ground.policy, prechecks.check(ground)
    network = Network.open(city)
    sites, left_out = candidates.standing(ground, network)
    vans, off_road = candidates.driving(ground, network)
    forecast = surface.forecast(session, programme_id, ground.dates)
    position = {row.id: n for n, row in enumerate(sites)}
    back = owed.owed(owed.waiting(session, programme_id, ground.dates, now), ground, position, left_out)
    published = told.published(
        session, programme_id, ground.dates, [row.id for row in sites], [row.id for row in vans]
    )
    asked = replace(_frozen(ground, network, sites, vans, back), published=published, seed=seed)
    access = network.walk_access(_spots(sites), forecast.cells)
    choice, served = exploring.choose(session, programme_id, forecast, now, seed, policy.exploring_share)
    planned_on = exploring.planned_on(forecast, choice)
    factor = policy.other_provider_factor
    counts, others = gaps.factors(network, city, forecast.cells, ground.dates, factor)
    roster = Roster(
        from_date=from_date,
        days=days,
        sites=tuple(row.id for row in sites),
        vans=tuple(row.id for row in vans),
        staff=tuple(row.id for row in ground.staff),
        services=catalogue.names(),
        left_out=tuple(left_out),
        cells=tuple(forecast.cells[n] for n in np.unique(access.indices)),
        notes=(
            *notes,
            *surface.ageing(session, programme_id, now),
            *off_road,
            *candidates.unkeepable(ground, left_out),
            *pledges.unreachable(asked),
            *back.notes,
            *fairness.unmeetable(policy.fairness_minutes, rows.areas(sites), asked.sites),
            *gaps.sentence(others, factor, planned_on, counts),
        ),
        explored=exploring.kept(access, choice, served, policy.exploring_share, now),
    )
    return _with_risk(asked, access, planned_on * counts), roster


def _frozen(
    ground: Ground, network: Network, sites: Sequence[Site], vans: Sequence[Van], back: owed.Owed
) -> Problem:
    """Everything but risk, the published plan and the seed."""
    areas, dates = rows.areas(sites), ground.dates
    seconds, band = travel.between(network, [*_spots(sites), *_spots(vans)], dates)
    standing = tuple(rows.site(ground, row, areas) for row in sites)
    weeks = tuple(rows.week(dates[0], day) for day in dates)
    return Problem(
        sites=standing,
        vans=tuple(rows.van(ground, row, len(sites) + n) for n, row in enumerate(vans)),
        days=len(dates),
        travel=seconds,
        travel_band=band,
        weekday=tuple(day.weekday() for day in dates),
        week=weeks,
        services=tuple(rows.service(ground, offered) for offered in catalogue.catalogue()),
        staff=tuple(rows.member(ground, row) for row in ground.staff),
        neighbourhoods=tuple(areas),
        anchors=rows.anchors(ground, {row.id: n for n, row in enumerate(sites)}, back),
        follow_ups=back.follow_ups,
        floors=fairness.floors(ground.policy.fairness_minutes, areas, standing, weeks),
        dates=tuple(prechecks.told(day) for day in dates),
        meal_break=rows.meal_break(ground.policy),
    )


def _spots(rows: Sequence[Site] | Sequence[Van]) -> list[Position]:
    return [(row.lon, row.lat) for row in rows]


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
