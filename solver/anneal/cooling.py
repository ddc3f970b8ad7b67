"""The loop: a move is made when it gains, and now and then when it loses, ever more rarely."""

# ruff: noqa: ANN001, ANN202 - compiled functions take their types from the call
from __future__ import annotations

import numpy as np
from numba import njit

from solver.anneal.gains import difference, goods, reach, unbook
from solver.anneal.moves import draw, proposed, received
from solver.anneal.state import Scratch, State
from solver.anneal.timing import travelled, works
from solver.plain import plain
from solver.tables import Tables


def anneal(tables: Tables, state: State, scratch: Scratch, moves: int, hot: float, cold: float) -> None:
    """Make so many moves while the temperature falls from hot to cold (in the currency of value); the best
    stops met are kept in the scratch room."""
    if len(state.kind) and moves > 0:
        _annealed(tables, state, scratch, moves, hot, cold)


@njit(cache=True, nogil=True, _nrt=False)  # type: ignore[call-overload]
def _annealed(t, s, w, moves, hot, cold):  # type: ignore[no-untyped-def]
    cool = (cold / hot) ** (1.0 / max(1, moves))
    heat = hot
    for _ in range(moves):
        heat *= cool
        tours = _tried(t, s, w)
        if tours == 0:
            continue
        allowed, gain, logged, noted = _gained(t, s, w, tours)
        if allowed and (gain >= 0 or draw(w.dice, 1 << 30) < np.exp(gain / heat) * (1 << 30)):
            _make(s, w, tours)
            w.tally[0] += gain
            if w.tally[0] > w.tally[1] + 1e-9:
                w.tally[1] = w.tally[0]
                _remember(s, w)
        else:
            _undo(t, s, w, tours, logged, noted)


@plain
def _tried(t, s, w):  # type: ignore[no-untyped-def]
    """Propose a move: how many tours it changes, 0 where they cannot be timed."""
    w.who[0], tours = draw(w.dice, len(s.kind)), 1
    if draw(w.dice, 8) == 0:
        tours = 2
        if not _exchanged(t, s, w):
            return 0
    else:
        w.sizes[0], w.pauses[0], w.point[0] = proposed(t, s, w.who[0], w.new, w.dice)
    for r in range(tours):
        if w.point[r] >= 0 and not works(t, s, w.who[r], w.new, r, w.sizes[r], w.pauses[r], w.point[r]):
            return 0
    return tours


@plain
def _exchanged(t, s, w):  # type: ignore[no-untyped-def]
    """Propose that the tour drawn and another exchange a stop: whether each could have the other's site."""
    w.who[1] = draw(w.dice, len(s.kind))
    if w.who[0] == w.who[1] or s.sizes[w.who[0]] == 0 or s.sizes[w.who[1]] == 0:
        return False
    w.point[0], w.point[1] = draw(w.dice, s.sizes[w.who[0]]), draw(w.dice, s.sizes[w.who[1]])
    for r in range(2):
        tour, other = w.who[r], w.who[1 - r]
        w.sizes[r], w.pauses[r] = s.sizes[tour], s.pause[tour]
        if not received(t, s, tour, w.point[r], s.stops[other, w.point[1 - r], 0], w.new, r):
            return False
    return True


@plain
def _gained(t, s, w, tours):  # type: ignore[no-untyped-def]
    """Put the new tours in the place of the old: whether that is allowed, the change in value, and how much
    is logged of cells and of goods."""
    allowed, gain, logged, noted = True, 0.0, 0, 0
    for r in range(tours):
        w.low[r], w.high[r] = difference(t, s, w.who[r], w.new, r, w.sizes[r])
    for turn in range(2 * tours):
        r, sign = (turn, -1) if turn < tours else (turn - tours, 1)
        stops, row, n = s.stops, w.who[r], s.sizes[w.who[r]]
        if sign > 0:
            stops, row, n = w.new, r, w.sizes[r]
        q = s.kind[w.who[r]]
        gain -= sign * travelled(t, q, stops, row, n)
        for i in range(w.low[r], n - w.high[r]):
            place, slot, option = stops[row, i, 0], stops[row, i, 1], stops[row, i, 2]
            more, logged = reach(t, s, q, place, slot, option, sign, w.log, logged, w.old)
            free, most, noted = goods(t, s, q, place, slot, option, sign, noted, w.where, w.before)
            gain += more + most
            allowed = allowed and free
    return allowed, gain, logged, noted


@plain
def _make(s, w, tours):  # type: ignore[no-untyped-def]
    """Let the new tours stand."""
    for r in range(tours):
        tour = w.who[r]
        _copy(w.new, r, s.stops, tour, w.sizes[r])
        s.sizes[tour], s.pause[tour] = w.sizes[r], w.pauses[r]
        if not w.dirty[tour]:
            w.dirty[tour] = True
            w.changed[w.dirt[0]] = tour
            w.dirt[0] += 1


@plain
def _remember(s, w):  # type: ignore[no-untyped-def]
    """Keep the tours that changed since the best before."""
    for i in range(w.dirt[0]):
        tour = w.changed[i]
        w.kept_count[tour], w.kept_pause[tour], w.dirty[tour] = s.sizes[tour], s.pause[tour], False
        _copy(s.stops, tour, w.kept, tour, s.sizes[tour])
    w.dirt[0] = 0


@plain
def _undo(t, s, w, tours, logged, noted):  # type: ignore[no-untyped-def]
    """Take the new tours back, last first."""
    for i in range(logged - 1, -1, -1):
        s.left[w.log[i]] = w.old[i]
    for i in range(noted - 1, -1, -1):
        s.amount[w.where[i]] = w.before[i]
    for r in range(tours):
        tour = w.who[r]
        q, low, high = s.kind[tour], w.low[r], w.high[r]
        unbook(t, s, q, w.new, r, low, w.sizes[r] - high, -1)
        unbook(t, s, q, s.stops, tour, low, s.sizes[tour] - high, 1)


@plain
def _copy(source, row, target, to, n):  # type: ignore[no-untyped-def]
    for i in range(n):
        for f in range(3):
            target[to, i, f] = source[row, i, f]
