"""Candidates: the demonstration's 120 sites, at invented crossings with invented hosts."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import numpy as np
from scipy.spatial import cKDTree

from outreach.place.streets import KINDS
from outreach.place.synthetic.facts import Quarter
from outreach.place.synthetic.land import MARK
from outreach.place.synthetic.names import HOSTS
from outreach.place.synthetic.streets import Grown, grown
from outreach.place.synthetic.weave import Metres
from outreach.tabular import WEEKDAYS, clock

SITES = 120
APART_METRES = 260.0
CLOSED_WEEKDAYS = 0.12
PROMISED = ("Dudley Square", "Dudley Square", "West End", "West End")
HOURS = ((480, 1200), (540, 1020), (600, 1320), (480, 1320), (720, 1320), (840, 1320))
# fmt: off
COLUMNS = (
    "code", "name", "lon", "lat", "area", "status", "host", "services", "windows", "setup_minutes",
    "packdown_minutes", "spots", "dwell_minutes", "spacing_days", "languages", "note",
)
# fmt: on
Cells = dict[str, object]


def demo_sites(seed: int) -> str:
    """A CSV for `outreach sites import`: S001-S004 lie in the two areas of the published pilot pattern and
    are open every day; each other site is closed on a weekday with a chance of 12 %; S120 lies on an island
    no road reaches, so that the demonstration shows how that is said."""
    city, rng = grown(seed), np.random.default_rng(seed + 1)
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    names: dict[str, Metres] = {}
    for number, (quarter, spot, street) in enumerate(islice(_spots(city, rng), SITES - 1), start=1):
        name = _named(street, quarter, spot, names)
        names[name] = spot
        writer.writerow(_row(number, quarter, city.facts.flat.positions(spot)[0], name, rng))
    island = city.facts.island
    writer.writerow(_row(SITES, island, np.array([island.lon, island.lat]), "Island Pier", rng))
    return text.getvalue()


def _spots(city: Grown, rng: np.random.Generator) -> Iterator[tuple[Quarter, Metres, str]]:
    """Kerbs of quiet streets in turn through the quarters, never two close together."""
    middles = city.facts.flat.metres([(quarter.lon, quarter.lat) for quarter in city.facts.quarters])
    kerbs, streets = _kerbs(city)
    away, owner = cKDTree(middles).query(kerbs)
    taken: list[Metres] = []
    for quarter in _turns(city, rng):
        reach = city.facts.quarters[quarter].reach * 0.8
        for kerb in rng.permutation(np.flatnonzero((owner == quarter) & (away < reach))):
            if all(np.hypot(*(kerbs[kerb] - other)) > APART_METRES for other in taken):
                taken.append(kerbs[kerb])
                yield city.facts.quarters[quarter], kerbs[kerb], streets[kerb]
                break


def _named(street: str, quarter: Quarter, spot: Metres, taken: Mapping[str, Metres]) -> str:
    """A site by its street; a later one there by which way it lies from the first, or by its quarter."""
    if street not in taken:
        return street
    end = f"{street}, {_end(spot - taken[street])} end"
    ways = (end, f"{end} in {quarter.name}", *(f"{end}, {ordinal}" for ordinal in range(2, SITES)))
    return next(name for name in ways if name not in taken)


def _end(away: Metres) -> str:
    east, north = float(away[0]), float(away[1])
    if abs(east) > abs(north):
        return "east" if east > 0 else "west"
    return "north" if north > 0 else "south"


def _turns(city: Grown, rng: np.random.Generator) -> Sequence[int]:
    """Which quarter gets the next site: the promised ones first, then all in turn, small ones less often."""
    names = [quarter.name for quarter in city.facts.quarters]
    first = [names.index(name) for name in PROMISED]
    every = [i for _ in range(SITES) for i in rng.permutation(len(names)).tolist()]
    return first + every


def _kerbs(city: Grown) -> tuple[Metres, list[str]]:
    """Middles of quiet streets and their names."""
    quiet = {KINDS.index(kind) for kind in ("residential", "tertiary")}
    stretches = [edge for edge in city.drive if edge.kind in quiet and 60 < edge.metres < 250]
    middles = np.array([edge.line[len(edge.line) // 2] for edge in stretches])
    return city.facts.flat.metres(middles), [edge.name for edge in stretches]


def _row(number: int, quarter: Quarter, spot: Metres, street: str, rng: np.random.Generator) -> Cells:
    promised = number <= len(PROMISED)
    proposed = not promised and number != SITES and rng.random() < 0.04
    host = f"Sample {rng.choice(HOSTS)} {number}"
    hours = (480, 1320) if promised else HOURS[int(rng.integers(len(HOURS)))]
    days = [d for d in range(7) if promised or rng.random() >= CLOSED_WEEKDAYS] or [2]
    offered = ["harm_reduction"]
    offered += ["moud"] if promised or rng.random() < 0.6 else []
    offered += ["wound_care"] if promised or rng.random() < 0.4 else []
    setup = int(rng.choice([10, 15, 20]))
    return {
        "code": f"S{number:03d}",
        "name": street,
        "lon": round(float(spot[0]), 6),
        "lat": round(float(spot[1]), 6),
        "area": quarter.name,
        "status": "proposed" if proposed else "active",
        "host": "" if proposed else host,
        "services": ";".join(offered),
        "windows": f"{','.join(WEEKDAYS[d] for d in days)} {clock(hours[0])}-{clock(hours[1])}",
        "setup_minutes": setup,
        "packdown_minutes": 10,
        "spots": 1,
        "dwell_minutes": "120;180;240",
        "spacing_days": 1,
        "languages": "es" if rng.random() < 0.3 else "",
        "note": MARK,
    }
