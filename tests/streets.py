"""The tiny town's streets, for tests that drive: Long Street past all its sites, and a way round."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from outreach.place import facts
from outreach.place.assembly import Edge, driven
from outreach.place.ground import metres_between
from outreach.place.roads import Network
from outreach.place.streets import KINDS
from tests.place.conftest import PLAIN
from tests.town import LAT, SITES

NORTH = 0.005
RESIDENTIAL = KINDS.index("residential")


def long_street(city: Path) -> Network:
    """Long Street at 36 km/h, closed to cars from the mill to the square: that way leads over Hill Road."""
    sites = {code: (lon, LAT) for code, lon in SITES}
    top = [(sites["square"][0], LAT + NORTH), (sites["mill"][0], LAT + NORTH)]
    nodes = [*sorted(sites.values()), *top]
    pairs = [(i, i + 1, "Long <Street>") for i in range(len(sites) - 1) if i != 1]
    pairs += [(i + 1, i, "Long <Street>") for i in range(len(sites) - 1)]
    pairs += [(1, 6, "Mill Lane"), (6, 5, "Hill Road"), (5, 2, "Square Lane")]
    edges = [
        Edge(a, b, np.array(ends), metres_between(*ends), 36.0, RESIDENTIAL, 0, name)
        for a, b, name in pairs
        for ends in [(nodes[a], nodes[b])]
    ]
    driven(np.array(nodes), np.zeros(len(nodes), bool), edges, "town").streets.save(city / "drive.npz")
    PLAIN.save(city / "traffic.toml")
    facts.write(city, {"name": "Tiny Town", "synthetic": True, "attribution": "drawn by hand"})
    return Network.open(city)
