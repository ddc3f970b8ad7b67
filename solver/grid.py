"""A day's grid as seen from some of its hours, and the likely van-days in them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from solver.problem import HOUR
from solver.vanday import NEVER, Floats, Lattice, Route, best_days

MOST_LOOKED_AT = 250
"""Sites among which a likely van-day is looked for."""


def within(prizes: Floats, whole: Lattice, part: Lattice) -> Floats:
    """The prizes of a day's grid, as seen from the crew's hours in it."""
    first = (part.begin - whole.begin) // whole.step
    return np.ascontiguousarray(prizes[:, first : first + part.slots])


def shifted(route: Route, slots: int) -> Route:
    """The route as seen from a grid that begins so many slots earlier."""
    return replace(route, stops=tuple((i, slot + slots, option) for i, slot, option in route.stops))


def narrowed(lattice: Lattice, opens: int, end: int, longest: int) -> Lattice:
    """The lattice between two seconds of the day, for duties no longer than that; those that need no meal
    break have none."""
    opens, end, longest = max(opens, lattice.opens), min(end, lattice.end), min(longest, lattice.longest)
    begin = max(lattice.begin, lattice.begin + (opens - lattice.begin) // lattice.step * lattice.step)
    drop = max(0, min(begin // HOUR - lattice.first_hour, lattice.drive.shape[0] - 1))
    return replace(
        lattice,
        opens=opens,
        begin=begin,
        end=end,
        longest=longest,
        rest=lattice.rest if longest > lattice.after else 0,
        first_hour=lattice.first_hour + drop,
        drive=np.ascontiguousarray(lattice.drive[drop:]),
    )


def likely_days(
    lattice: Lattice, prizes: Floats, drive_cost: float, count: int = 1, clock: Floats | None = None
) -> list[Route]:
    """The best van-days among the sites that fetch most; no bound, but a thousand sites cost no more than a
    few hundred."""
    chosen = np.arange(len(prizes))
    if len(prizes) > MOST_LOOKED_AT:
        top = prizes.max(axis=(1, 2), initial=NEVER)
        chosen = np.sort(np.argsort(-top, kind="stable")[:MOST_LOOKED_AT])
        rows = np.append(chosen, len(prizes))
        lattice = replace(
            lattice,
            drive=np.ascontiguousarray(lattice.drive[:, rows[:, None], rows[None, :]]),
            setup=lattice.setup[chosen],
            packdown=lattice.packdown[chosen],
            length=lattice.length[chosen],
        )
        prizes = np.ascontiguousarray(prizes[chosen])
    found, _ = best_days(lattice, prizes, drive_cost=drive_cost, clock=clock, count=count, nodes=20_000)
    return [replace(r, stops=tuple((int(chosen[i]), slot, o) for i, slot, o in r.stops)) for r in found]
