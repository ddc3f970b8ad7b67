"""Every set of sites that a better plan could visit in one route, and whether such routes make a better plan.

At given prices a plan is worth what they keep and the worths of its routes, so a plan that beats the best
known drives no route that lies further below the best than the bound lies above the plan. Where few routes
are that near, trying them all settles the matter.
"""

# ruff: noqa: ANN001, ANN201, ANN202 - compiled functions take their types from the call
from __future__ import annotations

import numpy as np
from numba import njit

EPS = 1e-7


@njit(cache=True, nogil=True)
def contenders(  # type: ignore[no-untyped-def]
    gain, profit, reach, starts, opens, latest, arcs, arc_count, member, remember, toll, least, most,
    b_count, b_value, b_time, b_memory, b_half,
):  # fmt: skip
    """Sets of sites of all routes worth `least` or more: whether these are all, steps, the sets as bits, the
    worth, the profit and the last label of each, and of every label its site and the label before.

    Grown stop by stop; of two orders of the same sites with the same last one the earlier stays. What the
    ways home from a stop can still win (`b_…`: all of them, by site, best first) tells what to leave.
    """
    base = gain.shape[0]
    words = b_memory.shape[2]
    time = np.empty(most, np.int64)
    value = np.empty(most)
    visited = np.zeros((most, words), np.int64)
    half = np.empty(most, np.int64)
    site = np.empty(most, np.int32)
    parent = np.empty(most, np.int32)
    chain = np.full(most, -1, np.int32)
    table = np.full(1 << 20, -1, np.int32)
    seen = np.zeros(words, np.int64)
    used, steps = 0, 0
    one = np.int64(1)
    current = -1
    complete = True
    while complete:
        if current >= 0:
            i, now, won, paid = site[current], time[current], value[current], half[current]
        else:
            i, now, won, paid = base, starts, 0.0, np.int64(0)
        for a in range(arc_count[i]):
            j = arcs[i, a]
            if current >= 0 and (visited[current, j >> 6] >> (j & 63)) & 1:
                continue
            at = max(now + reach[i, j], opens[j])
            steps += 1
            if at > latest[j]:
                continue
            hope = False
            for q in range(b_count[j]):
                total = won + b_value[j, q]
                if total < least:
                    break
                steps += 1
                if at > -b_time[j, q]:
                    continue
                meet = False
                if current >= 0:
                    for w in range(words):
                        if visited[current, w] & b_memory[j, q, w]:
                            meet = True
                            break
                if meet:
                    continue
                if total - _owed(paid & b_half[j, q], toll) >= least:
                    hope = True
                    break
            if not hope:
                continue
            owed = paid & remember[j]
            total = won + gain[j] - _owed(owed & member[j], toll)
            for w in range(words):
                seen[w] = visited[current, w] if current >= 0 else np.int64(0)
            seen[j >> 6] |= one << (j & 63)
            key = np.int64(j)
            for w in range(words):
                key = (key ^ seen[w]) * np.int64(0x9E3779B97F4A7C1)
                key = key ^ (key >> 29)
            key = key & np.int64(len(table) - 1)
            other = table[key]
            while other >= 0:
                if site[other] == j:
                    same = True
                    for w in range(words):
                        if visited[other, w] != seen[w]:
                            same = False
                            break
                    if same:
                        break
                other = chain[other]
            if other >= 0:
                if at < time[other]:
                    time[other], value[other], half[other] = at, total, owed ^ member[j]
                    parent[other] = current
                continue
            if used >= most:
                complete = False
                break
            time[used], value[used], half[used] = at, total, owed ^ member[j]
            visited[used] = seen
            site[used], parent[used] = j, current
            chain[used] = table[key]
            table[key] = used
            used += 1
        current += 1
        if current >= used:
            break
    ends = np.empty(used, np.int64)
    found = 0
    for n in range(used if complete else 0):
        if value[n] >= least:
            ends[found] = n
            found += 1
    sets = np.empty((found, words), np.int64)
    worth = np.empty(found)
    won = np.zeros(found)
    for n in range(found):
        label = ends[n]
        sets[n], worth[n] = visited[label], value[label]
        while label >= 0:
            won[n] += profit[site[label]]
            label = parent[label]
    return complete, steps, sets, worth, won, ends[:found], site[:used].copy(), parent[:used].copy()


@njit(cache=True, nogil=True)
def _owed(cuts, toll):  # type: ignore[no-untyped-def]
    total = 0.0
    c = 0
    while cuts != 0:
        if cuts & 1:
            total += toll[c]
        cuts = cuts >> 1
        c += 1
    return total


@njit(cache=True, nogil=True)
def best_packing(sets, worth, profit, vans, need, beat, most):  # type: ignore[no-untyped-def]
    """Whether it is settled within `most` steps; steps; the most profit above `beat` of up to `vans` sets
    without a site in common whose worths add up to `need`, and which they are.

    `worth` falls. At each level the sets that go with those chosen are listed once, best first.
    """
    n, words = sets.shape
    lists = np.empty((vans + 1, n), np.int64)
    lists[0] = np.arange(n)
    size = np.zeros(vans + 1, np.int64)
    size[0] = n
    place = np.zeros(vans + 1, np.int64)
    pick = np.full(vans, -1, np.int64)
    best = np.full(vans, -1, np.int64)
    sums = np.zeros(vans + 1)
    gains = np.zeros(vans + 1)
    level, steps = 0, 0
    while level >= 0:
        if level == vans or place[level] >= size[level]:
            level -= 1
            continue
        at = lists[level, place[level]]
        place[level] += 1
        more = vans - level - 1
        if sums[level] + worth[at] + more * max(worth[at], 0.0) < need:
            level -= 1
            continue
        pick[level] = at
        sums[level + 1] = sums[level] + worth[at]
        gains[level + 1] = gains[level] + profit[at]
        if gains[level + 1] > beat + EPS:
            beat = gains[level + 1]
            best[:] = -1
            best[: level + 1] = pick[: level + 1]
        level += 1
        size[level], place[level] = 0, 0
        if level == vans:
            continue
        for p in range(place[level - 1], size[level - 1]):
            q = lists[level - 1, p]
            steps += 1
            if sums[level] + worth[q] + (more - 1) * max(worth[at], 0.0) < need:
                break
            clash = False
            for w in range(words):
                if sets[at, w] & sets[q, w]:
                    clash = True
                    break
            if not clash:
                lists[level, size[level]] = q
                size[level] += 1
        if steps > most:
            return False, steps, beat, best
    return True, steps, beat, best
