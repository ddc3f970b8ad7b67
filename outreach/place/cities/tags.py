"""Tags: what OpenStreetMap's words for streets, gates and speeds mean to a van and to a walker."""

from __future__ import annotations

import re
from collections.abc import Mapping

from outreach.place.assembly import FREE_KPH
from outreach.place.streets import KINDS

USED = (
    "highway", "route", "oneway", "junction", "maxspeed", "name", "ref", "tunnel", "bridge", "access",
    "vehicle", "motor_vehicle", "motorcar", "foot", "area",
)  # fmt: skip
AT_NODES = ("highway", "barrier", "access", "vehicle", "motor_vehicle", "motorcar")
SHUT = ("private", "no", "agricultural", "forestry", "military", "emergency")
INVITED = ("yes", "designated", "permissive", "destination", "public")
# Barriers a van passes unless they are tagged as shut; every other kind stops it unless it is tagged as open.
PASSABLE = (
    "gate", "lift_gate", "swing_gate", "sliding_gate", "toll_booth", "border_control", "cattle_grid",
    "entrance", "height_restrictor", "kerb", "no", "sally_port", "rope", "speed_bump",
)  # fmt: skip

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
LAST_RESORT = ("busway",)
LAST_RESORT_KPH = 5.0
UNCLASSIFIED, PATH = KINDS.index("unclassified"), KINDS.index("path")


def kind_of(highway: str | None) -> int | None:
    """The kind of street for a van; None where it may not drive.

    Service roads (alleys, car parks) are left out, as in osmnx's drive networks: they would triple the
    network and are rarely a way through. A busway, which osmnx takes in, stays, so slow that no way leads
    over it where there is another.
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


def may_drive(tags: Mapping[str, str | None]) -> bool:
    """May a van that belongs to nobody there drive on it? The tag that is nearest to a van decides. A ferry
    is no street, and a street whose direction changes by the hour is never relied on."""
    if tags.get("route") == "ferry" or tags.get("area") == "yes" or tags.get("oneway") == "reversible":
        return False
    said = (tags.get(key) for key in ("motorcar", "motor_vehicle", "vehicle", "access"))
    return next((word for word in said if word), "yes") not in SHUT


def may_walk(tags: Mapping[str, str | None]) -> bool:
    """May anybody walk there?"""
    if tags.get("route") == "ferry" or tags.get("area") == "yes":
        return False
    return (tags.get("foot") or tags.get("access") or "yes") not in SHUT


def stops_vans(tags: Mapping[str, str | None]) -> bool:
    """Is this node a gate, bollard or block that a van cannot pass?"""
    barrier = tags.get("barrier")
    if not barrier:
        return False
    said = (tags.get(key) for key in ("motorcar", "motor_vehicle", "vehicle", "access"))
    word = next((word for word in said if word), None)
    return word in SHUT or (barrier not in PASSABLE and word not in INVITED)


def direction_of(tags: Mapping[str, str | None]) -> int:
    """1 for a one-way in the order it is drawn, −1 against it, 0 for both ways."""
    oneway = tags.get("oneway") or ""
    if oneway in ("-1", "reverse"):
        return -1
    implied = tags.get("junction") in ("roundabout", "circular")
    implied = implied or str(tags.get("highway")) in ("motorway", "motorway_link")
    return 1 if oneway in ("yes", "true", "True", "1") or (implied and oneway not in ("no", "False")) else 0


def free_kph(tags: Mapping[str, str | None], kind: int) -> float:
    """Km/h of a kind of street with nobody in the way: its limit where one is known."""
    if tags.get("highway") in LAST_RESORT:
        return LAST_RESORT_KPH
    return kph_of(tags.get("maxspeed")) or FREE_KPH[KINDS[kind]]


def kph_of(maxspeed: str | None) -> float | None:
    """A speed limit in km/h from "25 mph", "50" or "30 km/h"; None where there is none to be read."""
    found = re.match(r"\s*(\d{1,3}(?:\.\d+)?)\s*(mph|km/h|kph|kmh)?", maxspeed or "", re.IGNORECASE)
    if not found:
        return None
    kph = float(found[1]) * (1.609344 if (found[2] or "").lower() == "mph" else 1.0)
    return kph if 5 <= kph <= 150 else None
