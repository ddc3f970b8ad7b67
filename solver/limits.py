"""How long a search may go on: by work (the same on every machine), by gap, and a safety stop by clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Until:
    """The search ends at the first of these.

    `work` counts steps of a fixed size (about a millisecond of one core each), so the same input gives the
    same plan on every machine of one architecture. `gap` is (bound − value) / bound. `seconds` is a safety
    stop by the wall clock: a result that it cut short says `reproducible=False`.
    """

    work: int = 20_000
    gap: float = 0.0
    seconds: float = 3600.0


class Meter:
    """What has been spent of an `Until`. The only place in the solver that reads a clock."""

    def __init__(self, until: Until, stop: Callable[[], bool] | None = None) -> None:
        self.until = until
        self.work = 0
        self.cut_short = False
        self._stop = stop
        self._began = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Seconds since the meter was made."""
        return time.perf_counter() - self._began

    def spend(self, work: float) -> None:
        """Book work that was done."""
        self.work += max(1, int(work))

    def left(self) -> int:
        """Work left to spend, 0 when anything says stop."""
        return 0 if self.stopped() else max(0, self.until.work - self.work)

    def stopped(self) -> bool:
        """Whether the clock or the user says stop."""
        if self.seconds >= self.until.seconds or (self._stop is not None and self._stop()):
            self.cut_short = True
        return self.cut_short
