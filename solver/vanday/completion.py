"""Compiled: what can still be won from each state of a day, walked backwards without memory.

Class 0 is "break taken or not needed any more"; class c + 1 is departure class c with no break yet. Slots are
walked in blocks no longer than the shortest stay, so that a whole block of one site follows from another
site's later slots in one run through memory.
"""

# ruff: noqa: ANN001, ANN201, ANN202 - compiled functions take their types from the call
from __future__ import annotations

import numpy as np
from numba import njit

from solver.plain import plain
from solver.vanday.lattice import FAR, NEVER
from solver.vanday.roads import told

LONGEST_BLOCK = 24


@njit(cache=True, nogil=True)
def completion(day):  # type: ignore[no-untyped-def]
    """What can still be won: `start[c, j, k]` before service at slot k, `ended[c, i, k]` after it."""
    sites, slots, _ = day.prizes.shape
    block = _block(day)
    classes = len(day.classes) + 1
    start = np.full((classes, sites, 2 * slots + block + 2), NEVER)
    ended = np.full((classes, sites, slots + block + 2), NEVER)
    best = np.empty(block)
    for c in range(classes):
        low, high, finish, limit = _span(day, c)
        k0 = high
        while k0 > low:
            k1, k0 = k0, max(low, k0 - block)
            _serve(day, start[c], ended[c], k0, k1)
            order = np.argsort(-start[c, :, k0])
            fed = order if c == 0 else np.argsort(-start[0, :, k0])
            for i in range(sites):
                best[:] = NEVER
                ka = k0
                while ka < k1:
                    h, kb = _same_hour(day, i, ka, k1)
                    stay = _go_home(day, best, i, h, k0, ka, kb, finish)
                    _go_on(best, start[c], order, day.on[h, i], day.toll[h, i], i, k0, ka, stay)
                    if c > 0 and day.rest > 0:
                        eaten = _eat_and_go_home(day, best, i, h, k0, ka, kb, limit)
                        _go_on(best, start[0], fed, day.paused[h, i], day.toll[h, i], i, k0, ka, eaten)
                    ka = kb
                ended[c, i, k0:k1] = best[: k1 - k0]
    return start, ended


@plain
def _block(day):  # type: ignore[no-untyped-def]
    """Slots walked at once."""
    shortest = day.prizes.shape[1]
    for length in day.length.flat:
        shortest = min(shortest, length)
    return max(1, min(shortest, LONGEST_BLOCK))


@plain
def _span(day, c):  # type: ignore[no-untyped-def]
    """The slots of a class; the second by which its duty ends, and by which its break has begun."""
    slots = day.prizes.shape[1]
    if c == 0:
        return 0, slots, day.end, FAR
    earliest, latest = day.classes[c - 1, 0], day.classes[c - 1, 1]
    finish, limit = min(day.end, latest + day.longest), FAR
    if day.rest > 0:
        limit = latest + day.after
        finish = min(finish, limit)
    last = max(finish, limit) if day.rest > 0 else finish
    low, high = (earliest - day.begin) // day.step, (last - day.begin) // day.step + 1
    return max(0, low), min(slots, high), finish, limit


@plain
def _serve(day, start, ended, k0, k1):  # type: ignore[no-untyped-def]
    """A stay of some length begins at each slot of the block, or at a later one."""
    sites, slots, options = day.prizes.shape
    for j in range(sites):
        for k in range(k1 - 1, k0 - 1, -1):
            top = start[j, k + 1]
            for o in range(options):
                until = k + day.length[j, o]
                if until < slots and day.prizes[j, k, o] > NEVER:
                    top = max(top, day.prizes[j, k, o] + ended[j, until])
            start[j, k] = top


@plain
def _same_hour(day, i, ka, k1):  # type: ignore[no-untyped-def]
    """The hour in which a van leaves site i after slot `ka`, and the slot before which that hour ends."""
    hours = day.drive.shape[0]
    roll = day.begin + day.packdown[i]
    h = min(max((roll + ka * day.step) // 3600 - day.first_hour, 0), hours - 1)
    if h == hours - 1:
        return h, k1
    turn = (h + day.first_hour + 1) * 3600 - roll
    return h, min(k1, max(ka + 1, -(-turn // day.step)))


@plain
def _go_home(day, best, i, h, k0, ka, kb, finish):  # type: ignore[no-untyped-def]
    """What the way home costs; before which slot a van may still go on instead."""
    base, stay = day.prizes.shape[0], ka
    home, toll = day.drive[h, i, base], day.toll[h, i, base]
    for k in range(ka, kb):
        leave = day.begin + k * day.step + day.packdown[i]
        if leave + home <= finish:
            best[k - k0] = -toll - told(day, leave + home)
        if leave <= finish:
            stay = k + 1
    return stay


@plain
def _eat_and_go_home(day, best, i, h, k0, ka, kb, limit):  # type: ignore[no-untyped-def]
    """What the way home costs with the break before it; before which slot the break may still begin."""
    base, eaten = day.prizes.shape[0], ka
    home, toll = day.drive[h, i, base], day.toll[h, i, base]
    for k in range(ka, kb):
        leave = day.begin + k * day.step + day.packdown[i]
        if leave <= limit:
            eaten = k + 1
            back = leave + home + day.rest
            if back <= day.end:
                best[k - k0] = max(best[k - k0], -toll - told(day, back))
    return eaten


@plain
def _go_on(best, start, order, legs, toll, i, k0, ka, kb):  # type: ignore[no-untyped-def]
    """What is won by going on to another site, those worth most at slot `k0` first: no later slot is worth
    more, so the rest cannot be better."""
    if kb <= ka:
        return
    for j in order:
        least = best[kb - 1 - k0]
        if start[j, k0] <= least:
            break
        off, cost = legs[j], toll[j]
        if j != i and start[j, ka + off] - cost > least:
            for k in range(ka, kb):
                worth = start[j, k + off] - cost
                if worth > best[k - k0]:
                    best[k - k0] = worth
