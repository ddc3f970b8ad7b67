"""A plan under way in arrays, and what every move does to it: look, time, put in and take out.

`clock[v, p]` holds when van v leaves its p-th place (LEAVE; 0: the base) and the latest it may arrive at its
p-th stop so that the rest still holds (LAST). `spot` says where a site is served (VAN -1: nowhere); `site`
ends with the base, open while the shift lasts.
"""

# ruff: noqa: ANN001, ANN201 - compiled functions take their types from the call
from __future__ import annotations

from numba import njit

STAY, OPENS, LATEST = 0, 1, 2
VAN, PLACE = 0, 1
LEAVE, LAST = 0, 1
SIZE, TOUCHED = 0, 1


@njit(cache=True, nogil=True, forceinline=True)
def timed(travel, site, routes, fleet, spot, clock, v, first):  # type: ignore[no-untyped-def]
    """Note the times of van v, the stops before `first` being as they were on the way out."""
    base = travel.shape[0] - 1
    n = fleet[v, SIZE]
    now, at = clock[v, first, LEAVE], base if first == 0 else routes[v, first - 1]
    for p in range(first, n):
        s = routes[v, p]
        now = max(now + travel[at, s], site[s, OPENS]) + site[s, STAY]
        clock[v, p + 1, LEAVE] = now
        spot[s, VAN], spot[s, PLACE] = v, p
        at = s
    clock[v, n, LAST] = site[base, LATEST]
    after, now = base, site[base, LATEST]
    for p in range(n - 1, -1, -1):
        s = routes[v, p]
        now = min(site[s, LATEST], now - travel[s, after] - site[s, STAY])
        clock[v, p, LAST] = now
        after = s
    fleet[v, TOUCHED] = 1


@njit(cache=True, nogil=True, inline="always")
def stop_at(routes, fleet, base, v, p):  # type: ignore[no-untyped-def]
    return base if p < 0 or p >= fleet[v, SIZE] else routes[v, p]


@njit(cache=True, nogil=True, inline="always")
def driven(travel, routes, fleet, v, p, q):  # type: ignore[no-untyped-def]
    """Driving of van v from its stop before p, by way of p..q-1, to its stop q."""
    base = travel.shape[0] - 1
    total, at = 0, stop_at(routes, fleet, base, v, p - 1)
    for x in range(p, q + 1):
        s = stop_at(routes, fleet, base, v, x)
        total += travel[at, s]
        at = s
    return total


@njit(cache=True, nogil=True, inline="always")
def splice(routes, fleet, spot, v, p, q, u):  # type: ignore[no-untyped-def]
    """Put u in the place of the stops p..q-1 of van v; with u < 0 only take them out."""
    for x in range(p, q):
        spot[routes[v, x], VAN] = -1
    put = 1 if u >= 0 else 0
    shift = put - (q - p)
    if shift > 0:
        for x in range(fleet[v, SIZE] - 1, q - 1, -1):
            routes[v, x + 1] = routes[v, x]
    elif shift < 0:
        for x in range(q, fleet[v, SIZE]):
            routes[v, x + shift] = routes[v, x]
    fleet[v, SIZE] += shift
    if u >= 0:
        routes[v, p] = u
