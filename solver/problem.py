"""What the optimizer is asked: one frozen `Problem`, in integers and arrays, without a clock.

Units, fixed once (docs/problem.md): times are integer seconds after local midnight of a day, and may
exceed 86,400 for work after midnight; durations are integer seconds; days, sites, vans, staff and cells
are positions in their tuples. Nothing here knows of SQL, HTTP or the wall clock.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, fields, is_dataclass

import numpy as np
from numpy.typing import NDArray

from solver.plan import Plan

HOUR = 3600
DAY = 24 * HOUR
RISK_BANDS = 6
FIRST_BAND_STARTS = 2 * HOUR
BAND_SECONDS = 4 * HOUR


class ProblemError(ValueError):
    """The inputs contradict each other; the message names them and says what to change."""


@dataclass(frozen=True, slots=True)
class Window:
    """On `day`, a van may stand at the site from `opens` to `closes` (set-up and pack-down included)."""

    day: int
    opens: int
    closes: int

    def __post_init__(self) -> None:
        if self.closes <= self.opens:
            raise ProblemError(f"a window closes at {self.closes} s, not after it opens at {self.opens} s")


@dataclass(frozen=True, slots=True)
class Service:
    """What a stop can offer, and the crew it takes: every role in `crew` with its head count, and
    `people` aboard in all. `telehealth` names the roles that may be filled from afar."""

    name: str
    crew: tuple[tuple[str, int], ...] = ()
    people: int = 2
    hourly_value: float = 0.0
    telehealth: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Site:
    """A place where a van may stand.

    `services` are positions of what the host allows; `dwell_options` the lengths of stay to choose from;
    `spacing_days` the least number of days between two stays that no anchor asks for; `profit` is a fixed
    prize for the first stay in the horizon (team orienteering), 0 in the programme's own problems. The crew
    speaks every one of `required_languages`; one of `languages` that it does not speak costs
    `weights.language` an hour.
    """

    name: str
    neighbourhood: int = 0
    windows: tuple[Window, ...] = ()
    services: frozenset[int] = frozenset()
    dwell_options: tuple[int, ...] = (2 * HOUR, 3 * HOUR, 4 * HOUR)
    setup_seconds: int = 0
    packdown_seconds: int = 0
    max_vans: int = 1
    spacing_days: int = 1
    vans: frozenset[int] | None = None
    profit: float = 0.0
    languages: frozenset[str] = frozenset()
    required_languages: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Shift:
    """On `day`, work may begin at `starts` and must be over by `ends`."""

    day: int
    starts: int
    ends: int


@dataclass(frozen=True, slots=True)
class Van:
    """`base` is the van's row in the travel matrices; at most one shift is driven per `Shift` listed."""

    name: str
    base: int
    shifts: tuple[Shift, ...] = ()


@dataclass(frozen=True, slots=True)
class Member:
    """A member of staff. `roles` maps to the days on which the certificate holds, already worked out."""

    name: str
    roles: tuple[tuple[str, frozenset[int]], ...]
    shifts: tuple[Shift, ...] = ()
    languages: frozenset[str] = frozenset()
    remote: bool = False
    max_day_seconds: int = 10 * HOUR
    max_week_seconds: int = 40 * HOUR
    min_rest_seconds: int = 11 * HOUR


@dataclass(frozen=True, slots=True)
class Anchor:
    """A promised session: this site and day, service starting within `tolerance` of `start`.

    With `refills_due` > 0 people's medication depends on it: the engine never drops or moves it.
    """

    site: int
    day: int
    start: int
    dwell: int
    tolerance: int = 0
    services: frozenset[int] = frozenset()
    refills_due: int = 0


@dataclass(frozen=True, slots=True)
class FollowUp:
    """`people` are due at `site` for `service` on one of `days`."""

    site: int
    days: frozenset[int]
    service: int
    people: int = 1


@dataclass(frozen=True, slots=True)
class Floor:
    """In `week`, stops in `neighbourhood` offer service for at least `seconds` in all."""

    neighbourhood: int
    week: int
    seconds: int


@dataclass(frozen=True, slots=True)
class MealBreak:
    """`seconds` free of duty, between stops, before anybody has worked longer than `after_seconds`."""

    after_seconds: int = 6 * HOUR
    seconds: int = 30 * 60


@dataclass(frozen=True, slots=True)
class Weights:
    """The price of everything but risk-weighted reach, in its currency (docs/problem.md)."""

    reach: float = 1.0
    promise: float = 2.0
    follow_up: float = 0.2
    travel_hour: float = 0.02
    floor_hour: float = 1.0
    change: float = 0.05
    language: float = 0.02


@dataclass(frozen=True)
class Problem:
    """Everything a plan depends on. Two problems with the same `fingerprint` have the same plan.

    `risk[cell, day, band]` is the expected number of overdoses; six bands of 4 h from 02:00.
    `access` is sparse: for site s, cells `access_cells[access_starts[s]:access_starts[s + 1]]` are within
    a walk, with the probability in `access_share`. `travel[band, from, to]` is in seconds: rows are the
    sites in order, then the bases; `travel_band[day, hour]` picks the band by hour of departure.
    `published` is the plan people were told; each of its stops that is gone or moved costs `weights.change`.
    Services start on multiples of `start_step` seconds, as the times told to people do. `dates` are the
    days as people say them ("Tue 24 Nov"), for sentences only.
    """

    sites: tuple[Site, ...]
    vans: tuple[Van, ...]
    days: int
    travel: NDArray[np.int32]
    travel_band: NDArray[np.int8]
    weekday: tuple[int, ...] = ()
    week: tuple[int, ...] = ()
    services: tuple[Service, ...] = ()
    staff: tuple[Member, ...] = ()
    neighbourhoods: tuple[str, ...] = ("",)
    risk: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 1, RISK_BANDS)))
    access_starts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))
    access_cells: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    access_share: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    saturation: float = 1.2
    anchors: tuple[Anchor, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    floors: tuple[Floor, ...] = ()
    meal_break: MealBreak | None = None
    weights: Weights = Weights()
    seed: int = 0
    start_step: int = 300
    published: Plan | None = None
    dates: tuple[str, ...] = ()

    def told(self, day: int) -> str:
        """A day as it is said in sentences: its date where that is known."""
        return self.dates[day] if 0 <= day < len(self.dates) else f"day {day + 1}"

    def week_of(self, day: int) -> int:
        """The week `day` belongs to: as given, or seven days at a time from the first."""
        return self.week[day] if self.week else day // 7

    @property
    def weeks(self) -> int:
        """One more than the last week's number."""
        return 1 + max((self.week_of(day) for day in range(self.days)), default=-1)

    def extras_on(self, day: int) -> set[int]:
        """Services besides the base that are worth something on `day`: priced and allowed where a site is
        open, promised or due."""
        allowed = {n for s in self.sites if any(w.day == day for w in s.windows) for n in s.services}
        found = {n for n in allowed if 0 <= n < len(self.services) and self.services[n].hourly_value > 0}
        found |= {n for a in self.anchors if a.day == day for n in a.services}
        found |= {f.service for f in self.follow_ups if day in f.days}
        return found - {0}

    @property
    def fingerprint(self) -> str:
        """SHA-256 over every field, the same on every machine."""
        digest = hashlib.sha256()
        for name in fields(self):
            digest.update(name.name.encode())
            _feed(digest, getattr(self, name.name))
        return digest.hexdigest()


def _feed(digest: hashlib._Hash, value: object) -> None:
    if isinstance(value, np.ndarray):
        digest.update(f"{value.dtype}{value.shape}".encode())
        digest.update(np.ascontiguousarray(value).tobytes())
    elif is_dataclass(value):
        for part in fields(value):
            _feed(digest, getattr(value, part.name))
    elif isinstance(value, frozenset):
        _feed(digest, tuple(sorted(value)))
    elif isinstance(value, tuple):
        digest.update(f"({len(value)}".encode())
        for part in value:
            _feed(digest, part)
    else:
        digest.update(repr(value).encode() + b";")
