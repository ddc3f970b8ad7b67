"""What a stay adds to the value of a plan, or takes from it: exactly, and so that it can be taken back."""

# ruff: noqa: ANN001, ANN201, ANN202 - compiled functions take their types from the call
from __future__ import annotations

import numpy as np

from solver.plain import plain
from solver.problem import HOUR

BAND = 4 * HOUR
FIRST = 2 * HOUR


@plain
def reach(t, s, q, place, slot, option, sign, log, logged, old):  # type: ignore[no-untyped-def]
    """Add (1) or take (-1) the reach of a stay; the change in value, and how much is logged."""
    start = t.begin[q] + slot * t.step
    end = start + t.length[place, option] * t.step
    lap = (start - FIRST) // BAND
    opens = FIRST + lap * BAND
    first, end_at = t.cells_at[place], t.cells_at[place + 1]
    width, gain = end_at - first, 0.0
    one = 6 * first + lap % 6 * width
    two = 6 * first + (lap + 1) % 6 * width
    inside = sign * (min(end, opens + BAND) - start)
    beyond = sign * (min(end, opens + 2 * BAND) - opens - BAND)
    for i in range(width):
        fade = inside * t.fade[one + i]
        if beyond * sign > 0:
            fade += beyond * t.fade[two + i]
            for more in range(lap + 2, (end - 1 - FIRST) // BAND + 1):
                fade += sign * min(BAND, end - FIRST - more * BAND) * t.fade[6 * first + more % 6 * width + i]
        cell = t.cells[first + i]
        was = s.left[cell]
        now = was * np.exp(fade)
        log[logged], old[logged] = cell, was
        logged += 1
        s.left[cell] = now
        gain += was - now
    return gain, logged


@plain
def goods(t, s, q, place, slot, option, sign, noted, where, old):  # type: ignore[no-untyped-def]
    """Add or take a stay's capped goods and its booking of the site. Whether that is allowed, the change
    in value, and how much is noted."""
    hours = t.length[place, option] * t.step / HOUR
    gain = sign * t.service[place] * hours
    site, day = t.site[place], t.day[q]
    for at in range(t.once_at[place], t.once_at[place + 1]):
        more, noted = _more(t, s, t.once[at], float(sign), noted, where, old)
        gain += more
    for at in range(t.hourly_at[place], t.hourly_at[place + 1]):
        more, noted = _more(t, s, t.hourly[at], sign * hours, noted, where, old)
        gain += more
    kept = False
    free = True
    for at in range(t.marks_at[place], t.marks_at[place + 1]):
        good, first, anchor = t.marks[at, 0], t.marks[at, 1], t.marks[at, 2]
        if t.fits[first + slot * t.options[q] + option] and not (anchor == 1 and kept):
            if anchor == 1:
                kept = True
                free = sign < 0 or s.amount[good] == 0
            more, noted = _more(t, s, good, float(sign), noted, where, old)
            gain += more
    if t.promised[site, day]:
        return (kept and free) or sign < 0, gain, noted
    if sign > 0:
        if s.free[site, day] >= t.most_vans[site]:
            free = False
        for d in range(max(0, day - t.spacing[site] + 1), min(s.free.shape[1], day + t.spacing[site])):
            if d != day and s.free[site, d] > 0:
                free = False
    s.free[site, day] += sign
    return free or sign < 0, gain, noted


@plain
def _more(t, s, good, amount, noted, where, old):  # type: ignore[no-untyped-def]
    """Change the amount of a capped good; the change in value."""
    was = s.amount[good]
    now = max(0.0, was + amount)
    if now < 1e-9:
        now = 0.0
    where[noted], old[noted] = good, was
    s.amount[good] = now
    return t.weight[good] * (min(now, t.cap[good]) - min(was, t.cap[good])), noted + 1


@plain
def difference(t, s, tour, new, r, n):  # type: ignore[no-untyped-def]
    """How many stops at the front and at the back of a tour stay what they are to every good."""
    had = s.sizes[tour]
    low = 0
    while low < had and low < n and _alike(t, s, tour, low, new, r, low):
        low += 1
    high = 0
    while had - high > low and n - high > low and _alike(t, s, tour, had - 1 - high, new, r, n - 1 - high):
        high += 1
    return low, high


@plain
def _alike(t, s, tour, i, new, r, j):  # type: ignore[no-untyped-def]
    """Whether two stays are the same to every good: one place and length, in the same band."""
    q, place, option = s.kind[tour], new[r, j, 0], new[r, j, 2]
    if s.stops[tour, i, 0] != place or s.stops[tour, i, 2] != option:
        return False
    if s.stops[tour, i, 1] == new[r, j, 1]:
        return True
    if t.marks_at[place + 1] > t.marks_at[place]:
        return False
    last = t.length[place, option] * t.step - 1
    one = t.begin[q] + s.stops[tour, i, 1] * t.step - FIRST
    two = t.begin[q] + new[r, j, 1] * t.step - FIRST
    band = one // BAND
    return (one + last) // BAND == band and two // BAND == band and (two + last) // BAND == band


@plain
def unbook(t, s, q, stops, r, low, high, sign):  # type: ignore[no-untyped-def]
    for i in range(low, high):
        site = t.site[stops[r, i, 0]]
        if not t.promised[site, t.day[q]]:
            s.free[site, t.day[q]] += sign
