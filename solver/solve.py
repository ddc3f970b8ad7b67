"""The one way in: a plan at once, then search and bound together until gap, work, clock or the user says
stop."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

from solver.bound import Bound
from solver.certificate import Certificate
from solver.check import check
from solver.conflicts import conflicts
from solver.goods import Goods
from solver.ground import Ground
from solver.improve import Improver
from solver.limits import Meter, Until
from solver.marginal import worth_of_stops
from solver.ngroute import NgBound
from solver.orienteer import Orienteer, is_orienteering
from solver.plan import Plan, Progress, Result
from solver.polish import polished
from solver.problem import Anchor, Problem
from solver.reasons import why_not
from solver.sanity import refuse
from solver.score import score, unkept
from solver.tongues import required, wished

OnProgress = Callable[[Progress], None]
MOST_LOOKS = 20_000
RESTAFF_AT = (2, 6, 12, 24)
"""Turns after which crews are chosen anew, for each week that is priced apart."""
ROUNDS, DEAR = 2, 2_000
"""Rounds of the bound between two meetings; one where a round is more work than that."""
REVISIT = 8
"""Once the bound has settled, one turn in so many still works on it; the others search in both threads."""
BOUND_SHARE = ((10_000, 0.35), (math.inf, 1.2))
"""Of each unit of work searched, so much goes to a route bound: little at first, half of a longer run."""


def solve(
    problem: Problem,
    until: Until | None = None,
    on_progress: OnProgress | None = None,
    stop: Callable[[], bool] | None = None,
) -> Result:
    """Plan as well as `until` allows. The plan breaks no rule of `solver.check`, except that it may miss a
    session with refills due that no crew can keep; the bound is proven, and infinite while a session with
    refills due that looks as if it could be kept is not.

    Refuses inputs that contradict each other with `ProblemError`. The same problem and `until` give the same
    plan, unless `Result.reproducible` is False (a stop by clock or by hand).
    """
    refuse(problem)
    run = _Run(problem, until or Until(), on_progress, stop)
    for plan, bound in run.proposals():
        run.note(plan, bound)
        if run.proven or not run.meter.left():
            break
    run.polish()
    return run.result()


class _Run:
    """The best plan and bound so far, and what was told of them."""

    def __init__(
        self,
        problem: Problem,
        until: Until,
        on_progress: OnProgress | None,
        stop: Callable[[], bool] | None,
    ) -> None:
        self.problem, self.until, self.on_progress = problem, until, on_progress
        self.meter = Meter(until, stop)
        self.trace: list[Progress] = []
        self.best = Plan()
        self.value = self._worth(self.best) or 0.0
        self.bound = float("inf")
        self.priceless: frozenset[Anchor] = frozenset()
        self.prices: dict[str, float] = {}
        self.certificate: Certificate | None = None

    def proposals(self) -> Iterator[tuple[Plan | None, float]]:
        """Plans and bounds as the search that suits the problem finds them."""
        if is_orienteering(self.problem):
            return self._orienteering()
        return self._programme()

    def note(self, plan: Plan | None, bound: float) -> None:
        """Keep what is better, and tell of it. No plan is kept that the judge has not passed."""
        plan = required(self.problem, plan) if plan is not None else None
        worth = self._worth(plan) if plan is not None else None
        if plan is not None and worth is not None and self._better(plan, worth):
            self.best, self.value = plan, worth
        self.bound = min(self.bound, bound)
        seen = Progress(self.meter.work, self.meter.seconds, self.value, self.proof)
        self.trace.append(seen)
        if self.on_progress is not None:
            self.on_progress(seen)

    @property
    def proof(self) -> float:
        """The bound on plans that keep every session with refills due that somebody can keep; infinite while
        the best plan misses one, as it may then be worth more than any that does not."""
        return math.inf if self._missed(self.best) else max(self.bound, self.value)

    @property
    def proven(self) -> bool:
        """Whether the gap asked for is reached."""
        return self.proof - self.value <= max(self.until.gap * abs(self.bound), 1e-9)

    def polish(self) -> None:
        """Take what a hand would still find, where the plan is small enough to look everywhere."""
        looks = len(self.problem.sites) * len(self.best.van_days)
        if not is_orienteering(self.problem) and looks <= MOST_LOOKS and self.proof > self.value:
            self.note(wished(self.problem, polished(self.problem, self.best)), math.inf)

    def result(self) -> Result:
        """What came of it."""
        return Result(
            plan=self.best,
            score=score(self.problem, self.best),
            bound=self.proof,
            reasons=why_not(self.problem, self.best),
            prices=self.prices,
            trace=tuple(self.trace),
            reproducible=not self.meter.cut_short,
            certificate=self.certificate,
            worths=worth_of_stops(self.problem, self.best),
            conflicts=conflicts(self.problem) if unkept(self.problem, self.best) else (),
        )

    def _missed(self, plan: Plan) -> int:
        return sum(anchor in self.priceless for anchor in unkept(self.problem, plan))

    def _better(self, plan: Plan, worth: float) -> bool:
        fewer = self._missed(self.best) - self._missed(plan)
        return fewer > 0 or (fewer == 0 and (worth > self.value or not self.best.van_days))

    def _worth(self, plan: Plan) -> float | None:
        verdict = check(self.problem, plan)
        return verdict.value if all(b.rule == "refills" for b in verdict.broken) else None

    def _programme(self) -> Iterator[tuple[Plan | None, float]]:
        """Search and bound side by side, each in a thread. They meet after work that only depends on what
        they found, so the same problem has the same plan whichever is faster."""
        ground = Ground(self.problem)
        goods = Goods(ground)
        self.priceless = goods.priceless
        improver, bound = Improver(ground, goods, self.meter), Bound(ground, goods)
        yield improver.first(), bound.value
        bound.begin(improver.draft)
        rounds, work = ROUNDS, 1.0
        if bound.work_of_a_round > DEAR:
            rounds, work = 1, bound.work_of_a_round
        with ThreadPoolExecutor(1) as aside:
            for turn in count():
                if bound.turns.settled and turn % REVISIT:
                    plan = improver.improve(2 * work, aside)
                else:
                    proof = aside.submit(bound.improve, rounds, self.meter.stopped)
                    plan = improver.improve(work)
                    work = proof.result()
                    self.meter.spend(work)
                self.prices, self.certificate = bound.shadow_prices(), bound.certificate()
                yield plan, bound.value
                due = turn in [at * len(bound.weeks) for at in RESTAFF_AT] and bound.turns.begun
                if due and self.problem.services:
                    yield improver.restaff(bound, min(1.0, self.until.work / 15_000)), bound.value

    def _orienteering(self) -> Iterator[tuple[Plan | None, float]]:
        search = Orienteer(self.problem, self.meter)
        bound = NgBound(search)
        self.certificate = bound.proof
        yield search.first(), bound.value
        searched = bounded = 0
        while True:
            before = self.meter.work
            yield search.improve(), bound.value
            searched += self.meter.work - before
            share = next(share for until, share in BOUND_SHARE if self.meter.work < until)
            while bounded < share * searched and not bound.stuck and self.meter.left():
                before, known = self.meter.work, search.value
                bound.improve(self.meter)
                bounded += self.meter.work - before
                self.certificate = bound.proof
                yield search.plan() if search.value > known else None, bound.value
            search.learn(bound.master.routes)
