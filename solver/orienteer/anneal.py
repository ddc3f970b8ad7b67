"""Annealing by small moves: a random gap in a random van, and a site that may well stand beside it.

Every good route met on the way is kept once, whatever the order of its stops.
"""

# ruff: noqa: ANN001, ANN201 - compiled functions take their types from the call
from __future__ import annotations

import numpy as np
from numba import njit

from solver.orienteer.draft import PLACE, SIZE, TOUCHED, VAN, stop_at, timed
from solver.orienteer.moves import drop, move_over, reorder, squeeze_in, swap_tails, turn

DROPPED, TURNED, TAILS, LONGEST = 0.02, 0.5, 0.4, 3
GOOD = 0.97
COOLED_EVERY = 1024


@njit(cache=True, nogil=True, inline="always")
def drawn(state):  # type: ignore[no-untyped-def]
    """The next 64 random bits (xorshift)."""
    x = state[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    state[0] = x
    return x


@njit(cache=True, nogil=True, inline="always")
def below(bits, shift, n):  # type: ignore[no-untyped-def]
    """A number below n out of sixteen of the bits."""
    return ((np.int64(bits >> np.uint64(shift)) & 0xFFFF) * n) >> 16


@njit(cache=True, nogil=True)
def anneal(  # type: ignore[no-untyped-def]
    travel, site, profit, toll, before, after, routes, fleet, spot, clock, spare,
    best, best_size, hot, cold, steps, state, logs, keys, table, met, met_size, count,
):  # fmt: skip
    """Cool from `hot` to `cold` in so many steps, from the plan in `routes` on. Leaves the best plan of all
    in `best`, adds routes met to `met`, and answers how many there are."""
    vans, base, width = fleet.shape[0], travel.shape[0] - 1, after.shape[1]
    here, top = 0.0, 0.0
    for v in range(vans):
        for p in range(fleet[v, SIZE]):
            here += profit[routes[v, p]]
        for p in range(best_size[v]):
            top += profit[best[v, p]]
        timed(travel, site, routes, fleet, spot, clock, v, 0)
    saved, least = 0.0, 0.0
    heat = hot
    cooling = (cold / hot) ** (COOLED_EVERY / max(1.0, steps))
    for step in range(steps):
        if step % COOLED_EVERY == 0:
            heat *= cooling
        bits = drawn(state)
        v = below(bits, 0, vans)
        p = below(bits, 16, fleet[v, SIZE] + 1)
        k = below(bits, 32, width)
        onward = below(bits, 48, 2) == 0
        if onward:
            u = after[stop_at(routes, fleet, base, v, p - 1), k]
        else:
            u = before[stop_at(routes, fleet, base, v, p), k]
        if u < 0:
            continue
        bits = drawn(state)
        need = heat * logs[below(bits, 0, logs.size)]
        coin = below(bits, 16, 10) < 7
        kind = below(bits, 32, 1000)
        w = spot[u, VAN]
        x = spot[u, PLACE]
        if w < 0:
            made, gain, won = squeeze_in(
                travel, site, profit, toll, routes, fleet, spot, clock, spare, v, p, u, need, 0, coin
            )
        elif kind < 1000 * DROPPED:
            made, gain, won = drop(travel, site, profit, toll, routes, fleet, spot, clock, spare, w, x, need)
        elif w == v and kind < 1000 * TURNED and x != p and x + 1 != p:
            i, j = (p, x) if x > p else (x, p - 1)
            if onward and x < p:
                i += 1
            elif not onward and x > p:
                j -= 1
            made, gain, won = turn(
                travel, site, profit, toll, routes, fleet, spot, clock, spare, v, i, j, need
            )
        elif w == v:
            longest = min(1 + below(bits, 48, LONGEST), fleet[v, SIZE] - x)
            made, gain, won = reorder(
                travel, site, profit, toll, routes, fleet, spot, clock, spare, v, x, longest, p, need
            )
        elif kind < 1000 * TAILS and onward:
            made, gain, won = swap_tails(
                travel, site, profit, toll, routes, fleet, spot, clock, spare, v, p, w, x, need
            )
        elif kind < 1000 * TAILS:
            made, gain, won = swap_tails(
                travel, site, profit, toll, routes, fleet, spot, clock, spare, w, x + 1, v, p, need
            )
        else:
            made, gain, won = move_over(
                travel, site, profit, toll, routes, fleet, spot, clock, spare, v, p, u, need, coin
            )
        if not made:
            continue
        here += won
        saved += gain - won
        if won <= 0.0:
            continue
        if here > top + 1e-9 or (here > top - 1e-9 and saved > least + 1e-9):
            top, least = max(top, here), saved
            for y in range(vans):
                best_size[y] = fleet[y, SIZE]
                best[y, : best_size[y]] = routes[y, : best_size[y]]
        if here >= GOOD * top:
            count = kept(routes, fleet, keys, table, met, met_size, count)
    return count


@njit(cache=True, nogil=True)
def kept(routes, fleet, keys, table, met, met_size, count):  # type: ignore[no-untyped-def]
    """Add the routes that changed since the last time and whose set of sites is new."""
    for v in range(fleet.shape[0]):
        size = fleet[v, SIZE]
        if fleet[v, TOUCHED] == 0 or size == 0 or count >= met_size.size:
            continue
        fleet[v, TOUCHED] = 0
        key = np.int64(0)
        for p in range(size):
            key ^= keys[routes[v, p]]
        slot = key & (table.size - 1)
        while table[slot] != 0 and table[slot] != key:
            slot = (slot + 1) & (table.size - 1)
        if table[slot] == 0:
            table[slot] = key
            met_size[count] = size
            met[count, :size] = routes[v, :size]
            count += 1
    return count
