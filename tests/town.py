"""The tiny town: five places, two vans, six people and one promise, small enough to reckon by hand.

Its city folder is empty, so travel is straight lines × 1.3 at 25 km/h. Sites lie about 1 km apart on a
line from west to east; vans are based in the middle. Open Monday to Friday 08:00-20:00.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from outreach.place import sites
from outreach.place.areas import Area
from outreach.plan import anchors, staff, vans
from outreach.plan.staff import NewMember
from outreach.plan.vans import NewVan
from outreach.store import Programme, Store
from outreach.tabular import week

MONDAY = date(2026, 11, 23)
LAT = 42.33
WORKDAYS = week("Mon-Fri 08:00-20:00")
SITES = (("west", -71.10), ("mill", -71.09), ("square", -71.08), ("yard", -71.07), ("east", -71.06))
STAFF = (
    ("ana", ("prescriber",)),
    ("ben", ("driver", "harm_reduction")),
    ("cem", ("driver", "outreach_worker")),
    ("dia", ("harm_reduction",)),
    ("eva", ("harm_reduction", "driver")),
    ("fay", ("nurse", "outreach_worker")),
)


@dataclass(frozen=True, slots=True)
class Town:
    """Where it is and what is in it; ids by code."""

    store: Store
    city: Path
    programme_id: int
    monday: date
    sites: dict[str, int]
    vans: dict[str, int]
    staff: dict[str, int]


def build(store: Store, city: Path, slug: str = "tiny") -> Town:
    """Put the tiny town into a store; a second programme takes another `slug`, and has its city in
    `cities/<slug>` beside the first one's folder."""
    city.mkdir(parents=True, exist_ok=True)
    with store.transaction() as session:
        programme = Programme(
            slug=slug,
            name=f"{slug.title()} Outreach",
            city=f"{slug.title()} Town",
            timezone="America/New_York",
            folder=None if slug == "tiny" else f"cities/{slug}",
        )
        session.add(programme)
        session.flush()
        pid = programme.id
        for name, lon in (("Westside", -71.095), ("Eastside", -71.065)):
            session.add(Area(programme_id=pid, name=name, lon=lon, lat=LAT))
        session.flush()
        placed = {code: sites.add(session, pid, _site(code, lon)).id for code, lon in SITES}
        vans.save(
            session, pid, [NewVan(code, f"Van {code}", -71.08, LAT, WORKDAYS) for code in ("one", "two")]
        )
        staff.save(session, pid, [NewMember(code, code.title(), roles, WORKDAYS) for code, roles in STAFF])
        session.add(_promise(pid, placed["square"]))
        session.flush()
        van_ids = {van.code: van.id for van in vans.listed(session, pid)}
        staff_ids = {member.code: member.id for member in staff.listed(session, pid)}
    return Town(store, city, pid, MONDAY, placed, van_ids, staff_ids)


def _site(code: str, lon: float) -> sites.NewSite:
    return sites.NewSite(
        name=code.title(),
        lon=lon,
        lat=LAT,
        code=code,
        host="Parish",
        services=("harm_reduction", "moud"),
        windows=tuple(sites.Opening(day, 480, 1200) for day in range(5)),
        dwell_minutes=(120, 180, 240),
    )


def _promise(programme_id: int, site_id: int) -> anchors.Anchor:
    """Tuesdays at 10:00 at the square, four hours, people's refills depend on it."""
    return anchors.Anchor(
        programme_id=programme_id,
        site_id=site_id,
        weekday=1,
        starts=600,
        dwell_minutes=240,
        tolerance_minutes=0,
        services=["harm_reduction", "moud"],
        refills_due=12,
    )
