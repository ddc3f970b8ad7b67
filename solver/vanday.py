"""One van on one day, priced exactly: the best van-days for given prizes of stays, and a bound on all of
them.

Service starts lie on a grid, so a day is a finite graph. `completion` walks it backwards without memory of
the
sites visited: what can still be won from each state, never less than the truth. `best_days` walks it
forwards,
best first, with full memory, exact meal break and exact length of duty: the first day it completes is the
best
one there is, the next the second best; what is left on its heap bounds all others.
"""

# ruff: noqa: ANN001, ANN201, ANN202 - compiled functions take their types from the call
from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NEVER = -1e18
FAR = 1 << 40


@dataclass(frozen=True)
class Lattice:
    """A day's graph: slot k is `begin + k·step` seconds; rows of `drive[hour]` are local sites, then the
    base.

    `length[site, option]` in slots; stays that are not allowed have no prize (`NEVER`). No van leaves before
    `opens` or is back after `end`; nobody is on duty longer than `longest`. `rest` is the meal break (0:
    none), due within `after` seconds of leaving.
    """

    opens: int
    begin: int
    end: int
    step: int
    longest: int
    after: int
    rest: int
    first_hour: int
    drive: Ints
    setup: Ints
    packdown: Ints
    length: Ints

    @property
    def slots(self) -> int:
        """Slots from `begin` to `end`."""
        return (self.end - self.begin) // self.step + 1

    @property
    def last_hour(self) -> int:
        """The last hour of leaving that `drive` tells apart."""
        return self.first_hour + len(self.drive) - 1


@dataclass(frozen=True)
class Route:
    """Stops of one van-day on a lattice: local site, slot and option of each; -1 or the stop before the
    break."""

    prize: float
    depart: int
    stops: tuple[tuple[int, int, int], ...]
    break_after: int = -1


def best_days(
    lattice: Lattice,
    prizes: Floats,
    *,
    drive_cost: float,
    clock: Floats | None = None,
    above: float = 1e-9,
    count: int = 1,
    nodes: int = 200_000,
) -> tuple[list[Route], float]:
    """The `count` best days worth more than `above`, best first, and a bound on every day not listed.

    `prizes[site, slot, option]`; driving costs by the second; duty from second a to b costs clock(b) −
    clock(a), where `clock[slot]` never falls and is straight between slots. The bound is true even when the
    search ends at `nodes`.
    """
    if prizes.shape[0] == 0 or lattice.slots <= 1:
        return [], above
    edges = _classes(lattice)
    ticks = np.zeros(lattice.slots + 1) if clock is None else clock
    arguments = _arguments(lattice)
    start, end = completion(*arguments, prizes, edges, drive_cost, ticks)  # type: ignore[call-arg]
    raw = _search(*arguments, prizes, edges, start, end, drive_cost, ticks, above, count, nodes)  # type: ignore[call-arg]
    return _routes(*raw[:-1]), max(above, float(raw[-1]))


def _arguments(lattice: Lattice) -> tuple[Any, ...]:
    return (
        lattice.begin, lattice.end, lattice.step, lattice.longest, lattice.after, lattice.rest,
        lattice.first_hour, lattice.drive, lattice.setup, lattice.packdown, lattice.length,
    )  # fmt: skip


def _classes(lattice: Lattice) -> Ints:
    """Hours of departure told apart: row c is [earliest, latest] seconds. The last needs no meal break."""
    tight = min(lattice.longest, lattice.after if lattice.rest else FAR)
    if lattice.end - lattice.opens <= tight:
        return np.array([[lattice.opens, lattice.end]], np.int64)
    last = max(lattice.opens, lattice.end - tight)
    width = 3600 if last - lattice.opens <= 4 * 3600 else 7200
    cuts = [*range(lattice.opens, last, width), last]
    rows = [[a, b - 1] for a, b in pairwise(cuts)]
    return np.array([*rows, [last, lattice.end]], np.int64)


def _routes(prize: Floats, depart: Ints, pause: Ints, stops: Ints) -> list[Route]:
    found = []
    for n in range(len(prize)):
        chain = tuple((int(a), int(b), int(c)) for a, b, c in stops[n] if a >= 0)
        found.append(Route(float(prize[n]), int(depart[n]), chain, int(pause[n])))
    return found


@njit(cache=True)
def leave_for(arrive, first_hour, drive, base, site):  # type: ignore[no-untyped-def]
    """The latest second at which wheels may roll at the base to be at the site by `arrive`."""
    for hour in range(arrive // 3600, first_hour - 1, -1):
        h = min(hour - first_hour, drive.shape[0] - 1)
        leave = min(arrive - drive[h, base, site], (hour + 1) * 3600 - 1)
        if leave >= hour * 3600:
            return leave
    return arrive - drive[0, base, site]


@njit(cache=True, nogil=True)
def told(clock, begin, step, second):  # type: ignore[no-untyped-def]
    """The clock's price of duty from its first slot to a second."""
    k = min(max((second - begin) // step, 0), len(clock) - 2)
    return clock[k] + (clock[k + 1] - clock[k]) * (second - begin - k * step) / step


@njit(cache=True, nogil=True)
def completion(  # type: ignore[no-untyped-def]
    begin, end, step, longest, after, rest, first_hour, drive, setup, packdown, length, prizes, edges,
    drive_cost, clock,
):  # fmt: skip
    """What can still be won: `start[c, j, k]` before service at slot k, `ended[c, i, k]` after it.

    Class 0 is "break taken or not needed any more"; class c + 1 is departure class c with no break yet.
    Slots are walked backwards in blocks no longer than the shortest stay, so that a whole block of one site
    follows from another site's later slots in one run through memory.
    """
    sites, slots, options = prizes.shape
    hours = drive.shape[0]
    classes = edges.shape[0] + 1
    offset = np.zeros((hours, sites, sites), np.int16)
    paused = np.zeros((hours, sites, sites), np.int16)
    toll = np.zeros((hours, sites, sites))
    for h in range(hours):
        for i in range(sites):
            for j in range(sites):
                whole = packdown[i] + drive[h, i, j] + setup[j]
                offset[h, i, j] = min(slots, -(-whole // step))
                paused[h, i, j] = min(slots, -(-(whole + rest) // step))
                toll[h, i, j] = drive[h, i, j] * drive_cost
    shortest = slots
    for i in range(sites):
        for o in range(options):
            shortest = min(shortest, length[i, o])
    block = max(1, min(shortest, 24))
    start = np.full((classes, sites, 2 * slots + block + 2), NEVER)
    ended = np.full((classes, sites, slots + block + 2), NEVER)
    best = np.empty(block)
    for c in range(classes):
        finish = end
        limit = FAR
        earliest = begin
        if c > 0:
            finish = min(end, edges[c - 1, 1] + longest)
            if rest > 0:
                finish = min(finish, edges[c - 1, 1] + after)
                limit = edges[c - 1, 1] + after
            earliest = edges[c - 1, 0]
        low = max(0, (earliest - begin) // step)
        high = slots
        if c > 0 and rest == 0:
            high = min(slots, (finish - begin) // step + 1)
        elif c > 0:
            high = min(slots, (max(finish, limit) - begin) // step + 1)
        k0 = high
        while k0 > low:
            k1 = k0
            k0 = max(low, k0 - block)
            for j in range(sites):
                for k in range(k1 - 1, k0 - 1, -1):
                    top = start[c, j, k + 1]
                    for o in range(options):
                        until = k + length[j, o]
                        if until < slots and prizes[j, k, o] > NEVER:
                            worth = prizes[j, k, o] + ended[c, j, until]
                            if worth > top:
                                top = worth
                    start[c, j, k] = top
            order = np.argsort(-start[c, :, k0])
            for i in range(sites):
                for t in range(k1 - k0):
                    best[t] = NEVER
                ka = k0
                while ka < k1:
                    h = min(max((begin + ka * step + packdown[i]) // 3600 - first_hour, 0), hours - 1)
                    kb = k1
                    turn = (h + first_hour + 1) * 3600 - packdown[i] - begin
                    if h < hours - 1:
                        kb = min(k1, max(ka + 1, -(-turn // step)))
                    home = drive[h, i, sites]
                    stay = ka
                    for k in range(ka, kb):
                        leave = begin + k * step + packdown[i]
                        if leave + home <= finish:
                            best[k - k0] = -home * drive_cost - told(clock, begin, step, leave + home)
                        if leave <= finish:
                            stay = k + 1
                    eaten = ka
                    if c > 0 and rest > 0:
                        for k in range(ka, kb):
                            leave = begin + k * step + packdown[i]
                            if leave <= limit:
                                eaten = k + 1
                                if leave + home + rest <= end:
                                    homeward = -home * drive_cost - told(
                                        clock, begin, step, leave + home + rest
                                    )
                                    best[k - k0] = max(best[k - k0], homeward)
                    for n in range(sites if stay > ka else 0):
                        j = order[n]
                        if start[c, j, k0] <= best[stay - 1 - k0]:
                            break
                        off = offset[h, i, j]
                        cost = toll[h, i, j]
                        if j != i and start[c, j, ka + off] - cost > best[stay - 1 - k0]:
                            for k in range(ka, stay):
                                worth = start[c, j, k + off] - cost
                                if worth > best[k - k0]:
                                    best[k - k0] = worth
                    for n in range(sites if eaten > ka else 0):
                        j = order[n]
                        off = paused[h, i, j]
                        cost = toll[h, i, j]
                        if j != i and start[0, j, ka + off] - cost > best[eaten - 1 - k0]:
                            for k in range(ka, eaten):
                                worth = start[0, j, k + off] - cost
                                if worth > best[k - k0]:
                                    best[k - k0] = worth
                    ka = kb
                for k in range(k0, k1):
                    ended[c, i, k] = best[k - k0]
    return start, ended


@njit(cache=True)
def _push(heap, keys, size, node):  # type: ignore[no-untyped-def]
    at = size
    while at > 0:
        up = (at - 1) // 2
        if keys[heap[up]] >= keys[node]:
            break
        heap[at] = heap[up]
        at = up
    heap[at] = node
    return size + 1


@njit(cache=True)
def _pop(heap, keys, size):  # type: ignore[no-untyped-def]
    top, last = heap[0], heap[size - 1]
    size -= 1
    at = 0
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and keys[heap[child + 1]] > keys[heap[child]]:
            child += 1
        if keys[heap[child]] <= keys[last]:
            break
        heap[at] = heap[child]
        at = child
    heap[at] = last
    return top, size


@njit(cache=True, nogil=True)
def _search(  # type: ignore[no-untyped-def]
    begin, end, step, longest, after, rest, first_hour, drive, setup, packdown, length, prizes, edges,
    start, ended, drive_cost, clock, above, count, nodes,
):  # fmt: skip
    sites, slots, options = prizes.shape
    key = np.empty(nodes)
    worth = np.empty(nodes)
    kind = np.empty(nodes, np.int8)
    where = np.empty(nodes, np.int16)
    slot = np.empty(nodes, np.int16)
    option = np.empty(nodes, np.int16)
    cls = np.empty(nodes, np.int16)
    dep = np.empty(nodes, np.int64)
    parent = np.empty(nodes, np.int32)
    pause = np.empty(nodes, np.int16)
    depth = np.empty(nodes, np.int16)
    heap = np.empty(nodes + 1, np.int32)
    used, size = 0, 0
    out_prize = np.empty(count)
    out_dep = np.empty(count, np.int64)
    out_pause = np.empty(count, np.int64)
    out_stops = np.full((count, 16, 3), -1, np.int64)
    found = 0
    dropped = NEVER
    # First stays are weighed before they are kept: no more than a quarter of the room is theirs.
    promise = np.empty(edges.shape[0] * sites * slots + 1)
    hopes, floor = 0, above
    for turn in range(2):
        if turn == 1 and hopes > nodes // 4:
            floor = np.partition(promise[:hopes], hopes - nodes // 4)[hopes - nodes // 4]
        for c in range(edges.shape[0]):
            into = c + 1 if (rest > 0 or edges.shape[0] > 1) else 0
            for j in range(sites):
                for k in range(slots):
                    if start[into, j, k] <= NEVER / 2:
                        continue
                    arrive = begin + k * step - setup[j]
                    leave = leave_for(arrive, first_hour, drive, sites, j)
                    if leave < edges[c, 0] or leave > edges[c, 1]:
                        continue
                    h = min(max(leave // 3600 - first_hour, 0), drive.shape[0] - 1)
                    cost = drive[h, sites, j] * drive_cost - told(clock, begin, step, leave)
                    best = NEVER
                    for o in range(options):
                        until = k + length[j, o]
                        if prizes[j, k, o] > NEVER and until < slots:
                            total = prizes[j, k, o] - cost + ended[into, j, until]
                            best = max(best, total)
                    if turn == 0:
                        promise[hopes] = best
                        hopes += best > above
                    elif best > above:
                        if best < floor or used >= nodes:
                            dropped = max(dropped, best)
                            continue
                        key[used], worth[used], kind[used] = best, -cost, 0
                        where[used], slot[used], option[used], cls[used] = j, k, -1, into
                        dep[used], parent[used], pause[used], depth[used] = leave, -1, -1, 0
                        size = _push(heap, key, size, used)
                        used += 1
    tops = np.full(count, above)
    while size > 0 and found < count:
        node, size = _pop(heap, key, size)
        j, k, c = where[node], slot[node], cls[node]
        if kind[node] == 2:
            out_prize[found], out_dep[found], out_pause[found] = worth[node], dep[node], pause[node]
            n = depth[node] - 1
            up = parent[node]
            while up >= 0:
                if kind[up] == 1:
                    out_stops[found, n, 0] = where[up]
                    out_stops[found, n, 1] = slot[up] - length[where[up], option[up]]
                    out_stops[found, n, 2] = option[up]
                    n -= 1
                up = parent[up]
            found += 1
            continue
        if kind[node] == 0:
            first = parent[node] < 0
            for o in range(options + 1):
                if o == options:
                    if first or k + 1 >= slots:
                        continue
                    gain, until = worth[node], k + 1
                    total = gain + start[c, j, until]
                else:
                    until = k + length[j, o]
                    if prizes[j, k, o] <= NEVER or until >= slots:
                        continue
                    gain = worth[node] + prizes[j, k, o]
                    total = gain + ended[c, j, until]
                if total <= above:
                    continue
                if used >= nodes:
                    dropped = max(dropped, total)
                    continue
                key[used], worth[used], kind[used] = total, gain, 0 if o == options else 1
                where[used], slot[used], option[used], cls[used] = j, until, o, c
                dep[used], parent[used], pause[used] = dep[node], node, pause[node]
                depth[used] = depth[node] + (0 if o == options else 1)
                size = _push(heap, key, size, used)
                used += 1
            continue
        leave = begin + k * step + packdown[j]
        h = min(max(leave // 3600 - first_hour, 0), drive.shape[0] - 1)
        for taken in range(2):
            if taken == 1 and (rest == 0 or pause[node] >= 0 or leave - dep[node] > after):
                continue
            extra = rest if taken == 1 else 0
            eaten = taken == 1 or pause[node] >= 0
            into = 0 if eaten else c
            back = leave + drive[h, j, sites] + extra
            if (
                back <= end
                and back - dep[node] <= longest
                and (eaten or rest == 0 or back - dep[node] <= after)
            ):
                gain = worth[node] - drive[h, j, sites] * drive_cost
                gain -= told(clock, begin, step, back)
                if gain > above:
                    if used >= nodes:
                        dropped = max(dropped, gain)
                    else:
                        # What is no better than as many whole days as were asked for is not looked at.
                        tops[np.argmin(tops)] = gain
                        above = max(above, tops.min())
                        key[used], worth[used], kind[used] = gain, gain, 2
                        where[used], slot[used], option[used], cls[used] = -1, k, -1, into
                        dep[used], parent[used], depth[used] = dep[node], node, depth[node]
                        pause[used] = depth[node] - 1 if taken == 1 else pause[node]
                        size = _push(heap, key, size, used)
                        used += 1
            if depth[node] >= 15:
                continue
            for i in range(sites):
                whole = packdown[j] + drive[h, j, i] + setup[i] + extra
                at = k + -(-whole // step)
                if at >= slots or start[into, i, at] <= NEVER / 2:
                    continue
                gain = worth[node] - drive[h, j, i] * drive_cost
                total = gain + start[into, i, at]
                if total <= above:
                    continue
                if begin + at * step - dep[node] > longest:
                    continue
                if not eaten and rest > 0 and begin + at * step - setup[i] - dep[node] > after + 24 * 3600:
                    continue
                again = False
                up = node
                while up >= 0:
                    if where[up] == i and kind[up] == 1:
                        again = True
                        break
                    up = parent[up]
                if again:
                    continue
                if used >= nodes:
                    dropped = max(dropped, total)
                    continue
                key[used], worth[used], kind[used] = total, gain, 0
                where[used], slot[used], option[used], cls[used] = i, at, -1, into
                dep[used], parent[used], depth[used] = dep[node], node, depth[node]
                pause[used] = depth[node] - 1 if taken == 1 else pause[node]
                size = _push(heap, key, size, used)
                used += 1
    left = key[heap[0]] if size > 0 else NEVER
    return (
        out_prize[:found], out_dep[:found], out_pause[:found], out_stops[:found], max(left, dropped, above),
    )  # fmt: skip
