"""A bound as the engine begins one: beside a first plan."""

from __future__ import annotations

from solver.bound import Bound
from solver.goods import Goods
from solver.ground import Ground
from solver.improve import Improver
from solver.limits import Meter, Until
from solver.problem import Problem


def begun(problem: Problem) -> Bound:
    """With the first plan's van-days in its pool and its margins as prices."""
    ground = Ground(problem)
    goods = Goods(ground)
    improver, bound = Improver(ground, goods, Meter(Until(work=500))), Bound(ground, goods)
    improver.first()
    bound.begin(improver.draft)
    return bound
