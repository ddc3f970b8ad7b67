"""Traffic: how much longer a street takes than free flow, by hour and kind of street.

Five bands a day, weekdays and weekends apart. Every figure here is a prior (`assumed = true` in the
city's `traffic.toml`); `outreach roads calibrate` fits them to driven legs.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
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
SIGNAL_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class Traffic:
    """`factors[group]` multiply free-flow time in each of `BANDS`; a light costs `signal_seconds`."""

    factors: Mapping[str, tuple[float, ...]]
    signal_seconds: float = SIGNAL_SECONDS
    assumed: bool = True

    def __post_init__(self) -> None:
        for group in GROUPS:
            figures = self.factors.get(group, ())
            if len(figures) != len(BANDS) or not all(0.3 <= figure <= 10 for figure in figures):
                raise Invalid(f"traffic.toml: {group} needs {len(BANDS)} factors from 0.3 to 10.")
        if not 0 <= self.signal_seconds <= 120:
            raise Invalid("traffic.toml: signal_seconds must be from 0 to 120.")

    @classmethod
    def opened(cls, path: Path) -> Traffic:
        """The city's factors, or the prior where it has none of its own.

        Raises:
            Invalid: the file cannot be read or holds impossible figures.
        """
        if not path.exists():
            return cls(PRIOR)
        try:
            found = tomllib.loads(path.read_text("utf-8"))
            factors = {group: tuple(float(x) for x in found["factors"][group]) for group in GROUPS}
            return cls(factors, float(found["signal_seconds"]), bool(found.get("assumed", True)))
        except (KeyError, TypeError, ValueError) as error:
            raise Invalid(f"{path} cannot be read ({error}). Delete it to go back to the prior.") from None

    def save(self, path: Path) -> None:
        """Write the factors where `opened` finds them."""
        rows = "\n".join(f"{group} = {list(self.factors[group])}" for group in GROUPS)
        path.write_text(
            f"# Travel time = free flow × factor + lights. Columns: {', '.join(BANDS)}.\n"
            f"assumed = {str(self.assumed).lower()}\nsignal_seconds = {self.signal_seconds}\n\n"
            f"[factors]\n{rows}\n",
            "utf-8",
        )

    def milliseconds(self, streets: Streets, band: int) -> NDArray[np.int64]:
        """Whole milliseconds to drive each edge in `band`, the light at its end included.

        Whole numbers, so that sums do not depend on the order of adding.
        """
        by_kind = np.array([self.factors[group_of(kind)][band] for kind in KINDS])
        free = streets.metres / (streets.kph.astype(np.float64) / 3.6)
        seconds = free * by_kind[streets.kind] + self.signal_seconds * streets.signals[streets.heads]
        return np.asarray(np.maximum(np.rint(seconds * 1000), 1), np.int64)


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
