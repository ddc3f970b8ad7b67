"""What managers ask for: coverage by neighbourhood."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import date
from typing import Annotated, Literal

from fastapi import Depends, Query, Request
from pydantic import Field
from sqlalchemy.orm import Session

from api.access import router
from api.request import Asking, AtDesk, Now, desk_of, office_of
from api.wire import Day, Language, MultiPolygon, Point, Polygon, Told
from outreach.accounts import Account
from outreach.report import coverage

routes = router("/manage", tags=["manage"])


Exact = Annotated[bool, Query(description="Show figures from 1 to 10 too; the reading is in the audit")]


async def _turn(request: Request, exact: Exact = False) -> AsyncIterator[None]:
    desk = desk_of(request)
    async with (desk.writers if exact else desk.readers).turn():
        yield


def _audited(
    request: Request, _: Annotated[None, Depends(_turn, scope="function")], exact: Exact = False
) -> Iterator[Session]:
    office = office_of(request)
    opened = office.store.transaction if exact else office.store.reading
    with opened(office.programme_id) as session:
        yield session


Audited = Annotated[Session, Depends(_audited, scope="function")]
"""A session that only reads, but for exact figures: then it writes to the audit who read them."""


class CoverageFigures(Told):
    """Planned against delivered, and what was handed out. null: hidden to protect people (1 to 10)."""

    risk: float = Field(description="Expected overdoses in the period")
    risk_hours: float = Field(description="The same as risk")
    risk_hours_planned: float = Field(description="What would have been served, had every stop been kept")
    risk_hours_served: float = Field(description="Expected overdoses within a walk of a van while it stood")
    share_served: float | None = Field(description="risk_hours_served / risk; null without risk")
    hours_planned: float
    hours_delivered: float
    stops_planned: int
    stops_delivered: int
    contacts: int | None
    naloxone_kits: int | None
    syringes_out: int | None
    syringes_in: int | None
    litter_syringes: int | None
    overdose_responses: int | None
    hidden: list[str] = Field(description="Which figures are hidden", examples=[["contacts"]])


class AreaCoverage(CoverageFigures):
    """One neighbourhood."""

    id: int | None = Field(description="null: outside every neighbourhood")
    name: str


class WeekCoverage(CoverageFigures):
    """One week of the trend."""

    week: date = Field(description="The Monday")


class CoverageFacts(Told):
    """What the map colours by."""

    id: int
    name: str
    share_served: float | None
    risk: float


class CoverageFeature(Told):
    """A neighbourhood on the map."""

    type: Literal["Feature"] = "Feature"
    properties: CoverageFacts
    geometry: Polygon | MultiPolygon | Point


class CoverageMap(Told):
    """GeoJSON of the neighbourhoods."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[CoverageFeature]


class CoverageReport(Told):
    """The answer in a sentence, then the figures by neighbourhood, then the trend."""

    sentence: str
    from_: date = Field(alias="from", serialization_alias="from")
    until: date
    areas: list[AreaCoverage]
    total: CoverageFigures
    trend: list[WeekCoverage]
    map: CoverageMap
    exact: bool = Field(description="True: nothing is hidden, and this reading is in the audit")


@routes.get("/coverage", summary="Coverage by neighbourhood")
def show_coverage(
    from_: Annotated[Day, Query(alias="from")],
    until: Annotated[Day, Query()],
    session: Audited,
    desk: AtDesk,
    actor: Asking,
    now: Now,
    exact: Exact = False,
    language: Language = "en",
) -> CoverageReport:
    """Counts of 1 to 10 people are hidden, and what would give them away; exact ones are for managers."""
    reader = session.get_one(Account, actor.id) if exact else None
    found = coverage.coverage(
        session,
        desk.programme_id,
        desk.network,
        from_,
        until,
        now,
        threshold=desk.policy.suppression_threshold,
        exact_for=reader,
        language=language,
    )
    return CoverageReport.model_validate(found)
