"""Compiled: days built stop by stop, the most promising first, with full memory of the sites visited, exact
meal break and exact length of duty.
"""

# ruff: noqa: ANN001, ANN201, ANN202 - compiled functions take their types from the call
from __future__ import annotations

import numpy as np
from numba import njit

from solver.plain import plain
from solver.vanday.lattice import NEVER
from solver.vanday.roads import hour_of, leave_for, told
from solver.vanday.tree import (
    ABOVE,
    ARRIVED,
    DROPPED,
    HOME,
    SERVED,
    WAITING,
    grow,
    planted,
    pop,
    visited,
)

MOST_STOPS = 16


@njit(cache=True, nogil=True)
def walk_forwards(day, start, ended, above, count, most):  # type: ignore[no-untyped-def]
    """Up to `count` best days worth more than `above`: prize, second of departure, the stop before the break
    and the stops of each; and a bound on every other. `start` and `ended` are those of `completion`."""
    tree = planted(most, count, above)
    _set_out(day, start, ended, tree)
    prize, depart = np.empty(count), np.empty(count, np.int64)
    pause, stops = np.empty(count, np.int64), np.full((count, MOST_STOPS, 3), -1, np.int64)
    found = 0
    while tree.tally[WAITING] > 0 and found < count:
        node = pop(tree)
        kind = tree.nodes[node].kind
        if kind == ARRIVED:
            _serve(day, start, ended, tree, node)
        elif kind == SERVED:
            _roll(day, start, tree, node)
        else:
            last = tree.nodes[node]
            prize[found], depart[found], pause[found] = last.worth, last.depart, last.pause
            _write_down(day, tree, node, stops[found])
            found += 1
    left = tree.keys[tree.heap[0]] if tree.tally[WAITING] > 0 else NEVER
    bound = max(left, tree.bars[DROPPED], tree.bars[ABOVE])
    return prize[:found], depart[:found], pause[:found], stops[:found], bound


@njit(cache=True, nogil=True)
def _set_out(day, start, ended, tree):  # type: ignore[no-untyped-def]
    """First stays, weighed before they are kept: no more than a quarter of the room is theirs."""
    sites, slots, _ = day.prizes.shape
    hopes = np.full((len(day.classes), sites, slots), NEVER)
    for c in range(hopes.shape[0]):
        duty = _duty(day, c)
        for j in range(sites):
            _weigh(day, start[duty, j], ended[duty, j], c, j, hopes[c, j])
    floor = _floor(hopes, tree.bars[ABOVE], len(tree.nodes) // 4)
    for c in range(hopes.shape[0]):
        for j in range(sites):
            _arrive_first(day, tree, hopes[c, j], floor, c, j)


@plain
def _weigh(day, start, ended, c, j, hopes):  # type: ignore[no-untyped-def]
    """The most that a day of class c can win if its first stay begins at site j, by slot."""
    for k in range(len(hopes)):
        if start[k] <= NEVER / 2:
            continue
        leave, cost = _first_leg(day, j, k)
        if leave < day.classes[c, 0] or leave > day.classes[c, 1]:
            continue
        for o in range(day.prizes.shape[2]):
            until = k + day.length[j, o]
            if day.prizes[j, k, o] > NEVER and until < len(hopes):
                hopes[k] = max(hopes[k], day.prizes[j, k, o] - cost + ended[until])


@plain
def _first_leg(day, j, k):  # type: ignore[no-untyped-def]
    """When to leave for a first stay, and what the drive and the clock take of it."""
    base = day.prizes.shape[0]
    leave = leave_for(day.begin + k * day.step - day.setup[j], day.first_hour, day.drive, base, j)
    return leave, day.toll[hour_of(day, leave), base, j] - told(day, leave)


@plain
def _duty(day, c):  # type: ignore[no-untyped-def]
    """What a class of departure is called while its break is still due; 0 where none ever is."""
    return c + 1 if day.rest > 0 or len(day.classes) > 1 else 0


@njit(cache=True, nogil=True)
def _floor(hopes, above, most):  # type: ignore[no-untyped-def]
    """The least hope of the `most` greatest above the bar."""
    flat = hopes.ravel()
    good = flat[flat > above]
    return above if len(good) <= most else np.partition(good, len(good) - most)[len(good) - most]


@plain
def _arrive_first(day, tree, hopes, floor, c, j):  # type: ignore[no-untyped-def]
    for k in range(len(hopes)):
        if tree.bars[ABOVE] < hopes[k] < floor:
            tree.bars[DROPPED] = max(tree.bars[DROPPED], hopes[k])
        elif hopes[k] > tree.bars[ABOVE]:
            leave, cost = _first_leg(day, j, k)
            node = grow(tree, -1, ARRIVED, hopes[k], -cost)
            if node >= 0:
                new = tree.nodes[node]
                new.site, new.slot, new.option, new.duty = j, k, -1, _duty(day, c)
                new.depart, new.pause, new.stops = leave, -1, 0


@plain
def _serve(day, start, ended, tree, node):  # type: ignore[no-untyped-def]
    """A stay of each length from this slot on; after the first stop, service may also begin later."""
    here = tree.nodes[node]
    j, k, c, worth = here.site, here.slot, here.duty, here.worth
    _, slots, options = day.prizes.shape
    for o in range(options):
        until = k + day.length[j, o]
        if day.prizes[j, k, o] > NEVER and until < slots:
            gain = worth + day.prizes[j, k, o]
            new = grow(tree, node, SERVED, gain + ended[c, j, until], gain)
            if new >= 0:
                tree.nodes[new].slot, tree.nodes[new].option = until, o
                tree.nodes[new].stops += 1
    if here.before >= 0 and k + 1 < slots:
        new = grow(tree, node, ARRIVED, worth + start[c, j, k + 1], worth)
        if new >= 0:
            tree.nodes[new].slot = k + 1


@plain
def _roll(day, start, tree, node):  # type: ignore[no-untyped-def]
    """Home or on to another site, at once or after the meal break."""
    here = tree.nodes[node]
    leave = day.begin + here.slot * day.step + day.packdown[here.site]
    _go_home(day, tree, node, leave, False)
    _go_on(day, start, tree, node, leave, False)
    if day.rest > 0 and here.pause < 0 and leave - here.depart <= day.after:
        _go_home(day, tree, node, leave, True)
        _go_on(day, start, tree, node, leave, True)


@plain
def _go_home(day, tree, node, leave, eats):  # type: ignore[no-untyped-def]
    here = tree.nodes[node]
    h, base = hour_of(day, leave), day.prizes.shape[0]
    back = leave + day.drive[h, here.site, base] + (day.rest if eats else 0)
    on_duty = back - here.depart
    fed = eats or here.pause >= 0 or day.rest == 0
    if back > day.end or on_duty > day.longest or (not fed and on_duty > day.after):
        return
    gain = here.worth - day.toll[h, here.site, base]
    gain -= told(day, back)
    new = grow(tree, node, HOME, gain, gain)
    if new >= 0:
        _eaten(tree, new, eats)
        # What is no better than as many whole days as were asked for is not looked at.
        tree.tops[_least(tree.tops)] = gain
        tree.bars[ABOVE] = max(tree.bars[ABOVE], tree.tops[_least(tree.tops)])


@plain
def _least(values):  # type: ignore[no-untyped-def]
    at = 0
    for n in range(1, len(values)):
        if values[n] < values[at]:
            at = n
    return at


@plain
def _go_on(day, start, tree, node, leave, eats):  # type: ignore[no-untyped-def]
    here = tree.nodes[node]
    j, k, worth, depart, h = here.site, here.slot, here.worth, here.depart, hour_of(day, leave)
    sites, slots, _ = day.prizes.shape
    duty = 0 if eats or here.pause >= 0 else here.duty
    legs, toll = day.paused[h, j] if eats else day.on[h, j], day.toll[h, j]
    for i in range(sites if here.stops < MOST_STOPS - 1 else 0):
        at = k + legs[i]
        if at >= slots or start[duty, i, at] <= NEVER / 2:
            continue
        gain = worth - toll[i]
        key = gain + start[duty, i, at]
        if key <= tree.bars[ABOVE] or day.begin + at * day.step - depart > day.longest:
            continue
        if not visited(tree.nodes, node, i):
            new = grow(tree, node, ARRIVED, key, gain)
            if new >= 0:
                tree.nodes[new].site, tree.nodes[new].slot, tree.nodes[new].duty = i, at, duty
                _eaten(tree, new, eats)


@plain
def _eaten(tree, node, eats):  # type: ignore[no-untyped-def]
    """The break was taken after the last stop, if it was."""
    if eats:
        tree.nodes[node].pause = tree.nodes[node].stops - 1


@plain
def _write_down(day, tree, node, stops):  # type: ignore[no-untyped-def]
    """The stops of a node's day, each with site, slot and option."""
    n = tree.nodes[node].stops - 1
    while node >= 0:
        here = tree.nodes[node]
        if here.kind == SERVED:
            stops[n, 0], stops[n, 1] = here.site, here.slot - day.length[here.site, here.option]
            stops[n, 2] = here.option
            n -= 1
        node = here.before
