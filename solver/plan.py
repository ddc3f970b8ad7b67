"""What the optimizer answers: a `Plan` of van-days with ordered stops and crews, and the `Result` around
it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from solver.certificate import Certificate


@dataclass(frozen=True, slots=True)
class Stop:
    """Wheels stop at `arrive`; service runs from `start` for `dwell` seconds; wheels roll at `leave`."""

    site: int
    arrive: int
    start: int
    dwell: int
    leave: int
    services: frozenset[int] = frozenset()

    @property
    def end(self) -> int:
        """When service ends and pack-down begins."""
        return self.start + self.dwell


@dataclass(frozen=True, slots=True)
class VanDay:
    """One van on one day: out of its base at `depart`, back at `back`, with at most one meal break."""

    van: int
    day: int
    depart: int
    back: int
    stops: tuple[Stop, ...]
    crew: tuple[int, ...] = ()
    break_start: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Van-days ordered by day, then van; a van with nothing to do that day has none."""

    van_days: tuple[VanDay, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a site was not chosen: a stable `code`, a sentence in English, and the facts in it so that
    another language can say the same."""

    site: int
    code: str
    sentence: str
    facts: Mapping[str, str | int | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Input:
    """One thing that was asked or given: a stable `kind`, its facts, and how it is said."""

    kind: str
    sentence: str
    facts: Mapping[str, str | int] = field(default_factory=dict, compare=False, hash=False)


@dataclass(frozen=True, slots=True)
class Conflict:
    """Inputs that cannot all hold; without any one of them the others can."""

    inputs: tuple[Input, ...]

    @property
    def sentence(self) -> str:
        """The conflict in English."""
        parts = [one.sentence for one in self.inputs]
        whole = parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1]
        return f"These cannot all hold: {whole}."


@dataclass(frozen=True, slots=True)
class Progress:
    """One line of the trace: work done so far, the best value, the proven bound."""

    work: int
    seconds: float
    value: float
    bound: float

    @property
    def gap(self) -> float:
        """(bound − value) / bound, 0 when nothing can be reached, 1 while there is no bound."""
        return gap(self.value, self.bound)


@dataclass(frozen=True, slots=True)
class Result:
    """A checked plan, its score by term, the proven bound and what it rests on, a reason for each site not
    chosen, what each stop adds (in order), and what clashes where a promise cannot be kept."""

    plan: Plan
    score: Mapping[str, float]
    bound: float
    reasons: tuple[Reason, ...] = ()
    prices: Mapping[str, float] = field(default_factory=dict)
    trace: tuple[Progress, ...] = ()
    reproducible: bool = True
    certificate: Certificate | None = None
    worths: tuple[float, ...] = ()
    conflicts: tuple[Conflict, ...] = ()

    @property
    def value(self) -> float:
        """The sum of the score's terms."""
        return sum(self.score.values())

    @property
    def gap(self) -> float:
        """(bound − value) / bound, as in `Progress`."""
        return gap(self.value, self.bound)


def gap(value: float, bound: float) -> float:
    """The share of the bound that the value may be missing."""
    if math.isinf(bound):
        return 1.0
    return 0.0 if bound <= 0 else max(0.0, (bound - value) / bound)
