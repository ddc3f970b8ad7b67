"""A week's promises as CP-SAT sees them: which van-day takes each, when it begins, and who is aboard.

Times are seconds of the promise's day; every drive is the shortest of all bands of traffic.
"""

from __future__ import annotations

from collections.abc import Sequence

from ortools.sat.python import cp_model

from solver.conflicts.inputs import Inputs
from solver.plan import Input
from solver.problem import Anchor, Problem

Slot = tuple[int, int]
"""A van and one of its shifts."""


class Week:
    """The variables that the rules speak of; `promised` tells which anchor an input stands for."""

    def __init__(self, problem: Problem, anchors: Sequence[Anchor]) -> None:
        self.problem, self.anchors = problem, anchors
        self.inputs = Inputs()
        self.model = self.inputs.model
        self.slots: list[Slot] = [
            (v, n)
            for v, van in enumerate(problem.vans)
            for n, s in enumerate(van.shifts)
            if any(a.day == s.day for a in anchors)
        ]
        self.start = [self._start(a) for a in anchors]
        self.asked: list[cp_model.IntVar] = []
        self.promised: dict[Input, int] = {}
        self.takes: dict[tuple[int, Slot], cp_model.IntVar] = {}
        self.aboard: dict[tuple[int, Slot], cp_model.IntVar] = {}

    def taken_by(self, slot: Slot) -> list[int]:
        """The promises that a van-day could take."""
        return [i for i in range(len(self.anchors)) if (i, slot) in self.takes]

    def arrive(self, i: int) -> cp_model.LinearExpr:
        """When wheels stop for promise i."""
        return self.start[i] - self.problem.sites[self.anchors[i].site].setup_seconds

    def leave(self, i: int) -> cp_model.LinearExpr:
        """When wheels roll after promise i."""
        return (
            self.start[i] + self.anchors[i].dwell + self.problem.sites[self.anchors[i].site].packdown_seconds
        )

    def out(self, i: int, base: int) -> cp_model.LinearExpr:
        """When a van leaves its base for promise i at the latest."""
        return self.arrive(i) - self.drive(base, self.anchors[i].site)

    def home(self, i: int, base: int) -> cp_model.LinearExpr:
        """When a van is back from promise i at the soonest."""
        return self.leave(i) + self.drive(self.anchors[i].site, base)

    def drive(self, a: int, b: int) -> int:
        """Seconds from one row of the travel matrices to another, at the best of times."""
        return int(self.problem.travel[:, a, b].min())

    def _start(self, a: Anchor) -> cp_model.IntVar:
        step = self.problem.start_step
        first, last = -(-(a.start - a.tolerance) // step), (a.start + a.tolerance) // step
        return self.model.new_int_var(first * step, max(first, last) * step, "")
