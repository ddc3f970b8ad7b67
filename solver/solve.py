"""The one way in: a plan at once, then search and bound together until gap, work, clock or the user says stop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from solver import reasons
from solver.bound import Bound
from solver.check import check
from solver.goods import Goods
from solver.ground import Ground
from solver.improve import Improver
from solver.limits import Meter, Until
from solver.plan import Plan, Progress, Result
from solver.problem import Problem
from solver.sanity import refuse
from solver.score import score

OnProgress = Callable[[Progress], None]


def solve(
    problem: Problem,
    until: Until | None = None,
    on_progress: OnProgress | None = None,
    stop: Callable[[], bool] | None = None,
) -> Result:
    """Plan as well as `until` allows. The plan breaks no rule of `solver.check`; the bound is proven.

    Refuses inputs that contradict each other with `ProblemError`. The same problem and `until` give the same
    plan, unless `Result.reproducible` is False (a stop by clock or by hand).
    """
    refuse(problem)
    return _Run(problem, until or Until(), on_progress, stop).result()


class _Run:
    def __init__(
        self,
        problem: Problem,
        until: Until,
        on_progress: OnProgress | None,
        stop: Callable[[], bool] | None,
    ) -> None:
        self.problem, self.until, self.on_progress = problem, until, on_progress
        self.meter = Meter(until, stop)
        self.ground = Ground(problem)
        self.goods = Goods(self.ground)
        self.trace: list[Progress] = []
        self.best, self.value = Plan(), sum(score(problem, Plan()).values())
        self.bound = Bound(self.ground, self.goods)

    def result(self) -> Result:
        improver = Improver(self.ground, self.goods, self.meter)
        self._offer(improver.first())
        self.bound.begin(improver.draft)
        turn = 0
        while self.meter.left() and not self._proven():
            for _ in range(3 if turn < 8 else 1):
                self.bound.improve(self.meter)
                self._tell()
            if turn in (4, 8, 16):
                self._offer(improver.restaff(self.bound))
            turn += 1
            if self._proven() or not self.meter.left():
                break
            self._offer(improver.improve())
        return Result(
            plan=self.best,
            score=score(self.problem, self.best),
            bound=max(self.bound.value, self.value),
            reasons=reasons.why_not(self.ground, self.goods, self.best),
            trace=tuple(self.trace),
            reproducible=not self.meter.cut_short,
        )

    def _offer(self, plan: Plan) -> None:
        verdict = check(self.problem, plan)
        soft = all(b.rule == "refills" for b in verdict.broken)
        if soft and (verdict.value > self.value or not self.trace):
            self.best, self.value = plan, verdict.value
        self._tell()

    def _proven(self) -> bool:
        return self.bound.value - self.value <= max(self.until.gap * abs(self.bound.value), 1e-9)

    def _tell(self) -> None:
        now = Progress(self.meter.work, self.meter.seconds, self.value, max(self.bound.value, self.value))
        self.trace.append(now)
        if self.on_progress is not None:
            self.on_progress(now)


__all__ = ["Until", "replace", "solve"]
