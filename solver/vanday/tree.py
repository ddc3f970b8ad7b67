"""Compiled: days as far as they are built, each node after another, the most promising on top of a heap.

A van ARRIVED at a site and may serve from a slot on, it SERVED until a slot, or it is HOME. A node's key is
its worth so far and what can still be won at most.
"""

# ruff: noqa: ANN001, ANN201 - compiled functions take their types from the call
from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from solver.plain import plain
from solver.vanday.lattice import NEVER, Floats, Ints

ARRIVED, SERVED, HOME = 0, 1, 2
USED, WAITING = 0, 1
ABOVE, DROPPED = 0, 1
NODE = np.dtype(
    [
        ("worth", np.float64),
        ("depart", np.int64),
        ("before", np.int32),
        ("kind", np.int16),
        ("duty", np.int16),
        ("site", np.int16),
        ("slot", np.int16),
        ("option", np.int16),
        ("stops", np.int16),
        ("pause", np.int16),
    ],
    align=True,
)
"""`before` is the node before it or -1, `duty` the class of departure, `pause` the stop before the break or
-1."""


class Tree(NamedTuple):
    """`keys` lie by themselves, as the heap asks for nothing else. `tally` counts nodes, and those that wait
    on the heap; `bars` are the worth that a day must exceed, and the best key that found no room; `tops` the
    best whole days found."""

    keys: Floats
    nodes: NDArray[np.void]
    heap: NDArray[np.int32]
    tally: Ints
    bars: Floats
    tops: Floats


@njit(cache=True, nogil=True)
def planted(most, count, above):  # type: ignore[no-untyped-def]
    """A tree without nodes, with room for so many; `count` days worth more than `above` are wanted."""
    return Tree(
        np.empty(most), np.empty(most, NODE), np.empty(most + 1, np.int32), np.zeros(2, np.int64),
        np.array([above, NEVER]), np.full(count, above),
    )  # fmt: skip


@plain
def grow(tree, before, kind, key, worth):  # type: ignore[no-untyped-def]
    """A new node like the one before it, waiting on the heap; -1 where its key is not above the bar, or there
    is no room."""
    if key <= tree.bars[ABOVE]:
        return -1
    node = tree.tally[USED]
    if node >= len(tree.nodes):
        tree.bars[DROPPED] = max(tree.bars[DROPPED], key)
        return -1
    new = tree.nodes[node]
    if before >= 0:
        old = tree.nodes[before]
        new.depart, new.duty, new.stops, new.pause = old.depart, old.duty, old.stops, old.pause
        new.site, new.slot, new.option = old.site, old.slot, old.option
    new.worth, new.kind, new.before = worth, kind, before
    tree.keys[node] = key
    tree.tally[USED] += 1
    push(tree, node)
    return node


@plain
def push(tree, node):  # type: ignore[no-untyped-def]
    """Have a node wait."""
    at, key = tree.tally[WAITING], tree.keys[node]
    while at > 0:
        up = (at - 1) // 2
        if tree.keys[tree.heap[up]] >= key:
            break
        tree.heap[at] = tree.heap[up]
        at = up
    tree.heap[at] = node
    tree.tally[WAITING] += 1


@plain
def pop(tree):  # type: ignore[no-untyped-def]
    """The most promising node that waits."""
    keys, heap = tree.keys, tree.heap
    tree.tally[WAITING] -= 1
    size = tree.tally[WAITING]
    top, last = heap[0], heap[size]
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
    return top


@plain
def visited(nodes, node, site):  # type: ignore[no-untyped-def]
    """Whether the days of a node have served a site."""
    while node >= 0:
        if nodes[node].site == site and nodes[node].kind == SERVED:
            return True
        node = nodes[node].before
    return False
