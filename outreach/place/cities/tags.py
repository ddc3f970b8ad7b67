"""Tags: what OpenStreetMap's words for streets and speeds mean to a van and to a walker."""

from __future__ import annotations

import re

from outreach.place.streets import KINDS

FOOT_ONLY = (
    "footway",
    "path",
    "pedestrian",
    "steps",
    "cycleway",
    "corridor",
    "bridleway",
    "track",
    "platform",
)
NO_STREET = (
    "abandoned", "bus_guideway", "construction", "elevator", "escalator", "no", "planned", "proposed",
    "raceway", "razed", "rest_area", "services", "via_ferrata",
)  # fmt: skip
UNCLASSIFIED, PATH = KINDS.index("unclassified"), KINDS.index("path")


def kind_of(highway: str | None) -> int | None:
    """The kind of street for a van; None where it may not drive.

    Service roads (alleys, car parks) are left out, as in osmnx's drive networks: they would triple the
    network and are rarely a way through.
    """
    if highway is None:
        return UNCLASSIFIED
    if highway in FOOT_ONLY or highway in NO_STREET or highway == "service":
        return None
    return KINDS.index(highway) if highway in KINDS else UNCLASSIFIED


def walk_kind_of(highway: str | None) -> int | None:
    """The kind of street or path for a walker; None on motorways and what is no way at all."""
    if highway is None:
        return UNCLASSIFIED
    if highway.startswith("motorway") or highway in NO_STREET:
        return None
    if highway in FOOT_ONLY:
        return PATH
    return KINDS.index(highway) if highway in KINDS else UNCLASSIFIED


def kph_of(maxspeed: str | None) -> float | None:
    """A speed limit in km/h from "25 mph", "50" or "30 km/h"; None where there is none to be read."""
    found = re.match(r"\s*(\d{1,3}(?:\.\d+)?)\s*(mph|km/h|kph)?", maxspeed or "")
    if not found:
        return None
    kph = float(found[1]) * (1.609344 if found[2] == "mph" else 1.0)
    return kph if 5 <= kph <= 150 else None
