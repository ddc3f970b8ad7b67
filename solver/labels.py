"""Partial routes with their time, worth and memory: grown from the base, grown backwards, joined.

Everything is told from the base outwards; the way home is the same walk on the mirrored day (times negated,
travel transposed). A partial route is dropped when another at its site is no later, worth no less and
remembers no more.
"""

# ruff: noqa: ANN001, ANN201, ANN202 - compiled functions take their types from the call
from __future__ import annotations

import numpy as np
from numba import njit

from solver.plain import plain

EPS = 1e-9
ONE = np.int64(1)


@plain
def _less_tolls(total, owed, toll):  # type: ignore[no-untyped-def]
    """A worth less the tolls of the cuts owed."""
    c = 0
    while owed != 0:
        if owed & 1:
            total -= toll[c]
        owed = owed >> 1
        c += 1
    return total


@plain
def _covers(less, more, owed, ahead, toll):  # type: ignore[no-untyped-def]
    """Whether one remembers no site that the other forgot, and is ahead by what it owes and the other not."""
    for w in range(less.shape[0]):
        if less[w] & ~more[w]:
            return False
    return _less_tolls(ahead, owed, toll) >= -EPS


@plain
def _meet(one, other):  # type: ignore[no-untyped-def]
    """Whether both remember a site."""
    for w in range(one.shape[0]):  # noqa: SIM110 - compiled
        if one[w] & other[w]:
            return True
    return False


@njit(nogil=True)
def _wider(rows):  # type: ignore[no-untyped-def]
    wide = np.empty((rows.shape[0], 2 * rows.shape[1]), rows.dtype)
    wide[:, : rows.shape[1]] = rows
    return wide


@njit(nogil=True)
def _deeper(rows):  # type: ignore[no-untyped-def]
    wide = np.empty((rows.shape[0], 2 * rows.shape[1], rows.shape[2]), rows.dtype)
    wide[:, : rows.shape[1]] = rows
    return wide


@plain
def _before(a, b, time, value):  # type: ignore[no-untyped-def]
    """Whether a label is to be grown before another: the earlier, of two at once the richer."""
    return time[a] < time[b] or (time[a] == time[b] and value[a] >= value[b])


@plain
def _push(heap, size, label, time, value):  # type: ignore[no-untyped-def]
    pos = size
    while pos > 0:
        up = (pos - 1) // 2
        if _before(heap[up], label, time, value):
            break
        heap[pos] = heap[up]
        pos = up
    heap[pos] = label


@plain
def _pop(heap, size, time, value):  # type: ignore[no-untyped-def]
    """The first label of a heap, whose size is then one less."""
    first, tail = heap[0], heap[size - 1]
    pos, size = 0, size - 1
    while 2 * pos + 1 < size:
        child = 2 * pos + 1
        if child + 1 < size and not _before(heap[child], heap[child + 1], time, value):
            child += 1
        if _before(tail, heap[child], time, value):
            break
        heap[pos] = heap[child]
        pos = child
    heap[pos] = tail
    return first


@plain
def _remember(kept, memory, current, near_mask, j):  # type: ignore[no-untyped-def]
    """What a label remembers once it serves one more site."""
    for w in range(kept.shape[0]):
        kept[w] = (memory[current, w] & near_mask[j, w]) if current >= 0 else np.int64(0)
    kept[j >> 6] |= ONE << (j & 63)


@plain
def _give_up(kept, at, j, near, near_count, reach, latest):  # type: ignore[no-untyped-def]
    """Remember, too, the near sites that it is now too late for."""
    for b in range(near_count[j]):
        k = near[j, b]
        if at + reach[j, k] > latest[k]:
            kept[k >> 6] |= ONE << (k & 63)


@plain
def _move(s_value, s_time, s_half, s_label, s_memory, s_plain, j, q, to):  # type: ignore[no-untyped-def]
    """Move an entry of a site's list."""
    s_value[j, to], s_time[j, to] = s_value[j, q], s_time[j, q]
    s_half[j, to], s_label[j, to] = s_half[j, q], s_label[j, q]
    for w in range(s_memory.shape[2]):
        s_memory[j, to, w] = s_memory[j, q, w]
        s_plain[j, to, w] = s_plain[j, q, w]


@njit(cache=True, nogil=True)
def walk(  # type: ignore[no-untyped-def]
    gain, reach, starts, opens, latest, arcs, arc_count, near, near_count, near_mask, member, remember, toll,
    until, metric, exact, most,
):  # fmt: skip
    """All partial routes worth keeping whose last service begins by `until`.

    Answers (whether all are there, steps of work, how many at each site, and per site sorted by worth: worth,
    time, memory, cuts half paid, label; then per label: site, label before). Where no detour is shorter
    (`metric`), sites too late to be served count as remembered when partial routes are compared, but not in
    the memory answered: two halves may both have passed a site by that neither serves.
    """
    base = gain.shape[0]
    words = near_mask.shape[1]
    time = np.empty(most, np.int64)
    value = np.empty(most)
    memory = np.empty((most, words), np.int64)
    half = np.empty(most, np.int64)
    site = np.empty(most, np.int32)
    parent = np.empty(most, np.int32)
    dead = np.zeros(most, np.bool_)
    heap = np.empty(most + 1, np.int32)
    room = 256
    count = np.zeros(base, np.int64)
    s_value = np.empty((base, room))
    s_time = np.empty((base, room), np.int64)
    s_memory = np.empty((base, room, words), np.int64)
    s_plain = np.empty((base, room, words), np.int64)
    s_half = np.empty((base, room), np.int64)
    s_label = np.empty((base, room), np.int32)
    kept = np.zeros(words, np.int64)
    served = np.zeros(words, np.int64)
    used, size, steps = 0, 0, 0
    current = -1
    proven = True
    while True:
        if current >= 0:
            i, now, won, paid = site[current], time[current], value[current], half[current]
        else:
            i, now, won, paid = base, starts, 0.0, np.int64(0)
        steps += arc_count[i]
        for a in range(arc_count[i]):
            j = arcs[i, a]
            if current >= 0 and (memory[current, j >> 6] >> (j & 63)) & 1:
                continue
            at = now + reach[i, j]
            if at > latest[j] or at > until:
                continue
            at = max(at, opens[j])
            if at > until:
                continue
            owed = paid & remember[j]
            total = _less_tolls(won + gain[j], owed & member[j], toll)
            owed = owed ^ member[j]
            _remember(kept, memory, current, near_mask, j)
            served[:] = kept
            if metric:
                _give_up(kept, at, j, near, near_count, reach, latest)
            worse, place = False, count[j]
            for q in range(count[j]):
                if s_value[j, q] < total - EPS:
                    place = q
                    break
                steps += 1
                if s_time[j, q] > at:
                    continue
                if exact and not _covers(
                    s_memory[j, q], kept, s_half[j, q] & ~owed, s_value[j, q] - total, toll
                ):
                    continue
                worse = True
                break
            if worse:
                continue
            into = place
            for q in range(place, count[j]):
                steps += 1
                if s_time[j, q] >= at and (
                    not exact
                    or _covers(kept, s_memory[j, q], owed & ~s_half[j, q], total - s_value[j, q], toll)
                ):
                    dead[s_label[j, q]] = True
                    continue
                if into < q:
                    _move(s_value, s_time, s_half, s_label, s_memory, s_plain, j, q, into)
                into += 1
            count[j] = into
            if used >= most:
                proven = False
                break
            time[used], value[used], half[used] = at, total, owed
            for w in range(words):
                memory[used, w] = served[w]
            site[used], parent[used] = j, current
            if count[j] >= room:
                room *= 2
                s_value, s_time, s_half = _wider(s_value), _wider(s_time), _wider(s_half)
                s_label, s_memory, s_plain = _wider(s_label), _deeper(s_memory), _deeper(s_plain)
            for q in range(count[j], place, -1):
                _move(s_value, s_time, s_half, s_label, s_memory, s_plain, j, q - 1, q)
            s_value[j, place], s_time[j, place] = total, at
            s_half[j, place], s_label[j, place] = owed, used
            for w in range(words):
                s_memory[j, place, w] = kept[w]
                s_plain[j, place, w] = served[w]
            count[j] += 1
            _push(heap, size, used, time, value)
            size += 1
            used += 1
        if not proven:
            break
        current = -1
        while size > 0:
            node = _pop(heap, size, time, value)
            size -= 1
            if not dead[node]:
                current = node
                break
        if current < 0:
            break
    return (
        proven, steps, count, s_value, s_time, s_plain, s_half, s_label, site[:used].copy(),
        parent[:used].copy(),
    )  # fmt: skip


@njit(cache=True, nogil=True)
def join(  # type: ignore[no-untyped-def]
    reach, starts, ends, arcs, arc_count, toll, above,
    f_count, f_value, f_time, f_memory, f_half, f_label, f_site, f_parent,
    b_count, b_value, b_time, b_memory, b_half, b_label, b_site, b_parent,
):  # fmt: skip
    """The best whole route's worth (0 if none), steps, and for each last site of a first part the best route
    worth more than `above`: its worth and its sites in order."""
    base = f_count.shape[0]
    top, steps = 0.0, 0
    best = np.full(base + 1, above)
    first = np.full(base + 1, -1, np.int64)
    second = np.full(base + 1, -1, np.int64)
    for i in range(base + 1):
        for p in range(1 if i == base else f_count[i]):
            won = 0.0 if i == base else f_value[i, p]
            now = starts if i == base else f_time[i, p]
            label = -1 if i == base else f_label[i, p]
            if i < base and won > best[i] and now + reach[i, base] <= ends:
                best[i], first[i], second[i] = won, label, -1
            top = max(top, won)
            for a in range(arc_count[i]):
                j = arcs[i, a]
                at = now + reach[i, j]
                for q in range(b_count[j]):
                    total = won + b_value[j, q]
                    if total <= best[i]:
                        break
                    steps += 1
                    if at > -b_time[j, q]:
                        continue
                    if i < base:
                        if _meet(f_memory[i, p], b_memory[j, q]):
                            continue
                        total = _less_tolls(total, f_half[i, p] & b_half[j, q], toll)
                    if total > best[i]:
                        best[i], first[i], second[i] = total, label, b_label[j, q]
    routes = np.full((base + 1, 2 * base + 2), -1, np.int64)
    for i in range(base + 1):
        if first[i] < 0 and second[i] < 0:
            continue
        top = max(top, best[i])
        n, at = 0, first[i]
        while at >= 0:
            n += 1
            at = f_parent[at]
        at = first[i]
        p = n
        while at >= 0:
            p -= 1
            routes[i, p] = f_site[at]
            at = f_parent[at]
        at = second[i]
        while at >= 0:
            routes[i, n] = b_site[at]
            n += 1
            at = b_parent[at]
    return top, steps, best, routes
