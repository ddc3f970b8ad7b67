"""A broken rule, as the judge tells of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from solver.plan import Plan
from solver.problem import HOUR, Problem


@dataclass(frozen=True, slots=True)
class Broken:
    """One rule that one van-day or stop breaks: a stable name, and a sentence a coordinator can act on."""

    rule: str
    sentence: str
    van: int | None = None
    day: int | None = None
    site: int | None = None


Rule = Callable[[Problem, Plan], Iterator[Broken]]


def clock(seconds: int) -> str:
    """Seconds after midnight as people write them."""
    return f"{seconds // HOUR:02d}:{seconds % HOUR // 60:02d}"
