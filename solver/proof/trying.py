"""Every route near enough to the best to be in a better plan, and the best choice of such routes."""

from __future__ import annotations

from solver.problem import Problem
from solver.proof.walks import Day, Partial, ways_home


def near_routes(day: Day, least: float) -> dict[int, float]:
    """By set of sites, as bits, the worth of a route that serves it: every set of which any order is worth
    `least` or more is there. Of two orders with one last stop the earlier is followed."""
    home = ways_home(day, -(1 << 60))
    found: dict[int, float] = {}
    layer = {(len(day.gain), 0): (day.starts, 0.0, 0)}
    while layer:
        after: dict[tuple[int, int], tuple[int, float, int]] = {}
        for (site, visited), (time, worth, half) in layer.items():
            for j in day.sites:
                at = max(time + day.reach[site][j], day.opens[j])
                if visited >> j & 1 or at > day.latest[j]:
                    continue
                if not _hopeful(day, home[j], visited, at, worth, half, least):
                    continue
                still, key = half & day.remember[j], (j, visited | 1 << j)
                won = worth + day.gain[j] - day.owed(still & day.member[j])
                if key not in after or at < after[key][0]:
                    after[key] = (at, won, still ^ day.member[j])
        for (_, visited), (_, worth, _) in after.items():
            if worth >= least:
                found[visited] = max(worth, found.get(visited, worth))
        layer = after
    return found


def most_profit(problem: Problem, routes: dict[int, float], need: float) -> float:
    """The most profit of up to as many of these sets as there are vans, none sharing a site, whose worths add
    up to `need`; 0 where there is no such choice."""
    sets = sorted(routes, key=lambda visited: -routes[visited])
    profit = {v: sum(s.profit for i, s in enumerate(problem.sites) if v >> i & 1) for v in sets}

    def best(rest: list[int], vans: int, lacking: float) -> float:
        top = 0.0
        for n, chosen in enumerate(rest):
            if routes[chosen] + (vans - 1) * max(0.0, routes[chosen]) < lacking:
                break
            left = lacking - routes[chosen]
            room = left - (vans - 2) * max(0.0, routes[chosen])
            later = [v for v in rest[n + 1 :] if not v & chosen and routes[v] >= room] if vans > 1 else []
            more = best(later, vans - 1, left)
            if left <= 0 or more > 0:
                top = max(top, profit[chosen] + more)
        return top

    return best(sets, len(problem.vans), need)


def _hopeful(
    day: Day, home: list[Partial], visited: int, at: int, worth: float, half: int, least: float
) -> bool:
    """Whether some way home from a stop makes a route worth `least`."""
    for more, mirrored, knows, owes in home:
        if worth - more < least:
            return False
        if at <= -mirrored and not visited & knows and worth - more - day.owed(half & owes) >= least:
            return True
    return False
