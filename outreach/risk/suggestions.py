"""Suggestions: areas to ask participants and hosts about, each with the figures that speak for it.

A suggestion is only a question, never a plan: nothing here is stored, and no site comes of it until people
have said where they want a van, and a host has agreed to have it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import h3
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sqlalchemy.orm import Session

from outreach.errors import Invalid
from outreach.place import areas, sites
from outreach.place.ground import Position, metres_apart
from outreach.place.roads import Network
from outreach.risk.forecast import Forecast
from outreach.risk.nearness import MINUTES, near, weekly
from outreach.tabular import Table

QUESTION = (
    "Would people here want a van, where would they feel safe to come, and who could host it? "
    "Ask participants and hosts: this is a question, never a plan."
)
CANDIDATES = 400
FAR_METRES = 1_200.0
LEAST_APART_METRES = 400.0
WEIGHTS = {"risk": 0.6, "spread": 0.2, "services": 0.2}
MOST = 50


@dataclass(frozen=True, slots=True)
class Service:
    """Somewhere people can already go: a pharmacy, a clinic, a shelter."""

    name: str
    position: Position


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An area about 350 m across and its scorecard. Risk is in expected overdoses a week, walks go over the
    walk network, distances are straight; the parts of `score` are from 0 to 1 (`WEIGHTS`)."""

    rank: int
    area: str
    cell: str
    lon: float
    lat: float
    score: float
    risk_part: float
    spread_part: float
    services_part: float
    would_walk: float
    not_reached_yet: float
    slow_would_walk: float
    in_10_minutes: float
    in_15_minutes: float
    nearest_site: str
    nearest_site_metres: int | None
    nearest_service: str
    nearest_service_metres: int | None
    question: str = QUESTION


Named = Sequence[tuple[str, Position]]


@dataclass(frozen=True, slots=True)
class _Ground:
    """What candidates are weighed by: risk by cell, who would walk to each, who reaches a site already."""

    cells: list[str]
    risk: NDArray[np.float64]
    candidates: list[int]
    positions: list[Position]
    access: csr_array
    covered: NDArray[np.float64]
    sites: Named
    services: Named


@dataclass(frozen=True, slots=True)
class _Choice:
    """A candidate as it stood when it was chosen: the parts of its score, and what it would newly reach."""

    candidate: int
    parts: dict[str, float]
    fresh: float


def services(path: Path) -> list[Service]:
    """Existing services from a CSV with the columns name, lon and lat.

    Raises:
        Invalid: with every mistake in the file.
    """
    table = Table.open(path, required=("name", "lon", "lat"))
    found = [Service(row.text("name", longest=200) or "", row.position("lon", "lat")) for row in table]
    table.finish()
    return found


def suggest(
    session: Session,
    programme_id: int,
    network: Network,
    forecast: Forecast,
    known: Sequence[Service] = (),
    *,
    count: int = 10,
) -> list[Suggestion]:
    """The areas most worth asking about, best first; each one chosen with those before it in mind.

    Raises:
        Invalid: `count` is out of bounds, or no road leads anywhere near people at risk.
    """
    if not 1 <= count <= MOST:
        raise Invalid(f"Ask for 1 to {MOST} suggestions, not {count}.")
    ground = _ground(session, programme_id, network, forecast, known)
    named = areas.listed(session, programme_id)
    found = []
    for rank, choice in enumerate(_chosen(ground, count), start=1):
        area = areas.area_of(named, *ground.positions[choice.candidate])
        found.append(_scorecard(ground, network, choice, rank, area.name if area is not None else ""))
    return found


def _ground(
    session: Session, programme_id: int, network: Network, forecast: Forecast, known: Sequence[Service]
) -> _Ground:
    cells = forecast.cells
    risk = weekly(forecast)
    middles = [h3.cell_to_latlng(cell)[::-1] for cell in cells]
    riskiest = np.argsort(-risk, kind="stable")[:CANDIDATES]
    on_road = network.reachable([middles[cell] for cell in riskiest])
    candidates = [int(cell) for cell, reached in zip(riskiest, on_road, strict=True) if reached]
    if not candidates:
        raise Invalid("No road leads anywhere near the people at risk. Was the city made for another place?")
    positions = [middles[cell] for cell in candidates]
    stands = [
        (site.name, (site.lon, site.lat))
        for site in sites.listed(session, programme_id)
        if sites.may_be_planned(site)
    ]
    reached_now = network.walk_access([spot for _, spot in stands], cells)
    return _Ground(
        cells,
        risk,
        candidates,
        positions,
        network.walk_access(positions, cells),
        reached_now.max(axis=0).toarray().ravel() if stands else np.zeros(len(cells)),
        stands,
        [(service.name, service.position) for service in known],
    )


def _chosen(ground: _Ground, count: int) -> list[_Choice]:
    """One after the other the best candidate, given that the ones before would have a van."""
    covered, taken = ground.covered.copy(), [spot for _, spot in ground.sites]
    most = float((ground.access @ (ground.risk * (1 - covered))).max()) or 1.0
    services = _clear_of(ground.positions, [spot for _, spot in ground.services])
    found: list[_Choice] = []
    while len(found) < count:
        fresh = ground.access @ (ground.risk * (1 - covered))
        away = _clear_of(ground.positions, taken)
        parts = {
            "risk": np.minimum(fresh / most, 1.0),
            "spread": np.minimum(away / FAR_METRES, 1.0),
            "services": np.minimum(services / FAR_METRES, 1.0) if ground.services else np.zeros(len(fresh)),
        }
        score = sum(WEIGHTS[name] * part for name, part in parts.items())
        score = np.where((away >= LEAST_APART_METRES) & (fresh > 0), score, -1.0)
        best = int(np.argmax(score))
        if score[best] < 0:
            break
        found.append(_Choice(best, {n: float(part[best]) for n, part in parts.items()}, float(fresh[best])))
        covered = np.maximum(covered, ground.access[[best]].toarray().ravel())
        taken.append(ground.positions[best])
    return found


def _clear_of(positions: Sequence[Position], others: Sequence[Position]) -> NDArray[np.float64]:
    """Metres from each position to the nearest of the others, infinite without any."""
    if not others:
        return np.full(len(positions), np.inf)
    return np.asarray(metres_apart(np.array(positions)[:, None], np.array(others)[None]).min(axis=1))


def _scorecard(ground: _Ground, network: Network, choice: _Choice, rank: int, area: str) -> Suggestion:
    here = ground.positions[choice.candidate]
    site, site_metres = _nearest(here, ground.sites)
    service, service_metres = _nearest(here, ground.services)
    ten, fifteen = (
        near(network, [here], ground.cells, ground.risk, minutes, "usual").together for minutes in MINUTES
    )
    slow = float((network.walk_access([here], ground.cells, "slow") @ ground.risk)[0])
    return Suggestion(
        rank=rank,
        area=area,
        cell=ground.cells[ground.candidates[choice.candidate]],
        lon=round(here[0], 5),
        lat=round(here[1], 5),
        score=round(sum(WEIGHTS[name] * part for name, part in choice.parts.items()), 3),
        risk_part=round(choice.parts["risk"], 3),
        spread_part=round(choice.parts["spread"], 3),
        services_part=round(choice.parts["services"], 3),
        would_walk=round(float((ground.access[[choice.candidate]] @ ground.risk)[0]), 3),
        not_reached_yet=round(choice.fresh, 3),
        slow_would_walk=round(slow, 3),
        in_10_minutes=round(ten, 3),
        in_15_minutes=round(fifteen, 3),
        nearest_site=site,
        nearest_site_metres=site_metres,
        nearest_service=service,
        nearest_service_metres=service_metres,
    )


def _nearest(here: Position, others: Named) -> tuple[str, int | None]:
    if not others:
        return "", None
    away = metres_apart(np.array(here), np.array([spot for _, spot in others]))
    nearest = int(away.argmin())
    return others[nearest][0], round(float(away[nearest]))
