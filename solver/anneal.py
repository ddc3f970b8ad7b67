"""Simulated annealing over the stops of all van-days at once, compiled.

A move takes a stop out, puts one in, changes one or exchanges two; the van-day is timed anew around it, and
the change in value is exact: reach by cell, capped goods, travel. Crews, their hours and the shifts stay as
they are. Every choice comes from one counter-based generator, so the same seed gives the same plan.
"""

# ruff: noqa: ANN001, ANN202 - compiled functions take their types from the call
from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from solver.tables import Tables
from solver.vanday import Floats, Ints

MOST = 15
HOUR = 3600
BAND = 4 * 3600
FIRST = 2 * 3600
# Without reference counts, which took half of the time: nothing is allocated inside.
_plain = njit(nogil=True, _nrt=False, forceinline=True)  # type: ignore[call-overload]


class State(NamedTuple):
    """A plan in the making: what is unreached of each cell, how much of each good, free stays by site and
    day; by tour its kind, hours, and stops [place, slot, option] with the stop before the break."""

    left: Floats
    amount: Floats
    free: NDArray[np.int16]
    kind: Ints
    opens: Ints
    end: Ints
    longest: Ints
    sizes: Ints
    stops: Ints
    pause: Ints


class Scratch(NamedTuple):
    """Room to work in: candidate tours, two logs to undo a move by, the best stops met."""

    dice: NDArray[np.uint64]
    tally: Floats
    dirt: Ints
    new: Ints
    log: Ints
    old: Floats
    where: Ints
    before: Floats
    dirty: NDArray[np.bool_]
    changed: Ints
    kept: Ints
    kept_count: Ints
    kept_pause: Ints
    who: Ints
    sizes: Ints
    pauses: Ints
    point: Ints
    low: Ints
    high: Ints

    @classmethod
    def of(cls, state: State, seed: int) -> Scratch:
        """Room for the moves of a state. `tally` is the value now and at best, beside what it began with."""
        tours = len(state.kind)
        pair = [np.zeros(2, np.int64) for _ in range(6)]
        return cls(
            np.array([seed], np.uint64), np.zeros(2), np.zeros(1, np.int64),
            np.zeros((3, MOST + 1, 3), np.int64), np.zeros(1 << 16, np.int64), np.zeros(1 << 16),
            np.zeros(1 << 12, np.int64), np.zeros(1 << 12), np.zeros(tours, np.bool_),
            np.zeros(tours, np.int64), state.stops.copy(), state.sizes.copy(), state.pause.copy(), *pair,
        )  # fmt: skip


@_plain
def _drive(t, q, leave, a, b):  # type: ignore[no-untyped-def]
    hour = min(max(leave // HOUR, t.first_hour[q]), t.last_hour[q])
    return t.travel[t.hour_band[t.day[q], min(hour, t.hour_band.shape[1] - 1)], a, b]


@_plain
def _leave_for(t, q, arrive, site):  # type: ignore[no-untyped-def]
    for hour in range(arrive // HOUR, t.first_hour[q] - 1, -1):
        leave = min(arrive - _drive(t, q, hour * HOUR, t.base[q], site), (hour + 1) * HOUR - 1)
        if leave >= hour * HOUR:
            return leave
    return arrive - _drive(t, q, 0, t.base[q], site)


@_plain
def _soonest(t, q, place, slot, option):  # type: ignore[no-untyped-def]
    """The next slot, from a given one on, at which a stay may begin; beyond the last where there is none."""
    if slot >= t.slots[q]:
        return t.slots[q]
    return t.soonest[t.slots_at[place] + slot * t.options[q] + option]


@_plain
def _latest(t, q, place, slot, option):  # type: ignore[no-untyped-def]
    """The last slot up to a given one at which a stay may begin; -1 where there is none."""
    return t.latest[t.slots_at[place] + slot * t.options[q] + option] if slot >= 0 else -1


@_plain
def _timed(t, s, tour, new, r, n, pause, p, tight):  # type: ignore[no-untyped-def]
    """Move the stops before and after the p-th as little as must be (or, if `tight`, close to it). Whether
    windows, travel, hours and meal break then hold."""
    q = s.kind[tour]
    begin, step, slots = t.begin[q], t.step, t.slots[q]
    for i in range(p + 1, n):
        a, b = new[r, i - 1, 0], new[r, i, 0]
        leave = begin + (new[r, i - 1, 1] + t.length[a, new[r, i - 1, 2]]) * step + t.packdown[t.site[a]]
        arrive = leave + _drive(t, q, leave, t.site[a], t.site[b]) + (t.rest if pause == i - 1 else 0)
        k = -(-(arrive + t.setup[t.site[b]] - begin) // step)
        if not tight:
            k = max(k, new[r, i, 1])
        k = _soonest(t, q, b, k, new[r, i, 2])
        if k >= slots:
            return False
        new[r, i, 1] = k
    for i in range(p - 1, -1, -1):
        a, b = new[r, i, 0], new[r, i + 1, 0]
        extra = t.rest if pause == i else 0
        arrive = begin + new[r, i + 1, 1] * step - t.setup[t.site[b]] - extra
        hold = t.length[a, new[r, i, 2]] * step + t.packdown[t.site[a]]
        k = (arrive - hold - begin) // step
        if not tight:
            k = min(k, new[r, i, 1])
        k = _latest(t, q, a, min(k, slots - 1), new[r, i, 2])
        while k >= 0:
            leave = begin + k * step + hold
            late = leave + _drive(t, q, leave, t.site[a], t.site[b]) - arrive
            if late <= 0:
                break
            k = _latest(t, q, a, k + (-late) // step, new[r, i, 2])
        if k < 0:
            return False
        new[r, i, 1] = k
    return _on_duty(t, s, tour, new, r, n, pause)


@_plain
def _on_duty(t, s, tour, new, r, n, pause):  # type: ignore[no-untyped-def]
    """Whether the van-day lies within its crew's hours, with the meal break in time."""
    q = s.kind[tour]
    begin, step = t.begin[q], t.step
    a = t.site[new[r, 0, 0]]
    depart = _leave_for(t, q, begin + new[r, 0, 1] * step - t.setup[a], a)
    if depart < s.opens[tour]:
        return False
    z = new[r, n - 1, 0]
    leave = begin + (new[r, n - 1, 1] + t.length[z, new[r, n - 1, 2]]) * step + t.packdown[t.site[z]]
    back = leave + _drive(t, q, leave, t.site[z], t.base[q]) + (t.rest if pause == n - 1 else 0)
    if back > s.end[tour] or back - depart > s.longest[tour]:
        return False
    if t.rest == 0:
        return True
    if pause < 0:
        return back - depart <= t.after
    x = new[r, pause, 0]
    rolls = begin + (new[r, pause, 1] + t.length[x, new[r, pause, 2]]) * step + t.packdown[t.site[x]]
    return rolls - depart <= t.after


@_plain
def _travelled(t, q, stops, r, n):  # type: ignore[no-untyped-def]
    """What the driving of a van-day costs."""
    if n == 0:
        return 0.0
    begin, step = t.begin[q], t.step
    a = t.site[stops[r, 0, 0]]
    depart = _leave_for(t, q, begin + stops[r, 0, 1] * step - t.setup[a], a)
    total = _drive(t, q, depart, t.base[q], a)
    for i in range(n):
        a = t.site[stops[r, i, 0]]
        leave = begin + (stops[r, i, 1] + t.length[stops[r, i, 0], stops[r, i, 2]]) * step + t.packdown[a]
        total += _drive(t, q, leave, a, t.base[q] if i == n - 1 else t.site[stops[r, i + 1, 0]])
    return total * t.hour_cost / HOUR


@_plain
def _reach(t, s, q, place, slot, option, sign, log, logged, old):  # type: ignore[no-untyped-def]
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


@_plain
def _more(t, s, good, amount, noted, where, old):  # type: ignore[no-untyped-def]
    """Change the amount of a capped good; the change in value."""
    was = s.amount[good]
    now = max(0.0, was + amount)
    if now < 1e-9:
        now = 0.0
    where[noted], old[noted] = good, was
    s.amount[good] = now
    return t.weight[good] * (min(now, t.cap[good]) - min(was, t.cap[good])), noted + 1


@_plain
def _goods(t, s, q, place, slot, option, sign, noted, where, old):  # type: ignore[no-untyped-def]
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


@_plain
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


@_plain
def _difference(t, s, tour, new, r, n):  # type: ignore[no-untyped-def]
    """How many stops at the front and at the back of a tour stay what they are to every good."""
    had = s.sizes[tour]
    low = 0
    while low < had and low < n and _alike(t, s, tour, low, new, r, low):
        low += 1
    high = 0
    while had - high > low and n - high > low and _alike(t, s, tour, had - 1 - high, new, r, n - 1 - high):
        high += 1
    return low, high


@_plain
def _unbook(t, s, q, stops, r, low, high, sign):  # type: ignore[no-untyped-def]
    for i in range(low, high):
        site = t.site[stops[r, i, 0]]
        if not t.promised[site, t.day[q]]:
            s.free[site, t.day[q]] += sign


@_plain
def _draw(dice, below):  # type: ignore[no-untyped-def]
    """A number from 0 to below − 1 (splitmix64)."""
    dice[0] += np.uint64(0x9E3779B97F4A7C15)
    z = dice[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return np.int64(((z >> np.uint64(33)) * np.uint64(below)) >> np.uint64(31))


@_plain
def _elsewhere(t, q, at, dice):  # type: ignore[no-untyped-def]
    """Another place of the kind: mostly one near `at` (-1: anywhere)."""
    first, end = t.first[q], t.first[q + 1]
    if at < 0 or _draw(dice, 3) == 0:
        return first + _draw(dice, end - first)
    return first + t.near[at, _draw(dice, t.near.shape[1])]


@_plain
def _length(t, place, option, dice):  # type: ignore[no-untyped-def]
    """A length of stay the place has; the one given as often as not."""
    options = t.length.shape[1]
    if _draw(dice, 2) == 0 and option >= 0 and t.length[place, option] < 1 << 29:
        return option
    while True:
        option = _draw(dice, options)
        if t.length[place, option] < 1 << 29:
            return option


@_plain
def _proposed(t, s, tour, new, dice):  # type: ignore[no-untyped-def]
    """A changed copy of a tour in row 0: its number of stops, its pause, the stop that stays put (-2: nothing
    is left)."""
    q, n, pause = s.kind[tour], s.sizes[tour], s.pause[tour]
    for i in range(n):
        for f in range(3):
            new[0, i, f] = s.stops[tour, i, f]
    what = _draw(dice, 16)
    if n == 0 or (what < 4 and n < MOST):
        p = _draw(dice, n + 1)
        for i in range(n, p, -1):
            for f in range(3):
                new[0, i, f] = new[0, i - 1, f]
        beside = -1 if n == 0 else (new[0, p - 1, 0] if p > 0 else new[0, 1, 0])
        new[0, p, 0] = _elsewhere(t, q, beside, dice)
        new[0, p, 2] = _length(t, new[0, p, 0], -1, dice)
        new[0, p, 1] = _draw(dice, t.slots[q]) if n == 0 else (-1 if p > 0 else -2)
        n += 1
        if pause >= p:
            pause += 1
    else:
        p = _draw(dice, n)
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
            if _draw(dice, 2) == 0:
                new[0, p, 1] = max(0, new[0, p, 1] + _draw(dice, 25) - 12)
        else:
            at = new[0, p, 0]
            if n > 1 and _draw(dice, 2) == 0:
                at = new[0, p - 1, 0] if p > 0 else new[0, 1, 0]
            new[0, p, 0] = _elsewhere(t, q, at, dice)
            new[0, p, 2] = _length(t, new[0, p, 0], new[0, p, 2], dice)
            if _draw(dice, 2) == 0:
                new[0, p, 1] = -1 - _draw(dice, 2)
    if t.rest > 0 and _draw(dice, 4) == 0:
        pause = _draw(dice, n + 1) - 1
    return n, pause, p


@_plain
def _received(t, s, tour, p, place, new, r):  # type: ignore[no-untyped-def]
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


@_plain
def _placed(t, s, tour, new, r, n, pause, p):  # type: ignore[no-untyped-def]
    """Give the p-th stop a slot: as told, or as soon (-1) or as late (-2) as its neighbours let it."""
    q, place = s.kind[tour], new[r, p, 0]
    begin, step, slots = t.begin[q], t.step, t.slots[q]
    site, k = t.site[place], new[r, p, 1]
    long = t.length[place, new[r, p, 2]]
    if k == -1 and p == 0:
        k = 0 if n == 1 else -2
    if k == -2 and p == n - 1:
        k = -1 if n > 1 else 0
    if k == -1:
        a = new[r, p - 1, 0]
        leave = begin + (new[r, p - 1, 1] + t.length[a, new[r, p - 1, 2]]) * step + t.packdown[t.site[a]]
        leave += _drive(t, q, leave, t.site[a], site) + (t.rest if pause == p - 1 else 0)
        k = -(-(leave + t.setup[site] - begin) // step)
    elif k == -2:
        b = new[r, p + 1, 0]
        arrive = begin + new[r, p + 1, 1] * step - t.setup[t.site[b]] - (t.rest if pause == p else 0)
        arrive -= _drive(t, q, arrive, site, t.site[b]) + t.packdown[site]
        k = _latest(t, q, place, min((arrive - begin) // step - long, slots - 1), new[r, p, 2])
    k = _soonest(t, q, place, max(k, 0), new[r, p, 2])
    new[r, p, 1] = k
    return k < slots


@_plain
def _too_much(t, s, tour, new, r, n, pause):  # type: ignore[no-untyped-def]
    """Whether the tour in row r is longer than its crew's hours even where traffic is lightest."""
    base = t.base[s.kind[tour]]
    at, total = base, t.rest if pause >= 0 else 0
    for i in range(n):
        site = t.site[new[r, i, 0]]
        total += t.soon[at, site] + t.hold[new[r, i, 0], new[r, i, 2]]
        at = site
    total += t.soon[at, base]
    return total > min(s.longest[tour], s.end[tour] - s.opens[tour])


@_plain
def _works(t, s, tour, new, r, n, pause, p):  # type: ignore[no-untyped-def]
    """Whether the tour in row r can be timed around its p-th stop so that it keeps every rule of its day."""
    for i in range(n):
        if i != p and new[r, i, 0] == new[r, p, 0]:
            return False
    if _too_much(t, s, tour, new, r, n, pause) or not _placed(t, s, tour, new, r, n, pause, p):
        return False
    for i in range(n):
        new[2, i, 1] = new[r, i, 1]
    for tight in range(2):
        if _timed(t, s, tour, new, r, n, pause, p, tight == 1):
            return True
        for i in range(n):
            new[r, i, 1] = new[2, i, 1]
    return False


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[call-overload]
def _annealed(t, s, w, moves, hot, cold):  # type: ignore[no-untyped-def]
    tours = len(s.kind)
    dice, new, log, old, where, before = w.dice, w.new, w.log, w.old, w.where, w.before
    dirty, changed, dirt = w.dirty, w.changed, w.dirt[0]
    who, count, pauses, point, low, high = w.who, w.sizes, w.pauses, w.point, w.low, w.high
    now, best = w.tally[0], w.tally[1]
    cool = (cold / hot) ** (1.0 / max(1, moves))
    heat = hot
    for _ in range(moves):
        heat *= cool
        who[0], both = _draw(dice, tours), 1
        if _draw(dice, 8) == 0:
            who[1], both = _draw(dice, tours), 2
            if who[0] == who[1] or s.sizes[who[0]] == 0 or s.sizes[who[1]] == 0:
                continue
            point[0], point[1] = _draw(dice, s.sizes[who[0]]), _draw(dice, s.sizes[who[1]])
            fine = True
            for r in range(2):
                place = s.stops[who[1 - r], point[1 - r], 0]
                count[r], pauses[r] = s.sizes[who[r]], s.pause[who[r]]
                fine = fine and _received(t, s, who[r], point[r], place, new, r)
            if not fine:
                continue
        else:
            count[0], pauses[0], point[0] = _proposed(t, s, who[0], new, dice)
        fine = True
        for r in range(both):
            if fine and point[r] >= 0:
                fine = _works(t, s, who[r], new, r, count[r], pauses[r], point[r])
        if not fine:
            continue
        gain, logged, noted = 0.0, 0, 0
        for r in range(both):
            low[r], high[r] = _difference(t, s, who[r], new, r, count[r])
        for turn in range(2 * both):
            r, sign = (turn, -1) if turn < both else (turn - both, 1)
            tour = who[r]
            q, stops, row, n = s.kind[tour], s.stops, tour, s.sizes[tour]
            if sign > 0:
                stops, row, n = new, r, count[r]
            gain -= sign * _travelled(t, q, stops, row, n)
            for i in range(low[r], n - high[r]):
                place, slot, option = stops[row, i, 0], stops[row, i, 1], stops[row, i, 2]
                more, logged = _reach(t, s, q, place, slot, option, sign, log, logged, old)
                free, most, noted = _goods(t, s, q, place, slot, option, sign, noted, where, before)
                gain += more + most
                fine = fine and free
        if fine and (gain >= 0 or _draw(dice, 1 << 30) < np.exp(gain / heat) * (1 << 30)):
            for r in range(both):
                tour = who[r]
                for i in range(count[r]):
                    for f in range(3):
                        s.stops[tour, i, f] = new[r, i, f]
                s.sizes[tour], s.pause[tour] = count[r], pauses[r]
                if not dirty[tour]:
                    dirty[tour] = True
                    changed[dirt] = tour
                    dirt += 1
            now += gain
            if now > best + 1e-9:
                best = now
                for i in range(dirt):
                    k = changed[i]
                    w.kept_count[k], w.kept_pause[k], dirty[k] = s.sizes[k], s.pause[k], False
                    for j in range(s.sizes[k]):
                        for f in range(3):
                            w.kept[k, j, f] = s.stops[k, j, f]
                dirt = 0
            continue
        for i in range(logged - 1, -1, -1):
            s.left[log[i]] = old[i]
        for i in range(noted - 1, -1, -1):
            s.amount[where[i]] = before[i]
        for r in range(both):
            _unbook(t, s, s.kind[who[r]], new, r, low[r], count[r] - high[r], -1)
            _unbook(t, s, s.kind[who[r]], s.stops, who[r], low[r], s.sizes[who[r]] - high[r], 1)
    w.tally[0], w.tally[1], w.dirt[0] = now, best, dirt


def anneal(tables: Tables, state: State, scratch: Scratch, moves: int, hot: float, cold: float) -> None:
    """Make so many moves while the temperature falls from hot to cold (in the currency of value); the best
    stops met are kept in the scratch room."""
    if len(state.kind) and moves > 0:
        _annealed(tables, state, scratch, moves, hot, cold)
