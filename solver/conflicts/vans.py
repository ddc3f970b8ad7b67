"""What keeping promises asks of a van: its shift, and one place at a time."""

from __future__ import annotations

from itertools import combinations

from solver.check import clock
from solver.conflicts.week import Slot, Week


def shift(week: Week, slot: Slot) -> None:
    """A van goes from its base to its promises one after another and back within its shift."""
    p, van = week.problem, week.problem.vans[slot[0]]
    hours = van.shifts[slot[1]]
    name = f"the shift of {van.name} on {p.told(hours.day)} ({clock(hours.starts)}-{clock(hours.ends)})"
    given = week.inputs.given("van_shift", name, van=van.name, day=hours.day)
    mine = week.taken_by(slot)
    for i in mine:
        both = [week.takes[i, slot], given]
        week.model.add(week.out(i, van.base) >= hours.starts).only_enforce_if(both)
        week.model.add(week.home(i, van.base) <= hours.ends).only_enforce_if(both)
    for i, j in combinations(mine, 2):
        _one_after_another(week, i, j, slot)


def _one_after_another(week: Week, i: int, j: int, slot: Slot) -> None:
    a, b = week.anchors[i].site, week.anchors[j].site
    van = week.problem.vans[slot[0]].name
    given = week.inputs.given("one_van", f"{van} is at one place at a time", van=van)
    both = [week.takes[i, slot], week.takes[j, slot], given]
    if a == b:
        week.model.add_bool_or([x.negated() for x in both])
        return
    first = week.model.new_bool_var("")
    week.model.add(week.leave(i) + week.drive(a, b) <= week.arrive(j)).only_enforce_if([*both, first])
    week.model.add(week.leave(j) + week.drive(b, a) <= week.arrive(i)).only_enforce_if(
        [*both, first.negated()]
    )
