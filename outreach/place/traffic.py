"""Traffic: how much longer a street takes than free flow, by hour and kind of street, and waits at its end.

Five bands a day, weekdays and weekends apart. Every figure stands in the city's `traffic.toml` with its
source, or is said to be assumed; `outreach roads calibrate` fits them to driven legs. A wait belongs to the
stretch that leads to a junction: turning from one street into the next costs what giving way there costs.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from outreach.errors import Invalid
from outreach.place.streets import KINDS, Streets

HOURS = (("night", 22, 6), ("morning", 6, 9), ("midday", 9, 15), ("afternoon", 15, 19), ("evening", 19, 22))
BANDS = tuple(f"{days} {name}" for days in ("weekday", "weekend") for name, _, _ in HOURS)
GROUPS = ("fast", "main", "local")
# Free flow × 1.3 at weekday midday on main streets is the usual planning prior; peaks weigh more on
# faster roads. No measurement stands behind the single figures.
PRIOR: dict[str, tuple[float, ...]] = {
    "fast": (1.00, 1.60, 1.25, 1.75, 1.10, 1.00, 1.05, 1.25, 1.30, 1.10),
    "main": (1.05, 1.50, 1.30, 1.60, 1.20, 1.05, 1.10, 1.30, 1.30, 1.20),
    "local": (1.05, 1.30, 1.20, 1.35, 1.15, 1.05, 1.10, 1.20, 1.20, 1.15),
}
WAITS = ("none", "signal", "give_way", "crossing")
DELAYS: dict[str, float] = {"signal": 8.0, "give_way": 4.0, "crossing": 1.0}
MANUAL = "Highway Capacity Manual (TRB Special Report 209, 1994)"
SOURCES = {
    "signal": f"{MANUAL}: signalised junctions at level of service B, 5 to 15 s a vehicle",
    "give_way": f"{MANUAL}: stop-controlled approaches at level of service A, under 5 s a vehicle",
}
JUNCTION_ARMS = 3


@dataclass(frozen=True, slots=True)
class Traffic:
    """`factors[group]` multiply free-flow time in each of `BANDS`; `delays` are seconds at a light, where a
    lesser street gives way, and where equal streets cross. `sources` tell where a figure is from; one that
    is not in it is assumed."""

    factors: Mapping[str, tuple[float, ...]]
    delays: Mapping[str, float] = field(default_factory=lambda: DELAYS)
    sources: Mapping[str, str] = field(default_factory=lambda: SOURCES)

    def __post_init__(self) -> None:
        for group in GROUPS:
            figures = self.factors.get(group, ())
            if len(figures) != len(BANDS) or not all(0.3 <= figure <= 10 for figure in figures):
                raise Invalid(f"traffic.toml: {group} needs {len(BANDS)} factors from 0.3 to 10.")
        for wait in DELAYS:
            if not 0 <= self.delays.get(wait, -1) <= 120:
                raise Invalid(f"traffic.toml: {wait} needs seconds from 0 to 120.")

    @property
    def assumed(self) -> bool:
        """Is any factor without a source?"""
        return any(group not in self.sources for group in GROUPS)

    @classmethod
    def opened(cls, path: Path) -> Traffic:
        """The city's figures, or the prior where it has none of its own.

        Raises:
            Invalid: the file cannot be read, holds impossible figures, or one without source or `assumed`.
        """
        if not path.exists():
            return cls(PRIOR)
        try:
            found = tomllib.loads(path.read_text("utf-8"))
            factors = {group: tuple(float(x) for x in found[group]["factors"]) for group in GROUPS}
            delays = {wait: float(found[wait]["seconds"]) for wait in DELAYS}
        except (KeyError, TypeError, ValueError) as error:
            raise Invalid(f"{path} cannot be read ({error}). Delete it to go back to the prior.") from None
        return cls(
            factors, delays, {name: said for name in (*GROUPS, *DELAYS) if (said := _said(found, name))}
        )

    def save(self, path: Path) -> None:
        """Write the figures where `opened` finds them, each with its source or as assumed."""
        rows = [f"factors = {list(self.factors[group])}" for group in GROUPS]
        rows += [f"seconds = {self.delays[wait]}" for wait in DELAYS]
        names = (*GROUPS, *DELAYS)
        parts = [f"[{name}]\n{row}\n{self._origin(name)}\n" for name, row in zip(names, rows, strict=True)]
        path.write_text(
            f"# Travel time = free flow × factor + waits. Factors: {', '.join(BANDS)}.\n"
            "# Every figure has its `source` or is `assumed = true`. docs/cities.md says what each means.\n\n"
            + "\n".join(parts),
            "utf-8",
        )

    def _origin(self, name: str) -> str:
        said = self.sources.get(name)
        return f"source = {json.dumps(said, ensure_ascii=False)}" if said else "assumed = true"

    def milliseconds(self, streets: Streets, band: int) -> NDArray[np.int64]:
        """Whole milliseconds to drive each edge in `band`, the wait at its end included.

        Whole numbers, so that sums do not depend on the order of adding.
        """
        by_kind = np.array([self.factors[group_of(kind)][band] for kind in KINDS])
        by_wait = np.array([self.delays.get(wait, 0.0) for wait in WAITS])
        free = streets.metres / (streets.kph.astype(np.float64) / 3.6)
        seconds = free * by_kind[streets.kind] + by_wait[waits(streets)]
        return np.asarray(np.maximum(np.rint(seconds * 1000), 1), np.int64)


def _said(found: Mapping[str, Mapping[str, object]], name: str) -> str | None:
    """A figure's source, None where it is assumed.

    Raises:
        Invalid: the file says neither.
    """
    source = found[name].get("source")
    if isinstance(source, str) and source.strip():
        return source
    if found[name].get("assumed") is not True:
        raise Invalid(f"traffic.toml: [{name}] has no source. Write one, or assumed = true.")
    return None


def waits(streets: Streets) -> NDArray[np.intp]:
    """For each edge the wait at its head, a position in `WAITS`.

    Where three streets or more meet without a light, the lesser give way to the greatest; where the greatest
    are three or more themselves, everybody slows down. On a motorway nobody waits for a slip road.
    """
    rank = np.array([_rank(kind) for kind in KINDS])[streets.kind]
    once = (streets.twin < 0) | (np.arange(streets.edge_count) < streets.twin)
    ends = np.concatenate([streets.tails[once], streets.heads[once]])
    ranks = np.concatenate([rank[once], rank[once]])
    greatest = np.full(streets.node_count, np.inf)
    np.minimum.at(greatest, ends, ranks)
    arms = np.bincount(ends, minlength=streets.node_count)
    equals = np.bincount(ends[ranks == greatest[ends]], minlength=streets.node_count)
    met, lesser = arms[streets.heads] >= JUNCTION_ARMS, rank > greatest[streets.heads]
    crossing = met & ~lesser & (equals[streets.heads] >= JUNCTION_ARMS) & (rank > 0)
    found = np.where(met & lesser, WAITS.index("give_way"), np.where(crossing, WAITS.index("crossing"), 0))
    return np.where(streets.signals[streets.heads], WAITS.index("signal"), found)


def _rank(kind: str) -> float:
    """The standing of a kind of street where it meets others: 0 a motorway, a slip road below its street."""
    base = kind.removesuffix("_link")
    order = (
        "motorway",
        "trunk",
        "primary",
        "secondary",
        "tertiary",
        "unclassified",
        "living_street",
        "service",
    )
    place = order.index("unclassified" if base == "residential" else "service" if base == "path" else base)
    return place + 0.5 * kind.endswith("_link")


def group_of(kind: str) -> str:
    """The traffic group of a kind of street."""
    if kind.startswith(("motorway", "trunk")):
        return "fast"
    return "main" if kind.startswith(("primary", "secondary", "tertiary")) else "local"


def band_of(weekday: int, hour: int) -> int:
    """The band of an hour (0-23; later hours belong to the next day) on a weekday (0 = Monday)."""
    day = (weekday + hour // 24) % 7
    hour %= 24
    place = next((i for i, (_, first, last) in enumerate(HOURS) if first <= hour < last), 0)
    return place + (len(HOURS) if day >= 5 else 0)
