"""Candidates: the sites and vans worth handing to the optimizer, and a sentence for each that is not."""

from __future__ import annotations

from collections.abc import Sequence

from outreach.errors import Invalid
from outreach.place import sites as places
from outreach.place.roads import Network
from outreach.place.sites import Site
from outreach.plan import services as catalogue
from outreach.plan.planning import prechecks
from outreach.plan.planning.ground import Ground
from outreach.plan.planning.roster import LeftOut
from outreach.plan.vans import Van


def standing(ground: Ground, network: Network) -> tuple[list[Site], list[LeftOut]]:
    """The sites where a van could stand, and those where none could, with the reason.

    Raises: `Invalid` when none is left.
    """
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


def driving(ground: Ground, network: Network) -> tuple[list[Van], list[str]]:
    """The vans whose base lies on a street, and a sentence for each other.

    Raises: `Invalid` when none is left.
    """
    reached = network.reachable([(row.lon, row.lat) for row in ground.vans])
    on_road = [row for row, reachable in zip(ground.vans, reached, strict=True) if reachable]
    if not on_road:
        raise Invalid(
            "No van's base lies on a street. Look at the vans' coordinates.", code="vans-unreachable"
        )
    off_road = [row for row in ground.vans if row not in on_road]
    return on_road, [f"The base of {row.name} lies on no street; the van is left out." for row in off_road]


def unkeepable(ground: Ground, left_out: Sequence[LeftOut]) -> list[str]:
    """Promises at sites that are no candidates."""
    lost = {left.site_id: left.sentence for left in left_out}
    return [
        f"The session promised on {prechecks.told(day)} cannot be kept: {lost[anchor.site_id]}"
        for day in ground.dates
        for anchor in ground.promises(day)
        if anchor.site_id in lost
    ]


def _not_a_candidate(ground: Ground, row: Site, on_road: bool) -> tuple[str, str] | None:
    if not places.may_be_planned(row):
        return "proposed", f"{row.name} waits for a host's agreement."
    if not on_road:
        return "unreachable", f"No road reaches {row.name}. Move it to a street, or look at its coordinates."
    if not any(places.windows_on(row, day) for day in ground.dates):
        return "closed", f"{row.name} is closed to vans on all of these dates (hours, permit or closure)."
    if catalogue.names()[0] not in row.services:
        return "no_base_service", f"The host of {row.name} does not allow {catalogue.names()[0]}."
    return None
