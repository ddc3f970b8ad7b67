"""Who could man a van-day while the day is mended: nobody leaves a van that is on its way, or what hurts as
much to lose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from solver.bench import Bench, Swap
from solver.mending.standing import Standing
from solver.mending.today import Today
from solver.plan import VanDay


def manned(today: Today, standing: Standing, new: VanDay, old: VanDay | None) -> Iterator[Sequence[Swap]]:
    """Ways to man `new` in place of `old`, each with what it changes elsewhere, sound by themselves."""
    dear = max(today.weight(new, s) for s in new.stops)
    ways = Bench(today.problem, standing.plan).crews(
        new,
        old,
        lambda e: not today.has_begun(e) and e.day >= today.day,
        lambda e: max(today.weight(e, s) for s in e.stops) < dear,
    )
    for swaps in ways:
        if all(standing.sound(d) for _, d in swaps):
            yield swaps
