"""What is tried: a changed copy of one tour, or of two that exchange a stop."""

# ruff: noqa: ANN001, ANN201, ANN202 - compiled functions take their types from the call
from __future__ import annotations

import numpy as np

from solver.anneal.state import MOST
from solver.plain import plain


@plain
def draw(dice, below):  # type: ignore[no-untyped-def]
    """A number from 0 to below − 1 (splitmix64)."""
    dice[0] += np.uint64(0x9E3779B97F4A7C15)
    z = dice[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return np.int64(((z >> np.uint64(33)) * np.uint64(below)) >> np.uint64(31))


@plain
def proposed(t, s, tour, new, dice):  # type: ignore[no-untyped-def]
    """A changed copy of a tour in row 0: its number of stops, its pause, the stop that stays put (-2: nothing
    is left)."""
    q, n, pause = s.kind[tour], s.sizes[tour], s.pause[tour]
    for i in range(n):
        for f in range(3):
            new[0, i, f] = s.stops[tour, i, f]
    what = draw(dice, 16)
    if n == 0 or (what < 4 and n < MOST):
        p = draw(dice, n + 1)
        for i in range(n, p, -1):
            for f in range(3):
                new[0, i, f] = new[0, i - 1, f]
        beside = -1 if n == 0 else (new[0, p - 1, 0] if p > 0 else new[0, 1, 0])
        new[0, p, 0] = _elsewhere(t, q, beside, dice)
        new[0, p, 2] = _length(t, new[0, p, 0], -1, dice)
        new[0, p, 1] = draw(dice, t.slots[q]) if n == 0 else (-1 if p > 0 else -2)
        n += 1
        if pause >= p:
            pause += 1
    else:
        p = draw(dice, n)
        if what < 6:
            for i in range(p, n - 1):
                for f in range(3):
                    new[0, i, f] = new[0, i + 1, f]
            n -= 1
            if n == 0:
                return 0, -1, -2
            if pause >= p and pause > 0:
                pause -= 1
            p = min(p, n - 1)
        elif what < 9:
            new[0, p, 2] = _length(t, new[0, p, 0], -1, dice)
            if draw(dice, 2) == 0:
                new[0, p, 1] = max(0, new[0, p, 1] + draw(dice, 25) - 12)
        else:
            at = new[0, p, 0]
            if n > 1 and draw(dice, 2) == 0:
                at = new[0, p - 1, 0] if p > 0 else new[0, 1, 0]
            new[0, p, 0] = _elsewhere(t, q, at, dice)
            new[0, p, 2] = _length(t, new[0, p, 0], new[0, p, 2], dice)
            if draw(dice, 2) == 0:
                new[0, p, 1] = -1 - draw(dice, 2)
    if t.rest > 0 and draw(dice, 4) == 0:
        pause = draw(dice, n + 1) - 1
    return n, pause, p


@plain
def _elsewhere(t, q, at, dice):  # type: ignore[no-untyped-def]
    """Another place of the kind: mostly one near `at` (-1: anywhere)."""
    first, end = t.first[q], t.first[q + 1]
    if at < 0 or draw(dice, 3) == 0:
        return first + draw(dice, end - first)
    return first + t.near[at, draw(dice, t.near.shape[1])]


@plain
def _length(t, place, option, dice):  # type: ignore[no-untyped-def]
    """A length of stay the place has; the one given as often as not."""
    options = t.length.shape[1]
    if draw(dice, 2) == 0 and option >= 0 and t.length[place, option] < 1 << 29:
        return option
    while True:
        option = draw(dice, options)
        if t.length[place, option] < 1 << 29:
            return option


@plain
def received(t, s, tour, p, place, new, r):  # type: ignore[no-untyped-def]
    """A copy of a tour in row r with the site of a place of any kind at its p-th stop: whether it has it."""
    q = s.kind[tour]
    for i in range(s.sizes[tour]):
        for f in range(3):
            new[r, i, f] = s.stops[tour, i, f]
    site, low, high = t.site[place], t.first[q], t.first[q + 1]
    while low < high:
        middle = (low + high) // 2
        if t.site[middle] < site:
            low = middle + 1
        else:
            high = middle
    new[r, p, 0] = low
    return low < t.first[q + 1] and t.site[low] == site and t.length[low, new[r, p, 2]] < 1 << 29
