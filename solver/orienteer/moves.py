"""The small moves of the annealing: each is tried in constant time and made only if it is accepted.

A join of two part routes is checked by one sum: leaving the one, driving, and the latest arrival that keeps
the rest of the other. A move is accepted if it gains at least `need`, a loss as a rule; it answers whether it
was made, what it gained with driving priced at `toll`, and how much profit that is. The arrays come one by
one because a tuple of them halves the speed.
"""

# ruff: noqa: ANN001, ANN201 - compiled functions take their types from the call
from __future__ import annotations

from numba import njit

from solver.orienteer.draft import (
    LAST,
    LATEST,
    LEAVE,
    OPENS,
    PLACE,
    SIZE,
    STAY,
    VAN,
    driven,
    splice,
    stop_at,
    timed,
)

NO = (False, 0.0, 0.0)
SPARED = 0.5
"""Of a way to the base and back: driving that a loss of profit may save, beyond which nobody looks."""


@njit(cache=True, nogil=True, forceinline=True)
def squeeze_in(travel, site, profit, toll, routes, fleet, spot, clock, spare, v, p, u, need, saved, coin):  # type: ignore[no-untyped-def]
    """Put u, which is not in van v, before its p-th stop; who is in the way must go."""
    base = travel.shape[0] - 1
    lost, q = 0.0, p
    most = profit[u] - need if spot[u, VAN] < 0 else -need
    most += SPARED * toll * (travel[u, base] + travel[base, u])
    prior = stop_at(routes, fleet, base, v, p - 1)
    arrive = clock[v, p, LEAVE] + travel[prior, u]
    while arrive > site[u, LATEST]:
        if p == 0:
            return NO
        lost += profit[prior]
        if lost > most:
            return NO
        p -= 1
        prior = stop_at(routes, fleet, base, v, p - 1)
        arrive = clock[v, p, LEAVE] + travel[prior, u]
    done = max(arrive, site[u, OPENS]) + site[u, STAY]
    following = stop_at(routes, fleet, base, v, q)
    while done + travel[u, following] > clock[v, q, LAST]:
        early = p > 0 and arrive > site[u, OPENS]
        if q < fleet[v, SIZE] and (coin or not early):
            lost += profit[following]
            q += 1
            following = stop_at(routes, fleet, base, v, q)
        elif early:
            lost += profit[prior]
            p -= 1
            prior = stop_at(routes, fleet, base, v, p - 1)
            arrive = clock[v, p, LEAVE] + travel[prior, u]
            done = max(arrive, site[u, OPENS]) + site[u, STAY]
        else:
            return NO
        if lost > most:
            return NO
    won = -lost if spot[u, VAN] >= 0 else profit[u] - lost
    less = driven(travel, routes, fleet, v, p, q) - travel[prior, u] - travel[u, following]
    gain = won + toll * (less + saved)
    if gain < need:
        return NO
    if spot[u, VAN] >= 0:
        w, x = spot[u, VAN], spot[u, PLACE]
        splice(routes, fleet, spot, w, x, x + 1, -1)
        timed(travel, site, routes, fleet, spot, clock, w, x)
    splice(routes, fleet, spot, v, p, q, u)
    timed(travel, site, routes, fleet, spot, clock, v, p)
    return True, gain, won


@njit(cache=True, nogil=True, forceinline=True)
def move_over(travel, site, profit, toll, routes, fleet, spot, clock, spare, v, p, u, need, coin):  # type: ignore[no-untyped-def]
    """Move u from another van into van v before its p-th stop."""
    w, x = spot[u, VAN], spot[u, PLACE]
    base = travel.shape[0] - 1
    before, after = stop_at(routes, fleet, base, w, x - 1), stop_at(routes, fleet, base, w, x + 1)
    if clock[w, x, LEAVE] + travel[before, after] > clock[w, x + 1, LAST]:
        return NO
    saved = travel[before, u] + travel[u, after] - travel[before, after]
    return squeeze_in(
        travel, site, profit, toll, routes, fleet, spot, clock, spare, v, p, u, need, saved, coin
    )


@njit(cache=True, nogil=True, forceinline=True)
def drop(travel, site, profit, toll, routes, fleet, spot, clock, spare, v, p, need):  # type: ignore[no-untyped-def]
    """Leave out the p-th stop of van v."""
    base = travel.shape[0] - 1
    u, before = routes[v, p], stop_at(routes, fleet, base, v, p - 1)
    after = stop_at(routes, fleet, base, v, p + 1)
    if clock[v, p, LEAVE] + travel[before, after] > clock[v, p + 1, LAST]:
        return NO
    saved = travel[before, u] + travel[u, after] - travel[before, after]
    won = -profit[u]
    gain = won + toll * saved
    if gain < need:
        return NO
    splice(routes, fleet, spot, v, p, p + 1, -1)
    timed(travel, site, routes, fleet, spot, clock, v, p)
    return True, gain, won


@njit(cache=True, nogil=True, forceinline=True)
def swap_tails(travel, site, profit, toll, routes, fleet, spot, clock, spare, v, p, w, x, need):  # type: ignore[no-untyped-def]
    """Van v goes on, from before its p-th stop, as van w from its x-th; van w takes what van v can no longer,
    from the first stop on that it can reach in time."""
    base = travel.shape[0] - 1
    a, b = stop_at(routes, fleet, base, v, p - 1), stop_at(routes, fleet, base, w, x - 1)
    if clock[v, p, LEAVE] + travel[a, stop_at(routes, fleet, base, w, x)] > clock[w, x, LAST]:
        return NO
    q, lost, most = p, 0.0, -need + SPARED * toll * (travel[a, base] + travel[base, a])
    while clock[w, x, LEAVE] + travel[b, stop_at(routes, fleet, base, v, q)] > clock[v, q, LAST]:
        if q == fleet[v, SIZE]:
            return NO
        lost += profit[routes[v, q]]
        if lost > most:
            return NO
        q += 1
    less = driven(travel, routes, fleet, v, p, q) + travel[b, stop_at(routes, fleet, base, w, x)]
    less -= travel[a, stop_at(routes, fleet, base, w, x)] + travel[b, stop_at(routes, fleet, base, v, q)]
    gain = toll * less - lost
    if gain < need:
        return NO
    for y in range(p, q):
        spot[routes[v, y], VAN] = -1
    tail = fleet[v, SIZE] - q
    for y in range(tail):
        spare[y] = routes[v, q + y]
    other = fleet[w, SIZE] - x
    for y in range(other):
        routes[v, p + y] = routes[w, x + y]
    for y in range(tail):
        routes[w, x + y] = spare[y]
    fleet[v, SIZE], fleet[w, SIZE] = p + other, x + tail
    timed(travel, site, routes, fleet, spot, clock, v, p)
    timed(travel, site, routes, fleet, spot, clock, w, x)
    return True, gain, -lost


@njit(cache=True, nogil=True, forceinline=True)
def reorder(travel, site, profit, toll, routes, fleet, spot, clock, spare, v, i, length, p, need):  # type: ignore[no-untyped-def]
    """Move the `length` stops from i on to before the p-th stop of the same van."""
    base = travel.shape[0] - 1
    low, high = min(i, p), max(i + length, p)
    if p >= i and p <= i + length:
        return NO
    now, at = clock[v, low, LEAVE], stop_at(routes, fleet, base, v, low - 1)
    fresh, m = 0, low
    for part in range(2):
        moved = (part == 0) == (p < i)
        a = i if moved else (p if p < i else i + length)
        b = i + length if moved else (i if p < i else p)
        for y in range(a, b):
            s = routes[v, y]
            now += travel[at, s]
            if now > site[s, LATEST]:
                return NO
            now = max(now, site[s, OPENS]) + site[s, STAY]
            fresh += travel[at, s]
            spare[m] = s
            m += 1
            at = s
    following = stop_at(routes, fleet, base, v, high)
    if now + travel[at, following] > clock[v, high, LAST]:
        return NO
    fresh += travel[at, following]
    gain = toll * (driven(travel, routes, fleet, v, low, high) - fresh)
    if gain < need:
        return NO
    for y in range(low, high):
        routes[v, y] = spare[y]
    timed(travel, site, routes, fleet, spot, clock, v, low)
    return True, gain, 0.0


@njit(cache=True, nogil=True, forceinline=True)
def turn(travel, site, profit, toll, routes, fleet, spot, clock, spare, v, i, j, need):  # type: ignore[no-untyped-def]
    """Drive the stops i..j of van v the other way round."""
    base = travel.shape[0] - 1
    if i >= j:
        return NO
    now, at, fresh = clock[v, i, LEAVE], stop_at(routes, fleet, base, v, i - 1), 0
    for y in range(j, i - 1, -1):
        s = routes[v, y]
        now += travel[at, s]
        if now > site[s, LATEST]:
            return NO
        now = max(now, site[s, OPENS]) + site[s, STAY]
        fresh += travel[at, s]
        at = s
    following = stop_at(routes, fleet, base, v, j + 1)
    if now + travel[at, following] > clock[v, j + 1, LAST]:
        return NO
    fresh += travel[at, following]
    gain = toll * (driven(travel, routes, fleet, v, i, j + 1) - fresh)
    if gain < need:
        return NO
    for y in range((j - i + 1) // 2):
        routes[v, i + y], routes[v, j - y] = routes[v, j - y], routes[v, i + y]
    timed(travel, site, routes, fleet, spot, clock, v, i)
    return True, gain, 0.0
