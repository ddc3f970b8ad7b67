"""The best days for given prizes, and a bound on every other."""

from __future__ import annotations

from solver.vanday.completion import completion
from solver.vanday.forward import walk_forwards
from solver.vanday.lattice import Day, Floats, Ints, Lattice, Route


def best_days(
    lattice: Lattice,
    prizes: Floats,
    *,
    drive_cost: float,
    clock: Floats | None = None,
    above: float = 1e-9,
    count: int = 1,
    nodes: int = 200_000,
) -> tuple[list[Route], float]:
    """The `count` best days worth more than `above`, best first, and a bound on every day not listed.

    `prizes[site, slot, option]`; driving costs by the second; duty from second a to b costs clock(b) −
    clock(a), where `clock[slot]` never falls and is straight between slots. The bound is true even when the
    search ends at `nodes`.
    """
    if prizes.shape[0] == 0 or lattice.slots <= 1:
        return [], above
    day = Day.of(lattice, prizes, drive_cost, clock)
    start, ended = completion(day)
    *found, bound = walk_forwards(day, start, ended, above, count, nodes)
    return _routes(*found), max(above, float(bound))


def _routes(prize: Floats, depart: Ints, pause: Ints, stops: Ints) -> list[Route]:
    found = []
    for n in range(len(prize)):
        chain = tuple((int(a), int(b), int(c)) for a, b, c in stops[n] if a >= 0)
        found.append(Route(float(prize[n]), int(depart[n]), chain, int(pause[n])))
    return found
