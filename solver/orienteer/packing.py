"""The best choice of routes out of many: one a van, no site twice.

The linear programme over all of them says which can be in a better choice than the one at hand; what is left
is small enough for an integer programme.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csc_matrix

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
MOST_COLUMNS = 700
MOST_NODES = 30


@dataclass(frozen=True)
class Packing:
    """`chosen` routes by index, None where none beats the value at hand; `short` is by how much each route
    misses the prices of the linear programme."""

    chosen: Ints | None
    short: Floats


def pack(
    sites: NDArray[np.int16], sizes: Ints, profit: Floats, vans: int, value: float, step: float
) -> Packing:
    """Choose among routes, given as rows of sites and their sizes, for `step` more than `value` or better."""
    count, n = len(sizes), len(profit)
    route = np.repeat(np.arange(count), sizes)
    stop = sites[np.arange(sites.shape[1])[None, :] < sizes[:, None]]
    worth = np.bincount(route, weights=profit[stop], minlength=count)
    rows, columns = np.append(stop, np.full(count, n)), np.append(route, np.arange(count))
    uses = csc_matrix((np.ones(len(rows)), (rows, columns)), shape=(n + 1, count))
    room = np.append(np.ones(n), float(vans))
    found = linprog(-worth, A_ub=uses, b_ub=room, method="highs")  # type: ignore[call-overload]
    if found.status != 0:
        return Packing(None, np.negative(worth, dtype=np.float64))
    short = uses.T @ -found.ineqlin.marginals - worth
    may = np.flatnonzero(short <= -found.fun - value - step + 1e-6)
    if not len(may) or -found.fun < value + step - 1e-6:
        return Packing(None, short)
    may = np.sort(may[np.argsort(short[may], kind="stable")][:MOST_COLUMNS])
    best = milp(
        -worth[may], constraints=LinearConstraint(uses[:, may], -np.inf, room), bounds=Bounds(0, 1),
        integrality=np.ones(len(may), np.int64), options={"node_limit": MOST_NODES, "mip_rel_gap": 0.0},
    )  # fmt: skip
    if best.x is None or -best.fun < value + step - 1e-6:
        return Packing(None, short)
    return Packing(may[best.x > 0.5], short)
