"""The plan as far as it is mended. Nothing is taken into it that the judge would not pass."""

from __future__ import annotations

from collections.abc import Sequence

from solver.bench import Swap
from solver.check import Broken, faults
from solver.mending.today import Today
from solver.nearby import clashes
from solver.plan import Plan, VanDay

Fault = tuple[str, int | None, int | None, int | None]


class Standing:
    """Begins with what has begun of the published plan; what that breaks is nobody's fault any more."""

    def __init__(self, today: Today, published: Plan) -> None:
        self.today, self.problem = today, today.problem
        self.plan = Plan(tuple(d for d in map(today.begun, published.van_days) if d is not None))
        self.excused = {_key(b) for b in faults(self.problem, self.plan) if b.rule != "refills"}

    def take(self, swaps: Sequence[Swap]) -> bool:
        """Take van-days in place of others, unless that breaks a rule."""
        plan = self._replaced(swaps)
        if self._breaks(plan, [new for _, new in swaps]):
            return False
        self.plan = plan
        return True

    def allows(self, old: VanDay | None, new: VanDay) -> bool:
        """Whether one van-day may be taken in place of another."""
        return self.sound(new) and not self._breaks(self._replaced([(old, new)]), [new])

    def take_one(self, old: VanDay | None, new: VanDay) -> bool:
        """Take one van-day in place of another, unless that breaks a rule."""
        return self.sound(new) and self.take([(old, new)])

    def sound(self, d: VanDay) -> bool:
        """Whether a van-day breaks no rule by itself, which is quick to see."""
        return not any(clashes(self.problem, Plan((d,)), [d]))

    def begun_of(self, told: VanDay) -> VanDay | None:
        """The begun part of a told van-day in the plan, if it has one."""
        same = (told.van, told.day, told.depart)
        return next((d for d in self.plan.van_days if (d.van, d.day, d.depart) == same), None)

    def idle(self, told: VanDay) -> list[int]:
        """Other vans that are at their base during a van-day and have a shift for it."""
        out = {d.van for d in self.plan.van_days if d.day == told.day and _meets(d, told)}
        vans = range(len(self.problem.vans))
        return [v for v in vans if v not in out and v != told.van and self.drives(v, told)]

    def drives(self, van: int, d: VanDay) -> bool:
        """Whether the van has a shift for a van-day."""
        shifts = self.problem.vans[van].shifts
        return any(s.day == d.day and s.starts <= d.depart and d.back <= s.ends for s in shifts)

    def unmended(self) -> tuple[Broken, ...]:
        """Faults of the plan that are not those of what had begun."""
        return tuple(
            b for b in faults(self.problem, self.plan) if _key(b) not in self.excused or b.rule == "refills"
        )

    def _replaced(self, swaps: Sequence[Swap]) -> Plan:
        gone = [old for old, _ in swaps if old is not None]
        rest = [d for d in self.plan.van_days if not any(d is old for old in gone)]
        return Plan(
            tuple(sorted([*rest, *(new for _, new in swaps)], key=lambda d: (d.day, d.van, d.depart)))
        )

    def _breaks(self, plan: Plan, touched: Sequence[VanDay]) -> bool:
        """Whether the touched van-days break a rule, alone or with those they can clash with. A fault of a
        van-day that has begun is nobody's any more unless the van-day goes on."""
        on = {(d.van, d.day) for d in touched}
        excused = {fault for fault in self.excused if (fault[1], fault[2]) not in on}
        return any(_key(b) not in excused for b in clashes(self.problem, plan, touched))


def _meets(a: VanDay, b: VanDay) -> bool:
    return a.depart < b.back and b.depart < a.back


def _key(fault: Broken) -> Fault:
    return fault.rule, fault.van, fault.day, fault.site
