"""The restricted master: the smoothed dual of a pool of columns, and its least point by a projected
quasi-Newton descent, all compiled (a general library spent ten times as long in its own book-keeping)."""

# ruff: noqa: ANN001, ANN202 - compiled functions take their types from the call
from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from solver.vanday import Floats, Ints

MEMORY = 16


class Master(NamedTuple):
    """Scale of each price; by live cell its risk, the most one stay wins and `wins` of it; by good weight and
    cap; by row its limit; columns by group (`cuts`) with cells, goods and rows; how many vans work each
    group; bounds of the unknowns."""

    scale: Floats
    risk: Floats
    most: Floats
    table: Floats
    weight: Floats
    cap: Floats
    limit: Floats
    cells_at: Ints
    cells: Ints
    exposure: Floats
    single: Floats
    extra_at: Ints
    extra: Ints
    amount: Floats
    plain: Floats
    cuts: Ints
    copies: Floats
    floor: Floats
    tops: Floats


def minimise(
    m: Master, start: Floats, blur: float, fuzz: float, steps: int, used: Floats
) -> tuple[Floats, int]:
    """The least point of the dual blurred by so much, and how often it was asked for; fills how much each
    column is `used`."""
    x = np.clip(start, m.floor, m.tops)
    asked = _descend(m, x, blur, fuzz, steps, used)
    return x, int(asked)


@njit(cache=True, nogil=True)
def _dual(m, x, blur, fuzz, used, slope):  # type: ignore[no-untyped-def]
    """The smoothed dual at x = theta, then prices in units of `scale`; fills slope and used."""
    n, n_good, prices = len(m.risk), len(m.weight), len(m.scale)
    price = x[n:] * m.scale
    grad = np.zeros(prices)
    worth = np.empty(len(m.plain))
    value = 0.0
    for c in range(len(m.plain)):
        total = m.plain[c]
        for a in range(m.cells_at[c], m.cells_at[c + 1]):
            total += price[m.cells[a]] * m.exposure[a] + price[n + m.cells[a]] * m.single[a]
        for a in range(m.extra_at[c], m.extra_at[c + 1]):
            total += price[2 * n + m.extra[a]] * m.amount[a]
        worth[c] = total
    for g in range(len(m.cuts) - 1):
        peak = 0.0
        for c in range(m.cuts[g], m.cuts[g + 1]):
            peak = max(peak, worth[c])
        total = np.exp(-peak / blur)
        for c in range(m.cuts[g], m.cuts[g + 1]):
            used[c] = np.exp((worth[c] - peak) / blur)
            total += used[c]
        value += m.copies[g] * (peak + blur * np.log(total))
        for c in range(m.cuts[g], m.cuts[g + 1]):
            used[c] *= m.copies[g] / total
            if used[c] > 1e-15:
                for a in range(m.cells_at[c], m.cells_at[c + 1]):
                    grad[m.cells[a]] += used[c] * m.exposure[a]
                    grad[n + m.cells[a]] += used[c] * m.single[a]
                for a in range(m.extra_at[c], m.extra_at[c + 1]):
                    grad[2 * n + m.extra[a]] += used[c] * m.amount[a]
    for p in range(prices):
        slope[n + p] = grad[p] * m.scale[p]
    each = np.empty(m.table.shape[1])
    for k in range(n):
        theta = x[k]
        ratio = min(max(x[n + k] / theta, 1e-300), 1.0)
        logs = np.log(ratio)
        peak = -1e300
        for v in range(len(each)):
            each[v] = (1 - theta) * m.table[k, v] - x[2 * n + k] * m.most[k] * v
            peak = max(peak, each[v])
        total, mean, won = 0.0, 0.0, 0.0
        for v in range(len(each)):
            share = np.exp((each[v] - peak) / fuzz)
            total += share
            mean += share * v
            won += share * m.table[k, v]
        value += m.risk[k] * (theta * (1 - ratio + ratio * logs) + peak + fuzz * np.log(total))
        slope[k] = m.risk[k] * (1 - ratio - won / total)
        slope[n + k] += m.risk[k] * logs
        slope[2 * n + k] -= m.risk[k] * mean / total * m.most[k]
    for e in range(n_good):
        value += (m.weight[e] - price[2 * n + e]) * m.cap[e]
        slope[3 * n + e] -= m.cap[e] * m.scale[2 * n + e]
    for r in range(len(m.limit)):
        value += price[2 * n + n_good + r] * m.limit[r]
        slope[3 * n + n_good + r] += m.limit[r]
    return value


@njit(cache=True, nogil=True)
def _descend(m, x, blur, fuzz, steps, used):  # type: ignore[no-untyped-def]
    size = len(x)
    slope, next_slope, ahead, way = np.zeros(size), np.zeros(size), np.zeros(size), np.zeros(size)
    moved, turned = np.zeros((MEMORY, size)), np.zeros((MEMORY, size))
    curve, share = np.zeros(MEMORY), np.zeros(MEMORY)
    free = np.zeros(size, np.bool_)
    held, newest, asked = 0, -1, 1
    value = _dual(m, x, blur, fuzz, used, slope)
    for _ in range(steps):
        most = 0.0
        for i in range(size):
            free[i] = not ((x[i] <= m.floor[i] and slope[i] > 0) or (x[i] >= m.tops[i] and slope[i] < 0))
            way[i] = -slope[i] if free[i] else 0.0
            most = max(most, abs(way[i]))
        if most < 1e-7:
            break
        for back in range(held):
            k = (newest - back) % MEMORY
            share[k] = (moved[k] @ way) / curve[k]
            way -= share[k] * turned[k]
        if held > 0:
            way *= curve[newest] / (turned[newest] @ turned[newest])
        else:
            way *= min(1.0, 0.1 / most)
        for back in range(held - 1, -1, -1):
            k = (newest - back) % MEMORY
            way += (share[k] - (turned[k] @ way) / curve[k]) * moved[k]
        downhill = 0.0
        for i in range(size):
            if not free[i]:
                way[i] = 0.0
            downhill += way[i] * slope[i]
        if downhill >= 0:
            held = 0
            for i in range(size):
                way[i] = -slope[i] * min(1.0, 0.1 / most) if free[i] else 0.0
        length, found = 1.0, False
        for _ in range(20):
            promised = 0.0
            for i in range(size):
                ahead[i] = min(max(x[i] + length * way[i], m.floor[i]), m.tops[i])
                promised += slope[i] * (ahead[i] - x[i])
            after = _dual(m, ahead, blur, fuzz, used, next_slope)
            asked += 1
            if after <= value + 1e-4 * promised:
                found = True
                break
            length *= 0.5 if length > 0.3 else 0.25
        if not found:
            if held == 0:
                break
            held = 0
            continue
        newest = (newest + 1) % MEMORY
        moved[newest] = ahead - x
        turned[newest] = next_slope - slope
        curve[newest] = moved[newest] @ turned[newest]
        fall = value - after
        x[:] = ahead
        slope[:] = next_slope
        value = after
        if curve[newest] > 1e-14:
            held = min(held + 1, MEMORY)
        else:
            newest = (newest - 1) % MEMORY
        if fall <= 1e-10 * max(1.0, abs(value)):
            break
    _dual(m, x, blur, fuzz, used, slope)
    return asked
