"""Who may well stand beside whom: for every site and the base, the sites likely to come before and after."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from solver.orienteer.draft import LATEST, OPENS, STAY

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
BESIDE = 30
WAITING = 0.2


def beside(travel: Ints, site: Ints, profit: Floats) -> tuple[Ints, Ints]:
    """For each place, the base last, up to `BESIDE` sites to come before it and after it, -1 where there are
    fewer: nearest first, the waiting that is sure counted at `WAITING` of driving."""
    base = len(travel) - 1
    opens, latest, stay = site[:, OPENS], site[:, LATEST], site[:, STAY]
    wait = np.maximum(0, opens[None, :] - (latest + stay)[:, None] - travel)
    wait[base], wait[:, base] = 0, 0
    depart = opens + stay
    useful = np.append(profit > 0, True) & (opens <= latest)
    can = (depart[:, None] + travel <= latest[None, :]) & useful[None, :] & useful[:, None]
    np.fill_diagonal(can, False)
    cost = np.where(can, travel + WAITING * wait, np.inf)
    return _nearest(cost.T[:, :base]), _nearest(cost[:, :base])


def _nearest(cost: Floats) -> Ints:
    order = np.argsort(cost, axis=1, kind="stable")[:, :BESIDE]
    known = np.isfinite(np.take_along_axis(cost, order, axis=1))
    return np.ascontiguousarray(np.where(known, order, -1))
