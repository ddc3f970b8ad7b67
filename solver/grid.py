"""A day's grid as seen from some of its hours, and the likely van-days in them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from solver.problem import HOUR
from solver.vanday import NEVER, Floats, Ints, Lattice, Route, best_days

MOST_LOOKED_AT = 250
"""Sites among which a likely van-day is looked for."""
NEAR, APART = 40, 12
"""Sites around the richest among which one of several van-days apart is looked for, and how many of those."""


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
    return _days_among(chosen, lattice, prizes, drive_cost, count, clock)


def days_apart(
    lattice: Lattice, prizes: Floats, drive_cost: float, clock: Floats | None = None
) -> list[Route]:
    """Good van-days without a site in common: each the best among the sites near the one that fetches most of
    those left. No bound, but a dozen cost less than the best of all."""
    left, found = prizes.max(axis=(1, 2), initial=NEVER), list[Route]()
    for _ in range(APART):
        open_ones = np.flatnonzero(left > 0)
        if not len(open_ones):
            break
        rich = int(left.argmax())
        near = open_ones[np.argsort(lattice.drive[0][rich, open_ones], kind="stable")[:NEAR]]
        routes = _days_among(np.sort(near), lattice, prizes, drive_cost, 1, clock)
        left[[rich, *(i for route in routes for i, _, _ in route.stops)]] = NEVER
        found += routes
    return found


def _days_among(
    sites: Ints, lattice: Lattice, prizes: Floats, drive_cost: float, count: int, clock: Floats | None
) -> list[Route]:
    """The best van-days among some of a day's sites."""
    if len(sites) < len(prizes):
        rows = np.append(sites, len(prizes))
        lattice = replace(
            lattice,
            drive=np.ascontiguousarray(lattice.drive[:, rows[:, None], rows[None, :]]),
            setup=lattice.setup[sites],
            packdown=lattice.packdown[sites],
            length=lattice.length[sites],
        )
        prizes = np.ascontiguousarray(prizes[sites])
    found, _ = best_days(lattice, prizes, drive_cost=drive_cost, clock=clock, count=count, nodes=20_000)
    return [replace(r, stops=tuple((int(sites[i]), slot, o) for i, slot, o in r.stops)) for r in found]
